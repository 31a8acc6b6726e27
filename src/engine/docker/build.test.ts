import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDocker } from "./docker.ts";

/** A build by a client that fails as `script` does, with a daemon that answers while its socket is there. */
async function failedBuild(script: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "image-fix-build-"));
  const socket = join(folder, "docker.sock");
  const answers: readonly (readonly [RegExp, unknown])[] = [
    [/version/, { Version: "29.0" }],
    [/images|networks/, []],
  ];
  const server = createServer((request, response) => {
    const answer = answers.find(([path]) => path.test(request.url ?? ""))?.[1] ?? {};
    response.writeHead(200, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    const client = join(folder, "docker");
    await writeFile(client, `#!/bin/sh\n[ "$2" != version ] || { echo buildx; exit 0; }\n${script}\n`);
    await chmod(client, 0o755);
    const containerfile = join(folder, "Containerfile");
    await writeFile(containerfile, "FROM scratch\n");
    const engine = createDocker({ endpoint: { host: `unix://${socket}`, source: "DOCKER_HOST" }, path: folder });
    return await engine.build(
      { containerfile, context: folder, tag: "localhost/image-fix-x:1" },
      { signal: new AbortController().signal },
    );
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
}

test("a build that fails is the file's failure where the daemon still answers", async () => {
  expect(await failedBuild("echo 'exit code: 7' >&2; exit 1")).toMatchObject({
    ok: false,
    error: { code: "BUILD_FAILED", exitCode: 7 },
  });
});

test("and the engine's where it does not", async () => {
  expect(await failedBuild('rm "$(dirname "$0")/docker.sock"; echo EOF >&2; exit 1')).toMatchObject({
    ok: false,
    error: { code: "ENGINE_UNAVAILABLE", engine: "docker" },
  });
});
