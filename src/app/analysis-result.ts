import type { Analysis } from "./analyse.ts";
import type { TargetResult } from "../results/run-report.ts";
import type { TextFile } from "./text-file.ts";

/** What an analysis says of a file, as a result without fix or proof. */
export function resultOf(
  { name, text, encoding }: TextFile,
  { input, results, hints, evidence }: Analysis,
): TargetResult {
  const { user } = input;
  return {
    target: name,
    kind: "containerfile",
    verdict: user.verdict,
    configUser: user.configUser,
    uid: user.uid.known ? user.uid.value : null,
    kubeletMessage: user.kubeletMessage,
    findings: results.findings,
    ignored: results.ignored,
    hints,
    text,
    encoding,
    evidence,
    fix: null,
    proof: null,
    digest: null,
    platform: null,
    error: null,
  };
}
