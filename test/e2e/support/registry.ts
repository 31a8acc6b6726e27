/** A real registry (Debian's docker-registry) of a test's own, on loopback and without TLS. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export interface TestRegistry {
  /** `127.0.0.1:41234`. */
  readonly host: string;
  /** `CONTAINERS_REGISTRIES_CONF` of a podman that takes it without TLS; Docker takes loopback so by itself. */
  readonly registriesConf: string;
  end(): Promise<void>;
}

/** Starts it and waits until it answers. */
export async function startRegistry(): Promise<TestRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "image-fix-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const configuration = join(folder, "config.yml");
  const registriesConf = join(folder, "registries.conf");
  const storage = `storage: { filesystem: { rootdirectory: ${JSON.stringify(join(folder, "data"))} } }`;
  await writeFile(configuration, `version: 0.1\nlog: { level: error }\n${storage}\nhttp: { addr: "${host}" }\n`);
  await writeFile(registriesConf, `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
  const child = spawn("docker-registry", ["serve", configuration], { stdio: "ignore" });
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.pid !== undefined) {
      child.kill();
      await once(child, "exit");
    }
    await rm(folder, { recursive: true, force: true });
  };
  const failed = once(child, "error").then(() => true);
  for (let tries = 0; tries < 100; tries++) {
    if (await Promise.race([failed, pause(50, false)])) break;
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer?.ok === true) return { host, registriesConf, end };
  }
  await end();
  throw new Error("docker-registry does not start");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
