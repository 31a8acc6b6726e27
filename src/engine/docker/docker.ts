import { randomBytes } from "node:crypto";
import type Dockerode from "dockerode";
import type { Failure } from "../../core/errors.ts";
import type {
  BuildRequest,
  CallOptions,
  Engine,
  ImageFile,
  ImageRecord,
  Reply,
  RunRequest,
  RunResult,
} from "../../core/ports.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { failureOfAbort } from "../abort.ts";
import { asTexts, readImageJson } from "../image-json.ts";
import { normaliseImageName } from "../image-name.ts";
import { runProcess } from "../process.ts";
import {
  buildKitArgs,
  buildKitExitCode,
  findBuildKitClient,
  isBuildKitStep,
  type BuildKitClient,
} from "./buildkit.ts";
import { classicBuild, type ClassicBuildTrace } from "./classic-build.ts";
import { createDockerClient } from "./client.ts";
import { idleOptions, readContainerFile, runContainer, runOptions } from "./containers.ts";
import type { DockerEndpoint } from "./endpoint.ts";
import { followPull } from "./pull.ts";

export interface DockerOptions {
  readonly endpoint: DockerEndpoint;
  /** PATH, where the client that speaks BuildKit is looked for; `""` builds by the classic builder. */
  readonly path: string;
  /** It is podman that serves Docker's API: it has no BuildKit. */
  readonly isPodman?: boolean;
  /** `SSH_AUTH_SOCK`, for ssh endpoints. */
  readonly sshAgent?: string;
}

const labelName = "io.image-fix.run";

/** What is not there any more is as good as removed. */
const gone = (): Failure => ({ code: "ENGINE_FAILED", engine: "docker", message: "gone" });

