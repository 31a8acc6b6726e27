import { access, constants } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Failure } from "../core/errors.ts";
import type { Engine, Reply } from "../core/ports.ts";
import { err, ok } from "../core/result.ts";
import { isImageReference } from "../image/reference.ts";
import { failureOfAbort } from "./abort.ts";
import type { EngineLimits } from "./limits.ts";
import { podmanHome } from "./podman/home.ts";

export type EngineChoice = "auto" | "podman" | "docker";

export interface SelectOptions {
  readonly signal: AbortSignal;
  /** For temporary files of builds; the default is `TMPDIR`, else `/var/tmp` as the engines themselves do. */
  readonly temporaryFolder?: string;
  /** How long an engine may take to answer; the default is {@link engineLimits}. */
  readonly limits?: EngineLimits;
  /** The image that the engine is needed for: podman is asked for it, which tells as well whether podman works. */
  readonly image?: string | undefined;
}

export interface SelectedEngine {
  readonly engine: Engine;
  /** For people: `podman: found on PATH`. */
  readonly why: string;
}

/** Environment variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the engine to work with. `auto` takes podman where it is installed and answers, else Docker where its socket
 * answers. Only what is cheap is asked: podman for one image (the answer is kept for the first `inspect` of it), Docker for
 * a ping.
 */
export async function selectEngine(
  choice: EngineChoice,
  env: Environment,
  options: SelectOptions,
): Reply<SelectedEngine> {
  const tried: Failure[] = [];
  if (choice !== "docker") {
    const podman = await selectPodman(env, options);
    if (podman.ok || isAbort(podman.error)) return podman;
    tried.push(podman.error);
  }
  if (choice !== "podman") {
    const docker = await selectDocker(env, options);
    if (docker.ok) {
      const first = tried[0];
      return first === undefined || !("message" in first)
        ? docker
        : ok({ ...docker.value, why: `${docker.value.why}; ${first.message}` });
    }
    if (isAbort(docker.error)) return docker;
    tried.push(docker.error);
  }
  const reasons = tried.map((failure) => ("message" in failure ? failure.message : failure.code));
  return err({
    code: "ENGINE_UNAVAILABLE",
    engine: choice,
    message:
      choice === "auto"
        ? `no container engine answers: ${reasons.join("; ")}`
        : (reasons[0] ?? `${choice} does not answer`),
    hint: hintFor(choice, tried),
  });
}

/** What to do about the engine that is there and does not work, where that is known; else how to get one. */
function hintFor(choice: EngineChoice, tried: readonly Failure[]): string {
  const cause = tried.flatMap((failure) =>
    failure.code === "ENGINE_UNAVAILABLE" && !Object.values(hints).includes(failure.hint) ? [failure.hint] : [],
  )[0];
  return cause === undefined ? hints[choice] : cause;
}

const hints: Readonly<Record<EngineChoice, string>> = {
  auto: "install podman, start Docker, or name a remote engine by CONTAINER_HOST or DOCKER_HOST",
  podman: "install podman (apt-get install podman, dnf install podman), or name a remote one by CONTAINER_HOST",
  docker: "start Docker, or set DOCKER_HOST to its socket",
};

const isAbort = (failure: Failure): boolean => failure.code === "INTERRUPTED" || failure.code === "TIMEOUT";

/** Asked for where nobody needs an image yet; a podman that works has none of that name. */
const nobodysImage = "localhost/image-fix-nobodys:1";

async function selectPodman(env: Environment, options: SelectOptions): Reply<SelectedEngine> {
  const program = await findOnPath("podman", env);
  if (program === undefined)
    return err({
      code: "ENGINE_UNAVAILABLE",
      engine: "podman",
      message: "podman is not on PATH",
      hint: hints.podman,
    });
  const remote =
    process.platform !== "linux" ||
    [env["CONTAINER_HOST"], env["CONTAINER_CONNECTION"]].some((value) => value !== undefined && value !== "");
  const settings = {
    program,
    temporaryFolder: await temporaryFolder(env, options),
    remote,
    env: await podmanHome(env),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  };
  const { createPodman } = await import("./podman/podman.ts");
  const reference = options.image !== undefined && isImageReference(options.image) ? options.image : nobodysImage;
  const reply = await createPodman(settings).inspect(reference, { signal: options.signal });
  if (!reply.ok && reply.error.code !== "IMAGE_NOT_FOUND") {
    if (isAbort(reply.error)) return reply;
    const { podmanSetupHint } = await import("./podman/setup-hint.ts");
    const reason = "message" in reply.error ? reply.error.message : reply.error.code;
    return err({
      code: "ENGINE_UNAVAILABLE",
      engine: "podman",
      message: `podman is installed but does not work (${reason})`,
      hint: podmanSetupHint(reason) ?? ("hint" in reply.error ? reply.error.hint : undefined) ?? hints.podman,
    });
  }
  return ok({
    engine: createPodman({ ...settings, inspected: { reference, reply } }),
    why: "podman is installed and answers",
  });
}

const dockerUnavailable = (message: string): Extract<Failure, { code: "ENGINE_UNAVAILABLE" }> => ({
  code: "ENGINE_UNAVAILABLE",
  engine: "docker",
  message,
  hint: hints.docker,
});

async function selectDocker(env: Environment, options: SelectOptions): Reply<SelectedEngine> {
  const { endpointFault, findDockerEndpoint } = await import("./docker/endpoint.ts");
  const endpoint = await findDockerEndpoint(env);
  if (endpoint === undefined) return err(dockerUnavailable("there is no Docker socket"));
  const fault = endpointFault(endpoint);
  if (fault !== undefined) return err({ ...dockerUnavailable(fault.message), hint: fault.hint });
  const { pingDocker } = await import("./docker/ping.ts");
  const answer = await pingDocker(endpoint, options.signal);
  if (options.signal.aborted) return err(failureOfAbort(options.signal));
  if ("problem" in answer)
    return err(dockerUnavailable(`Docker does not answer at ${endpoint.host} (${answer.problem})`));
  const [{ createDocker }, { pullCredentials }] = await Promise.all([
    import("./docker/docker.ts"),
    import("./docker/pull-credentials.ts"),
  ]);
  const sshAgent = env["SSH_AUTH_SOCK"];
  const engine = createDocker({
    endpoint,
    path: answer.osType === "linux" ? (env["PATH"] ?? "") : "",
    isPodman: answer.isPodman,
    credentials: pullCredentials({ env, signal: options.signal }),
    ...(sshAgent === undefined ? {} : { sshAgent }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  return ok({ engine, why: `Docker answers at ${endpoint.host} (${endpoint.source})` });
}

/** The first executable of that name in the folders of PATH. */
async function findOnPath(name: string, env: Environment): Promise<string | undefined> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    if (folder === "") continue;
    const program = join(folder, name);
    if (await isExecutable(program)) return program;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function temporaryFolder(env: Environment, options: SelectOptions): Promise<string> {
  const wanted = options.temporaryFolder ?? env["TMPDIR"];
  if (wanted !== undefined && wanted !== "") return wanted;
  // Layers can be large, and /tmp may be memory.
  return (await isExecutable("/var/tmp")) ? "/var/tmp" : tmpdir();
}
