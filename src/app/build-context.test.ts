import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contextLister, contextReader } from "./build-context.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-context-"));
  await writeFile(join(folder, "run.sh"), "#!/bin/sh\n");
});
afterAll(() => rm(folder, { recursive: true }));

test("files of the context are read; what cannot be one is not there", () => {
  const read = contextReader(join(folder, "Containerfile"), folder);
  expect(read("run.sh")).toBe("#!/bin/sh\n");
  // A file in the place of a folder, a name that is too long, a name that no file can have.
  for (const path of ["none.sh", "run.sh/run.sh", "x".repeat(5000), "a\0b", "../run.sh", "."])
    expect(read(path)).toBeUndefined();
});

test("a pipe in the context is none of its files, and is not waited for", () => {
  execFileSync("mkfifo", [join(folder, "pipe.sh")]);
  expect(contextReader(join(folder, "Containerfile"), folder)("pipe.sh")).toBeUndefined();
});

test("what is right in a folder of the context is told, sorted, and nothing outside of it", async () => {
  const list = contextLister(folder);
  await mkdir(join(folder, "conf.d"));
  await writeFile(join(folder, "conf.d", "b.conf"), "");
  await writeFile(join(folder, "conf.d", "a.conf"), "");
  await symlink("/etc", join(folder, "etc"));
  expect(list("conf.d")).toEqual(["a.conf", "b.conf"]);
  expect(list("")).toContain("run.sh");
  for (const path of ["none", "run.sh", "..", "etc", "a\0b"]) expect(list(path)).toEqual([]);
});
