import { createHash, randomBytes } from "node:crypto";
import type { Failure } from "../../core/errors.ts";
import type { CallOptions, Engine, ImageRecord, Reply, RunRequest } from "../../core/ports.ts";
import { err, ok, type Result } from "../../core/result.ts";
import {
  asArray,
  asObject,
  asText,
  asTexts,
  parseJson,
  readImageJson,
  withAlgorithm,
} from "../image-json.ts";
import { normaliseImageName } from "../image-name.ts";
import { tarOfFiles } from "../tar.ts";
import {
  allImageIdsArgs,
  importArgs,
  inspectArgs,
  listImagesArgs,
  pullArgs,
  removeContainersArgs,
  removeImagesArgs,
  runArgs,
  tagArgs,
} from "./args.ts";
import { runBuild } from "./build.ts";
import { createPodmanClient, engineFailed, messageOf, type PodmanClient } from "./client.ts";
import { readCopied, readMounted } from "./files.ts";

export interface PodmanOptions {
  /** The program: a name on PATH or a path; the default is `podman`. */
  readonly program?: string;
  /** Folder for the build's temporary files. */
  readonly temporaryFolder: string;
  /** The engine runs on another machine (`CONTAINER_HOST`, a podman machine): its files cannot be seen from here. */
  readonly remote: boolean;
  /** A list of images that was already asked for; answers the first `listImages`. */
  readonly listed?: ReadonlyMap<string, string>;
}

/** What a container may write that is kept, each of stdout and stderr. */
const outputLimit = 1024 * 1024;

