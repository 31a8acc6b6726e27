import { describe, expect, test } from "vitest";
import { zstdFrames } from "../../../test/support/zstd.ts";
import { sha256, tarOf, type TestEntry } from "../../../test/support/registry.ts";
import { gzipSync } from "node:zlib";
import type { ImageLayer } from "../view.ts";
import { ImageFiles } from "./image-files.ts";
import { readLayerStream } from "./read-layer.ts";

async function* inParts(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Layers oldest first, and how often each was read. */
function image(...layers: readonly (readonly TestEntry[] | Uint8Array)[]): { files: ImageFiles; reads: number[] } {
  const reads = layers.map(() => 0);
  const made = layers.map((layer, at): ImageLayer => {
    const bytes = layer instanceof Uint8Array ? layer : tarOf(layer);
    const digest = sha256(bytes);
    return {
      digest,
      size: bytes.length,
      read: (contents = new Set()) => {
        reads[at] = (reads[at] ?? 0) + 1;
        return readLayerStream(inParts(bytes), { digest, size: bytes.length }, contents, "test");
      },
    };
  });
  return { files: new ImageFiles(made), reads };
}

async function textOf(files: ImageFiles, path: string): Promise<string | undefined> {
  const content = await files.content(path);
  if (!content.ok) throw new Error(JSON.stringify(content.error));
  return content.value === undefined ? undefined : Buffer.from(content.value.bytes).toString();
}

async function placeOf(files: ImageFiles, path: string): Promise<string | undefined> {
  const found = await files.find(path);
  if (!found.ok) throw new Error(JSON.stringify(found.error));
  return found.value?.place;
}

const passwd = (text: string): TestEntry => ({ path: "etc/passwd", text });

describe("layers from above", () => {
  test("the newest file wins, and what is below it is not read", async () => {
    const { files, reads } = image([passwd("old")], [passwd("new")]);
    expect(await textOf(files, "/etc/passwd")).toBe("new");
    expect(reads).toEqual([0, 1]);
  });

  test("the last entry of a name within a layer wins", async () => {
    const { files } = image([passwd("first"), passwd("last")]);
    expect(await textOf(files, "/etc/passwd")).toBe("last");
  });

  test.each<[string, readonly TestEntry[]]>([
    ["a whiteout of the file", [{ path: "etc/.wh.passwd" }]],
    ["a whiteout of its folder", [{ path: ".wh.etc" }]],
    ["an opaque folder", [{ path: "etc/.wh..wh..opq" }]],
    ["an opaque root", [{ path: ".wh..wh..opq" }]],
    ["a file in place of its folder", [{ path: "etc", text: "x" }]],
  ])("%s hides what is below", async (_, layer) => {
    expect(await textOf(image([passwd("old")], layer).files, "/etc/passwd")).toBeUndefined();
  });

  test.each<[string, readonly TestEntry[]]>([
    ["a whiteout", [{ path: "etc/.wh.passwd" }, passwd("new")]],
    ["an opaque folder behind it", [passwd("new"), { path: "etc/.wh..wh..opq" }]],
    ["a whiteout of the folder", [{ path: ".wh.etc" }, passwd("new")]],
  ])("%s hides nothing of its own layer", async (_, layer) => {
    expect(await textOf(image([passwd("old")], layer).files, "/etc/passwd")).toBe("new");
  });

  test("a folder that a layer only implies keeps the mode that it has below", async () => {
    const { files } = image([{ path: "srv", type: "directory", mode: 0o700, uid: 7 }], [{ path: "srv/a", text: "x" }]);
    const found = await files.find("/srv");
    expect(found).toMatchObject({ ok: true, value: { entry: { kind: "directory", mode: 0o700, uid: 7 } } });
  });

  test("the root is the runtime's, whatever a layer that was made in a private folder says of it", async () => {
    const { files } = image([
      { path: "./", type: "directory", mode: 0o700, uid: 7 },
      { path: "a", text: "x" },
    ]);
    const found = await files.find("/a");
    expect(found).toMatchObject({ ok: true, value: { folders: [{ place: "/", entry: { mode: 0o755, uid: 0 } }] } });
    expect(await files.find("/")).toMatchObject({ ok: true, value: { entry: { mode: 0o755, uid: 0 } } });
  });
});

describe("links", () => {
  test("are followed inside the image, over layers", async () => {
    const { files } = image(
      [
        { path: "bin", type: "symlink", linkTarget: "usr/bin" },
        { path: "usr/bin/busybox", text: "x", mode: 0o755 },
      ],
      [{ path: "usr/bin/sh", type: "symlink", linkTarget: "../../../../usr/bin/busybox" }],
    );
    expect(await placeOf(files, "/bin/sh")).toBe("/usr/bin/busybox");
  });

  test("an absolute one begins at the image's root", async () => {
    const { files } = image([
      { path: "etc/passwd", type: "symlink", linkTarget: "/nix/store/passwd" },
      { path: "nix/store/passwd", text: "nix" },
    ]);
    expect(await textOf(files, "/etc/passwd")).toBe("nix");
  });

  test("a hard link is the file that it links to, wherever that lies", async () => {
    const { files } = image(
      [{ path: "a/real", text: "hard", mode: 0o755, uid: 5 }],
      [passwd("x"), { path: "b", type: "hardlink", linkTarget: "etc/passwd" }],
    );
    expect(await textOf(files, "/b")).toBe("x");
    const { files: below } = image(
      [{ path: "real", text: "below" }],
      [{ path: "etc/passwd", type: "hardlink", linkTarget: "real" }],
    );
    expect(await textOf(below, "/etc/passwd")).toBe("below");
  });

  test("a file that a layer writes through its own link lies where the link leads", async () => {
    const { files } = image([
      { path: "x", type: "symlink", linkTarget: "etc" },
      { path: "x/passwd", text: "through" },
    ]);
    expect(await textOf(files, "/etc/passwd")).toBe("through");
  });

  test("a circle leads nowhere", async () => {
    const { files } = image([
      { path: "a", type: "symlink", linkTarget: "b" },
      { path: "b", type: "symlink", linkTarget: "a" },
    ]);
    expect(await placeOf(files, "/a")).toBeUndefined();
  });
});

test("setuid files are those that are seen from above", async () => {
  const { files } = image(
    [
      { path: "bin/su", mode: 0o4755, text: "x" },
      { path: "bin/gone", mode: 0o4755, text: "x" },
      { path: "bin/lost", mode: 0o4755, text: "x" },
    ],
    [
      { path: "bin/.wh.gone" },
      { path: "bin/lost", mode: 0o755, text: "x" },
      { path: "bin/new", mode: 0o2755, text: "x" },
    ],
  );
  const found = await files.privileged(true);
  expect(found.ok && found.value.map(({ path }) => path)).toEqual(["/bin/new", "/bin/su"]);
});

describe("names as archives write them", () => {
  test.each(["./etc/passwd", "/etc/passwd", "etc//passwd", "etc/./passwd", "a/../etc/passwd"])("%s", async (path) => {
    expect(await textOf(image([{ path, text: "x" }]).files, "/etc/passwd")).toBe("x");
  });

  test("longer than a header takes (PAX)", async () => {
    const path = `${"long/".repeat(40)}passwd`;
    const { files } = image([{ path, text: "x", mode: 0o755 }]);
    expect(await placeOf(files, `/${path}`)).toBe(`/${path}`);
  });
});

describe("compressions", () => {
  const archive = tarOf([passwd("packed"), { path: "big", text: "x".repeat(300_000) }]);
  test("gzip", async () => expect(await textOf(image(gzipSync(archive)).files, "/etc/passwd")).toBe("packed"));
  test("gzip of several members", async () => {
    const members = Buffer.concat([gzipSync(archive.subarray(0, 1000)), gzipSync(archive.subarray(1000))]);
    expect(await textOf(image(members).files, "/etc/passwd")).toBe("packed");
  });
  test("zstd of several frames, with some to skip", async () => {
    expect(
      await textOf(
        image(zstdFrames([archive.subarray(0, 5), archive.subarray(5, 200_000), archive.subarray(200_000)])).files,
        "/etc/passwd",
      ),
    ).toBe("packed");
  });
});
