import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { selectEngine, type EngineChoice } from "./select.ts";

let folder = "";
let server: Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-select-"));
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

/** A podman that has one image, or fails. */
async function podman(works: boolean): Promise<void> {
  const images = '[{"Id":"1","RepoTags":["docker.io/library/alpine:3.20"]}]';
  const answer = works ? `echo '${images}'` : 'echo "Error: cannot set up namespace" >&2; exit 125';
  await writeFile(join(folder, "podman"), `#!/bin/sh\n${answer}\n`);
  await chmod(join(folder, "podman"), 0o755);
}

/** A podman that says nothing. */
async function silentPodman(): Promise<void> {
  await writeFile(join(folder, "podman"), "#!/bin/sh\nsleep 20\n");
  await chmod(join(folder, "podman"), 0o755);
}

/** A daemon that answers a ping, on a socket. */
async function docker(headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const socket = join(folder, "docker.sock");
  const started = createServer((_, response) =>
    response.writeHead(200, { "Api-Version": "1.41", ...headers }).end("OK"),
  );
  server = started;
  await new Promise<void>((resolve) => started.listen(socket, resolve));
  return `unix://${socket}`;
}

const signal = new AbortController().signal;
const select = async (choice: EngineChoice, dockerHost: string) =>
  await selectEngine(
    choice,
    { PATH: folder, HOME: folder, DOCKER_HOST: dockerHost },
    { signal, temporaryFolder: folder },
  );
const nowhere = "unix:///nonexistent/docker.sock";

describe("selectEngine", () => {
  test("auto takes podman where it answers, and keeps what it said of the image that is asked for", async () => {
    await podman(true);
    const env = { PATH: folder, HOME: folder, DOCKER_HOST: await docker() };
    const image = "docker.io/library/alpine:3.20";
    const selected = await selectEngine("auto", env, { signal, temporaryFolder: folder, image });
    expect(selected).toMatchObject({
      ok: true,
      value: { why: "podman is installed and answers", engine: { name: "podman" } },
    });
    await podman(false);
    const inspected = selected.ok ? await selected.value.engine.inspect(image, { signal }) : undefined;
    expect(inspected).toMatchObject({ ok: true, value: { id: "sha256:1", names: [image] } });
  });

  test("a podman that has not the image that is asked for works", async () => {
    await writeFile(join(folder, "podman"), '#!/bin/sh\necho "Error: x: image not known" >&2; exit 125\n');
    await chmod(join(folder, "podman"), 0o755);
    expect(await select("podman", nowhere)).toMatchObject({ ok: true, value: { engine: { name: "podman" } } });
  });

  test("auto takes Docker where podman is not there", async () => {
    const host = await docker();
    expect(await select("auto", host)).toMatchObject({
      ok: true,
      value: {
        why: `Docker answers at ${host} (DOCKER_HOST); podman is not on PATH`,
        engine: { name: "docker" },
      },
    });
  });

  test("auto takes Docker where podman does not work, and says why", async () => {
    await podman(false);
    const selected = await select("auto", await docker());
    expect(selected).toMatchObject({ ok: true, value: { engine: { name: "docker" } } });
    expect(selected.ok ? selected.value.why : "").toContain("cannot set up namespace");
  });

  test("a podman that never answers counts as one that does not work", async () => {
    await silentPodman();
    const limits = { answerMs: 300, tidyMs: 300, hurriedTidyMs: 300 };
    const env = { PATH: `${folder}:/bin:/usr/bin`, HOME: folder, DOCKER_HOST: nowhere };
    expect(await selectEngine("podman", env, { signal, limits })).toMatchObject({
      ok: false,
      error: { code: "ENGINE_UNAVAILABLE", message: expect.stringContaining("(podman does not answer") },
    });
    const beside = { ...env, DOCKER_HOST: await docker() };
    expect(await selectEngine("auto", beside, { signal, limits })).toMatchObject({
      ok: true,
      value: { engine: { name: "docker" }, why: expect.stringContaining("podman does not answer") },
    });
  });

  test("a choice is a choice", async () => {
    await podman(true);
    const host = await docker();
    expect(await select("docker", host)).toMatchObject({
      ok: true,
      value: { engine: { name: "docker" } },
    });
    expect(await select("podman", host)).toMatchObject({
      ok: true,
      value: { engine: { name: "podman" } },
    });
  });

  test("podman behind Docker's API is called what it is", async () => {
    const selected = await select("docker", await docker({ "Libpod-API-Version": "4.3.1" }));
    expect(selected).toMatchObject({ ok: true, value: { engine: { name: "docker" } } });
  });

  test.each([
    [
      "auto",
      /^no container engine answers: podman is not on PATH; Docker does not answer at unix:.*ENOENT/,
      /install podman, start Docker.*CONTAINER_HOST or DOCKER_HOST/,
    ],
    ["podman", /^podman is not on PATH$/, /install podman/],
    ["docker", /^Docker does not answer at unix:/, /start Docker/],
  ] as const)("%s without any engine says what to do", async (choice, message, hint) => {
    const selected = await select(choice, nowhere);
    expect(selected).toMatchObject({
      ok: false,
      error: { code: "ENGINE_UNAVAILABLE", engine: choice },
    });
    const failure = selected.ok ? undefined : selected.error;
    expect(failure).toHaveProperty("message", expect.stringMatching(message));
    expect(failure).toHaveProperty("hint", expect.stringMatching(hint));
  });

  test("an ssh endpoint is refused before anything says that it answers", async () => {
    expect(await select("docker", "ssh://nohost.invalid")).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining("no ssh connection"), hint: expect.stringContaining("tunnel it") },
    });
  });

  test("an abort is an abort", async () => {
    await podman(true);
    const aborted = AbortSignal.abort({ code: "INTERRUPTED", signal: "SIGTERM" });
    expect(
      await selectEngine("auto", { PATH: folder, HOME: folder, DOCKER_HOST: nowhere }, { signal: aborted }),
    ).toEqual({
      ok: false,
      error: { code: "INTERRUPTED", signal: "SIGTERM" },
    });
  });
});
