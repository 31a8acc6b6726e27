/** What podman is asked, and how its answers are read: a program that answers as podman 4.3.1 does. */
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import type { Engine } from "../../core/ports.ts";
import { createPodman } from "./podman.ts";

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

interface Podman {
  readonly engine: Engine;
  readonly folder: string;
  readonly calls: () => Promise<readonly string[]>;
}

/** @param script of sh: arms of `case $*`; `$n` is how many calls there have been. */
async function podman(script: string): Promise<Podman> {
  const folder = await mkdtemp(join(tmpdir(), "image-fix-podman-"));
  folders.push(folder);
  const program = join(folder, "podman");
  await writeFile(
    program,
    `#!/bin/sh
case $1 in --log-level=*) shift ;; esac
case $1 in --version) echo podman version 4.3.1; exit ;; esac
echo "$*" >>'${folder}/calls'
n=$(wc -l <'${folder}/calls')
case $* in
${script}
esac
`,
  );
  await chmod(program, 0o755);
  return {
    folder,
    engine: createPodman({ program, temporaryFolder: folder, remote: true }),
    calls: async () => (await readFile(join(folder, "calls"), "utf8").catch(() => "")).split("\n").filter(Boolean),
  };
}

const options = { signal: new AbortController().signal };
const image = (id: string, ...names: readonly string[]): string =>
  JSON.stringify({ Id: id.padEnd(64, "0"), Os: "linux", Architecture: "amd64", RepoTags: names });
const built = async ({ engine, folder }: Podman) => {
  const containerfile = join(folder, "Containerfile");
  await writeFile(containerfile, "FROM alpine\n");
  return await engine.build({ containerfile, context: folder, tag: "localhost/ours:1" }, options);
};

describe("an image that another process removes meanwhile", () => {
  const stumbles = [
    'retrieving parent of image \\"aa\\": you may need to remove the image to resolve the error: reading: file does not exist',
    "checking if image aa is dangling: reading image aa: locating image with ID aa: image not known",
  ];

  test.each(stumbles)("podman is asked again: %s", async (said) => {
    const { engine, calls } = await podman(`
image\\ inspect*) [ $n = 1 ] && { echo "Error: ${said}" >&2; exit 125; }; echo '[${image("bb")}]' ;;`);
    expect(await engine.inspect("alpine", options)).toMatchObject({ ok: true });
    expect(await calls()).toHaveLength(2);
  });

  test.each(stumbles)("is a failure where it goes on, and not an image that is not there: %s", async (said) => {
    const { engine } = await podman(`*) echo "Error: ${said}" >&2; exit 125 ;;`);
    expect(await engine.inspect("alpine", options)).toMatchObject({ ok: false, error: { code: "ENGINE_FAILED" } });
    expect(await engine.listImages(options)).toMatchObject({ ok: false, error: { code: "ENGINE_FAILED" } });
  });

  test("a build is tried again, and one that fails by itself is not", async () => {
    const stumbling = await podman(`
build*) [ $n -gt 1 ] || { echo 'Error: checking if cached image exists from a previous build: getting top layer info: layer not known' >&2; exit 125; } ;;
image\\ inspect*) echo '[${image("bb", "localhost/ours:1")}]' ;;`);
    expect(await built(stumbling)).toMatchObject({ ok: true });
    const failing = await podman(`
build*) echo 'Error: checking if cached image exists' >&2; exit 1 ;;`);
    expect(await built(failing)).toMatchObject({ ok: false, error: { code: "BUILD_FAILED" } });
    expect((await failing.calls()).filter((call) => call.startsWith("build"))).toHaveLength(1);
  });

  test("an image that is not there is asked for once", async () => {
    const { engine, calls } = await podman('*) echo "Error: inspecting object: x: image not known" >&2; exit 125 ;;');
    expect(await engine.inspect("x", options)).toMatchObject({ ok: false, error: { code: "IMAGE_NOT_FOUND" } });
    expect(await calls()).toHaveLength(1);
  });

  test("what podman itself does not find is no image", async () => {
    const { engine } = await podman('*) echo "Error: default OCI runtime \\"crun\\" not found" >&2; exit 125 ;;');
    expect(await engine.inspect("x", options)).toMatchObject({ ok: false, error: { code: "ENGINE_FAILED" } });
  });
});

const stopAfter = async (script: string) => {
  const { engine } = await podman(script);
  return await engine.run({ image: "aa", stopAfterMs: 100 }, options);
};
const until = (call: string, times: number): string =>
  `until [ "$(grep -c '^${call}' "\${0%/*}/calls")" -ge ${times} ]; do sleep 0.1; done`;

describe("a command that is stopped after a while", () => {
  test("its time begins when it runs, not when podman is asked to start it", async () => {
    const late = `
run*) ${until("container inspect", 3)}; echo ended; exit 3 ;;
container\\ inspect*) echo false ;;`;
    expect(await stopAfter(late)).toEqual({ ok: true, value: { exitCode: 3, stdout: "ended\n", stderr: "" } });
  });

  test("it is stopped when its time is over", async () => {
    const running = `
run*) ${until("stop", 1)}; exit 143 ;;
container\\ inspect*) [ $n -gt 2 ] && echo true ;;`;
    expect(await stopAfter(running)).toMatchObject({ ok: true, value: { exitCode: 143, stopped: true } });
  });
});

