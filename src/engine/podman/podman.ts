import { randomBytes } from "node:crypto";
import type { Failure } from "../../core/errors.ts";
import type { BuildRequest, CallOptions, Engine, ImageRecord, Reply } from "../../core/ports.ts";
import { err, ok, type Result } from "../../core/result.ts";
import {
  asArray,
  asObject,
  asText,
  asTexts,
  parseJson,
  readImageJson,
  withAlgorithm,
  type JsonObject,
} from "../image-json.ts";
import { readLoadedImage } from "../loaded-image.ts";
import { readStep } from "../../image/config-file.ts";
import { isImageReference, normaliseImageName } from "../../image/reference.ts";
import { inspectArgs, listImagesArgs, loadArgs, pullArgs, removeImagesArgs, saveArgs, tagArgs } from "./args.ts";
import { isAmong, runBuild, type Commits } from "./build.ts";
import { tidied } from "../left-behind.ts";
import type { EngineLimits } from "../limits.ts";
import { createPodmanClient, engineFailed, hasStumbled, isImageAbsent, messageOf } from "./client.ts";
import { exportedBy } from "./export.ts";
import { isSoonerWhole, readCopied, readWhole, readMounted } from "./files.ts";
import { unpullable } from "../unpullable.ts";
import { createPodmanRunner } from "./run.ts";

export interface PodmanOptions {
  /** The program: a name on PATH or a path; the default is `podman`. */
  readonly program?: string;
  /** Folder for the build's temporary files. */
  readonly temporaryFolder: string;
  /** The engine runs on another machine (`CONTAINER_HOST`, a podman machine): its files cannot be seen from here. */
  readonly remote: boolean;
  /** Added to podman's environment; see `podmanHome`. */
  readonly env?: Readonly<Record<string, string>>;
  /** What was already asked about an image; answers the first `inspect` of it. */
  readonly inspected?: { readonly reference: string; readonly reply: Result<ImageRecord, Failure> };
  /** How long podman may take to answer; the default is {@link engineLimits}. */
  readonly limits?: EngineLimits;
}

const mostTries = 5;

/** podman's own failure, not that of what it runs. */
const ownExitCode = 125;

/**
 * Whether podman's own state certainly lies elsewhere than in TMPDIR, where it is for a user without a session
 * (`GetRuntimeDir` of its pkg/util): such a podman may not get another one for each command.
 */
const isElsewhere = (): boolean => process.getuid?.() === 0 || (process.env["XDG_RUNTIME_DIR"] ?? "") !== "";

