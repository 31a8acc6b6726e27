import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { completeLine, headerLine, imageLine } from "../scan/journal.ts";
import { mergeReports, type MergedReport } from "./report.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-report-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const digest = `sha256:${"a".repeat(64)}`;
const line = (target: string, more: object = {}): string =>
  JSON.stringify({
    target,
    kind: "image",
    verdict: "admit",
    findings: [],
    digest,
    platform: "linux/amd64",
    error: null,
    ...more,
  });
const unread = (target: string): string =>
  line(target, {
    verdict: "unknown",
    digest: null,
    platform: null,
    error: { code: "REGISTRY_FAILED", message: "it answers 500", hint: null },
  });

async function merge(...files: readonly string[]): Promise<MergedReport> {
  const result = await read(...files);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

async function read(...files: readonly string[]) {
  const paths = await Promise.all(
    files.map(async (text, at) => {
      const path = join(folder, `${at}.ndjson`);
      await writeFile(path, text);
      return path;
    }),
  );
  return mergeReports({ files: paths, stdin: Readable.from([]) });
}

test("what is in several files counts once, sorted by name", async () => {
  const { targets, collapsed } = await merge(
    `${line("docker://h/b:1")}\n`,
    `${line("docker://h/a:1")}\n${line("docker://h/b:1")}\n`,
  );
  expect(targets.map(({ target }) => target)).toEqual(["docker://h/a:1", "docker://h/b:1"]);
  expect(collapsed).toBe(1);
});

test("platforms and moved tags are results of their own", async () => {
  const { targets } = await merge(
    [
      line("docker://h/a:1"),
      line("docker://h/a:1", { platform: "linux/arm64" }),
      line("docker://h/a:1", { digest: null }),
    ].join("\n"),
  );
  expect(targets).toHaveLength(3);
});

test("what a later run could read replaces that an earlier one could not, in any order", async () => {
  const texts = [`${unread("docker://h/a:1")}\n${unread("docker://h/b:1")}\n`, `${line("docker://h/a:1")}\n`];
  for (const files of [texts, texts.toReversed()]) {
    const { targets } = await merge(...files);
    expect(targets.map(({ target, error }) => [target, error?.code ?? null])).toEqual([
      ["docker://h/a:1", null],
      ["docker://h/b:1", "REGISTRY_FAILED"],
    ]);
  }
});

test("documents of --format json and states are read too", async () => {
  const document = JSON.stringify({ schemaVersion: 1, targets: [JSON.parse(line("docker://h/a:1"))] }, null, 2);
  const state = `${headerLine({ shard: "0/1" }, "0.1.0")}\n${imageLine("h/b:1", [line("docker://h/b:1")], true)}\n${completeLine(1)}\n`;
  const { targets, gaps } = await merge(document, state);
  expect(targets).toHaveLength(2);
  expect(gaps).toEqual([]);
});

test("scans that have not ended, missing shards and torn lines are gaps", async () => {
  const header = headerLine({ sources: "docker://h", shard: "1/3" }, "0.1.0");
  const { gaps } = await merge(
    `${header}\n${imageLine("h/a:1", [line("docker://h/a:1")], true)}\n`,
    `${line("docker://h/a:1")}\n{"target":"dock`,
  );
  expect(gaps.join("\n")).toMatch(/0\.ndjson: its scan has not ended/);
  expect(gaps.join("\n")).toMatch(/1\.ndjson ends in the middle of line 2/);
  expect(gaps.join("\n")).toMatch(/shards are missing: 0\/3, 2\/3/);
});

test("shards are of one scan whatever their runs are called", async () => {
  const shards = [0, 1].map((index) =>
    [
      headerLine({ sources: "docker://h", shard: `${index}/2`, "run-id": `run-${index}` }, "0.1.0"),
      imageLine(`h/a:${index}`, [line(`docker://h/a:${index}`)], true),
      completeLine(1),
      "",
    ].join("\n"),
  );
  const { gaps } = await merge(...shards);
  expect(gaps).toEqual([]);
});

const state = (sources: string, shard: string): string =>
  `${headerLine({ sources, shard }, "0.1.0")}\n${completeLine(0)}\n`;

test("shards of an earlier run in another number are a gap, whatever else was scanned", async () => {
  const whole = [state("docker://h", "0/2"), state("docker://h", "1/2"), state("docker://i", "0/1")];
  expect((await merge(...whole)).gaps).toEqual([]);
  const { gaps } = await merge(...whole, state("docker://h", "3/4"));
  expect(gaps.join("\n")).toMatch(/one scan is here in 2 and in 4 shards/);
});

test.each([
  "{}\n",
  "FROM alpine\n",
  '{"target":"x"}\n',
  `${line("docker://h/a:1")}\nx\n${line("docker://h/b:1")}\n`,
  "[\n1\n]\n",
])("what is no result is named with its place: %j", async (text) => {
  const result = await read(text);
  expect(!result.ok && result.error.code).toMatch(/SYNTAX|UNREADABLE/);
});

test("files without any result never pass for clean", async () => {
  for (const files of [[""], ["\n\n"], ["", ""]]) {
    const result = await read(...files);
    expect(!result.ok && result.error).toMatchObject({ code: "UNREADABLE" });
  }
});

test("a shard may have had no image, and a document may have no target", async () => {
  expect((await merge("", `${line("docker://h/a:1")}\n`)).targets).toHaveLength(1);
  expect((await merge('{"schemaVersion":1,"targets":[]}\n')).targets).toEqual([]);
  expect((await merge('{\n"schemaVersion":1,\n"targets":[]\n}\n')).targets).toEqual([]);
});

test("a file that is not there", async () => {
  const result = await mergeReports({ files: [join(folder, "none")], stdin: Readable.from([]) });
  expect(!result.ok && result.error.code).toBe("UNREADABLE");
});
