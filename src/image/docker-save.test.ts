import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTar, tarOfFiles } from "./tar.ts";
import { openDockerSave } from "./docker-save.ts";
import { parseImageReference } from "./reference.ts";

const bytes = (value: unknown): Buffer => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const digestOf = (content: Uint8Array): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const blobName = (digest: string): string => `blobs/${digest.replace(":", "/")}`;

const layer = bytes("a layer, whatever it holds");
const config = bytes({ os: "linux", architecture: "amd64", config: { User: "65532" }, rootfs: { diff_ids: [] } });
const descriptor = (content: Uint8Array, mediaType: string) => ({
  mediaType,
  digest: digestOf(content),
  size: content.length,
});
const manifest = bytes({
  schemaVersion: 2,
  config: descriptor(config, "application/vnd.oci.image.config.v1+json"),
  layers: [descriptor(layer, "application/vnd.oci.image.layer.v1.tar")],
});
const index = bytes({
  schemaVersion: 2,
  manifests: [descriptor(manifest, "application/vnd.oci.image.manifest.v1+json")],
});
const layout = new Map<string, Uint8Array>([
  ["oci-layout", bytes({ imageLayoutVersion: "1.0.0" })],
  ["index.json", index],
  ...[config, manifest, layer].map((content): [string, Uint8Array] => [blobName(digestOf(content)), content]),
]);
const saved = new Map<string, Uint8Array>([
  ["one.json", config],
  ["one/layer.tar", layer],
  ["two.json", config],
  [
    "manifest.json",
    bytes([
      { Config: "one.json", RepoTags: ["localhost/one:1"], Layers: ["one/layer.tar"] },
      { Config: "two.json", RepoTags: ["localhost/two:1"], Layers: ["one/layer.tar"] },
    ]),
  ],
]);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-save-"));
  for (const [name, content] of layout) {
    await mkdir(join(folder, "layout", name, ".."), { recursive: true });
    await writeFile(join(folder, "layout", name), content);
  }
  await writeFile(join(folder, "oci.tar"), tarOfFiles(layout));
  await writeFile(join(folder, "oci.tar.gz"), gzipSync(tarOfFiles(layout)));
  await writeFile(join(folder, "saved.tar"), tarOfFiles(saved));
});
afterAll(async () => await rm(folder, { recursive: true }));

async function open(text: string) {
  const colon = text.indexOf(":");
  const reference = parseImageReference(`${text.slice(0, colon)}:${join(folder, text.slice(colon + 1))}`);
  if (!reference.ok || !("path" in reference.value)) throw new Error("no stored reference");
  return await openDockerSave(reference.value, {});
}

async function read(text: string) {
  const opened = await open(text);
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const parts: Uint8Array[] = [];
  for await (const part of opened.value.archive) parts.push(part);
  const entries = readTar(Buffer.concat(parts));
  const files = new Map(
    entries.filter(({ type }) => type === "file").map((entry) => [entry.path, Buffer.from(entry.content)]),
  );
  // What `JSON.parse` gives back is typed `any`.
  const items: unknown = JSON.parse(files.get("manifest.json")?.toString() ?? "");
  return { digest: opened.value.digest, files, items };
}

describe("openDockerSave", () => {
  test.each(["oci:layout", "oci-archive:oci.tar", "oci-archive:oci.tar.gz"])(
    "%s names its one image's blobs",
    async (text) => {
      const { digest, files, items } = await read(text);
      expect(digest).toBe(digestOf(manifest));
      expect(items).toEqual([
        { Config: blobName(digestOf(config)), RepoTags: null, Layers: [blobName(digestOf(layer))] },
      ]);
      expect(files.get(blobName(digestOf(config)))?.equals(config)).toBe(true);
      expect(files.get(blobName(digestOf(layer)))?.equals(layer)).toBe(true);
      expect(files.has("index.json")).toBe(false);
    },
  );

  test("of a saved archive only the image that is asked for is named", async () => {
    const { digest, files, items } = await read("docker-archive:saved.tar:localhost/two:1");
    expect(digest).toBeNull();
    expect(items).toEqual([{ Config: "two.json", RepoTags: null, Layers: ["one/layer.tar"] }]);
    expect(files.get("one/layer.tar")?.equals(layer)).toBe(true);
  });

  test("of several it asks for one", async () => {
    expect(await open("docker-archive:saved.tar")).toMatchObject({
      ok: false,
      error: {
        code: "IMAGE_NOT_FOUND",
        message: "the archive holds 2 images: localhost/one:1, localhost/two:1",
        hint: expect.stringMatching(/:localhost\/one:1$/),
      },
    });
  });

  test("of several in a layout too", async () => {
    const named = [descriptor(manifest, "application/vnd.oci.image.manifest.v1+json")].flatMap((one) =>
      ["one", "two"].map((name) => ({ ...one, annotations: { "org.opencontainers.image.ref.name": name } })),
    );
    const path = join(folder, "layout", "index.json");
    await writeFile(path, bytes({ schemaVersion: 2, manifests: named }));
    const opened = await open("oci:layout");
    const chosen = await read("oci:layout:two");
    await writeFile(path, index);
    expect(opened).toMatchObject({
      ok: false,
      error: { message: "the layout holds 2 images: one, two", hint: expect.stringMatching(/oci:.*layout:one$/) },
    });
    expect(chosen.digest).toBe(digestOf(manifest));
  });

  test("a blob that is not what its digest says breaks off, and says so", async () => {
    const path = join(folder, "layout", blobName(digestOf(layer)));
    const whole = await readFile(path);
    await writeFile(path, whole.toString().replace("layer", "lay3r"));
    const opened = await open("oci:layout");
    if (!opened.ok) throw new Error(JSON.stringify(opened.error));
    const drain = async (): Promise<void> => {
      for await (const _ of opened.value.archive);
    };
    await expect(drain()).rejects.toThrow(/not what its digest says/);
    expect(opened.value.fault()).toMatchObject({
      code: "IMAGE_INVALID",
      message: expect.stringContaining("not what its digest says"),
    });
    await writeFile(path, whole);
  });
});
