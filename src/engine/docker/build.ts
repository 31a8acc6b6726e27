/** Builds of one Docker engine, by BuildKit where a client can, and what they leave behind. */
import type { Failure } from "../../core/errors.ts";
import type { BuildRequest, CallOptions } from "../../core/ports.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { failureOfAbort } from "../abort.ts";
import { inputArgs } from "../build-inputs.ts";
import { runProcess } from "../process.ts";
import {
  buildKitArgs,
  buildKitExitCode,
  findBuildKitClient,
  isBuildKitStep,
  takesContexts,
  type BuildKitClient,
} from "./buildkit.ts";
import { buildCredentials } from "./build-credentials.ts";
import { classicBuild, type ClassicBuildTrace } from "./classic-build.ts";
import type { DockerClient } from "./client.ts";
import type { DockerEndpoint } from "./endpoint.ts";
import type { PullCredentials } from "./pull-credentials.ts";

export interface DockerBuildSettings {
  readonly endpoint: DockerEndpoint;
  /** PATH, where the client that speaks BuildKit is looked for; `""` builds by the classic builder. */
  readonly path: string;
  /** It is podman that serves Docker's API: it has no BuildKit. */
  readonly isPodman?: boolean;
  /** The login for an image to pull; none without it. */
  readonly credentials?: PullCredentials;
}

/** The API of the classic builder, and podman's, has no place for them: they are BuildKit's session's. */
const withoutInputs = ({ isPodman }: DockerBuildSettings): Failure => ({
  code: "ENGINE_FAILED",
  engine: "docker",
  message: `${isPodman === true ? "podman's Docker API" : "Docker's classic builder"} takes no --build-context, --secret or --ssh`,
  hint:
    isPodman === true
      ? "name podman itself: --engine podman, with CONTAINER_HOST where it is elsewhere"
      : "install Docker's buildx plugin, or name podman: --engine podman",
});

const withoutContexts: Failure = {
  code: "ENGINE_FAILED",
  engine: "docker",
  message: "this Docker client takes no --build-context",
  hint: "install Docker's buildx plugin, or name podman: --engine podman",
};

export interface DockerBuilds {
  /** `""` before the first build. */
  readonly builder: "" | "BuildKit" | "classic builder";
  build(request: BuildRequest, options: CallOptions): Promise<Result<void, Failure>>;
  /** First digits of the ids of containers that RUN steps ran in, so far. */
  readonly containers: readonly string[];
  /** First digits of the ids of images that builds made, newest first: children before their parents. */
  readonly committed: readonly string[];
  /** True of an image that was there before the first build. */
  wasThere(id: string): boolean;
  forget(): void;
}

/** @param label name and value that every finished image gets, so that none is an image that was there before. */
export function createDockerBuilds(
  client: DockerClient,
  settings: DockerBuildSettings,
  label: { readonly name: string; readonly value: string },
): DockerBuilds {
  let ready:
    | {
        readonly tool: BuildKitClient | undefined;
        readonly hostNetwork: boolean;
        readonly before: ReadonlySet<string>;
      }
    | undefined;
  let traces: ClassicBuildTrace[] = [];

  const prepare = async ({ signal }: CallOptions): Promise<Result<void, Failure>> => {
    const images = await client.ask("listing images", signal, async (docker) => await docker.listImages({ all: true }));
    if (!images.ok) return images;
    const networks = await client.ask("listing networks", signal, async (docker) => await docker.listNetworks());
    if (!networks.ok) return networks;
    const version = await client.ask("asking for the version", signal, async (docker) => await docker.version());
    if (!version.ok) return version;
    const names = new Set(networks.value.map(({ Name }) => Name));
    ready = {
      tool:
        settings.isPodman === true
          ? undefined
          : await findBuildKitClient(settings.path, signal, version.value.MinAPIVersion),
      // A daemon started with --bridge=none has no network that a RUN would get; podman does without one.
      hostNetwork: settings.isPodman !== true && !names.has("bridge") && !names.has("nat"),
      before: new Set(images.value.map(({ Id }) => Id)),
    };
    return ok(undefined);
  };

  const byBuildKit = async (
    tool: BuildKitClient,
    hostNetwork: boolean,
    request: BuildRequest,
    options: CallOptions,
  ): Promise<Result<void, Failure>> => {
    const outcome = await runProcess(
      tool.program,
      buildKitArgs(tool, request, { label: `${label.name}=${label.value}`, hostNetwork }),
      {
        signal: options.signal,
        // The client finds the daemon as we did, unless we took a socket that it would not.
        env: {
          ...tool.env,
          ...(settings.endpoint.source === "default socket" ? { DOCKER_HOST: settings.endpoint.host } : {}),
        },
        onLine: (text) => options.onEvent?.({ kind: isBuildKitStep(text) ? "step" : "log", text }),
      },
    );
    if (outcome.kind === "stopped") return err(failureOfAbort(options.signal));
    if (outcome.exitCode === 0) return ok(undefined);
    const log = outcome.kind === "missing" ? outcome.stderr : outcome.log;
    return err({ code: "BUILD_FAILED", engine: "docker", exitCode: buildKitExitCode(log), log });
  };

  const byClassicBuilder = async (
    hostNetwork: boolean,
    request: BuildRequest,
    options: CallOptions,
  ): Promise<Result<void, Failure>> => {
    const trace: ClassicBuildTrace = { committed: [], containers: [] };
    traces.push(trace);
    const logins = settings.credentials === undefined ? {} : await buildCredentials(request, settings.credentials);
    const reply = await client.work(
      "building",
      options.signal,
      async (docker) =>
        await classicBuild(docker, request, {
          signal: options.signal,
          labels: { [label.name]: label.value },
          hostNetwork,
          logins,
          trace,
          ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
        }),
    );
    if (options.signal.aborted) return err(failureOfAbort(options.signal));
    if (!reply.ok || reply.value.ok) return reply.ok ? ok(undefined) : reply;
    return err({
      code: "BUILD_FAILED",
      engine: "docker",
      exitCode: reply.value.exitCode,
      log: reply.value.log,
    });
  };

  return {
    get builder() {
      if (ready === undefined) return "";
      return ready.tool === undefined ? "classic builder" : "BuildKit";
    },
    async build(request, options) {
      if (ready === undefined) {
        const prepared = await prepare(options);
        if (!prepared.ok) return prepared;
      }
      const { tool, hostNetwork = false } = ready ?? {};
      if (tool === undefined && inputArgs(request.inputs).length > 0) return err(withoutInputs(settings));
      if (tool !== undefined && request.inputs?.contexts !== undefined && !takesContexts(tool))
        return err(withoutContexts);
      return tool === undefined
        ? await byClassicBuilder(hostNetwork, request, options)
        : await byBuildKit(tool, hostNetwork, request, options);
    },
    get containers() {
      return traces.flatMap((trace) => trace.containers);
    },
    get committed() {
      return [...new Set(traces.flatMap((trace) => trace.committed).toReversed())];
    },
    wasThere: (id) => ready?.before.has(id) === true,
    forget() {
      traces = [];
    },
  };
}
