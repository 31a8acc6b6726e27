import { known } from "../../core/finding.ts";
import { noAccounts } from "../../image/accounts.ts";
import type { BaseFacts } from "../../image/base-facts.ts";
import { emptyConfig } from "../../image/files-alone.ts";

/** `scratch`: everything is known, and there is nothing. */
export function scratchFacts(): BaseFacts {
  const from = "scratch is empty";
  return {
    reference: "scratch",
    family: known("scratch", from),
    user: known("", from),
    config: known(emptyConfig, from),
    accounts: known({ ...noAccounts, complete: true }, from),
    shell: known(false, from),
    tools: known(new Set<string>(), from),
    designatedUser: known(undefined, from),
    startNeedsRoot: known(false, from),
    writable: [],
    evidence: "engine",
  };
}
