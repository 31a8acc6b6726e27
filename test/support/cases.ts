/** Whole Containerfiles with what must be found in them, and who they run as: `fixtures/containerfiles.json`. */
import { readFileSync } from "node:fs";

export interface ExpectedFinding {
  readonly rule: string;
  readonly severity: string;
  readonly line: number;
}

type Kubelet = "admit" | "refuse-root" | "refuse-symbolic" | "refuse-invalid" | "build-fails" | "unknown";

export interface Case {
  readonly id: string;
  readonly containerfile: string;
  readonly expected: { readonly findings: readonly ExpectedFinding[] };
  readonly kubelet: Kubelet;
  /** `null` where nobody can know it. */
  readonly configUser: string | null;
  readonly baseUser?: string;
  readonly targets?: Readonly<Record<string, Kubelet>>;
}

/** The fixtures that hold such cases. */
export const caseFiles = ["containerfiles", "more-containerfiles"] as const;

/** The cases of one fixture. */
export const readCases = (name: (typeof caseFiles)[number]): readonly Case[] =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a case without a field fails its own test
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8")) as readonly Case[];

/** What the kubelet makes of a verdict, in the words of the cases. */
export function refusal(verdict: string, isRoot: boolean): string {
  if (verdict === "symbolic" && isRoot) return "refuse-root";
  if (verdict === "unknown" || verdict === "not-applicable") return "unknown";
  return verdict === "admit" ? "admit" : `refuse-${verdict}`;
}

/** Findings as lines that can be compared. */
export const inOrder = (findings: readonly ExpectedFinding[]): readonly string[] =>
  findings.map(({ rule, severity, line }) => `${line} ${rule} ${severity}`).toSorted();
