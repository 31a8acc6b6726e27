/** COPY and ADD that put a file of their own in the place of `/etc/passwd`. */
import type { BuildModel, Stage } from "../containerfile/build-model.ts";
import type { CopyInstruction, Heredoc } from "../containerfile/model.ts";
import { usedStage } from "../containerfile/stages.ts";
import { parsePasswd } from "../image/accounts.ts";
import { contextCopy, contextSources } from "./context-copies.ts";
import type { CopyEffect, FinalAccount, PasswdFile } from "./effects.ts";
import { resolvePath } from "./paths.ts";

const passwd = "/etc/passwd";

/**
 * What a copy makes of the accounts; `undefined` for one that leaves `/etc/passwd` alone, as far as its words tell.
 * @param readContext reads a text file of the context; `undefined` when it is not there.
 * @param accountsOf the accounts that are known of another stage; `undefined` when it cannot be looked at.
 */
export function passwdFile(
  model: BuildModel,
  { at, destination }: CopyEffect,
  readContext: (path: string) => string | undefined,
  accountsOf: (stage: Stage) => readonly FinalAccount[] | undefined,
): PasswdFile | undefined {
  const { instruction } = at;
  const stage = stageOf(model, at, destination);
  const accounts = stage && accountsOf(stage);
  if (accounts !== undefined) return { at, entries: accounts, hasMore: true };
  const text = textOf(model, instruction, destination, readContext);
  if (text !== undefined) return { at, entries: parsePasswd(text) };
  return namesIt(instruction, destination) ? { at, entries: undefined } : undefined;
}

/** The stage whose own `/etc/passwd` it is. */
function stageOf(
  model: BuildModel,
  { instruction, stage }: CopyEffect["at"],
  destination: string | undefined,
): Stage | undefined {
  const { flags, sources } = instruction;
  const from = flags.find(({ name }) => name === "from")?.value;
  if (from === undefined || flags.some(({ name }) => name === "parents" || name === "exclude")) return undefined;
  if (destination !== "/etc/" && (destination !== passwd || sources.length !== 1)) return undefined;
  const isIt = ({ value }: { readonly value: string }): boolean =>
    resolvePath("/", model.expand(instruction, value).value) === passwd;
  return sources.some(isIt) ? usedStage(stage, from) : undefined;
}

/** The text that comes to stand in the file, where the here-document or the context has it. */
function textOf(
  model: BuildModel,
  copy: CopyInstruction,
  destination: string | undefined,
  readContext: (path: string) => string | undefined,
): string | undefined {
  if (copy.flags.some(({ name }) => name === "from" || name === "parents" || name === "exclude")) return undefined;
  if (destination === undefined) return undefined;
  const [heredoc] = copy.heredocs;
  if (heredoc !== undefined) {
    const isAlone = copy.heredocs.length === 1 && copy.sources.length === 1;
    return isAlone && destination === passwd ? literalBody(heredoc) : undefined;
  }
  for (const source of contextSources(contextCopy(model, copy), passwd)) {
    const text = readContext(source);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The text of a here-document, where nothing in it has to be expanded. */
export const literalBody = ({ body, expand }: Pick<Heredoc, "body" | "expand">): string | undefined =>
  expand && /[$`\\]/.test(body) ? undefined : body;

const namesIt = ({ sources }: CopyInstruction, destination: string | undefined): boolean =>
  destination === passwd ||
  ((destination === "/etc" || destination === "/etc/") && sources.some(({ value }) => /(?:^|\/)passwd$/.test(value)));
