/** Whole Containerfiles with what must be found in them, and who they run as: `fixtures/containerfiles.json`. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lineIndex, positionAt } from "../src/containerfile/position.ts";
import type { FinalUser } from "../src/facts/final-user.ts";
import { inputOf, type Setup } from "../src/rules/test-kit.ts";
import { runRules } from "../src/rules/run-rules.ts";

interface ExpectedFinding {
  readonly rule: string;
  readonly severity: string;
  readonly line: number;
}

type Kubelet = "admit" | "refuse-root" | "refuse-symbolic" | "refuse-invalid" | "build-fails" | "unknown";

interface Case {
  readonly id: string;
  readonly containerfile: string;
  readonly expected: { readonly findings: readonly ExpectedFinding[] };
  readonly kubelet: Kubelet;
  /** `null` where nobody can know it. */
  readonly configUser: string | null;
  readonly baseUser?: string;
  readonly targets?: Readonly<Record<string, Kubelet>>;
}

const read = (name: string): readonly Case[] =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a case without a field fails its own test
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8")) as readonly Case[];

/** Rules whose finding means that the build stops. */
const stopsBuild: ReadonlySet<string> = new Set([
  "chown-name-unknown",
  "uid-already-taken",
  "package-install-as-nonroot",
]);

const refusal = ({ verdict, userPart }: FinalUser, isUidZero: boolean): string => {
  if (verdict === "symbolic" && (userPart === "root" || isUidZero)) return "refuse-root";
  if (verdict === "unknown" || verdict === "not-applicable") return "unknown";
  return verdict === "admit" ? "admit" : `refuse-${verdict}`;
};

function judged(setup: Setup) {
  const input = inputOf(setup);
  const { findings } = runRules(input);
  const lines = lineIndex(setup.text);
  const places = findings.map(({ rule, severity, span }) => ({
    rule,
    severity,
    line: positionAt(lines, span.start).line,
  }));
  return { input, findings: places };
}

const inOrder = (findings: readonly ExpectedFinding[]): readonly string[] =>
  findings.map(({ rule, severity, line }) => `${line} ${rule} ${severity}`).toSorted();

describe.each(["containerfiles", "more-containerfiles"])("%s", (name) => {
  test.each(read(name).map((one) => [one.id, one] as const))("%s", (_, one) => {
    const setup = { text: one.containerfile, ...(one.baseUser !== undefined && { baseUser: one.baseUser }) };
    const { input, findings } = judged(setup);
    const { user } = input;
    expect(inOrder(findings)).toEqual(inOrder(one.expected.findings));
    expect(user.configUser).toBe(one.configUser);
    if (one.kubelet === "build-fails") {
      expect(findings.some(({ rule }) => stopsBuild.has(rule))).toBe(true);
    } else {
      expect(refusal(user, user.uid.known && user.uid.value === 0)).toBe(one.kubelet);
    }
    for (const [target, kubelet] of Object.entries(one.targets ?? {})) {
      const built = judged({ ...setup, target }).input.user;
      expect([target, refusal(built, built.uid.known && built.uid.value === 0)]).toEqual([target, kubelet]);
    }
  });
});
