import { known } from "../../core/finding.ts";
import { noAccounts } from "../../image/accounts.ts";
import type { BaseFacts } from "../../image/base-facts.ts";

/** `scratch`: everything is known, and there is nothing. */
export function scratchFacts(): BaseFacts {
  const from = "scratch is empty";
  return {
    reference: "scratch",
    family: known("scratch", from),
    user: known("", from),
    config: known(
      {
        user: "",
        workingDir: "",
        env: [],
        entrypoint: [],
        cmd: [],
        volumes: [],
        exposedPorts: [],
        onBuild: [],
        shell: [],
      },
      from,
    ),
    accounts: known({ ...noAccounts, complete: true }, from),
    shell: known(false, from),
    tools: known(new Set<string>(), from),
    designatedUser: known(undefined, from),
    entrypointSwitches: known(false, from),
    writable: [],
    evidence: "engine",
  };
}
