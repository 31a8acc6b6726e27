import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findAuditTargets } from "./audit-target.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "audit-target-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const find = (...names: readonly string[]) => findAuditTargets(names, new AbortController().signal);

test("an archive that is named as a file is none of a Containerfile, and the others are audited", async () => {
  const archive = join(folder, "image.tar.gz");
  const file = join(folder, "Dockerfile.tar");
  for (const path of [archive, file]) writeFileSync(path, "FROM scratch\n");
  expect(await find(archive, file)).toEqual({
    ok: true,
    value: [
      {
        kind: "file",
        name: archive,
        failure: expect.objectContaining({
          code: "UNREADABLE",
          hint: expect.stringContaining(`docker-archive:${archive} `),
        }),
      },
      { kind: "file", name: file },
    ],
  });
});

test("a layout that is named as a folder is told with how its images are read", async () => {
  writeFileSync(join(folder, "oci-layout"), "{}");
  const read = expect.stringContaining(`read with oci:${folder}`);
  expect(await find(folder)).toMatchObject({ ok: false, error: { code: "UNREADABLE", hint: read } });
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src", "Containerfile"), "FROM scratch\n");
  expect(await find(folder)).toMatchObject({ ok: true, value: [{ name: join(folder, "src", "Containerfile") }] });
});
