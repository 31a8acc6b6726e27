/**
 * The cases of `support/cases.ts` through the built program: what it prints and how it ends. Cases about the user of a
 * base image that only an engine knows are left to `cases.test.ts`.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { caseFiles, inOrder, readCases, refusal, type Case } from "../support/cases.ts";
import { imageFix, type Ended } from "./support/command.ts";

const report = v.object({
  targets: v.array(
    v.object({
      target: v.string(),
      verdict: v.string(),
      configUser: v.nullable(v.string()),
      uid: v.nullable(v.number()),
      findings: v.array(
        v.object({ rule: v.string(), severity: v.string(), line: v.number(), column: v.number(), outcome: v.string() }),
      ),
      error: v.null(),
    }),
  ),
});
type Target = v.InferOutput<typeof report>["targets"][number];

const cases = caseFiles.flatMap(readCases).filter(({ baseUser }) => baseUser === undefined);
/** An error, or a refused image about which anything is left to say: what the file silences does not fail. */
const failing = ({ expected: { findings }, kubelet }: Case): boolean =>
  findings.some(({ severity }) => severity === "error") || (kubelet.startsWith("refuse") && findings.length > 0);
const fileOf = ({ id }: Case): string => join(id, "Containerfile");

let folder: string;
const audit = async (...args: readonly string[]): Promise<Ended> =>
  await imageFix(["audit", "--engine", "none", ...args], { cwd: folder });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-cases-"));
  for (const one of cases) {
    await mkdir(join(folder, one.id));
    await writeFile(join(folder, fileOf(one)), one.containerfile);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs tasks, three at a time. */
async function pooled<T>(things: readonly T[], task: (thing: T) => Promise<void>): Promise<void> {
  const queue = things.values();
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      for (const thing of queue) await task(thing);
    }),
  );
}

describe("all of them in one call", () => {
  let ended: Ended;
  let targets: ReadonlyMap<string, Target>;
  beforeAll(async () => {
    ended = await audit("--format", "json", ...cases.map(fileOf));
    targets = new Map(v.parse(report, JSON.parse(ended.stdout)).targets.map((target) => [target.target, target]));
  });

  test("one failing file fails the call, and stderr is silent", () => {
    expect({ exitCode: ended.exitCode, stderr: ended.stderr, targets: targets.size }).toEqual({
      exitCode: 1,
      stderr: "",
      targets: cases.length,
    });
  });

  test.each(cases.map((one) => [one.id, one] as const))("%s", (_, one) => {
    const target = targets.get(fileOf(one));
    if (target === undefined) throw new Error("the document has no such target");
    expect(inOrder(target.findings)).toEqual(inOrder(one.expected.findings));
    expect(target.configUser).toBe(one.configUser);
    if (one.kubelet !== "build-fails") expect(refusal(target.verdict, target.uid === 0)).toBe(one.kubelet);
  });
});

/** What the text says of a file: each finding stands behind its place, with its rule in brackets, in lines of 80. */
function toldOf(stdout: string, one: Case): readonly string[] {
  const unwrapped = stdout.replaceAll(/\n {2}(?![ >])/g, " ");
  const place = `${fileOf(one)}:`;
  return unwrapped
    .split("\n")
    .filter((line) => line.startsWith(place))
    .flatMap((line) => {
      const match = /^(\d+):\d+: (\w+)(?: \(could not be known\))?: .*?\[([a-z-]+)(?:, stage [^\]]+)?\]/.exec(
        line.slice(place.length),
      );
      return match === null ? [] : [`${match[1]} ${match[3]} ${match[2]}`];
    })
    .toSorted();
}

describe("each by itself", () => {
  test("files without an error end in 0, so all of them together do", async () => {
    const clean = cases.filter((one) => !failing(one));
    const { exitCode, stdout, stderr } = await audit(...clean.map(fileOf));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    for (const one of clean) expect([one.id, toldOf(stdout, one)]).toEqual([one.id, inOrder(one.expected.findings)]);
  });

  test("a file with an error ends in 1, and each finding is a line with its place and its rule", async () => {
    const wrong: unknown[] = [];
    await pooled(cases.filter(failing), async (one) => {
      const { exitCode, stdout, stderr } = await audit(fileOf(one));
      const found = { exitCode, stderr, told: toldOf(stdout, one) };
      const expected = { exitCode: 1, stderr: "", told: inOrder(one.expected.findings) };
      if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push({ id: one.id, found, expected });
    });
    expect(wrong).toEqual([]);
  });

  test("--target", async () => {
    for (const one of cases) {
      for (const [name, kubelet] of Object.entries(one.targets ?? {})) {
        const { exitCode, stdout } = await audit("--format", "json", "--target", name, fileOf(one));
        const [target] = v.parse(report, JSON.parse(stdout)).targets;
        const isAdmitted = kubelet === "admit";
        expect([one.id, name, refusal(target?.verdict ?? "", target?.uid === 0)]).toEqual([one.id, name, kubelet]);
        expect(exitCode).toBe(isAdmitted && target?.findings.every(({ severity }) => severity !== "error") ? 0 : 1);
      }
    }
  });
});
