/** The cases of `support/cases.ts`, in this process and with their bases' users. `e2e/cases.test.ts` has the program's part. */
import { describe, expect, test } from "vitest";
import { lineIndex, positionAt } from "../src/containerfile/position.ts";
import type { FinalUser } from "../src/facts/final-user.ts";
import { inputOf, type Setup } from "../src/rules/test-kit.ts";
import { runRules } from "../src/rules/run-rules.ts";
import { caseFiles, inOrder, readCases, refusal } from "./support/cases.ts";

/** Rules whose finding means that the build stops. */
const stopsBuild: ReadonlySet<string> = new Set([
  "chown-name-unknown",
  "uid-already-taken",
  "package-install-as-nonroot",
]);

const refusalOf = ({ verdict, userPart, uid }: FinalUser): string =>
  refusal(verdict, userPart === "root" || (uid.known && uid.value === 0));

function judged(setup: Setup) {
  const input = inputOf(setup);
  const { findings } = runRules(input);
  const lines = lineIndex(setup.text);
  const places = findings.map(({ rule, severity, span }) => ({
    rule,
    severity,
    line: positionAt(lines, span.start).line,
  }));
  return { user: input.user, findings: places };
}

describe.each(caseFiles)("%s", (name) => {
  test.each(readCases(name).map((one) => [one.id, one] as const))("%s", (_, one) => {
    const setup = { text: one.containerfile, ...(one.baseUser !== undefined && { baseUser: one.baseUser }) };
    const { user, findings } = judged(setup);
    expect(inOrder(findings)).toEqual(inOrder(one.expected.findings));
    expect(user.configUser).toBe(one.configUser);
    if (one.kubelet === "build-fails") {
      expect(findings.some(({ rule }) => stopsBuild.has(rule))).toBe(true);
    } else {
      expect(refusalOf(user)).toBe(one.kubelet);
    }
    for (const [target, kubelet] of Object.entries(one.targets ?? {})) {
      expect([target, refusalOf(judged({ ...setup, target }).user)]).toEqual([target, kubelet]);
    }
  });
});
