/** A podman that never answers: a program that sleeps, as a wrapper script whose own child holds its output open. */
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import type { CallOptions, Engine } from "../../core/ports.ts";
import type { EngineLimits } from "../limits.ts";
import { readExport } from "../test-kit.ts";
import { createPodman } from "./podman.ts";

interface SilentPodman {
  readonly engine: Engine;
  /** Its own, with the program and the temporary files of builds. */
  readonly folder: string;
}

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

/** A podman that is silent for the commands that `pattern` (of sh's `case`) names, and answers all others. */
async function podman(pattern: string, limits: EngineLimits): Promise<SilentPodman> {
  const folder = await mkdtemp(join(tmpdir(), "image-fix-silence-"));
  folders.push(folder);
  const program = join(folder, "podman");
  const image = '[{"Id":"1","Os":"linux","Architecture":"amd64","Config":{},"RootFS":{"Layers":[]}}]';
  await writeFile(
    program,
    `#!/bin/sh
case $1 in --log-level=*) shift ;; esac
echo "$*" >>'${folder}/calls'
case $* in ${pattern}) sleep 20 ;; esac
case $* in image\\ inspect*) echo '${image}' ;; esac
`,
  );
  await chmod(program, 0o755);
  return { folder, engine: createPodman({ program, temporaryFolder: folder, remote: true, limits }) };
}

type Ask = (podman: SilentPodman, options: CallOptions) => Promise<unknown>;

const build: Ask = async ({ engine, folder }, options) => {
  const containerfile = join(folder, "Containerfile");
  await writeFile(containerfile, "FROM scratch\n");
  return await engine.build({ containerfile, context: folder, tag: "localhost/image-fix-x:1" }, options);
};
const run: Ask = ({ engine }, options) =>
  engine.run({ image: "sha256:1", argv: ["id"], files: new Map([["/probe/probe", new Uint8Array()]]) }, options);
const readFiles: Ask = ({ engine }, options) => engine.readFiles("sha256:1", { contents: ["/etc/passwd"] }, options);
const readMany: Ask = ({ engine }, options) =>
  engine.readFiles("sha256:1", { contents: ["/etc/passwd"], present: ["/a", "/b", "/c", "/d"] }, options);
const exportImage: Ask = ({ engine }, options) => readExport(engine, "sha256:1", options);

/** Every method, and the podman commands that it may wait for. */
const questions: readonly (readonly [string, string, Ask])[] = [
  ["listImages", "images*", ({ engine }, options) => engine.listImages(options)],
  ["inspect", "image\\ inspect*", ({ engine }, options) => engine.inspect("alpine", options)],
  ["build, after it", "image\\ inspect*", build],
  ["history", "image\\ inspect*", ({ engine }, options) => engine.history("alpine", options)],
  ["tag", "tag*", ({ engine }, options) => engine.tag("sha256:1", "localhost/a:1", options)],
];
const works: readonly (readonly [string, string, Ask])[] = [
  ["pull", "pull*", ({ engine }, options) => engine.pull("alpine", options)],
  ["build", "build*", build],
  ["run, before it", "import*", run],
  ["run", "run*", run],
  ["readFiles", "create*", readFiles],
  ["readFiles, copying", "cp*", readFiles],
  ["readFiles, all together", "cp*", readMany],
  ["exportImage", "save*", exportImage],
];

describe.concurrent("a podman that never answers", () => {
  test.each([...questions, ...works])(
    "%s ends when the run is aborted, and leaves nothing",
    async (_, pattern, ask) => {
      const silent = await podman(pattern, { answerMs: 20_000, tidyMs: 20_000, hurriedTidyMs: 20_000 });
      const controller = new AbortController();
      const asked = ask(silent, { signal: controller.signal });
      while (!(await calls(silent)).some((call) => new RegExp(pattern.replace("*", "")).test(call))) await pause(20);
      controller.abort("SIGTERM");
      expect(await asked).toEqual({ ok: false, error: { code: "INTERRUPTED", signal: "SIGTERM" } });
      expect((await readdir(silent.folder)).filter((name) => name.startsWith("image-fix-"))).toEqual([]);
    },
  );

  test.each(questions)("%s says so when its time is over", async (_, pattern, ask) => {
    const silent = await podman(pattern, { answerMs: 1000, tidyMs: 20_000, hurriedTidyMs: 20_000 });
    const reply = await ask(silent, { signal: new AbortController().signal });
    const message = expect.stringMatching(/^podman does not answer \(podman [a-z ]+ took longer than 1 s\)$/);
    expect(reply).toMatchObject({ ok: false, error: { code: "ENGINE_UNAVAILABLE", message } });
  });

  test("is not waited for again while the run is tidied up, and what may be left is said", async () => {
    const silent = await podman("rm*|image\\ rm*", { answerMs: 20_000, tidyMs: 1000, hurriedTidyMs: 1000 });
    const { signal } = new AbortController();
    await build(silent, { signal });
    await run(silent, { signal });
    expect(await silent.engine.cleanUp()).toEqual({
      ok: false,
      error: {
        code: "ENGINE_UNAVAILABLE",
        engine: "podman",
        message:
          "podman does not answer (podman image rm took longer than 1 s); containers and images of this run may be left",
        hint: expect.stringContaining("docs/troubleshooting.md"),
      },
    });
    expect((await calls(silent)).filter((call) => /^(?:image )?rm /.test(call))).toHaveLength(1);
  });

  test("what answers has tidied up", async () => {
    const answering = await podman("none", { answerMs: 20_000, tidyMs: 20_000, hurriedTidyMs: 20_000 });
    await build(answering, { signal: new AbortController().signal });
    expect(await answering.engine.cleanUp()).toEqual({ ok: true, value: undefined });
  });
});

async function calls({ folder }: SilentPodman): Promise<string[]> {
  const text = await readFile(join(folder, "calls"), "utf8").catch(() => "");
  return text.split("\n");
}