/** Docker through its API; builds through its client where that speaks BuildKit. */
export function createDocker(settings: DockerOptions): Engine {
  const client = createDockerClient(settings.endpoint, settings.sshAgent);
  const runId = randomBytes(8).toString("hex");
  const labels = { [labelName]: runId };
  let count = 0;
  let version: string | undefined;
  let builder: "" | "BuildKit" | "classic builder" = "";
  let buildKit: { readonly client: BuildKitClient | undefined } | undefined;
  let hostNetwork: boolean | undefined;
  let before: ReadonlySet<string> | undefined;
  const containers = new Set<string>();
  const tags = new Set<string>();
  const traces: ClassicBuildTrace[] = [];

  const inspect = async (reference: string, { signal }: CallOptions): Reply<ImageRecord> => {
    const missing: Failure = {
      code: "IMAGE_NOT_FOUND",
      reference,
      message: `Docker has no image ${reference}`,
    };
    if (!isReference(reference))
      return err({ ...missing, message: `${JSON.stringify(reference)} is no image name` });
    const reply = await client.ask(
      "inspecting an image",
      signal,
      async (docker) => await docker.getImage(reference).inspect(),
      () => missing,
    );
    if (!reply.ok) return reply;
    const record = readImageJson(reply.value);
    return record === undefined
      ? err({ code: "ENGINE_FAILED", engine: "docker", message: "Docker gave no image" })
      : ok(record);
  };

  /** What has to be known of the daemon before the first build or run. */
  const learn = async ({ signal }: CallOptions): Promise<Result<void, Failure>> => {
    if (version !== undefined) return ok(undefined);
    const reply = await client.ask(
      "asking for the version",
      signal,
      async (docker) => await docker.version(),
    );
    if (!reply.ok) return reply;
    version = reply.value.Version;
    return ok(undefined);
  };

  const learnToBuild = async (options: CallOptions): Promise<Result<void, Failure>> => {
    const { signal } = options;
    const known = await learn(options);
    if (!known.ok) return known;
    if (before === undefined) {
      const images = await client.ask(
        "listing images",
        signal,
        async (docker) => await docker.listImages({ all: true }),
      );
      if (!images.ok) return images;
      before = new Set(images.value.map(({ Id }) => Id));
    }
    if (hostNetwork === undefined) {
      // A daemon started with --bridge=none has no network that a RUN would get.
      const networks = await client.ask(
        "listing networks",
        signal,
        async (docker) => await docker.listNetworks(),
      );
      hostNetwork =
        networks.ok &&
        settings.isPodman !== true &&
        !networks.value.some(({ Name }) => Name === "bridge" || Name === "nat");
    }
    buildKit ??= {
      client:
        settings.isPodman === true ? undefined : await findBuildKitClient(settings.path, signal),
    };
    return ok(undefined);
  };

  const byBuildKit = async (
    tool: BuildKitClient,
    request: BuildRequest,
    options: CallOptions,
  ): Promise<Result<void, Failure>> => {
    const outcome = await runProcess(
      tool.program,
      buildKitArgs(tool, request, {
        label: `${labelName}=${runId}`,
        hostNetwork: hostNetwork === true,
      }),
      {
        signal: options.signal,
        env: { ...tool.env, ...clientEnvironment(settings.endpoint) },
        onLine: (text) => options.onEvent?.({ kind: isBuildKitStep(text) ? "step" : "log", text }),
      },
    );
    if (outcome.kind === "stopped") return err(failureOfAbort(options.signal));
    if (outcome.exitCode === 0) return ok(undefined);
    return err({
      code: "BUILD_FAILED",
      engine: "docker",
      exitCode: buildKitExitCode(outcome.log),
      log: outcome.log,
    });
  };

  const byClassicBuilder = async (
    request: BuildRequest,
    options: CallOptions,
  ): Promise<Result<void, Failure>> => {
    const trace: ClassicBuildTrace = { committed: [], containers: [] };
    traces.push(trace);
    const more = options.onEvent === undefined ? {} : { onEvent: options.onEvent };
    const reply = await client.ask(
      "building",
      options.signal,
      async (docker) =>
        await classicBuild(docker, request, {
          signal: options.signal,
          labels,
          hostNetwork: hostNetwork === true,
          trace,
          ...more,
        }),
    );
    if (!reply.ok) return reply;
    if (reply.value.ok) return ok(undefined);
    return err({
      code: "BUILD_FAILED",
      engine: "docker",
      exitCode: reply.value.exitCode,
      log: reply.value.log,
    });
  };

  /** Creates a container, has something done with it and removes it, whatever happens. */
  const withContainer = async <T>(
    what: string,
    create: Dockerode.ContainerCreateOptions & { name: string; Image: string },
    signal: AbortSignal,
    work: (container: Dockerode.Container) => Promise<T>,
  ): Promise<Result<T, Failure>> => {
    if (!isReference(create.Image))
      return err({
        code: "IMAGE_NOT_FOUND",
        reference: create.Image,
        message: `${JSON.stringify(create.Image)} is no image name`,
      });
    containers.add(create.name);
    const missing = (): Failure => ({
      code: "IMAGE_NOT_FOUND",
      reference: create.Image,
      message: `Docker has no image ${create.Image}`,
    });
    const created = await client.ask(
      what,
      signal,
      async (docker) => await docker.createContainer(create),
      missing,
    );
    if (!created.ok) {
      await removeContainer(create.name);
      return created;
    }
    // Removing the container ends what runs in it and whatever waits for it.
    const stop = (): void => void removeContainer(create.name);
    signal.addEventListener("abort", stop, { once: true });
    const done = await client.ask(what, signal, async () => await work(created.value));
    signal.removeEventListener("abort", stop);
    await removeContainer(create.name);
    return signal.aborted ? err(failureOfAbort(signal)) : done;
  };

  const removeContainer = async (name: string): Promise<void> => {
    const quiet = new AbortController().signal;
    await client.ask(
      "removing a container",
      quiet,
      async (docker) => await docker.getContainer(name).remove({ force: true, v: true }),
      gone,
    );
    containers.delete(name);
  };

  const removeImage = async (reference: string, { signal }: CallOptions): Reply<void> => {
    const absent: Failure = { code: "IMAGE_NOT_FOUND", reference, message: "gone" };
    const reply = await client.ask(
      "removing an image",
      signal,
      // Not its unnamed parents: they may be the user's own build cache.
      async (docker) => await docker.getImage(reference).remove({ noprune: true }),
      () => absent,
    );
    if (!reply.ok && reply.error !== absent) return reply;
    tags.delete(reference);
    return ok(undefined);
  };

  return {
    name: "docker",
    get describe() {
      if (version === undefined) return "Docker";
      return settings.isPodman === true ? `podman ${version} (Docker API)` : `Docker ${version}`;
    },
    get builder() {
      return builder;
    },

    async listImages({ signal }) {
      const reply = await client.ask(
        "listing images",
        signal,
        async (docker) => await docker.listImages(),
      );
      if (!reply.ok) return reply;
      const names = new Map<string, string>();
      for (const image of reply.value) {
        // The types say it is always there; podman answers null for images without a name.
        for (const name of asTexts(image.RepoTags)) {
          if (!name.includes("<none>")) names.set(normaliseImageName(name), image.Id);
        }
      }
      return ok(names);
    },

    inspect,

    async pull(reference, options) {
      if (!isReference(reference))
        return err({
          code: "IMAGE_NOT_FOUND",
          reference,
          message: `${JSON.stringify(reference)} is no image name`,
        });
      const name = normaliseImageName(reference);
      const reply = await client.ask(
        "pulling",
        options.signal,
        async (docker) => await followPull(docker, name, options),
        (message) => ({
          code: "IMAGE_NOT_FOUND",
          reference,
          message: `Docker cannot pull ${reference}: ${message}`,
        }),
      );
      if (!reply.ok) {
        // Docker answers 500 for a registry that it cannot reach.
        if (reply.error.code !== "ENGINE_FAILED") return reply;
        return err({
          code: "IMAGE_NOT_FOUND",
          reference,
          message: `Docker cannot pull ${reference}: ${reply.error.message}`,
        });
      }
      if (reply.value !== undefined)
        return err({
          code: "IMAGE_NOT_FOUND",
          reference,
          message: `Docker cannot pull ${reference}: ${reply.value}`,
        });
      return await inspect(reference, options);
    },

    async build(request, options) {
      const ready = await learnToBuild(options);
      if (!ready.ok) return ready;
      const tool = buildKit?.client;
      builder = tool === undefined ? "classic builder" : "BuildKit";
      tags.add(request.tag);
      const built =
        tool === undefined
          ? await byClassicBuilder(request, options)
          : await byBuildKit(tool, request, options);
      return built.ok ? await inspect(request.tag, options) : built;
    },

    async run(request, options): Reply<RunResult> {
      const known = await learn(options);
      if (!known.ok) return known;
      const timeout =
        request.timeoutMs === undefined ? undefined : timeoutOf(request, request.timeoutMs);
      const signal =
        timeout === undefined ? options.signal : AbortSignal.any([options.signal, timeout.signal]);
      try {
        const create = {
          ...runOptions(request, `image-fix-${runId}-${++count}`, labels),
          name: `image-fix-${runId}-${count}`,
          Image: request.image,
        };
        return await withContainer(
          "running a container",
          create,
          signal,
          async (container) => await runContainer(container, request),
        );
      } finally {
        timeout?.end();
      }
    },

    async readFiles(image, paths, { signal }) {
      const name = `image-fix-${runId}-${++count}`;
      const create = { ...idleOptions(image, name, labels), name, Image: image };
      return await withContainer("reading files of an image", create, signal, async (container) => {
        const files = new Map<string, ImageFile>();
        for (const path of paths) {
          const file = await readContainerFile(container, path);
          if (file !== undefined) files.set(path, file);
        }
        return files;
      });
    },

    async tag(image, name, { signal }) {
      const [repo = name, tag = "latest"] = splitTag(name);
      const missing = (): Failure => ({
        code: "IMAGE_NOT_FOUND",
        reference: image,
        message: `Docker has no image ${image}`,
      });
      const reply = await client.ask(
        "naming an image",
        signal,
        async (docker) => await docker.getImage(image).tag({ repo, tag }),
        missing,
      );
      return reply.ok ? ok(undefined) : reply;
    },

    removeImage,

    async cleanUp() {
      const options = { signal: new AbortController().signal };
      for (const name of [...containers, ...traces.flatMap((trace) => trace.containers)])
        await removeContainer(name);
      for (const name of tags) await removeImage(name, options);
      // Newest first, as children go before their parents; an image that another one builds on stays.
      const committed = traces.flatMap((trace) => trace.committed).toReversed();
      traces.length = 0;
      for (const id of new Set(committed)) {
        const record = await inspect(id, options);
        if (record.ok && record.value.names.length === 0 && before?.has(record.value.id) === false)
          await removeImage(record.value.id, options);
      }
    },
  };
}

/** Letters that an image name or id may hold; anything else would change the address that is asked. */
const isReference = (text: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/.test(text) && !text.split("/").includes("..");

function splitTag(name: string): [string, string | undefined] {
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/")
    ? [name.slice(0, colon), name.slice(colon + 1)]
    : [name, undefined];
}

/** The client finds the daemon as we did, unless we took a socket that it would not. */
function clientEnvironment(endpoint: DockerEndpoint): Record<string, string> {
  return endpoint.source === "default socket" ? { DOCKER_HOST: endpoint.host } : {};
}

function timeoutOf(
  request: RunRequest,
  milliseconds: number,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const failure: Failure = {
    code: "TIMEOUT",
    what: `running ${request.argv[0] ?? "a command"} in ${request.image}`,
    seconds: Math.round(milliseconds / 1000),
  };
  const timer = setTimeout(() => controller.abort(failure), milliseconds);
  return { signal: controller.signal, end: () => clearTimeout(timer) };
}
