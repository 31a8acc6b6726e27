import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ImageCache } from "../cache.ts";
import { openDockerSave } from "../docker-save.ts";
import { readTar, tarOfFiles } from "../tar.ts";
import { openArchive } from "./archive.ts";
import { openDockerArchive, type ArchiveChoice } from "./docker-archive.ts";

const files = new Map<string, Buffer>();
function put(value: unknown, isThere = true) {
  const content = Buffer.from(JSON.stringify(value));
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  if (isThere) files.set(`blobs/${digest.replace(":", "/")}`, content);
  return { digest, size: content.length };
}
function image(architecture: string, user: string, isThere = true) {
  const config = {
    mediaType: "application/vnd.oci.image.config.v1+json",
    ...put({ os: "linux", architecture, config: { User: user }, rootfs: { diff_ids: [] } }, isThere),
  };
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = put({ schemaVersion: 2, mediaType, config, layers: [] }, isThere);
  return { config: config.digest, descriptor: { mediaType, ...manifest, platform: { os: "linux", architecture } } };
}
const item = (config: string, name: string) => ({
  Config: `blobs/${config.replace(":", "/")}`,
  RepoTags: [name],
  Layers: [],
});

/** As Docker 29 saves an image of three platforms, of which it has two, beside one of a single platform. */
const platforms = [image("amd64", "1"), image("arm64", "app"), image("s390x", "3", false)];
const single = image("amd64", "4");
const index = put({ schemaVersion: 2, manifests: platforms.map(({ descriptor }) => descriptor) });
const mediaType = "application/vnd.oci.image.index.v1+json";
files.set(
  "index.json",
  Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType, ...index }, single.descriptor] })),
);
const listed = [item(platforms[0]?.config ?? "", "team/app:1"), item(single.config, "team/one:1")];

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-archive-"));
  const whole = tarOfFiles(new Map([...files, ["manifest.json", Buffer.from(JSON.stringify(listed))]]));
  await writeFile(join(folder, "saved.tar"), whole);
  await writeFile(join(folder, "saved.tar.gz"), gzipSync(whole));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function users(file: string, choice: ArchiveChoice = {}, platform?: string): Promise<unknown> {
  const archive = await openArchive(join(folder, file), "x");
  if (!archive.ok) return archive.error;
  const options = platform === undefined ? {} : { platform };
  const view = await openDockerArchive(archive.value, "x", choice, options, new ImageCache());
  if (!view.ok) return view.error;
  return await Promise.all(
    view.value.images.map(async (one) => {
      const opened = await one.open();
      return [one.name, opened.ok ? `${opened.value.platform} ${opened.value.config.config.user}` : opened.error];
    }),
  );
}

test.each(["saved.tar", "saved.tar.gz"])("%s: every platform that is there is one of the image", async (file) => {
  expect(await users(file)).toEqual([
    ["docker.io/team/app:1", "linux/amd64 1"],
    ["docker.io/team/app:1", "linux/arm64 app"],
    ["docker.io/team/one:1", "linux/amd64 4"],
  ]);
  expect(await users(file, { name: "docker.io/team/app:1" }, "linux/arm64")).toEqual([[undefined, "linux/arm64 app"]]);
  expect(await users(file, { index: 1 })).toEqual([[undefined, "linux/amd64 4"]]);
});

test("the platform that is asked for is loaded, whichever manifest.json lists", async () => {
  const reference = { transport: "docker-archive", path: join(folder, "saved.tar"), index: 0 } as const;
  const configs = await Promise.all(
    ["linux/amd64", "linux/arm64"].map(async (platform) => {
      const opened = await openDockerSave(reference, { platform });
      if (!opened.ok) throw new Error(JSON.stringify(opened.error));
      const parts: Uint8Array[] = [];
      for await (const part of opened.value.archive) parts.push(part);
      const manifest = readTar(Buffer.concat(parts)).find(({ path }) => path === "manifest.json");
      return [opened.value.digest, Buffer.from(manifest?.content ?? "").toString()];
    }),
  );
  expect(configs).toEqual(
    platforms
      .slice(0, 2)
      .map(({ config, descriptor: { digest } }) => [
        digest,
        JSON.stringify([{ Config: `blobs/${config.replace(":", "/")}`, RepoTags: null, Layers: [] }]),
      ]),
  );
});
