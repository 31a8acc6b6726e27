import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contextReader } from "./build-context.ts";

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
