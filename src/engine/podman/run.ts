/** Containers of one podman that are run once. */
import { hash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Failure } from "../../core/errors.ts";
import type { CallOptions, RunRequest, RunResult } from "../../core/ports.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { ProcessOutcome } from "../process.ts";
import { tarOfFiles } from "../../image/tar.ts";
import { importArgs, isRunningArgs, removeContainersArgs, runArgs, stopArgs } from "./args.ts";
import { imageFailure, type PodmanClient } from "./client.ts";

export interface PodmanRunnerSettings {
  /** `NAME=value`, put on everything that is made. */
  readonly label: string;
  /** A name that nothing else has. */
  readonly newName: () => string;
  /** Told of every image that is made, by name. */
  readonly onImage: (name: string) => void;
}

export interface PodmanRunner {
  run(request: RunRequest, options: CallOptions): Promise<Result<RunResult, Failure>>;
  /** Removes containers that are still there. */
  cleanUp(): Promise<void>;
}

/** What a container may write that is kept, each of stdout and stderr, in characters. */
const outputLimit = 1024 * 1024;

/** How often podman is asked whether a container runs yet. */
const pollMs = 300;

export function createPodmanRunner(client: PodmanClient, settings: PodmanRunnerSettings): PodmanRunner {
  const containers = new Set<string>();
  /** Images of files to mount, by the digest of their archive. */
  const fileImages = new Map<string, string>();
  let passwdFlag = true;

  /** An image that holds `files` at its root; made once. */
  const imageOf = async (
    files: ReadonlyMap<string, Uint8Array>,
    options: CallOptions,
  ): Promise<Result<string, Failure>> => {
    const archive = tarOfFiles(files);
    const key = hash("sha256", archive);
    const known = fileImages.get(key);
    if (known !== undefined) return ok(known);
    const name = `localhost/${settings.newName()}:files`;
    settings.onImage(name);
    const reply = await client.expect(importArgs(name, settings.label), options, {
      input: archive,
    });
    if (!reply.ok) return reply;
    fileImages.set(key, name);
    return ok(name);
  };

  /**
   * Files come in as images mounted into the container: `podman create` and `cp`, the other way without a bind mount,
   * takes twice as long and cannot keep podman from adding to the container's passwd.
   */
  const mountsOf = async (
    request: RunRequest,
    options: CallOptions,
  ): Promise<Result<ReadonlyMap<string, string>, Failure>> => {
    const folders = new Map<string, Map<string, Uint8Array>>();
    for (const [path, content] of request.files ?? []) {
      const slash = path.lastIndexOf("/");
      const folder = path.slice(0, slash);
      const files = folders.get(folder) ?? new Map<string, Uint8Array>();
      folders.set(folder, files.set(path.slice(slash + 1), content));
    }
    const mounts = new Map<string, string>();
    for (const [folder, files] of folders) {
      const image = await imageOf(files, options);
      if (!image.ok) return image;
      mounts.set(folder, image.value);
    }
    return ok(mounts);
  };

  const start = async (
    name: string,
    request: RunRequest,
    mounts: ReadonlyMap<string, string>,
    options: CallOptions,
  ): Promise<Result<ProcessOutcome, Failure>> =>
    await client.call(runArgs(request, { name, label: settings.label, passwdFlag, mounts }), options, {
      limit: outputLimit,
      ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
      // podman passes signals on to a program that may not heed them; removing the container ends both.
      onStop: async () => await remove([name]),
    });

  const isRunning = async (name: string): Promise<boolean> => {
    const reply = await client.tidy(isRunningArgs(name));
    return reply.ok && reply.value.stdout.trim() === "true";
  };

  /**
   * Stops a container when its time is over, which begins when it runs: on a busy machine podman takes seconds to start
   * it. It is told again while the container still runs.
   * @returns whether it was stopped before it ended by itself.
   */
  const stopAfter = async (name: string, milliseconds: number, ended: AbortSignal): Promise<boolean> => {
    const wait = async (time: number): Promise<boolean> =>
      await pause(time, true, { signal: ended }).catch(() => false);
    do {
      if (!(await wait(pollMs))) return false;
    } while (!(await isRunning(name)));
    let stopped = false;
    for (let time = milliseconds; await wait(time); time = 1000) {
      stopped = true;
      await client.tidy(stopArgs(name));
    }
    return stopped;
  };

  const remove = async (names: readonly string[]): Promise<void> => {
    await client.tidy(removeContainersArgs(names));
    for (const name of names) containers.delete(name);
  };

  return {
    async run(request, options) {
      const mounts = await mountsOf(request, options);
      if (!mounts.ok) return mounts;
      const name = settings.newName();
      containers.add(name);
      const ended = new AbortController();
      const stopping =
        request.stopAfterMs === undefined ? undefined : stopAfter(name, request.stopAfterMs, ended.signal);
      let reply = await start(name, request, mounts.value, options);
      if (
        reply.ok &&
        passwdFlag &&
        reply.value.exitCode === 125 &&
        reply.value.stderr.includes("unknown flag: --passwd")
      ) {
        passwdFlag = false;
        reply = await start(name, request, mounts.value, options);
      }
      ended.abort();
      const stopped = await stopping;
      if (!reply.ok) {
        // Ended between creating and starting it, podman leaves the container.
        await remove([name]);
        return reply.error.code === "TIMEOUT"
          ? err({
              ...reply.error,
              what: `running ${request.argv?.[0] ?? "its command"} in ${request.image}`,
            })
          : reply;
      }
      const { exitCode, stdout, stderr } = reply.value;
      // Its own exit code: podman did not get to run the command.
      if (exitCode === 125) {
        await remove([name]);
        return err(imageFailure("podman run", request.image, reply.value));
      }
      containers.delete(name);
      return ok({ exitCode, stdout, stderr, ...(stopped === true ? { stopped } : {}) });
    },
    async cleanUp() {
      if (containers.size > 0) await remove([...containers]);
      fileImages.clear();
    },
  };
}
