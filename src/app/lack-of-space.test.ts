import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { err, ok } from "../core/result.ts";
import { createFakeEngine } from "../engine/fake/fake.ts";
import { fixFiles } from "./fix.ts";
import { lackOfSpace } from "./lack-of-space.ts";
import { fixRequest } from "./test-kit.ts";

test.each([
  "Error: committing container: writing blob: unpacking failed (error: exit status 1; output: write /app/big: no space left on device)",
  "#7 ERROR: failed to solve: failed to copy: write /var/lib/docker/tmp/x: no space left on device",
  "dd: error writing 'big': Disk quota exceeded\n",
])("is told with what shows it: %s", (log) => {
  expect(lackOfSpace("podman", log)).toContain("podman system df");
});

test.each(["npm ERR! code EACCES\n", `no space left on device${"\nSTEP 3/4: RUN make".repeat(300)}`])(
  "is not told of another end",
  (log) => {
    expect(lackOfSpace("docker", log)).toBeUndefined();
  },
);

test("neither candidate nor original is to blame, and no other build is tried", async () => {
  const folder = await mkdtemp(join(tmpdir(), "image-fix-space-"));
  const file = join(folder, "Containerfile");
  await writeFile(file, "FROM localhost/a:1\nUSER root\n");
  const images = {
    "localhost/a:1": { config: { user: "10001" }, files: { "/etc/passwd": "app:x:10001:10001::/:\n" } },
  };
  const builds: string[] = [];
  const engine = {
    ...createFakeEngine({ images }),
    build: async ({ tag }: { readonly tag: string }) => {
      builds.push(tag);
      const log = "write /app/big: no space left on device\n";
      return err({ code: "BUILD_FAILED", engine: "podman", exitCode: 125, log } as const);
    },
  };
  const request = fixRequest([file], { engine: "auto", noVerify: false });
  const report = await fixFiles(request, { signal: new AbortController().signal }, async () =>
    ok({ engine, why: "it is here" }),
  );
  const error = { code: "ENGINE_FAILED", hint: expect.stringContaining("podman system df") };
  expect(report).toMatchObject({ ok: true, value: { targets: [{ error, fix: { written: false } }] } });
  expect(builds).toHaveLength(1);
  await rm(folder, { recursive: true });
});
