import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type Dockerode from "dockerode";
import type { Failure } from "../../core/errors.ts";
import type { CallOptions, Engine, ImageFile, Reply, RunRequest } from "../../core/ports.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { failureOfAbort } from "../abort.ts";
import type { EngineLimits } from "../limits.ts";
import { asArray, asNumber, asObject, asText, asTexts, readImageJson } from "../image-json.ts";
import { tidied } from "../left-behind.ts";
import { isImageReference, normaliseImageName } from "../../image/reference.ts";
import { shellWord } from "../../core/shell-word.ts";
import { createDockerBuilds, type DockerBuildSettings } from "./build.ts";
import { createDockerClient } from "./client.ts";
import { imageHistory } from "./image-requests.ts";
import { createVariants } from "./variants.ts";
import { idleOptions, readContainerFile, runContainer, runOptions } from "./containers.ts";
import { followLoad } from "./load.ts";
import { exportedImage } from "./export.ts";
import { followPull } from "./pull.ts";
import { unpullable } from "../unpullable.ts";

export interface DockerOptions extends DockerBuildSettings {
  /** `SSH_AUTH_SOCK`, for ssh endpoints. */
  readonly sshAgent?: string;
  /** How long the daemon may take to answer; the default is {@link engineLimits}. */
  readonly limits?: EngineLimits;
}

const labelName = "io.image-fix.run";

/** How often, and how long apart, a container is asked for that the daemon is removing: ten seconds in all. */
const removalTries = 100;
const removalPauseMs = 100;

