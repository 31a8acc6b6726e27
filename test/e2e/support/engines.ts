/**
 * The engines that this machine has, for tests that run on real ones. An engine that is missing skips its tests by
 * name, unless IMAGE_FIX_REQUIRE_ENGINES=1 makes that a failure.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe } from "vitest";
import type { Engine } from "../../../src/core/ports.ts";
import { findBuildKitClient } from "../../../src/engine/docker/buildkit.ts";
import { createDocker } from "../../../src/engine/docker/docker.ts";
import { findDockerEndpoint } from "../../../src/engine/docker/endpoint.ts";
import { pingDocker } from "../../../src/engine/docker/ping.ts";
import { asArray, asObject, type JsonObject } from "../../../src/engine/image-json.ts";
import { createPodman } from "../../../src/engine/podman/podman.ts";

const exec = promisify(execFile);
const root = join(import.meta.dirname, "..", "..", "..");

/** The names that scripts/base-images.sh knows. */
export const base = {
  alpine: "docker.io/library/alpine:3.20",
  debian: "docker.io/library/debian:bookworm-slim",
  busybox: "docker.io/library/busybox:1.36",
  ubi: "registry.access.redhat.com/ubi9/ubi:latest",
  ubiMicro: "registry.access.redhat.com/ubi9/ubi-micro:latest",
  distroless: "gcr.io/distroless/static-debian12:latest",
  distrolessNonroot: "gcr.io/distroless/static-debian12:nonroot",
} as const;

/** One way to an engine. Everything below is asked of the engine itself, past the code under test. */
export interface RealEngine {
  readonly title: string;
  readonly kind: "podman" | "docker";
  /** A new engine, as each run of the program makes one. */
  create(): Engine;
  /** What makes the built program take this way, besides `--engine`. */
  readonly env: Readonly<Record<string, string>>;
  /** All containers, images and volumes that the engine has, and the temporary files of builds. */
  state(): Promise<readonly string[]>;
  /** The engine's own command line, for what a user would do beside. */
  command(args: readonly string[]): Promise<string>;
}

interface Way {
  readonly engine: RealEngine;
  /** Why it is not there. */
  readonly missing?: string;
  end(): Promise<void>;
}

const podmanCommand = async (args: readonly string[]): Promise<string> =>
  (await exec("podman", ["--log-level=error", ...args], { maxBuffer: 2 ** 26 })).stdout;

