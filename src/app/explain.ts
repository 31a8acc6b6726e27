/** `explain`: a rule's page, or what messages pasted from a cluster mean. */
import { nearest } from "../containerfile/suggest.ts";
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import { explainText } from "../explain/explain-text.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { ExplainedRule, ExplainReport } from "../explain/report.ts";
import { manifestRule, manifestRules } from "../manifest/rules.ts";
import { readRule, rulePages } from "./rule-pages.ts";

export interface ExplainRequest {
  /** The arguments; several words none of which is a rule's id are one text. */
  readonly words: readonly string[];
  /** What standard input held, where it was asked for. */
  readonly input?: string;
}

/** A paste larger than this is a log, not a message. */
const maxCharacters = 8 * 1024 * 1024;

/**
 * Explains rule ids (each by its page) or a text (every message in it). A word that looks like a rule id and is none is
 * answered with the nearest one.
 */
export async function explain(request: ExplainRequest): Promise<Result<ExplainReport, Failure>> {
  const { words, input } = request;
  const text = input ?? words.join(" ");
  if (text.trim() === "") {
    return err({
      code: "USAGE",
      message: "there is nothing to explain",
      hint: 'name a rule or paste a message: image-fix explain "MESSAGE", or pipe it in: kubectl describe pod NAME | image-fix explain -',
    });
  }
  if (text.length > maxCharacters) {
    return err({
      code: "USAGE",
      message: `the text has ${text.length} characters; explain reads at most ${maxCharacters}`,
      hint: "give the part with the error, such as: tail -n 1000 FILE | image-fix explain -",
    });
  }
  const asked = input === undefined ? words.flatMap((word) => word.split(/[\s,]+/)).filter((word) => word !== "") : [];
  if (asked.length > 0 && asked.every((word) => looksLikeRule(word))) return explainWords(asked);
  if (input === undefined && words.length > 1 && (await namesRule(words))) return explainWords(words);
  const messages = explainText(text);
  const rules = messages.length === 0 ? await rulesNamedIn(text) : [];
  if (messages.length > 0 || rules.length > 0) return ok({ rules, messages, unknown: [] });
  return ok({ rules: [], messages: [], unknown: [{ text: text.trim(), meant: null }] });
}

/** `root-user`, `[root-user]`, `Root_User`, `DL3002`: one word of letters, digits and joints. */
const looksLikeRule = (word: string): boolean =>
  /^\[?[a-z][a-z0-9]*(?:[-_][a-z0-9]+)+\]?$/i.test(word) || /^[a-z]{2,4}-?\d{3,5}$/i.test(word);

const idOf = (word: string): string => word.replace(/[[\]]/g, "").toLowerCase().replaceAll("_", "-");

/** Whether one of several arguments is a rule's id, as nobody's message has it: the others are then things of their own. */
async function namesRule(words: readonly string[]): Promise<boolean> {
  const { ids } = await rulePages();
  return words.some((word) => ids.has(word) || manifestRule(word) !== undefined);
}

async function explainWords(words: readonly string[]): Promise<Result<ExplainReport, Failure>> {
  const pages = await rulePages();
  const ids = [...pages.ids, ...manifestRules.map((rule) => rule.id)];
  const aliases = await aliasIds(words);
  const rules: ExplainedRule[] = [];
  const messages: Explanation[] = [];
  const unknown: { text: string; meant: string | null }[] = [];
  for (const word of words) {
    const id = idOf(word);
    const found = ids.includes(id) ? [id] : (aliases.get(id) ?? []);
    for (const name of found) {
      if (!rules.some(({ rule }) => rule === name)) rules.push(await readRule(pages, name));
    }
    if (found.length > 0) continue;
    // A word that a cluster prints, such as a reason with a dash in it.
    const printed = explainText(word);
    messages.push(...printed);
    if (printed.length > 0) continue;
    unknown.push({ text: word, meant: nearest(id, ids) ?? ids.find((name) => sameWords(name, id)) ?? null });
  }
  return ok({ rules, messages, unknown });
}

/** `user-root` for `root-user`. */
const sameWords = (left: string, right: string): boolean =>
  left.split("-").toSorted().join() === right.split("-").toSorted().join();

/** Rules that a pasted report of ours names: `… error: … [root-user]`. */
async function rulesNamedIn(text: string): Promise<readonly ExplainedRule[]> {
  const named = [...text.matchAll(/\[([a-z0-9]+(?:-[a-z0-9]+)+)\]/g)].flatMap(([, id]) =>
    id === undefined ? [] : [id],
  );
  if (named.length === 0) return [];
  const pages = await rulePages();
  const rules: ExplainedRule[] = [];
  for (const id of new Set(named)) {
    if (pages.ids.has(id) || manifestRule(id) !== undefined) rules.push(await readRule(pages, id));
  }
  return rules;
}

/** Rules by the ids that other tools have for the same thing; the rules' code is loaded only where it is asked for. */
async function aliasIds(words: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  if (!words.some((word) => /\d{3}|ckv/i.test(word))) return found;
  const all = await import("../rules/index.gen.ts");
  for (const rule of Object.values(all)) {
    for (const alias of rule.aliases ?? []) {
      const key = alias.toLowerCase().replaceAll("_", "-");
      found.set(key, [...(found.get(key) ?? []), rule.id]);
    }
  }
  return found;
}
