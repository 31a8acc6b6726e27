import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ok } from "../../core/result.ts";
import { ImageCache } from "../cache.ts";
import { layoutReferences, openLayout, type LayoutChoice, type LayoutFiles } from "./layout.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";

const sha256 = (content: Uint8Array): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** A layout in memory whose images have a user each. `null`: named, and not there. */
function layout(
  images: readonly (readonly [name: string | null, user: string | null, imageName?: string])[],
): LayoutFiles {
  const files = new Map<string, Buffer>();
  const put = (value: unknown) => {
    const content = Buffer.from(JSON.stringify(value));
    const digest = sha256(content);
    files.set(`blobs/${digest.replace(":", "/")}`, content);
    return { digest, size: content.length };
  };
  const manifests = images.map(([name, user, imageName]) => ({
    mediaType: manifestType,
    ...(user === null
      ? { digest: sha256(Buffer.from("lost")), size: 4 }
      : put({
          schemaVersion: 2,
          config: {
            mediaType: "application/vnd.oci.image.config.v1+json",
            ...put({ os: "linux", architecture: "amd64", config: { User: user }, rootfs: { diff_ids: [] } }),
          },
          layers: [],
        })),
    annotations: {
      ...(name === null ? {} : { "org.opencontainers.image.ref.name": name }),
      ...(imageName === undefined ? {} : { "io.containerd.image.name": imageName }),
    },
  }));
  files.set("index.json", Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
  return {
    describe: "layout",
    small: (name) => Promise.resolve(ok(files.get(name))),
    layer: () => Promise.resolve(ok(undefined)),
  };
}

async function users(files: LayoutFiles, choice: LayoutChoice = {}, platform?: string) {
  const view = await openLayout(files, "oci:x", choice, platform === undefined ? {} : { platform }, new ImageCache());
  if (!view.ok) return view.error;
  return await Promise.all(
    view.value.images.map(async (one) => {
      const image = await one.open();
      return [one.name, image.ok ? image.value.config.config.user : image.error.code];
    }),
  );
}

describe("which images of a layout are opened", () => {
  const two = layout([
    ["app:1", "app"],
    ["app:2", "1000"],
  ]);

  test("of the same tag, as Docker's containerd and BuildKit save them, by their whole names", async () => {
    const saved = layout([
      ["1", "app", "docker.io/team/app:1"],
      ["1", "1000", "docker.io/team/web:1"],
      ["2", "0", "docker.io/team/web:2"],
      ["1", "5", "docker.io/team/web:1"],
    ]);
    const references = await layoutReferences(saved, "oci:x");
    const [, second, , fourth] = references.ok ? references.value.map(({ digest }) => digest) : [];
    expect(await users(saved)).toEqual([
      ["docker.io/team/app:1", "app"],
      [`1@${second}`, "1000"],
      ["2", "0"],
      [`1@${fourth}`, "5"],
    ]);
    expect(await users(saved, { name: "docker.io/team/app:1" })).toEqual([[undefined, "app"]]);
    expect(await users(saved, { name: "docker.io/team/web:2" })).toEqual([[undefined, "0"]]);
    expect(await users(saved, { name: "docker.io/team/web:1" })).toMatchObject({ code: "IMAGE_INVALID" });
  });

  test("the only one, which needs no name", async () => {
    expect(await users(layout([["app:1", "app"]]))).toEqual([[undefined, "app"]]);
  });

  test("all of several, by their names", async () => {
    expect(await users(two)).toEqual([
      ["app:1", "app"],
      ["app:2", "1000"],
    ]);
  });

  test("one by its name", async () => expect(await users(two, { name: "app:2" })).toEqual([[undefined, "1000"]]));

  test("a name that holds a digest, as what was pulled by one has", async () => {
    const digest = sha256(Buffer.from("of a registry's index"));
    const pulled = layout([
      [`app@${digest}`, "app"],
      ["app", "1000"],
    ]);
    expect(await users(pulled, { name: "app", digest })).toEqual([[undefined, "app"]]);
  });

  test("one without a name among others, by its number", async () => {
    const mixed = layout([
      ["app:1", "app"],
      [null, "0"],
    ]);
    expect(await users(mixed)).toEqual([
      ["app:1", "app"],
      ["@1", "0"],
    ]);
  });

  test("one that cannot be read leaves the others alone", async () => {
    const broken = layout([
      ["lost", null],
      ["app:2", "1000"],
    ]);
    expect(await users(broken)).toEqual([
      ["lost", "IMAGE_INVALID"],
      ["app:2", "1000"],
    ]);
  });

  test("a name with a digest, which has to be that of an image of the name", async () => {
    const images = [
      ["app", "app"],
      ["app", "1000"],
      ["web", "0"],
    ] as const;
    const digests = await layoutReferences(layout(images), "oci:x");
    if (!digests.ok) throw new Error("it is not listed");
    const [first = "", second = "", web = ""] = digests.value.map(({ digest }) => digest);
    expect(await users(layout(images), { name: "app", digest: second })).toEqual([[undefined, "1000"]]);
    expect(await users(layout(images), { digest: web })).toEqual([[undefined, "0"]]);
    expect(await users(layout(images), { name: "app", digest: web })).toMatchObject({
      code: "IMAGE_NOT_FOUND",
      message: `the image of that name has another digest: ${first}, ${second}`,
    });
    expect(await users(layout(images), { name: "lost", digest: web })).toMatchObject({ code: "IMAGE_NOT_FOUND" });
  });

  test("a platform that none has is said of each", async () => {
    expect(await users(two, {}, "linux/arm64")).toEqual([
      ["app:1", "NO_IMAGE"],
      ["app:2", "NO_IMAGE"],
    ]);
  });

  test("for a platform that only the configurations name", async () => {
    const nameless = layout([
      [null, "app"],
      [null, "1000"],
    ]);
    expect(await users(nameless, {}, "linux/amd64")).toEqual([
      [undefined, "app"],
      [undefined, "1000"],
    ]);
    expect(await users(nameless, {}, "linux/arm64")).toMatchObject({
      code: "NO_IMAGE",
      message: "it has no image for linux/arm64; it has linux/amd64",
    });
    const broken = layout([
      [null, null],
      [null, "1000"],
    ]);
    expect(await users(broken, {}, "linux/arm64")).toEqual([[undefined, "IMAGE_INVALID"]]);
  });

  test("no name that is not there", async () => {
    expect(await users(two, { name: "app:3" })).toMatchObject({
      code: "IMAGE_NOT_FOUND",
      message: "the layout has no image of that name; it has app:1, app:2",
    });
  });
});
