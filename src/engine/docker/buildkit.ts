/**
 * Builds by BuildKit through Docker's own client, which speaks BuildKit's session protocol and brings contexts, ssh and
 * credential helpers with it. A client since 23 needs the buildx plugin for that; one before it has BuildKit inside.
 */
import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { BuildRequest } from "../../core/ports.ts";
import { inputArgs } from "../build-inputs.ts";
import { runProcess } from "../process.ts";

export interface BuildKitClient {
  readonly program: string;
  /** Words before the build's flags. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Neither question is put to a daemon. */
const timeoutMs = 10_000;

/** The newest API that a client with BuildKit inside speaks (20.10). Docker 29 came with a daemon that wants 1.44. */
const lastMinorInside = 41;

/**
 * The first client on PATH that can build with BuildKit. Several are asked: one without plugin may shadow one that can.
 * @param minimumApi `MinAPIVersion` of the daemon; a client that is too old for it is passed over
 */
export async function findBuildKitClient(
  path: string,
  signal: AbortSignal,
  minimumApi = "",
): Promise<BuildKitClient | undefined> {
  const isTooOld = Number(/^1\.([0-9]+)$/.exec(minimumApi)?.[1] ?? 0) > lastMinorInside;
  const seen = new Set<string>();
  for (const folder of path.split(delimiter)) {
    const program = await executable(folder);
    if (program === undefined || seen.has(program)) continue;
    seen.add(program);
    const buildx = await runProcess(program, ["buildx", "version"], { signal, timeoutMs });
    if (buildx.kind === "exited" && buildx.exitCode === 0 && buildx.stdout.includes("buildx")) {
      // Attestations make an image index of what is one image.
      return {
        program,
        command: ["buildx", "build", "--load"],
        env: { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" },
      };
    }
    const version = await runProcess(program, ["--version"], { signal, timeoutMs });
    const major = Number(/version ([0-9]+)\./.exec(version.stdout)?.[1] ?? Number.NaN);
    if (major >= 18 && major < 23 && !isTooOld) return { program, command: ["build"], env: { DOCKER_BUILDKIT: "1" } };
  }
  return undefined;
}

/** `--build-context` came with buildx; clients with BuildKit inside never had it. */
export const takesContexts = ({ command }: BuildKitClient): boolean => command[0] === "buildx";

async function executable(folder: string): Promise<string | undefined> {
  if (folder === "") return undefined;
  const program = join(folder, process.platform === "win32" ? "docker.exe" : "docker");
  return await access(program, constants.X_OK).then(
    async () => await realpath(program),
    () => undefined,
  );
}

export interface BuildKitArgsOptions {
  /** `NAME=value` */
  readonly label: string;
  /** A daemon without its default network builds on the host's. */
  readonly hostNetwork: boolean;
}

/** The build's command line: values joined to their flags, the context behind `--`. */
export function buildKitArgs(client: BuildKitClient, request: BuildRequest, options: BuildKitArgsOptions): string[] {
  return [
    ...client.command,
    "--progress=plain",
    `--file=${request.containerfile}`,
    `--tag=${request.tag}`,
    `--label=${options.label}`,
    ...(options.hostNetwork ? ["--network=host"] : []),
    ...(request.target === undefined ? [] : [`--target=${request.target}`]),
    ...(request.platform === undefined ? [] : [`--platform=${request.platform}`]),
    ...Object.entries(request.buildArgs ?? {}).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...inputArgs(request.inputs),
    "--",
    request.context,
  ];
}

/** A line of BuildKit's plain progress that starts a step: `#5 [2/3] RUN make`. */
export const isBuildKitStep = (line: string): boolean => /^#[0-9]+ \[[^\]]*[0-9]+\/[0-9]+\] /.test(line);

/** The exit code of the RUN that failed, from BuildKit's words. */
export function buildKitExitCode(log: string): number | undefined {
  const code = [...log.matchAll(/(?:exit code|exit status):? ([0-9]+)/g)].at(-1)?.[1];
  return code === undefined ? undefined : Number(code);
}