/** podman through its command line. Nothing runs before the first method is called. */
export function createPodman(settings: PodmanOptions): Engine {
  const client = createPodmanClient(settings.program ?? "podman");
  const runId = randomBytes(8).toString("hex");
  const label = `io.image-fix.run=${runId}`;
  let count = 0;
  const containers = new Set<string>();
  /** Names of images that this process made, → the image was there before under no name, so only the name is ours. */
  const tags = new Map<string, { readonly id: string; readonly wasThere: boolean }>();
  /** Ids of unnamed images that builds of this process left in the cache. */
  const committed = new Set<string>();
  const programs = new Map<string, string>();
  let before: ReadonlySet<string> | undefined;
  let listed = settings.listed;
  let version: string | undefined;
  let passwdFlag = true;

  const learnVersion = async (options: CallOptions): Promise<void> => {
    if (version !== undefined) return;
    const reply = await client.call(["--version"], options);
    if (reply.ok && reply.value.exitCode === 0)
      version = /([0-9]+\.[0-9][^\s]*)/.exec(reply.value.stdout)?.[1];
  };

  const allIds = async (options: CallOptions): Promise<Result<ReadonlySet<string>, Failure>> => {
    const reply = await client.expect(allImageIdsArgs(), options);
    return reply.ok
      ? ok(new Set(reply.value.stdout.split("\n").filter(Boolean).map(withAlgorithm)))
      : reply;
  };

  const inspect = async (reference: string, options: CallOptions): Reply<ImageRecord> => {
    const reply = await client.call(inspectArgs(reference), options);
    if (!reply.ok) return reply;
    if (reply.value.exitCode !== 0) {
      const message = messageOf(reply.value.stderr);
      if (!/not known|no such image|not found|no such object/i.test(message))
        return err(engineFailed("podman image inspect", reply.value));
      return err({
        code: "IMAGE_NOT_FOUND",
        reference,
        message: `podman has no image ${reference}`,
      });
    }
    const record = readImageJson(asArray(parseJson(reply.value.stdout))[0]);
    if (record === undefined)
      return err({
        code: "ENGINE_FAILED",
        engine: "podman",
        message: "podman image inspect gave no image",
      });
    return ok(record);
  };

  /** An image that holds `files` at its root, to be mounted into a container; made once. */
  const programImage = async (
    files: ReadonlyMap<string, Uint8Array>,
    options: CallOptions,
  ): Reply<string> => {
    const archive = tarOfFiles(files);
    const key = createHash("sha256").update(archive).digest("hex");
    const known = programs.get(key);
    if (known !== undefined) return ok(known);
    const name = `localhost/image-fix-${runId}-${++count}:files`;
    tags.set(name, { id: "", wasThere: false });
    const reply = await client.expect(importArgs(name, label), options, { input: archive });
    if (!reply.ok) return reply;
    programs.set(key, name);
    return ok(name);
  };

  const mountsOf = async (
    request: RunRequest,
    options: CallOptions,
  ): Reply<ReadonlyMap<string, string>> => {
    const folders = new Map<string, Map<string, Uint8Array>>();
    for (const [path, content] of request.files ?? []) {
      const slash = path.lastIndexOf("/");
      const folder = path.slice(0, slash);
      const files = folders.get(folder) ?? new Map<string, Uint8Array>();
      folders.set(folder, files.set(path.slice(slash + 1), content));
    }
    const mounts = new Map<string, string>();
    for (const [folder, files] of folders) {
      const image = await programImage(files, options);
      if (!image.ok) return image;
      mounts.set(folder, image.value);
    }
    return ok(mounts);
  };

  const removeTag = async (name: string, options: CallOptions): Reply<void> => {
    const known = tags.get(name);
    const args =
      known?.wasThere === true ? ["untag", "--", known.id, name] : removeImagesArgs([name]);
    const reply = await client.call(args, options);
    if (!reply.ok) return reply;
    if (
      reply.value.exitCode !== 0 &&
      !/not known|no such image|not found/i.test(messageOf(reply.value.stderr))
    ) {
      return err(engineFailed("podman image rm", reply.value));
    }
    tags.delete(name);
    return ok(undefined);
  };

  return {
    name: "podman",
    get describe() {
      return version === undefined ? "podman" : `podman ${version}`;
    },
    builder: "buildah",

    async listImages(options) {
      if (listed !== undefined) {
        const answer = listed;
        listed = undefined;
        return ok(answer);
      }
      const reply = await client.expect(listImagesArgs(), options);
      return reply.ok ? ok(readImageList(reply.value.stdout)) : reply;
    },

    inspect,

    async pull(reference, options) {
      const reply = await client.call(pullArgs(reference, options.platform), options, {
        onLine: (text) => options.onEvent?.({ kind: "log", text }),
      });
      if (!reply.ok) return reply;
      if (reply.value.exitCode !== 0) {
        return err({
          code: "IMAGE_NOT_FOUND",
          reference,
          message: `podman cannot pull ${reference}: ${messageOf(reply.value.stderr)}`,
        });
      }
      return await inspect(reference, options);
    },

    async build(request, options) {
      const [ids] = await Promise.all([
        before === undefined ? allIds(options) : ok(before),
        learnVersion(options),
      ]);
      if (!ids.ok) return ids;
      before = ids.value;
      tags.set(request.tag, { id: "", wasThere: false });
      const reply = await runBuild(client, request, options, settings.temporaryFolder);
      if (!reply.ok) return reply;
      for (const id of reply.value.committed) committed.add(id);
      if (!reply.value.ok)
        return err({
          code: "BUILD_FAILED",
          engine: "podman",
          exitCode: runExitCode(reply.value.log),
          log: reply.value.log,
        });
      const record = await inspect(request.tag, options);
      if (record.ok) {
        const { id } = record.value;
        tags.set(request.tag, { id, wasThere: before.has(id) });
        // Named by us now; without our name it would be one more unnamed image of the build.
        committed.add(id);
      }
      return record;
    },

    async run(request, options) {
      const [mounts] = await Promise.all([mountsOf(request, options), learnVersion(options)]);
      if (!mounts.ok) return mounts;
      const name = `image-fix-${runId}-${++count}`;
      containers.add(name);
      const start = async () =>
        await client.call(
          runArgs(request, { name, label, passwdFlag, mounts: mounts.value }),
          options,
          {
            limit: outputLimit,
            ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
            // podman passes signals on to a program that may not heed them; removing the container ends both.
            onStop: async () =>
              void (await client.call(removeContainersArgs([name]), {
                signal: new AbortController().signal,
              })),
          },
        );
      let reply = await start();
      if (
        reply.ok &&
        passwdFlag &&
        reply.value.exitCode === 125 &&
        reply.value.stderr.includes("unknown flag: --passwd")
      ) {
        passwdFlag = false;
        reply = await start();
      }
      if (!reply.ok) {
        // Killed between creating and starting it, podman leaves the container.
        await client.call(removeContainersArgs([name]), { signal: new AbortController().signal });
        containers.delete(name);
        return reply.error.code === "TIMEOUT"
          ? err({
              ...reply.error,
              what: `running ${request.argv[0] ?? "a command"} in ${request.image}`,
            })
          : reply;
      }
      containers.delete(name);
      const { exitCode, stdout, stderr } = reply.value;
      if (exitCode === 125) {
        const message = messageOf(stderr);
        if (/image not known|no such image/i.test(message)) {
          return err({
            code: "IMAGE_NOT_FOUND",
            reference: request.image,
            message: `podman has no image ${request.image}`,
          });
        }
        return err(engineFailed("podman run", reply.value));
      }
      return ok({ exitCode, stdout, stderr });
    },

    async readFiles(image, paths, options) {
      if (!settings.remote && process.getuid?.() === 0)
        return await readMounted(client, image, paths, options);
      const name = `image-fix-${runId}-${++count}`;
      containers.add(name);
      const reply = await readCopied(client, image, paths, options, { name, label });
      containers.delete(name);
      return reply;
    },

    async tag(image, name, options) {
      const reply = await client.expect(tagArgs(image, name), options);
      return reply.ok ? ok(undefined) : reply;
    },

    removeImage: removeTag,

    async cleanUp() {
      const options = { signal: new AbortController().signal };
      if (containers.size > 0) await client.call(removeContainersArgs([...containers]), options);
      containers.clear();
      for (const name of tags.keys()) await removeTag(name, options);
      programs.clear();
      // Newest first, as children go before their parents; an image that another one builds on stays.
      const unnamed = committed.size === 0 ? [] : await unnamedImages(client, options);
      const ours = [...committed]
        .toReversed()
        .map((id) => unnamed.find((whole) => whole.startsWith(withAlgorithm(id))))
        .filter((id): id is string => id !== undefined && before?.has(id) === false);
      if (ours.length > 0) await client.call(removeImagesArgs([...new Set(ours)]), options);
      committed.clear();
    },
  };
}

function readImageList(json: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const item of asArray(parseJson(json))) {
    const image = asObject(item);
    for (const name of asTexts(image["Names"]))
      names.set(normaliseImageName(name), withAlgorithm(asText(image["Id"])));
  }
  return names;
}

/** The exit code of the RUN that failed; podman gives it only in words. */
function runExitCode(log: string): number | undefined {
  const code = /exit status ([0-9]+)[^\n]*\n?$/.exec(log.trimEnd())?.[1];
  return code === undefined ? undefined : Number(code);
}

/** Ids of all images without a name. */
async function unnamedImages(client: PodmanClient, options: CallOptions): Promise<string[]> {
  const reply = await client.expect([...listImagesArgs(), "--all"], options);
  return asArray(parseJson(reply.ok ? reply.value.stdout : "[]"))
    .map(asObject)
    .filter((image) => asTexts(image["Names"]).length === 0)
    .map((image) => withAlgorithm(asText(image["Id"])));
}
