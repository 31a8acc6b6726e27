import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { completeLine, imageLine, openJournal, tagsLine, type JournalLine } from "./journal.ts";

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-journal-"));
  path = join(folder, "state");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const settings = { sources: "docker://h:1", tags: "all" };

async function opened(more: Readonly<Record<string, string>> = settings) {
  const lines: JournalLine[] = [];
  const result = await openJournal(path, more, "0.1.0", (line) => lines.push(line));
  return { lines, result };
}

async function withLines(...lines: readonly string[]): Promise<void> {
  const { result } = await opened();
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  await Promise.all(lines.map((line) => result.value.journal.append(line)));
  await result.value.journal.close();
}

test("what was appended is there again, in its order", async () => {
  await withLines(tagsLine("h:1/a", ["2", "1"]), imageLine("h:1/a:2", ['{"verdict":"root"}'], true), completeLine(1));
  const { lines, result } = await opened();
  expect(lines).toEqual([
    { kind: "tags", repository: "h:1/a", chosen: ["2", "1"] },
    { kind: "image", name: "h:1/a:2", targets: [{ verdict: "root" }] },
    { kind: "complete", images: 1 },
  ]);
  expect(result.ok && result.value.isNew).toBe(false);
  if (result.ok) await result.value.journal.close();
});

test("a line torn at any byte is cut off, and what follows stands on its own line", async () => {
  await withLines(imageLine("h:1/a:1", [], true));
  const good = await readFile(path, "utf8");
  const line = `${imageLine("h:1/ä:2", ['{"message":"x\\ny"}'], true)}\n`;
  const bytes = Buffer.from(line);
  for (let cut = 1; cut < bytes.length; cut++) {
    await writeFile(path, good);
    await appendFile(path, bytes.subarray(0, cut));
    const { lines, result } = await opened();
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    expect(lines).toHaveLength(1);
    await result.value.journal.append(imageLine("h:1/a:3", [], true));
    await result.value.journal.close();
    expect(await readFile(path, "utf8")).toBe(`${good}${imageLine("h:1/a:3", [], true)}\n`);
  }
});

test("zeros that a crash left at the end are cut off", async () => {
  await withLines(imageLine("h:1/a:1", [], true));
  const good = await readFile(path);
  await writeFile(path, Buffer.concat([good, Buffer.alloc(5000), Buffer.from("\n"), Buffer.alloc(10)]));
  const { result } = await opened();
  if (result.ok) await result.value.journal.close();
  expect(await readFile(path)).toEqual(good);
});

test("a torn first line is a new journal", async () => {
  await writeFile(path, '{"imageFixScan":1,"to');
  const { result } = await opened();
  expect(result.ok && result.value.isNew).toBe(true);
  if (result.ok) await result.value.journal.close();
  expect((await readFile(path, "utf8")).split("\n")).toHaveLength(2);
});

test("damage with good lines behind is told, and nothing is cut", async () => {
  await withLines(imageLine("h:1/a:1", [], true));
  await appendFile(path, `{"ima\n${imageLine("h:1/a:2", [], true)}\n`);
  const before = await readFile(path);
  const { result } = await opened();
  expect(!result.ok && result.error).toMatchObject({ code: "CONFIG_INVALID", line: 3 });
  expect(await readFile(path)).toEqual(before);
});

test("other settings are refused with their names", async () => {
  await withLines();
  const { result } = await opened({ ...settings, tags: "latest:5" });
  expect(!result.ok && "message" in result.error && result.error.message).toContain("tags was all, now is latest:5");
});

test("what another run left is begun anew, whatever it was asked for and however it ended", async () => {
  const fill = async (id: string, more = {}) => {
    const { lines, result } = await opened({ ...settings, ...more, "run-id": id });
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    await result.value.journal.append(imageLine("h:1/a:1", [], true));
    await result.value.journal.close();
    return lines;
  };
  await withLines(completeLine(0));
  expect(await fill("monday")).toEqual([]);
  expect(await fill("monday")).toHaveLength(1);
  await appendFile(path, '{"ima\n{"complete":{"images":1}}\n');
  expect(await fill("tuesday", { tags: "latest:1" })).toEqual([]);
  expect((await readFile(path, "utf8")).split("\n")).toHaveLength(3);
  const { result } = await opened({ ...settings, tags: "latest:1" });
  expect(!result.ok && "message" in result.error && result.error.message).toContain(
    "run-id was tuesday, now is not set",
  );
});

test("a file that is no state is left as it is by another run too", async () => {
  await writeFile(path, "FROM alpine\n");
  const { result } = await opened({ ...settings, "run-id": "monday" });
  expect(result.ok).toBe(false);
  expect(await readFile(path, "utf8")).toBe("FROM alpine\n");
});

test.each([
  "FROM alpine\nUSER app\n",
  "FROM alpine",
  '{"target":"x","kind":"image"}\n',
  '{"image":"a","targets":[]}\n',
])("another file is left as it is: %j", async (text) => {
  await writeFile(path, text);
  const { result } = await opened();
  expect(result.ok).toBe(false);
  expect(await readFile(path, "utf8")).toBe(text);
});

test("a folder that is not there is said", async () => {
  path = join(folder, "no", "state");
  const { result } = await opened();
  expect(!result.ok && result.error.code).toBe("WRITE_FAILED");
});
