/** COPY and ADD that may bring an `/etc/passwd` or `/etc/group` of their own. */
import { contextSources, type ContextCopy } from "./context-copies.ts";
import type { CopyEffect } from "./effects.ts";
import { resolvePath } from "./paths.ts";
import { basename } from "../shell/launch.ts";

/** Names that are files' and not folders': such a source is copied under its own name. */
const fileName =
  /^[^*?[\]$]+\.(?:sh|bash|py|m?js|cjs|rb|pl|php|conf|cfg|cnf|ini|json|ya?ml|toml|txt|md|xml|properties|jar|war|env|crt|pem)$/i;

/** Whether a copy may put its own files in the place of the accounts; a destination that is not known says nothing. */
export function mayBringAccounts({ destination, at, hasNoAccounts }: CopyEffect): boolean {
  if (hasNoAccounts === true) return false;
  if (destination === "/etc/passwd" || destination === "/etc/group") return true;
  if (destination !== "/" && destination !== "/etc" && destination !== "/etc/") return false;
  return !at.instruction.sources.every(({ value }) => fileName.test(value));
}

/** How the build context is looked into. */
export interface ContextView {
  /** Reads a text file; `undefined` when it is not there, or is ignored. */
  readonly readContext: (path: string) => string | undefined;
  /** Tells what is right in a folder. */
  readonly listContext: (folder: string) => readonly string[];
}

/** Whether everything that a copy brings lies in the context, and no account file is among it. */
export function bringsNoAccounts(copy: ContextCopy, { readContext, listContext }: ContextView): boolean {
  // ADD unpacks what may be an archive.
  const isThere = (source: string): boolean =>
    listContext(source === "." ? "" : source).length > 0 ||
    (copy.instruction.keyword === "COPY" &&
      listContext(resolvePath("/", `${source}/..`).slice(1)).includes(basename(source)));
  return (
    copy.sources.length === copy.instruction.sources.length &&
    copy.instruction.heredocs.length === 0 &&
    copy.sources.every(isThere) &&
    ["/etc/passwd", "/etc/group"].every((path) =>
      contextSources(copy, path).every((source) => readContext(source) === undefined),
    )
  );
}
