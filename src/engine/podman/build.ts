/**
 * One `podman build` and what it may leave behind.
 *
 * Killing podman while a RUN goes on leaves the RUN's processes alive, its folder in TMPDIR and the working containers.
 * So the build gets a TMPDIR of its own, in which the RUN's process is found and ended first (podman then fails that
 * step and tidies up by itself), and a secret that no file asks for: its name is kept with every working container and
 * says which ones are this build's.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Failure } from "../../core/errors.ts";
import type { BuildRequest, CallOptions } from "../../core/ports.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { withAlgorithm } from "../image-json.ts";
import { buildArgs, needsDockerFormat, removeContainersArgs } from "./args.ts";
import type { PodmanClient } from "./client.ts";

export interface BuildOutcome {
  readonly ok: boolean;
  readonly exitCode: number;
  readonly log: string;
}

/** The images that builds left in podman's storage, as their output tells them. */
export interface Commits {
  /** Ids (or their first digits) of those that were made, oldest first. */
  readonly made: string[];
  /** The same of those that were there before: a build took them from its cache, or did nothing but FROM. */
  readonly found: string[];
}

/** Whether ids (or their first digits) hold an id. */
export const isAmong = (starts: readonly string[], id: string): boolean =>
  starts.some((start) => withAlgorithm(id).startsWith(withAlgorithm(start)));

/** How long podman may take to tidy up after its RUN was ended. */
const graceMs = 8000;

/** How long a RUN is looked for: podman may be between two of them, or at none (it pulls, it copies, it hangs). */
const searchMs = 1000;

/**
 * Builds; any exit code is an outcome, an error is only an abort or a missing podman.
 * @param commits gets the images while they are made.
 */
export async function runBuild(
  client: PodmanClient,
  request: BuildRequest,
  options: CallOptions,
  temporaryFolder: string,
  commits: Commits,
): Promise<Result<BuildOutcome, Failure>> {
  let folder: string;
  let dockerFormat: boolean;
  const marker = `image-fix-${randomBytes(8).toString("hex")}`;
  try {
    folder = await mkdtemp(join(temporaryFolder, "image-fix-"));
    // RUN mounts files from here for users who are not its owner.
    await chmod(folder, 0o711);
    await writeFile(join(folder, "marker"), marker);
    dockerFormat =
      process.env["BUILDAH_FORMAT"] === undefined && needsDockerFormat(await readFile(request.containerfile, "utf8"));
  } catch (error) {
    return err({
      code: "ENGINE_FAILED",
      engine: "podman",
      message: `cannot prepare the build: ${String(error)}`,
    });
  }
  if (dockerFormat)
    options.onEvent?.({
      kind: "log",
      text: "podman build --format=docker: the file uses instructions that the OCI format drops",
    });
  let step = "";
  const reply = await client.call(
    buildArgs(request, { dockerFormat, marker: { id: marker, file: join(folder, "marker") } }),
    options,
    {
      env: { TMPDIR: folder },
      onLine: (line) => {
        if (isStep(line)) step = line;
        noteCommit(line, step, commits);
        options.onEvent?.({ kind: isStep(line) ? "step" : "log", text: line });
      },
      onStop: async (running) => {
        const begin = Date.now();
        let ended = false;
        while (running() && Date.now() < begin + (ended ? graceMs : searchMs)) {
          ended = (await endRunSteps(client, folder)) || ended;
          await pause(50);
        }
      },
    },
  );
  if (!reply.ok || reply.value.exitCode !== 0) await sweep(client, folder, marker);
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  if (!reply.ok) return reply;
  return ok({
    ok: reply.value.exitCode === 0,
    exitCode: reply.value.exitCode,
    log: reply.value.log,
  });
}

const isStep = (line: string): boolean => /^(?:\[[0-9]+\/[0-9]+\] )?STEP [0-9]/.test(line);

/**
 * Notes the image that a line of a build's output tells. `--> Using cache ID` comes before `--> START` of the same image.
 * @param step the line of the step that the build is at
 */
function noteCommit(line: string, step: string, { made, found }: Commits): void {
  const [, cached, id] = /^--> (Using cache )?([0-9a-f]{8,64})$/.exec(line) ?? [];
  if (id === undefined || isAmong(made, id) || found.some((there) => there.startsWith(id))) return;
  (cached !== undefined || /: FROM /i.test(step) ? found : made).push(id);
}

/**
 * Ends the processes of RUN steps whose bundles lie in `folder`.
 * @returns whether there were some
 */
async function endRunSteps(client: PodmanClient, folder: string): Promise<boolean> {
  let ended = false;
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith("buildah")) continue;
    const pid = Number((await readFile(join(folder, name, "pid"), "utf8").catch(() => "")).trim());
    if (!Number.isSafeInteger(pid) || pid <= 1) continue;
    // The id may have gone to another process by now: ours has files of the bundle mounted.
    const mounts = await readFile(`/proc/${pid}/mountinfo`, "utf8").catch(() => "");
    if (mounts !== "" && !mounts.includes(`/${name}/`)) continue;
    ended = true;
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      const denied = error instanceof Error && "code" in error && error.code === "EPERM";
      // Rootless, and the RUN runs as another user than root: only inside the user namespace may it be ended.
      if (denied) await client.tidy(["unshare", "kill", "-KILL", String(pid)]);
    }
  }
  return ended;
}

/** Removes the working containers of this build, should podman not have done so. */
async function sweep(client: PodmanClient, folder: string, marker: string): Promise<void> {
  await endRunSteps(client, folder);
  const info = await client.tidy(["info", "--format={{.Store.GraphDriverName}}\n{{.Store.GraphRoot}}"]);
  if (!info.ok || info.value.exitCode !== 0) return;
  const [driver = "", root = ""] = info.value.stdout.trim().split("\n");
  const containers = join(root, `${driver}-containers`);
  const left: string[] = [];
  for (const id of await readdir(containers).catch(() => [])) {
    const builder = await readFile(join(containers, id, "userdata", "buildah.json"), "utf8").catch(() => "");
    if (builder.includes(marker)) left.push(id);
  }
  if (left.length > 0) await client.tidy(removeContainersArgs(left));
}
