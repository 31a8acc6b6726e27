/** A Docker daemon that takes a request and says nothing. */
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, describe, expect, test } from "vitest";
import type { CallOptions, Engine } from "../../core/ports.ts";
import type { EngineLimits } from "../limits.ts";
import { readExport } from "../test-kit.ts";
import { createDocker } from "./docker.ts";
import { pingDocker } from "./ping.ts";

interface SilentDocker {
  readonly engine: Engine;
  readonly folder: string;
  readonly host: string;
  /** `GET /images/json`, in order. */
  readonly requests: readonly string[];
  /** Resolves once it was asked for what it does not answer. */
  readonly asked: Promise<unknown>;
}

const daemons: { readonly server: Server; readonly folder: string }[] = [];
afterAll(async () => {
  for (const { server, folder } of daemons) {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  }
});

/** A daemon that is silent for the requests that `pattern` names, and answers all others as if all went well. */
async function docker(pattern: RegExp, limits: EngineLimits): Promise<SilentDocker> {
  const folder = await mkdtemp(join(tmpdir(), "image-fix-silence-"));
  const requests: string[] = [];
  const heard = new EventEmitter();
  const asked = once(heard, "silence");
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url?.replace(/^\/v[\d.]+|\?.*$/g, "")}`;
    requests.push(line);
    request.resume();
    if (pattern.test(line)) return void heard.emit("silence");
    const answer = answers.find(([known]) => known.test(line))?.[1] ?? {};
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "docker.sock"), resolve));
  daemons.push({ server, folder });
  const host = `unix://${join(folder, "docker.sock")}`;
  const engine = createDocker({ endpoint: { host, source: "DOCKER_HOST" }, path: "", limits });
  return { engine, folder, host, requests, asked };
}

const image = { Id: "sha256:1", Os: "linux", Architecture: "amd64", Config: {}, RootFS: { Layers: [] } };
const answers: readonly (readonly [RegExp, unknown])[] = [
  [/version$/, { Version: "20.10" }],
  [/images\/json$/, []],
  [/networks$/, [{ Name: "bridge" }]],
  [/images\/.*\/json$/, image],
  [/containers\/create$/, { Id: "c" }],
  [/build$/, { stream: "Successfully built" }],
];

type Ask = (docker: SilentDocker, options: CallOptions) => Promise<unknown>;
const build: Ask = async ({ engine, folder }, options) => {
  const containerfile = join(folder, "Containerfile");
  await writeFile(containerfile, "FROM scratch\n");
  const context = await mkdtemp(join(folder, "context-"));
  return await engine.build({ containerfile, context, tag: "localhost/image-fix-x:1" }, options);
};
const run: Ask = ({ engine }, options) => engine.run({ image: "sha256:1", argv: ["id"] }, options);
const load: Ask = ({ engine }, options) => engine.load(Readable.from([Buffer.from("tar")]), options);
const exportImage: Ask = ({ engine }, options) => readExport(engine, "sha256:1", options);

/** Every method, and the requests that it may wait for. */
const questions: readonly (readonly [string, RegExp, Ask])[] = [
  ["listImages", /images\/json/, ({ engine }, options) => engine.listImages(options)],
  ["inspect", /images\/.*\/json/, ({ engine }, options) => engine.inspect("alpine", options)],
  ["build, the version", /version/, build],
  ["build, the networks", /networks/, build],
  ["history", /history/, ({ engine }, options) => engine.history("alpine", options)],
  ["tag", /tag/, ({ engine }, options) => engine.tag("sha256:1", "localhost/a:1", options)],
];
const works: readonly (readonly [string, RegExp, Ask])[] = [
  ["pull", /images\/create/, ({ engine }, options) => engine.pull("alpine", options)],
  ["load", /images\/load/, load],
  ["build", /build/, build],
  ["run, creating", /containers\/create/, run],
  ["run, starting", /start/, run],
  [
    "readFiles",
    /archive/,
    ({ engine }, options) => engine.readFiles("sha256:1", { contents: ["/etc/passwd"] }, options),
  ],
  ["exportImage", /images\/.*\/get/, exportImage],
];

describe.concurrent("a Docker that never answers", () => {
  test.each([...questions, ...works])("%s ends when the run is aborted", async (_, pattern, ask) => {
    const silent = await docker(pattern, { answerMs: 30_000, tidyMs: 30_000, hurriedTidyMs: 30_000 });
    const controller = new AbortController();
    const answer = ask(silent, { signal: controller.signal });
    await silent.asked;
    controller.abort("SIGTERM");
    expect(await answer).toEqual({ ok: false, error: { code: "INTERRUPTED", signal: "SIGTERM" } });
  });

  test.each(questions)("%s says so when its time is over", async (_, pattern, ask) => {
    const silent = await docker(pattern, { answerMs: 1000, tidyMs: 30_000, hurriedTidyMs: 30_000 });
    expect(await ask(silent, { signal: new AbortController().signal })).toMatchObject({
      ok: false,
      error: {
        code: "ENGINE_UNAVAILABLE",
        message: expect.stringMatching(/^Docker does not answer at unix:.*: no answer within 1 s\)$/),
      },
    });
  });

  test("is not waited for again while the run is tidied up, and what may be left is said", async () => {
    const silent = await docker(/^DELETE/, { answerMs: 30_000, tidyMs: 1000, hurriedTidyMs: 1000 });
    const { signal } = new AbortController();
    await build(silent, { signal });
    await silent.engine.readFiles("sha256:1", { contents: [] }, { signal });
    expect(await silent.engine.cleanUp()).toMatchObject({
      ok: false,
      error: {
        code: "ENGINE_UNAVAILABLE",
        message: expect.stringMatching(/^Docker does not answer at .* of this run may be left$/),
        hint: expect.stringContaining("docs/troubleshooting.md"),
      },
    });
    expect(silent.requests.filter((line) => line.startsWith("DELETE"))).toHaveLength(1);
  });

  test("a ping is given up after three seconds", async () => {
    const { host } = await docker(/_ping/, { answerMs: 1000, tidyMs: 1000, hurriedTidyMs: 1000 });
    const answer = await pingDocker({ host, source: "DOCKER_HOST" }, new AbortController().signal);
    expect(answer).toEqual({ problem: "no answer within 3 s" });
  });
});