/** podman through its command line. Nothing runs before the first method is called. */
export function createPodman(settings: PodmanOptions): Engine {
  const program = settings.program ?? "podman";
  const env = settings.env ?? {};
  const ownTemporary = isElsewhere() ? settings.temporaryFolder : undefined;
  const client = createPodmanClient(program, env, settings.limits, ownTemporary);
  const exported = (args: readonly string[], { signal }: CallOptions): AsyncIterable<Uint8Array> =>
    exportedBy(program, args, signal, env);
  const runId = randomBytes(8).toString("hex");
  const label = `io.image-fix.run=${runId}`;
  let count = 0;
  const newName = (): string => `image-fix-${runId}-${++count}`;
  /** Names that this process gave → the image's id, where an unnamed image of the user's got the name. */
  const tags = new Map<string, { readonly unnamedBefore: string | undefined }>();
  const nobodys = { unnamedBefore: undefined };
  const runner = createPodmanRunner(client, {
    label,
    newName,
    onImage: (name) => tags.set(name, nobodys),
  });
  const commits: Commits = { made: [], found: [] };
  let { inspected } = settings;
  let version: string | undefined;

  /** podman gives up when somebody removes an image that it looks at, though nobody asked for that one: it is asked again. */
  const steadily = async (ask: () => ReturnType<typeof client.call>): ReturnType<typeof client.call> => {
    for (let tries = 1; ; tries++) {
      const reply = await ask();
      const stumbled = reply.ok && reply.value.exitCode !== 0 && hasStumbled(messageOf(reply.value.stderr));
      if (!stumbled || tries === mostTries) return reply;
    }
  };

  const buildSteadily = async (request: BuildRequest, options: CallOptions): ReturnType<typeof runBuild> => {
    for (let tries = 1; ; tries++) {
      const reply = await runBuild(client, request, options, settings.temporaryFolder, commits);
      const stumbled = reply.ok && reply.value.exitCode === ownExitCode && hasStumbled(messageOf(reply.value.log));
      if (!stumbled || tries === mostTries) return reply;
    }
  };

  const learnVersion = async (options: CallOptions): Promise<void> => {
    if (version !== undefined) return;
    const reply = await client.call(["--version"], options);
    if (reply.ok && reply.value.exitCode === 0) version = /([0-9]+\.[0-9][^\s]*)/.exec(reply.value.stdout)?.[1];
  };

  const inspect = async (reference: string, options: CallOptions): Reply<ImageRecord> => {
    if (inspected?.reference === reference) {
      const { reply } = inspected;
      inspected = undefined;
      return reply;
    }
    if (!isImageReference(reference))
      return err({
        code: "IMAGE_NOT_FOUND",
        reference,
        message: `${JSON.stringify(reference)} is no image name`,
      });
    const reply = await steadily(() => client.call(inspectArgs(reference), options));
    if (!reply.ok) return reply;
    if (reply.value.exitCode !== 0) {
      if (!isImageAbsent(messageOf(reply.value.stderr))) return err(engineFailed("podman image inspect", reply.value));
      return err({
        code: "IMAGE_NOT_FOUND",
        reference,
        message: `podman has no image ${reference}`,
      });
    }
    const record = readImageJson(asArray(parseJson(reply.value.stdout))[0]);
    return record === undefined
      ? err({
          code: "ENGINE_FAILED",
          engine: "podman",
          message: "podman image inspect gave no image",
        })
      : ok(record);
  };

  const removeImage = async (name: string): Reply<void> => {
    const unnamedBefore = tags.get(name)?.unnamedBefore;
    // An image that was there without a name, and which a build answered from the cache: only our name goes.
    const args = unnamedBefore === undefined ? removeImagesArgs([name]) : ["untag", "--", unnamedBefore, name];
    const reply = await client.tidy(args);
    if (!reply.ok) return reply;
    if (reply.value.exitCode !== 0 && !isAbsent(messageOf(reply.value.stderr)))
      return err(engineFailed("podman image rm", reply.value));
    tags.delete(name);
    return ok(undefined);
  };

  /** Removes the unnamed images that builds of this process made. */
  const removeCommitted = async (): Promise<void> => {
    // Newest first, as children go before their parents; an image that another one builds on is refused, and stays.
    const made = [...new Set(commits.made.toReversed())];
    commits.made.length = 0;
    // One may have got a name from somebody else's build. Those that are gone are left out of the answer.
    const there = await steadily(() => client.tidy(inspectArgs(...made)));
    const ours = readImages(there.ok ? there.value.stdout : "").filter(({ names }) => names.length === 0);
    if (ours.length > 0) await client.tidy(removeImagesArgs(ours.map(({ id }) => id)));
  };

  const engine: Engine = {
    name: "podman",
    get describe() {
      return version === undefined ? "podman" : `podman ${version}`;
    },
    builder: "buildah",

    async listImages(options) {
      const reply = await steadily(() => client.call(listImagesArgs(), options));
      if (!reply.ok) return reply;
      if (reply.value.exitCode !== 0) return err(engineFailed("podman images", reply.value));
      return ok(
        new Map(
          readImageList(reply.value.stdout).flatMap(({ id, names }) =>
            [id, ...names].map((name) => [normaliseImageName(name), id]),
          ),
        ),
      );
    },

    inspect,

    async pull(reference, options) {
      const reply = await client.call(pullArgs(reference, options.platform), options, {
        onLine: (text) => options.onEvent?.({ kind: "log", text }),
      });
      if (!reply.ok) return reply;
      if (reply.value.exitCode === 0) return await inspect(reference, options);
      const said = messageOf(reply.value.stderr);
      // Once the image is there, podman finds it by its short name, so that the build goes on where it would stop.
      if (isUnresolved(said)) return await engine.pull(normaliseImageName(reference), options);
      return err(unpullable("podman", reference)(said));
    },

    async load(archive, options) {
      const reply = await client.expect(loadArgs(), options, { input: archive });
      if (!reply.ok) return reply;
      const image = readLoadedImage(reply.value.stdout);
      return image === undefined
        ? err({ code: "ENGINE_FAILED", engine: "podman", message: "podman load names no image that it loaded" })
        : await inspect(image, options);
    },

    async build(request, options) {
      tags.set(request.tag, nobodys);
      const [reply] = await Promise.all([buildSteadily(request, options), learnVersion(options)]);
      if (!reply.ok) return reply;
      if (!reply.value.ok)
        return err({
          code: "BUILD_FAILED",
          engine: "podman",
          exitCode: runExitCode(reply.value.log),
          log: reply.value.log,
        });
      const record = await inspect(request.tag, options);
      if (record.ok && isAmong(commits.found, record.value.id) && record.value.names.length === 1)
        tags.set(request.tag, { unnamedBefore: record.value.id });
      return record;
    },

    async run(request, options) {
      const [reply] = await Promise.all([runner.run(request, options), learnVersion(options)]);
      return reply;
    },

    async readFiles(image, wanted, options) {
      const container = { name: newName(), label };
      if (!settings.remote && process.getuid?.() === 0) {
        const mounted = await readMounted(client, image, wanted, options, container);
        if (mounted.ok || mounted.error.code !== "ENGINE_FAILED") return mounted;
      }
      if (await isSoonerWhole(client, image, wanted, options)) {
        const files = await readWhole(client, image, wanted, options, container, exported);
        if (files.ok) return files;
      }
      return await readCopied(client, image, wanted, options, container);
    },

    async history(reference, options) {
      if (!isImageReference(reference)) return ok([]);
      const reply = await client.expect(inspectArgs(reference), options);
      if (!reply.ok) return reply;
      return ok(
        asArray(asObject(asArray(parseJson(reply.value.stdout))[0])["History"])
          .map(asObject)
          .map(readStep),
      );
    },

    exportImage(reference, options) {
      return exported(saveArgs(reference), options);
    },

    async tag(image, name, options) {
      const reply = await client.expect(tagArgs(image, name), options);
      return reply.ok ? ok(undefined) : reply;
    },

    removeImage,

    async cleanUp() {
      await runner.cleanUp();
      // Together, as starting podman takes most of the time; a name that goes back to nobody goes by itself.
      const names = [...tags].filter(([, { unnamedBefore }]) => unnamedBefore === undefined).map(([name]) => name);
      if (names.length > 0) await client.tidy(removeImagesArgs(names));
      for (const name of names) tags.delete(name);
      for (const name of tags.keys()) await removeImage(name);
      if (commits.made.length > 0) await removeCommitted();
      return tidied("podman", client.untidied);
    },
  };
  return engine;
}

/** podman does not know the registry of a short name: none is named, or it would ask somebody which of several. */
const isUnresolved = (message: string): boolean => /short-name .*(?:did not resolve|cannot prompt)/.test(message);

const isAbsent = (message: string): boolean => isImageAbsent(message) || /not known|not found/i.test(message);

/** The images that `podman image inspect` found. */
const readImages = (json: string): ImageRecord[] =>
  asArray(parseJson(json)).flatMap((item) => readImageJson(item) ?? []);

function readImageList(json: string): { readonly id: string; readonly names: readonly string[] }[] {
  return asArray(parseJson(json))
    .map((item): JsonObject => asObject(item))
    .map((image) => ({ id: withAlgorithm(asText(image["Id"])), names: asTexts(image["Names"]) }));
}

/** The exit code of the RUN that failed; podman gives it only in words. */
function runExitCode(log: string): number | undefined {
  const code = [...log.slice(-4000).matchAll(/exit status ([0-9]+)/g)].at(-1)?.[1];
  return code === undefined ? undefined : Number(code);
}
