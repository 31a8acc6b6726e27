/** An engine behind sockets that every user may open: as a pipeline's step meets it, beside it or on another machine. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, chmod } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findDockerEndpoint } from "../../../src/engine/docker/endpoint.ts";
import type { RealEngine } from "./engines.ts";

export interface EngineSocket {
  /** `CONTAINER_HOST=unix:///…`, as the engine's client reads it. */
  readonly unix: string;
  /** The same over TCP, on loopback. */
  readonly tcp: string;
  end(): Promise<void>;
}

/** @param folder where the socket is made; others may enter it */
export async function openSocket(real: RealEngine, folder: string): Promise<EngineSocket> {
  const own = join(folder, "engine.sock");
  const service = real.kind === "podman" ? await startService(real, own) : undefined;
  const endpoint = await findDockerEndpoint(process.env);
  const behind = service === undefined ? (endpoint?.host ?? "").slice("unix://".length) : own;
  const open = join(folder, "open.sock");
  const servers = [await forward(behind, { path: open }), await forward(behind, { port: 0, host: "127.0.0.1" })];
  await chmod(open, 0o666);
  const address = servers[1]?.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const variable = real.kind === "podman" ? "CONTAINER_HOST" : "DOCKER_HOST";
  return {
    unix: `${variable}=unix://${open}`,
    tcp: `${variable}=tcp://127.0.0.1:${port}`,
    end: async () => {
      for (const server of servers) server.close();
      if (service?.exitCode === null) {
        service.kill();
        await once(service, "exit");
      }
    },
  };
}

async function startService(real: RealEngine, path: string) {
  const service = spawn("podman", ["system", "service", "--time=0", `unix://${path}`], {
    env: { ...process.env, ...real.env },
    stdio: "ignore",
  });
  for (let tries = 0; tries < 200; tries++) {
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (there) break;
    await pause(50);
  }
  return service;
}

/** Passes connections on to a unix socket. */
async function forward(behind: string, place: { path: string } | { port: number; host: string }): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path: behind, allowHalfOpen: true });
    near.pipe(far).pipe(near);
    for (const stream of [near, far]) stream.on("error", () => [near, far].forEach((one) => one.destroy()));
  }).listen(place);
  await once(server, "listening");
  return server;
}
