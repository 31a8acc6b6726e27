import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LineFile } from "./line-file.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "lines-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

test("lines are in the file soon, in their order, and all of them once it is closed", async () => {
  const path = join(folder, "soon");
  const file = await LineFile.open(path);
  await file.write("first");
  await expect.poll(() => readFile(path, "utf8")).toBe("first\n");
  const lines = Array.from({ length: 5_000 }, (_, at) => `${at} ${"x".repeat(100)}`);
  for (const line of lines) await file.write(line);
  await file.close();
  expect(await readFile(path, "utf8")).toBe(["first", ...lines, ""].join("\n"));
});

test("a file that cannot be written says so, at a later line or at the end", async () => {
  await expect(LineFile.open(join(folder, "missing", "file"))).rejects.toMatchObject({ code: "ENOENT" });
  const full = await LineFile.open("/dev/full");
  await full.write("lost");
  await expect(full.close()).rejects.toMatchObject({ code: "ENOSPC" });
  const filling = await LineFile.open("/dev/full");
  await filling.write("lost");
  await sleep(200);
  expect(() => filling.write("more")).toThrow("ENOSPC");
  filling.drop();
});
