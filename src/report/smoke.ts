/** A smoke test in words. They hold what the image printed: make them `visible`. */
import type { SmokeTest } from "../results/run-report.ts";

/** How the image's own command fared, as a sentence without a full stop. */
export function smokeWords({ outcome, seconds, fault }: SmokeTest): string {
  if (fault !== null) return `its command failed: ${fault}`;
  switch (outcome) {
    case "running":
      return `its command ran for ${seconds} s`;
    case "no-command":
      return "it names no command, so none was started";
    case "exited":
    case "killed":
    case "not-started":
      return "its command ended with exit code 0";
  }
}

/** How the original fared beside the candidate, for `fix --smoke`. */
export function originalWords(smoke: SmokeTest): string | null {
  if (smoke.original === undefined) return null;
  const privileges = smoke.original.unrestricted === true ? " (with the engine's default capabilities)" : "";
  return `of the original, ${smokeWords(smoke.original)}${privileges}`;
}