/** Podman with a storage of its own, in which nobody else works: base images are read from the machine's storage. */
async function podmanWay(): Promise<Way> {
  const folder = await mkdtemp(join(tmpdir(), "image-fix-e2e-"));
  const temporaryFolder = join(folder, "tmp");
  await mkdir(temporaryFolder);
  const store = await podmanStore();
  if (store !== undefined) {
    await writeFile(join(folder, "storage.conf"), storageConfiguration(folder, store));
    process.env["CONTAINERS_STORAGE_CONF"] = join(folder, "storage.conf");
  }
  const lines = async (kind: string, ...args: readonly string[]): Promise<string[]> =>
    (await podmanCommand(args))
      .split("\n")
      .filter(Boolean)
      .map((line) => `${kind} ${line}`);
  return {
    ...(store === undefined ? { missing: "podman does not work here" } : {}),
    engine: {
      title: "podman",
      kind: "podman",
      env: {},
      create: () => createPodman({ temporaryFolder, remote: false }),
      command: podmanCommand,
      state: async () =>
        [
          ...(await lines("container", "ps", "--all", "--external", "--no-trunc", "--format={{.ID}} {{.Names}}")),
          ...(await lines(
            "image",
            "images",
            "--all",
            "--no-trunc",
            "--filter=readonly=false",
            "--format={{.ID}} {{.Repository}}:{{.Tag}}",
          )),
          ...(await lines("volume", "volume", "ls", "--format={{.Name}}")),
          ...(await readdir(temporaryFolder)).map((name) => `file ${name}`),
        ].toSorted(),
    },
    end: async () => {
      delete process.env["CONTAINERS_STORAGE_CONF"];
      if (store !== undefined) await exec("umount", [join(folder, "graph", store.driver)]).catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Store {
  readonly driver: string;
  readonly folder: string;
}

async function podmanStore(): Promise<Store | undefined> {
  const format = "--format={{.Store.GraphDriverName}}\n{{.Store.GraphRoot}}";
  const info = await exec("podman", ["--log-level=error", "info", format]).catch(() => undefined);
  const [driver, folder] = info?.stdout.trim().split("\n") ?? [];
  return driver === undefined || folder === undefined ? undefined : { driver, folder };
}

const storageConfiguration = (folder: string, store: Store): string =>
  `${[
    "[storage]",
    `driver = ${JSON.stringify(store.driver)}`,
    `graphroot = ${JSON.stringify(join(folder, "graph"))}`,
    `runroot = ${JSON.stringify(join(folder, "run"))}`,
    "[storage.options]",
    `additionalimagestores = [${JSON.stringify(store.folder)}]`,
  ].join("\n")}\n`;

const nothingToEnd = async (): Promise<void> => undefined;

async function dockerWays(): Promise<readonly Way[]> {
  const path = process.env["PATH"] ?? "";
  const signal = new AbortController().signal;
  const endpoint = (await findDockerEndpoint(process.env)) ?? {
    host: "unix:///var/run/docker.sock",
    source: "default socket",
  };
  const answer = await pingDocker(endpoint, signal);
  const silent =
    "problem" in answer ? { missing: `Docker does not answer at ${endpoint.host}: ${answer.problem}` } : {};
  const clientless =
    (await findBuildKitClient(path, signal)) === undefined ? { missing: "no Docker client here speaks BuildKit" } : {};
  const socket = endpoint.host.slice("unix://".length);
  const list = async (place: string): Promise<readonly JsonObject[]> => {
    const value = await askSocket(socket, place);
    // Docker's lists: an array, or an object that holds one under its name.
    return (Array.isArray(value) ? value : asArray(asObject(value)["Volumes"])).map(asObject);
  };
  const common = {
    kind: "docker" as const,
    command: async (args: readonly string[]): Promise<string> =>
      (
        await exec("docker", args, {
          env: { ...process.env, DOCKER_HOST: endpoint.host, DOCKER_BUILDKIT: "0" },
        })
      ).stdout,
    state: async () =>
      [
        ...(await list("/containers/json?all=1")).map(({ Id, Names }) => `container ${String(Id)} ${String(Names)}`),
        ...(await list("/images/json?all=1")).map(({ Id, RepoTags }) => `image ${String(Id)} ${String(RepoTags)}`),
        ...(await list("/volumes")).map(({ Name }) => `volume ${String(Name)}`),
      ].toSorted(),
  };
  return [
    {
      end: nothingToEnd,
      ...clientless,
      ...silent,
      engine: {
        ...common,
        title: "Docker with BuildKit",
        env: {},
        create: () => createDocker({ endpoint, path }),
      },
    },
    {
      end: nothingToEnd,
      ...silent,
      engine: {
        ...common,
        title: "Docker with its classic builder",
        // Without a client on PATH that speaks BuildKit.
        env: { PATH: "/nowhere" },
        create: () => createDocker({ endpoint, path: "" }),
      },
    },
  ];
}

async function askSocket(socketPath: string, path: string): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(JSON.parse(text)));
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Every way, or those of one engine: IMAGE_FIX_TEST_ENGINE names it, where the suites are run side by side. */
async function allWays(): Promise<readonly Way[]> {
  const one = process.env["IMAGE_FIX_TEST_ENGINE"];
  return [
    ...(one === undefined || one === "podman" ? [await podmanWay()] : []),
    ...(one === undefined || one === "docker" ? await dockerWays() : []),
  ];
}

/**
 * Runs a suite once for each way to an engine that this machine has.
 * @param images base images that the suite needs, made where they are missing.
 */
export async function describeEngines(
  title: string,
  images: readonly string[],
  suite: (engine: RealEngine) => void,
): Promise<void> {
  const required = process.env["IMAGE_FIX_REQUIRE_ENGINES"] === "1";
  for (const way of await allWays()) {
    const { missing, engine } = way;
    const name = `${title}: ${engine.title}${missing === undefined ? "" : ` (${missing})`}`;
    describe.skipIf(missing !== undefined && !required)(name, () => {
      beforeAll(async () => {
        if (missing !== undefined) throw new Error(missing);
        await makeBaseImages(engine.kind, images);
      });
      afterAll(async () => await way.end());
      suite(engine);
    });
  }
}

async function makeBaseImages(engine: string, images: readonly string[]): Promise<void> {
  const { CONTAINERS_STORAGE_CONF: _, ...env } = process.env;
  // Into the machine's own storage, so that they are made once.
  await exec(join(root, "scripts", "base-images.sh"), [engine, ...images], { env });
}

/** A folder with files, removed when the tests of the file are over. */
export async function contextFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "image-fix-context-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** True while a process of this machine has `word` among its arguments. */
export async function isRunning(word: string): Promise<boolean> {
  for (const pid of await readdir("/proc")) {
    if (!/^[0-9]+$/.test(pid)) continue;
    const args = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
    if (args.includes(word)) return true;
  }
  return false;
}
