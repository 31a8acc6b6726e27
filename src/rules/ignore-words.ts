/**
 * The words of `# image-fix ignore=RULE[,RULE] -- reason`, which Containerfiles and manifests have alike. What a comment
 * covers is for who knows the file's language.
 */
import { nearest } from "../containerfile/suggest.ts";
import type { Span } from "../core/finding.ts";

/** What is wrong with a comment that asks to ignore something. */
export type IgnoreFault =
  | { readonly kind: "malformed"; readonly span: Span }
  | { readonly kind: "no-reason"; readonly span: Span; readonly rules: string }
  | { readonly kind: "unknown-rule"; readonly span: Span; readonly rule: string; readonly meant: string | undefined };

/** Rules and the reason to ignore them. */
export interface IgnoreWords {
  readonly rules: readonly string[];
  readonly reason: string;
}

export interface ReadIgnore {
  /** Undefined of a comment that is not obeyed. */
  readonly words: IgnoreWords | undefined;
  readonly faults: readonly IgnoreFault[];
}

/**
 * Reads one comment.
 * @param text the file's
 * @param line where the comment stands in it; blanks around it do not count
 * @param known all rule ids
 * @returns undefined of any other comment
 */
export function readIgnoreWords(text: string, line: Span, known: readonly string[]): ReadIgnore | undefined {
  const raw = text.slice(line.start, line.end);
  const start = line.start + raw.length - raw.trimStart().length;
  const trimmed = raw.trim();
  const span = { start, end: start + trimmed.length };
  const read = readBody(trimmed.replace(/^#+/, "").trim());
  if (read === undefined) return undefined;
  if (read === "malformed") return { words: undefined, faults: [{ kind: "malformed", span }] };
  const faults = read.rules.flatMap((rule): readonly IgnoreFault[] =>
    known.includes(rule) ? [] : [{ kind: "unknown-rule", span, rule, meant: nearest(rule, known) }],
  );
  return read.reason === ""
    ? { words: undefined, faults: [...faults, { kind: "no-reason", span, rules: read.rules.join(", ") }] }
    : { words: read, faults };
}

function readBody(body: string): IgnoreWords | "malformed" | undefined {
  const head = /^image-fix\s+ignore\b\s*/.exec(body);
  if (head === null) return undefined;
  const rest = body.slice(head[0].length);
  if (!rest.startsWith("=")) return "malformed";
  const list = /^=\s*([^\s,]+(?:\s*,\s*[^\s,]+)*)\s*/.exec(rest);
  if (list === null) return "malformed";
  const rules = (list[1] ?? "").split(",").map((rule) => rule.trim());
  const behind = rest.slice(list[0].length);
  if (behind === "") return { rules, reason: "" };
  const dashes = /^(?:--|—|–)\s*(.*)$/.exec(behind);
  if (dashes !== null) return { rules, reason: (dashes[1] ?? "").trim() };
  const quoted = /^reason\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S.*))?\s*$/.exec(behind);
  if (quoted !== null) return { rules, reason: (quoted[1] ?? quoted[2] ?? quoted[3] ?? "").trim() };
  return "malformed";
}
