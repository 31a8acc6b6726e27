/** COPY and ADD that put a file of their own in the place of `/etc/passwd`. */
import type { BuildModel, Shipped } from "../containerfile/build-model.ts";
import type { CopyInstruction, Heredoc } from "../containerfile/model.ts";
import { parsePasswd, type PasswdEntry } from "../image/accounts.ts";
import { contextCopy, contextSources } from "./context-copies.ts";
import type { CopyEffect } from "./effects.ts";

/** The accounts from here on; `undefined` entries are those of a file that nobody here has read. */
export interface PasswdFile {
  readonly at: Shipped & { readonly instruction: CopyInstruction };
  readonly entries: readonly PasswdEntry[] | undefined;
}

const passwd = "/etc/passwd";

/**
 * What a copy makes of the accounts; `undefined` for one that leaves `/etc/passwd` alone, as far as its words tell.
 * @param readContext reads a text file of the context; `undefined` when it is not there.
 */
export function passwdFile(
  model: BuildModel,
  { at, destination }: CopyEffect,
  readContext: (path: string) => string | undefined,
): PasswdFile | undefined {
  const { instruction } = at;
  const text = textOf(model, instruction, destination, readContext);
  if (text !== undefined) return { at, entries: parsePasswd(text) };
  return namesIt(instruction, destination) ? { at, entries: undefined } : undefined;
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
