/** COPY and ADD that may bring an `/etc/passwd` or `/etc/group` of their own. */
import type { CopyEffect } from "./effects.ts";

/** Names that are files' and not folders': such a source is copied under its own name. */
const fileName =
  /^[^*?[\]$]+\.(?:sh|bash|py|m?js|cjs|rb|pl|php|conf|cfg|cnf|ini|json|ya?ml|toml|txt|md|xml|properties|jar|war|env|crt|pem)$/i;

/** Whether a copy may put its own files in the place of the accounts; a destination that is not known says nothing. */
export function mayBringAccounts({ destination, at }: CopyEffect): boolean {
  if (destination === "/etc/passwd" || destination === "/etc/group") return true;
  if (destination !== "/" && destination !== "/etc" && destination !== "/etc/") return false;
  return !at.instruction.sources.every(({ value }) => fileName.test(value));
}
