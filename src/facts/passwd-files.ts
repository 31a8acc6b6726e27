/** COPY and ADD that put a file of their own in the place of `/etc/passwd`. */
import type { BuildModel, Stage } from "../containerfile/build-model.ts";
import type { CopyInstruction, Heredoc } from "../containerfile/model.ts";
import { usedStage } from "../containerfile/stages.ts";
import { parsePasswd } from "../image/accounts.ts";
import { contextCopy, contextSources } from "./context-copies.ts";
import type { CopyEffect, Effects, FinalAccount, PasswdFile } from "./effects.ts";
import { resolvePath } from "./paths.ts";
import { textAtEnd } from "./text-at-end.ts";

const passwd = "/etc/passwd";

/** What is known of another stage at its end. */
export interface StageEnd {
  readonly accounts: readonly FinalAccount[];
  readonly effects: Effects;
}

/**
 * What a copy makes of the accounts; `undefined` for one that leaves `/etc/passwd` alone, as far as its words tell.
 * @param readContext reads a text file of the context; `undefined` when it is not there.
 * @param endOf what is known of another stage; `undefined` when it cannot be looked at.
 */
export function passwdFile(
  model: BuildModel,
  { at, destination }: CopyEffect,
  readContext: (path: string) => string | undefined,
  endOf: (stage: Stage) => StageEnd | undefined,
): PasswdFile | undefined {
  const { instruction } = at;
  const taken = takenFrom(model, at, destination);
  const end = taken && endOf(taken.stage);
  if (end !== undefined && taken?.path === passwd) return { at, entries: end.accounts, hasMore: true };
  const text =
    taken === undefined
      ? textOf(model, instruction, destination, readContext)
      : end && textAtEnd(end.effects, taken.path);
  if (text !== undefined) return { at, entries: parsePasswd(text) };
  return namesIt(instruction, destination) ? { at, entries: undefined } : undefined;
}

/** The file of another stage that comes to stand there. */
function takenFrom(
  model: BuildModel,
  { instruction, stage }: CopyEffect["at"],
  destination: string | undefined,
): { readonly stage: Stage; readonly path: string } | undefined {
  const { flags, sources } = instruction;
  const from = flags.find(({ name }) => name === "from")?.value;
  if (from === undefined || flags.some(({ name }) => name === "parents" || name === "exclude")) return undefined;
  if (destination !== "/etc/" && (destination !== passwd || sources.length !== 1)) return undefined;
  const path = sources
    .map(({ value }) => resolvePath("/", model.expand(instruction, value).value))
    .find((source) => destination === passwd || source.endsWith("/passwd"));
  const used = path === undefined ? undefined : usedStage(stage, from);
  return path === undefined || used === undefined ? undefined : { stage: used, path };
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
