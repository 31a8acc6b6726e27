/**
 * podman's command lines, as argument arrays. Values are always joined to their flag (`--tag=…`) and names follow
 * `--`, so that no name that begins with a dash is read as a flag.
 */
import type { BuildRequest, RunRequest } from "../../core/ports.ts";
import { inputArgs } from "../build-inputs.ts";

/**
 * `podman images`: the images that a user sees, as JSON. podman reads every image of its storage for it, which takes half a
 * minute where there are some hundred; to inspect one takes no longer than podman's start.
 */
export const listImagesArgs = (): string[] => ["images", "--format=json", "--no-trunc"];

export const inspectArgs = (...references: readonly string[]): string[] => ["image", "inspect", "--", ...references];

/** Writes the archive to standard output. */
export const saveArgs = (reference: string): string[] => [
  "save",
  "--quiet",
  "--format=docker-archive",
  "--",
  reference,
];

export const pullArgs = (reference: string, platform: string | undefined): string[] => [
  "pull",
  ...(platform === undefined ? [] : [`--platform=${platform}`]),
  "--",
  reference,
];

export const loadArgs = (): string[] => ["load", "--quiet"];

export const tagArgs = (image: string, name: string): string[] => ["tag", "--", image, name];

/**
 * Without `--force`, so that an image that a container uses stays; without pruning, as the unnamed parents may be the
 * user's own build cache.
 */
export const removeImagesArgs = (images: readonly string[]): string[] => ["image", "rm", "--no-prune", "--", ...images];

export interface BuildArgsOptions {
  /** See {@link needsDockerFormat}. */
  readonly dockerFormat: boolean;
  /** A file and an id that mark the working containers of this build (see build.ts). */
  readonly marker: { readonly id: string; readonly file: string };
}

/**
 * `podman build` with podman's own defaults for everything that decides the result: layers are cached, so that
 * original and candidate share what they have in common, and a base image is pulled only where it is missing.
 */
export function buildArgs(request: BuildRequest, options: BuildArgsOptions): string[] {
  return [
    "build",
    `--file=${request.containerfile}`,
    `--tag=${request.tag}`,
    "--force-rm",
    `--secret=id=${options.marker.id},src=${options.marker.file}`,
    ...(options.dockerFormat ? ["--format=docker"] : []),
    ...(request.target === undefined ? [] : [`--target=${request.target}`]),
    ...(request.platform === undefined ? [] : [`--platform=${request.platform}`]),
    ...Object.entries(request.buildArgs ?? {}).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...inputArgs(request.inputs),
    "--",
    request.context,
  ];
}

/**
 * True when a Containerfile holds an instruction that Buildah ignores in its default OCI format, SHELL, HEALTHCHECK
 * and ONBUILD: with `SHELL` ignored, a `RUN` would be run by another shell than the file says.
 * A line that only looks like one (inside a RUN) does no harm: the format changes nothing else that is looked at here.
 */
export function needsDockerFormat(containerfile: string): boolean {
  return /^[ \t]*(?:SHELL|HEALTHCHECK|ONBUILD)[ \t\\]/im.test(containerfile);
}

export interface RunArgsOptions {
  readonly name: string;
  readonly label: string;
  /** False for a podman that does not know `--passwd` (before 4.0), and perhaps not `--timeout`. */
  readonly passwdFlag: boolean;
  /** Images mounted read-only into the container: folder inside → image. */
  readonly mounts: ReadonlyMap<string, string>;
}

/**
 * What a user's containers.conf or `PODMAN_USERNS` may have set for all containers, as podman has it where nobody sets
 * it: a `keep-id` adds this user's group to those of the image, `auto` may leave the image's uid without an id.
 */
const ownUsers = "--userns=host";
const ownSettings: readonly string[] = [ownUsers, "--privileged=false", "--init=false"];

/**
 * `podman run` under the restricted profile. `--passwd=false` keeps podman from inventing an account for a uid that
 * has none in the image, and `--pull=never` from running another image than the one that was looked at.
 */
export function runArgs(request: RunRequest, options: RunArgsOptions): string[] {
  const [entrypoint, ...rest] = request.argv ?? [];
  return [
    "run",
    "--rm",
    `--name=${options.name}`,
    `--label=${options.label}`,
    "--pull=never",
    ...(request.privileges === "engine" ? [] : ["--cap-drop=ALL", "--security-opt=no-new-privileges"]),
    ...ownSettings,
    "--network=none",
    "--log-driver=none",
    "--no-healthcheck",
    "--systemd=false",
    "--http-proxy=false",
    ...(options.passwdFlag ? ["--passwd=false", ...deadline(request)] : []),
    ...(request.readOnly === true ? ["--read-only", "--read-only-tmpfs=false"] : ["--read-only=false"]),
    // `U` gives it to the container's user; without notmpcopyup it would hold what the image has there.
    ...(request.emptyDirs?.paths ?? []).map((path) => `--tmpfs=${path}:rw,exec,mode=0777,U,notmpcopyup`),
    ...(request.user === undefined ? [] : [`--user=${request.user}`]),
    ...(request.workingDir === undefined ? [] : [`--workdir=${request.workingDir}`]),
    ...Object.entries(request.env ?? {}).map(([name, value]) => `--env=${name}=${value}`),
    ...[...options.mounts].map(([folder, image]) => `--mount=type=image,source=${image},destination=${folder}`),
    // As JSON, so that a path with a blank stays one word.
    ...(entrypoint === undefined ? [] : [`--entrypoint=${JSON.stringify([entrypoint])}`]),
    "--",
    request.image,
    ...rest,
  ];
}

/** Longer than it takes to stop and remove a container whose time is over. */
const slackSeconds = 15;

/** The container's own end, where nobody is left to stop it: this process was killed. */
const deadline = ({ timeoutMs }: RunRequest): readonly string[] =>
  timeoutMs === undefined ? [] : [`--timeout=${Math.ceil(timeoutMs / 1000) + slackSeconds}`];

/** Prints `true` when a container runs. */
export const isRunningArgs = (name: string): string[] => [
  "container",
  "inspect",
  "--format={{.State.Running}}",
  "--",
  name,
];

/** Sends SIGTERM (or the image's own stop signal) and, after some seconds, SIGKILL. */
export const stopArgs = (name: string): string[] => ["stop", "--ignore", "--time=1", "--", name];

/** Ends and removes a container with its anonymous volumes; one that is gone is fine. */
export const removeContainersArgs = (names: readonly string[]): string[] => [
  "rm",
  "--force",
  "--ignore",
  "--time=0",
  "--volumes",
  "--",
  ...names,
];

/** A container that is never started: image files can be copied out of it. */
export const createArgs = (image: string, name: string, label: string): string[] => [
  "create",
  `--name=${name}`,
  `--label=${label}`,
  "--pull=never",
  "--network=none",
  ownUsers,
  // An image without a command cannot be created without one; it is never run.
  '--entrypoint=["/"]',
  "--",
  image,
];

/** Writes a file, or a folder with all that is in it, to standard output as a tar stream. */
export const copyOutArgs = (container: string, path: string): string[] => ["cp", "--", `${container}:${path}`, "-"];

export const importArgs = (name: string, label: string): string[] => [
  "import",
  "--quiet",
  `--change=LABEL ${label}`,
  "-",
  name,
];
