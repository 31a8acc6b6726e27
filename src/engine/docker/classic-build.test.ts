/** A classic builder whose run is aborted: it is heard to its end, and what it has committed is removed. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createDocker } from "./docker.ts";

const container = "c0ffee000000";
const image = "1a7e00000000";

interface Daemon {
  readonly folder: string;
  readonly host: string;
  readonly requests: readonly string[];
}

/** Runs one step; when a container of the build is removed, `ended` goes on with the build. */
async function daemon(ended: (build: ServerResponse, container: string) => void): Promise<Daemon> {
  const folder = await mkdtemp(join(tmpdir(), "image-fix-classic-"));
  const requests: string[] = [];
  let build: ServerResponse | undefined;
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url?.replace(/^\/v[\d.]+|\?.*$/g, "")}`;
    requests.push(line);
    request.resume();
    if (line === "POST /build") {
      build = response;
      response.writeHead(200, { "content-type": "application/json" });
      for (const text of ["Step 1/2 : FROM scratch", "Step 2/2 : RUN x", ` ---> Running in ${container}`]) {
        response.write(`${JSON.stringify({ stream: `${text}\n` })}\n`);
      }
      return;
    }
    const known = line === `GET /images/${image}/json` ? { Id: `sha256:${image}`, Config: {} } : {};
    const answer = /(images\/json|networks)$/.test(line) ? [] : known;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    const removed = /^DELETE \/containers\/(.*)$/.exec(line)?.[1];
    if (removed !== undefined && build?.writableEnded === false) ended(build, removed);
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "docker.sock"), resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  return { folder, host: `unix://${join(folder, "docker.sock")}`, requests };
}

/** Aborts a build while its step runs. */
async function abortedBuild({ folder, host }: Daemon): Promise<{ outcome: unknown; lines: string[] }> {
  const engine = createDocker({ endpoint: { host, source: "DOCKER_HOST" }, path: "" });
  const containerfile = join(folder, "Containerfile");
  await writeFile(containerfile, "FROM scratch\nRUN x\n");
  const context = await mkdtemp(join(folder, "context-"));
  const controller = new AbortController();
  const lines: string[] = [];
  const outcome = await engine.build(
    { containerfile, context, tag: "localhost/image-fix-x:1" },
    {
      signal: controller.signal,
      onEvent: ({ text }) => {
        lines.push(text);
        if (text.includes("Running in")) controller.abort("SIGTERM");
      },
    },
  );
  await engine.cleanUp();
  return { outcome, lines };
}

const interrupted = { ok: false, error: { code: "INTERRUPTED", signal: "SIGTERM" } };

// Docker's arrow, and the one of podman's Docker API.
const arrows = [" --->", "-->"];

test.each(arrows)("an image that is committed in the moment of the abort is removed: %s", async (arrow) => {
  const docker = await daemon((build) => {
    build.write(`${JSON.stringify({ stream: `${arrow} ${image}\n` })}\n`);
    build.end(`${JSON.stringify({ error: "returned a non-zero code: 137" })}\n`);
  });
  const { outcome, lines } = await abortedBuild(docker);
  expect(outcome).toEqual(interrupted);
  // What the builder says of a step that we ended is nothing for the user.
  expect(lines.at(-1)).toContain("Running in");
  expect(docker.requests).toContain(`DELETE /images/sha256:${image}`);
});

test.each([" ---> Using cache\n", `--> Using cache ${image}${"0".repeat(52)}\n`])(
  "an image that was there before the build stays: %s",
  async (cached) => {
    const arrow = arrows.find((start) => cached.startsWith(start));
    const docker = await daemon((build) => {
      build.write(`${JSON.stringify({ stream: `${cached}${arrow} ${image}\n` })}\n`);
      build.end(`${JSON.stringify({ error: "returned a non-zero code: 137" })}\n`);
    });
    expect((await abortedBuild(docker)).outcome).toEqual(interrupted);
    expect(docker.requests).not.toContain(`DELETE /images/sha256:${image}`);
  },
);

test("a step that begins after the abort is ended too", async () => {
  const next = "c0ffee000001";
  const docker = await daemon((build, removed) => {
    if (removed === next) return void build.end(`${JSON.stringify({ error: "no such container" })}\n`);
    build.write(`${JSON.stringify({ stream: ` ---> ${image}\n ---> Running in ${next}\n` })}\n`);
  });
  const begin = Date.now();
  expect((await abortedBuild(docker)).outcome).toEqual(interrupted);
  // Not by leaving the builder, which takes two seconds.
  expect(Date.now() - begin).toBeLessThan(1900);
  expect(docker.requests).toContain(`DELETE /images/sha256:${image}`);
});

test("a builder that goes on is left after two seconds", async () => {
  const docker = await daemon(() => undefined);
  const begin = Date.now();
  expect((await abortedBuild(docker)).outcome).toEqual(interrupted);
  expect(Date.now() - begin).toBeGreaterThan(1900);
});