/** Docker through its API; builds through its client where that speaks BuildKit. Nothing is asked before the first method is called. */
export function createDocker(settings: DockerOptions): Engine {
  const client = createDockerClient(settings.endpoint, settings.sshAgent, settings.limits);
  const runId = randomBytes(8).toString("hex");
  const labels = { [labelName]: runId };
  const builds = createDockerBuilds(client, settings, { name: labelName, value: runId });
  let count = 0;
  let version: string | undefined;
  const containers = new Set<string>();
  const removals = new Map<string, Promise<void>>();
  const tags = new Set<string>();
  const variants = createVariants();

  const learnVersion = async ({ signal }: CallOptions): Promise<Result<void, Failure>> => {
    if (version !== undefined) return ok(undefined);
    const reply = await client.ask("asking for the version", signal, async (docker) => await docker.version());
    if (!reply.ok) return reply;
    version = reply.value.Version;
    return ok(undefined);
  };

  const inspect: Engine["inspect"] = async (reference, { signal, platform }) => {
    if (!isImageReference(reference)) return err(noReference(reference));
    const reply = await client.ask(
      "inspecting an image",
      signal,
      async (docker) => await variants.inspect(docker, reference, platform),
      () => noImage(reference),
    );
    if (!reply.ok) return reply;
    return reply.value === undefined ? err(noContent(reference, platform)) : ok(reply.value);
  };

  const removeNow = async (name: string): Promise<void> => {
    const absent = noImage(name);
    for (let tries = 0; tries < removalTries; tries++) {
      const reply = await client.tidy(
        "removing a container",
        async (docker) => await docker.getContainer(name).remove({ force: true, v: true }),
        () => absent,
      );
      // The daemon removes the containers of an aborted build itself; its images can go only after them.
      if (reply.ok || reply.error.code !== "ENGINE_FAILED" || !/in progress/.test(reply.error.message)) break;
      await pause(removalPauseMs);
    }
    containers.delete(name);
    removals.delete(name);
  };

  /** Once at a time: Docker refuses a second removal at once, while the first still goes on. */
  const removeContainer = async (name: string): Promise<void> => {
    const removal = removals.get(name) ?? removeNow(name);
    removals.set(name, removal);
    await removal;
  };

  /** Creates a container, has something done with it and removes it, whatever happens. */
  const withContainer = async <T>(
    what: string,
    create: Dockerode.ContainerCreateOptions,
    signal: AbortSignal,
    work: (container: Dockerode.Container) => Promise<T>,
  ): Promise<Result<T, Failure>> => {
    const image = create.Image ?? "";
    if (!isImageReference(image)) return err(noReference(image));
    const name = create.name ?? "";
    containers.add(name);
    const platform = variants.of(image);
    const created = await client.work(
      what,
      signal,
      async (docker) => await docker.createContainer({ ...create, ...(platform === undefined ? {} : { platform }) }),
      () => noImage(image),
    );
    if (!created.ok) {
      // An abort may have come between the daemon's work and its answer.
      await removeContainer(name);
      return created;
    }
    // Removing the container ends what runs in it and whatever waits for it.
    const stop = (): void => void removeContainer(name);
    signal.addEventListener("abort", stop, { once: true });
    const done = await client.work(what, signal, async () => await work(created.value));
    signal.removeEventListener("abort", stop);
    await removeContainer(name);
    return signal.aborted ? err(failureOfAbort(signal)) : done;
  };

  const removeImage = async (reference: string): Reply<void> => {
    tags.delete(reference);
    if (!isImageReference(reference)) return ok(undefined);
    const absent = noImage(reference);
    // Not its unnamed parents: they may be the user's own build cache.
    const remove = async (docker: Dockerode) => await docker.getImage(reference).remove({ noprune: true });
    const reply = await client.tidy("removing an image", remove, () => absent);
    return reply.ok || reply.error === absent ? ok(undefined) : reply;
  };

  /** Images that builds of this process finished, which may have lost their name to a later build. */
  const labelled = async (): Promise<string[]> => {
    if (builds.builder === "") return [];
    const filters = { label: [`${labelName}=${runId}`] };
    const reply = await client.tidy("listing images", async (docker) => await docker.listImages({ filters }));
    return reply.ok ? reply.value.map(({ Id }) => Id) : [];
  };

  return {
    name: "docker",
    get describe() {
      if (version === undefined) return "Docker";
      return settings.isPodman === true ? `podman ${version} (Docker API)` : `Docker ${version}`;
    },
    get builder() {
      return builds.builder;
    },

    async listImages({ signal }) {
      const reply = await client.ask("listing images", signal, async (docker) => await docker.listImages());
      if (!reply.ok) return reply;
      const names = new Map<string, string>();
      for (const image of reply.value) {
        // The types say it is always there; podman answers null for images without a name.
        for (const name of asTexts(image.RepoTags)) {
          if (!name.includes("<none>")) names.set(normaliseImageName(name), image.Id);
        }
        names.set(image.Id, image.Id);
      }
      return ok(names);
    },

    inspect,

    async pull(reference, options) {
      if (!isImageReference(reference)) return err(noReference(reference));
      const name = normaliseImageName(reference);
      const login = await settings.credentials?.(name);
      const auth = login?.ok === true ? login.value : undefined;
      const reply = await client.work(
        "pulling",
        options.signal,
        async (docker) => await followPull(docker, name, { ...options, auth }),
        unpullable("docker", reference),
      );
      if (reply.ok && reply.value === undefined) return await inspect(reference, options);
      // Without the login that could not be read: it is what has to be mended first.
      if (login?.ok === false && !options.signal.aborted) return login;
      if (reply.ok) return err(unpullable("docker", reference)(reply.value ?? ""));
      // Docker answers 500 for a registry that it cannot reach.
      return reply.error.code === "ENGINE_FAILED" ? err(unpullable("docker", reference)(reply.error.message)) : reply;
    },

    async load(archive, options) {
      const reply = await client.work(
        "loading an image",
        options.signal,
        async (docker) => await followLoad(docker, archive, options),
      );
      if (!reply.ok) return reply;
      if ("problem" in reply.value)
        return err({ code: "ENGINE_FAILED", engine: "docker", message: `docker load: ${reply.value.problem}` });
      return await inspect(reply.value.image, options);
    },

    async build(request, options) {
      const known = await learnVersion(options);
      if (!known.ok) return known;
      tags.add(request.tag);
      const built = await builds.build(request, options);
      if (built.ok) return await inspect(request.tag, options);
      if (built.error.code !== "BUILD_FAILED") return built;
      // A client tells the daemon's end in many words; the file is not to blame for it.
      const alive = await client.ask(
        "building",
        options.signal,
        async (docker): Promise<unknown> => await docker.ping(),
      );
      return !alive.ok && alive.error.code === "ENGINE_UNAVAILABLE" ? alive : built;
    },

    async run(request, options) {
      const known = await learnVersion(options);
      if (!known.ok) return known;
      const timeout = request.timeoutMs === undefined ? undefined : timeoutOf(request, request.timeoutMs);
      const signal = timeout === undefined ? options.signal : AbortSignal.any([options.signal, timeout.signal]);
      const create = runOptions(request, `image-fix-${runId}-${++count}`, labels);
      try {
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

    async readFiles(image, { contents, present = [] }, { signal }) {
      const create = idleOptions(image, `image-fix-${runId}-${++count}`, labels);
      return await withContainer("reading files of an image", create, signal, async (container) => {
        const files = new Map<string, ImageFile>();
        for (const path of [...contents, ...present]) {
          const file = await readContainerFile(container, path);
          if (file !== undefined) files.set(path, file);
        }
        return files;
      });
    },

    async history(reference, { signal }) {
      if (!isImageReference(reference)) return ok([]);
      const reply = await client.ask(
        "reading an image's history",
        signal,
        async (docker) => await imageHistory(docker, reference, { platform: variants.of(reference) }),
        () => noImage(reference),
      );
      if (!reply.ok) return reply;
      const steps = asArray(reply.value).map(asObject);
      return ok(
        steps
          .map((step) => ({ createdBy: asText(step["CreatedBy"]), isEmptyLayer: asNumber(step["Size"]) === 0 }))
          .toReversed(),
      );
    },

    exportImage(reference, { signal }) {
      return exportedImage(client, reference, signal, variants.of(reference));
    },

    async tag(image, name, { signal }) {
      if (!isImageReference(image)) return err(noReference(image));
      const whole = normaliseImageName(name);
      const colon = whole.lastIndexOf(":");
      const target = { repo: whole.slice(0, colon), tag: whole.slice(colon + 1) };
      const reply = await client.ask(
        "naming an image",
        signal,
        async (docker) => await docker.getImage(image).tag(target),
        () => noImage(image),
      );
      return reply.ok ? ok(undefined) : reply;
    },

    removeImage,

    async cleanUp() {
      for (const name of [...containers, ...builds.containers]) await removeContainer(name);
      for (const name of tags) await removeImage(name);
      for (const id of [...builds.committed, ...(await labelled())]) {
        const found = await client.tidy("inspecting an image", async (docker) => await docker.getImage(id).inspect());
        const record = found.ok ? readImageJson(found.value) : undefined;
        // One that has a name now is someone's; one that another image builds on is refused, and stays.
        if (record?.names.length === 0 && !builds.wasThere(record.id)) await removeImage(record.id);
      }
      builds.forget();
      return tidied("docker", client.untidied);
    },
  };
}

const noReference = (reference: string): Failure => ({
  code: "IMAGE_NOT_FOUND",
  reference,
  message: `${JSON.stringify(reference)} is no image name`,
});
const noContent = (reference: string, platform = "any platform"): Failure => ({
  code: "IMAGE_NOT_FOUND",
  reference,
  message: `Docker has the name ${reference}, and no content of it for ${platform}`,
  hint: `name a platform that is there, or pull it: docker pull ${shellWord(reference)}`,
});
const noImage = (reference: string): Failure => ({
  code: "IMAGE_NOT_FOUND",
  reference,
  message: `Docker has no image ${reference}`,
});

function timeoutOf(
  request: RunRequest,
  milliseconds: number,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const seconds = Math.round(milliseconds / 1000);
  const failure: Failure = {
    code: "TIMEOUT",
    what: `running ${request.argv?.[0] ?? "its command"} in ${request.image}`,
    seconds,
  };
  const timer = setTimeout(() => controller.abort(failure), milliseconds);
  return { signal: controller.signal, end: () => clearTimeout(timer) };
}