describe("what a build leaves", () => {
  test("images are not listed, and what was made goes, newest first, but not what was there or got a name", async () => {
    const made = await podman(`
build*) printf '%s\\n' 'STEP 1/4: FROM alpine' 'STEP 2/4: RUN a' '--> Using cache ${"1".padEnd(64, "1")}' '--> 11111111111' \\
  'STEP 3/4: RUN b' '--> 22222222222' 'STEP 4/4: RUN c' '--> 33333333333' 'USER 1' 'COMMIT localhost/ours:1' '--> 44444444444' ;;
image\\ inspect\\ --\\ localhost/ours:1) echo '[${image("44444444444", "localhost/ours:1")}]' ;;
image\\ inspect*) echo '[${image("33333333333")},${image("22222222222", "localhost/theirs:1")}]'
  echo 'Error: inspecting object: 44444444444: image not known' >&2; exit 125 ;;`);
    expect(await built(made)).toMatchObject({ ok: true });
    await made.engine.cleanUp();
    expect((await made.calls()).filter((call) => !call.startsWith("build"))).toEqual([
      "image inspect -- localhost/ours:1",
      "image rm --no-prune -- localhost/ours:1",
      "image inspect -- 44444444444 33333333333 22222222222",
      `image rm --no-prune -- sha256:${"33333333333".padEnd(64, "0")}`,
    ]);
  });

  const id = "5".repeat(64);
  test.each([
    ["the build cache", `'STEP 2/2: USER 1' '--> Using cache ${id}' 'COMMIT localhost/ours:1'`],
    ["FROM alone", "'COMMIT localhost/ours:1'"],
  ])("an unnamed image of the user's that %s gave back keeps being there", async (_, lines) => {
    const there = await podman(`
build*) printf '%s\\n' 'STEP 1/2: FROM ${id}' ${lines} '--> 55555555555' ;;
image\\ inspect*) echo '[${image(id, "localhost/ours:1")}]' ;;`);
    await built(there);
    await there.engine.cleanUp();
    expect((await there.calls()).slice(2)).toEqual([`untag -- sha256:${id} localhost/ours:1`]);
  });
});

test("temporary files that podman leaves where it is ended go with the command", async () => {
  vi.stubEnv("XDG_RUNTIME_DIR", "/run/user/1000");
  const { engine, folder } = await podman(`image\\ inspect*) : >"$TMPDIR/2561419365"; sleep 20 ;;`);
  const stop = new AbortController();
  const asked = engine.inspect("alpine", { signal: stop.signal });
  const temporary = async (): Promise<readonly string[]> => {
    const [own] = (await readdir(folder)).filter((name) => name.startsWith("image-fix-"));
    return own === undefined ? [] : await readdir(join(folder, own)).catch(() => []);
  };
  await expect.poll(temporary, { timeout: 10_000 }).toEqual(["2561419365"]);
  stop.abort();
  expect(await asked).toMatchObject({ ok: false });
  expect((await readdir(folder)).toSorted()).toEqual(["calls", "podman"]);
});

describe("a short name", () => {
  const here = `'image inspect -- docker.io/library/app:1') echo '[${image("aa")}]' ;;`;

  test.each([
    'short-name \\"app:1\\" did not resolve to an alias and no unqualified-search registries are defined in \\"/etc/containers/registries.conf\\"',
    "short-name resolution enforced but cannot prompt without a TTY",
  ])("is Docker Hub's where podman does not know whose it is: %s", async (why) => {
    const { engine, calls } = await podman(
      `${here}\n'pull -- app:1') echo "Error: ${why}" >&2; exit 125 ;;\n'pull -- docker.io/library/app:1') echo aa ;;`,
    );
    expect(await engine.pull("app:1", options)).toMatchObject({ ok: true });
    expect((await calls()).slice(0, 2)).toEqual(["pull -- app:1", "pull -- docker.io/library/app:1"]);
  });

  test("that podman knows and cannot pull is asked for once", async () => {
    const { engine, calls } = await podman(`'pull -- app:1') echo "Error: unauthorized" >&2; exit 125 ;;`);
    expect(await engine.pull("app:1", options)).toMatchObject({ ok: false, error: { code: "IMAGE_NOT_FOUND" } });
    expect(await calls()).toEqual(["pull -- app:1"]);
  });
});

test("a list of reasons is told whole", async () => {
  const said = ["Error: 2 errors occurred while pulling:", " * a.example: unauthorized", " * b.example: not found", ""];
  const { engine } = await podman(`'pull -- app:1') printf '${said.join("\\n")}' >&2; exit 125 ;;`);
  expect(await engine.pull("app:1", options)).toMatchObject({
    error: {
      message: "podman cannot pull it: 2 errors occurred while pulling: a.example: unauthorized; b.example: not found",
    },
  });
});

test("a registry without TLS is told as such", async () => {
  const { engine } = await podman(
    `'pull -- a.example/b:1') echo 'Error: Get "https://a.example/v2/": http: server gave HTTP response to HTTPS client' >&2; exit 125 ;;`,
  );
  expect(await engine.pull("a.example/b:1", options)).toMatchObject({
    error: { hint: expect.stringContaining("insecure = true") },
  });
});
