import { hash } from "node:crypto";
import type {
  BuildRequest,
  CallOptions,
  Engine,
  ImageConfig,
  ImageFile,
  ImageRecord,
  Reply,
  RunRequest,
  RunResult,
} from "../../core/ports.ts";
import { err, ok } from "../../core/result.ts";
import { emptyConfig } from "../../image/files-alone.ts";
import { normaliseImageName } from "../../image/reference.ts";
import { tarOfFiles } from "../../image/tar.ts";

export interface FakeImage {
  readonly config?: Partial<ImageConfig>;
  /** Path → text. */
  readonly files?: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly sizeBytes?: number;
  readonly repoDigests?: readonly string[];
  /** What made it, oldest step first. */
  readonly history?: readonly string[];
}

export interface FakeEngineOptions {
  /** Name → image; names are normalised. */
  readonly images?: Readonly<Record<string, FakeImage>>;
  /** What a build gives; without it, or with `undefined`, the build fails. */
  readonly build?: (
    request: BuildRequest,
    options: CallOptions,
  ) => FakeImage | undefined | Promise<FakeImage | undefined>;
  /** What running a command gives; without it nothing is printed and the exit code is 0. */
  readonly run?: (request: RunRequest, image: FakeImage) => RunResult | Promise<RunResult>;
  /** What loading an archive gives; without it, or with `undefined`, it fails. */
  readonly load?: (archive: Uint8Array) => FakeImage | undefined;
  /** Images that `pull` can get. */
  readonly registry?: Readonly<Record<string, FakeImage>>;
}

export interface FakeEngine extends Engine {
  readonly name: "fake";
  /** Every call in order: `build localhost/x`, `run id`, `cleanUp`. */
  readonly calls: readonly string[];
}

/** An engine in memory, for tests: images are objects, builds and runs are functions. */
export function createFakeEngine(settings: FakeEngineOptions = {}): FakeEngine {
  const images = new Map<string, { readonly id: string; readonly image: FakeImage }>();
  const made = new Set<string>();
  const calls: string[] = [];
  let count = 0;
  const add = (name: string, image: FakeImage): void => {
    count++;
    // As engines do: an image whose last name goes to another one stays without a name.
    const before = images.get(normaliseImageName(name));
    if (before !== undefined) images.set(before.id, before);
    images.set(normaliseImageName(name), {
      id: `sha256:${count.toString(16).padStart(64, "0")}`,
      image,
    });
  };
  for (const [name, image] of Object.entries(settings.images ?? {})) add(name, image);

  const find = (reference: string) =>
    images.get(normaliseImageName(reference)) ?? [...images.values()].find(({ id }) => id === reference);
  const inspect = async (reference: string): Reply<ImageRecord> => {
    const found = find(reference);
    if (found === undefined) return missing(reference);
    const { id, image } = found;
    return ok({
      id,
      names: [...images]
        .filter(([name, other]) => other.id === id && !name.startsWith("sha256:"))
        .map(([name]) => name),
      repoDigests: image.repoDigests ?? [],
      platform: image.platform ?? "linux/amd64",
      config: { ...emptyConfig, ...image.config },
      sizeBytes: image.sizeBytes ?? 1000,
    });
  };

  return {
    name: "fake",
    describe: "fake 1.0",
    builder: "fake builder",
    calls,
    async listImages() {
      calls.push("listImages");
      return ok(new Map([...images].map(([name, { id }]) => [name, id])));
    },
    async inspect(reference) {
      calls.push(`inspect ${reference}`);
      return await inspect(reference);
    },
    async pull(reference) {
      calls.push(`pull ${reference}`);
      const wanted = normaliseImageName(reference);
      const remote = Object.entries(settings.registry ?? {}).find(([name]) => normaliseImageName(name) === wanted);
      if (remote === undefined) return missing(reference);
      add(reference, remote[1]);
      return await inspect(reference);
    },
    async load(archive) {
      calls.push("load");
      const bytes: Uint8Array[] = [];
      for await (const chunk of archive) bytes.push(chunk);
      const image = settings.load?.(Buffer.concat(bytes));
      if (image === undefined) return err({ code: "ENGINE_FAILED", engine: "fake", message: "the fake load fails" });
      const id = `sha256:${(count + 1).toString(16).padStart(64, "0")}`;
      add(id, image);
      return await inspect(id);
    },
    async build(request, options) {
      calls.push(`build ${request.tag}`);
      const image = await settings.build?.(request, options);
      if (image === undefined)
        return err({
          code: "BUILD_FAILED",
          engine: "fake",
          exitCode: 1,
          log: "the fake build fails\n",
        });
      add(request.tag, image);
      made.add(normaliseImageName(request.tag));
      return await inspect(request.tag);
    },
    async run(request) {
      calls.push(`run ${(request.argv ?? ["its command"]).join(" ")}`);
      const found = find(request.image);
      if (found === undefined) return missing(request.image);
      return ok((await settings.run?.(request, found.image)) ?? { exitCode: 0, stdout: "", stderr: "" });
    },
    async readFiles(reference, { contents, present = [] }) {
      calls.push(`readFiles ${reference}`);
      const found = find(reference);
      if (found === undefined) return missing(reference);
      const files = new Map<string, ImageFile>();
      for (const path of [...contents, ...present]) {
        const text = found.image.files?.[path];
        if (text !== undefined) files.set(path, { path, content: new TextEncoder().encode(text) });
      }
      return ok(files);
    },
    async history(reference) {
      calls.push(`history ${reference}`);
      return ok(find(reference)?.image.history?.map((createdBy) => ({ createdBy, isEmptyLayer: true })) ?? []);
    },
    exportImage(reference) {
      calls.push(`exportImage ${reference}`);
      return fakeExport(find(reference)?.image);
    },
    async tag(reference, name) {
      calls.push(`tag ${reference} ${name}`);
      const found = find(reference);
      if (found === undefined) return missing(reference);
      images.delete(found.id);
      images.set(normaliseImageName(name), found);
      return ok(undefined);
    },
    async removeImage(reference) {
      calls.push(`removeImage ${reference}`);
      images.delete(normaliseImageName(reference));
      return ok(undefined);
    },
    async cleanUp() {
      calls.push("cleanUp");
      for (const name of made) images.delete(name);
      made.clear();
      return ok(undefined);
    },
  };
}

const missing = (reference: string) =>
  err({ code: "IMAGE_NOT_FOUND" as const, reference, message: `fake has no image ${reference}` });

/** One layer of the image's files, in an archive as `docker save` writes it. */
async function* fakeExport(image: FakeImage | undefined): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const files = Object.entries(image?.files ?? {}).map(([path, text]): [string, Uint8Array] => [
    path,
    encoder.encode(text),
  ]);
  const layer = tarOfFiles(new Map(files));
  const diffId = `sha256:${hash("sha256", layer)}`;
  const config = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [diffId] } };
  yield tarOfFiles(
    new Map([
      ["layer.tar", layer],
      ["config.json", encoder.encode(JSON.stringify(config))],
      [
        "manifest.json",
        encoder.encode(JSON.stringify([{ Config: "config.json", RepoTags: null, Layers: ["layer.tar"] }])),
      ],
    ]),
  );
}
