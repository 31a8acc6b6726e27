import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { byteChunks } from "../byte-chunks.ts";
import { concatBytes, readTar, type TarFile } from "../../image/tar.ts";
import { contextArchive } from "./context.ts";

let folder = "";
let elsewhere = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-context-"));
  elsewhere = await mkdtemp(join(tmpdir(), "image-fix-elsewhere-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await rm(elsewhere, { recursive: true });
});

async function write(files: Readonly<Record<string, string>>, base = folder): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(base, path, ".."), { recursive: true });
    await writeFile(join(base, path), text);
  }
}

async function read(
  containerfile: string,
): Promise<{ readonly dockerfile: string; readonly entries: readonly TarFile[] }> {
  const { stream, dockerfile } = await contextArchive(folder, containerfile);
  const chunks: Uint8Array[] = [];
  for await (const chunk of byteChunks(stream)) chunks.push(chunk);
  return { dockerfile, entries: readTar(concatBytes(chunks)) };
}

const names = (entries: readonly TarFile[]): string[] => entries.map(({ path }) => path);
const textOf = (entries: readonly TarFile[], path: string): string =>
  new TextDecoder().decode(entries.find((entry) => entry.path === path)?.content);

describe("contextArchive", () => {
  test("sends files, folders and links in order, less what is ignored", async () => {
    await write({
      Containerfile: "FROM scratch\n",
      ".dockerignore": "secret\nnode_modules\n!node_modules/kept/x\n",
      "src/a.txt": "A",
      secret: "s",
      "node_modules/gone/y": "y",
      "node_modules/kept/x": "x",
    });
    await symlink("src/a.txt", join(folder, "link"));
    const { dockerfile, entries } = await read(join(folder, "Containerfile"));
    expect(dockerfile).toBe("Containerfile");
    expect(names(entries)).toEqual([
      ".dockerignore",
      "Containerfile",
      "link",
      "node_modules/kept/x",
      "src/",
      "src/a.txt",
    ]);
    expect(entries.find(({ path }) => path === "link")).toMatchObject({
      type: "symlink",
      linkTarget: "src/a.txt",
    });
    expect(textOf(entries, "src/a.txt")).toBe("A");
  });

  test("sends the Containerfile and the ignore file even where they are ignored", async () => {
    await write({ Containerfile: "FROM scratch\n", ".dockerignore": "*\n", a: "a" });
    const { entries } = await read(join(folder, "Containerfile"));
    expect(names(entries)).toEqual([".dockerignore", "Containerfile"]);
    expect(textOf(entries, ".dockerignore")).toBe("*\n");
  });

  test("a Containerfile from elsewhere goes in under a name that the builder hides again", async () => {
    await write({ Containerfile: "FROM old\n", a: "a" });
    await write({ candidate: "FROM new\n" }, elsewhere);
    const { dockerfile, entries } = await read(join(elsewhere, "candidate"));
    expect(dockerfile).toMatch(/^\.image-fix-[0-9a-f]{16}$/);
    expect(names(entries)).toEqual([dockerfile, ".dockerignore", "Containerfile", "a"]);
    expect(textOf(entries, dockerfile)).toBe("FROM new\n");
    expect(textOf(entries, ".dockerignore")).toBe(`\n${dockerfile}\n.dockerignore\n`);
  });

  test("an ignore file of the context stays in force then", async () => {
    await write({ ".dockerignore": "b\n", a: "a", b: "b" });
    await write({ candidate: "FROM new\n" }, elsewhere);
    const { dockerfile, entries } = await read(join(elsewhere, "candidate"));
    expect(names(entries)).toEqual([dockerfile, ".dockerignore", "a"]);
    expect(textOf(entries, ".dockerignore")).toBe(`b\n\n${dockerfile}\n`);
  });

  test("takes .containerignore where there is no .dockerignore", async () => {
    await write({ Containerfile: "FROM scratch\n", ".containerignore": "b\n", a: "a", b: "b" });
    const { entries } = await read(join(folder, "Containerfile"));
    expect(names(entries)).toEqual([".dockerignore", ".containerignore", "Containerfile", "a"]);
  });
});
