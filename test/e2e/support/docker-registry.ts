/** Debian's docker-registry on a port of loopback that is free, with a folder of its own. */
import { spawn, execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** What of the programs is not installed; empty when all are. */
export async function missingPrograms(names: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    names.map((name) =>
      exec("sh", ["-c", `command -v ${name}`]).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_, at) => found[at] !== true);
}

export interface DockerRegistry {
  /** `127.0.0.1:41234`. */
  readonly host: string;
  close(): Promise<void>;
}

/** Starts one and waits until it answers. */
export async function startDockerRegistry(): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "image-fix-registry-"));
  const port = await freePort();
  const file = join(folder, "config.yml");
  await writeFile(
    file,
    JSON.stringify({
      version: "0.1",
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, "data") } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  const child = spawn("docker-registry", ["serve", file], { stdio: "ignore" });
  const host = `127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const answers = await fetch(`http://${host}/v2/`).then(
      (reply) => reply.ok,
      () => false,
    );
    if (answers) break;
    if (tries > 100 || child.exitCode !== null) throw new Error("docker-registry does not start");
    await pause(100);
  }
  return {
    host,
    close: async () => {
      child.kill("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
