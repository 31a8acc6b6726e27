/** The code cache of the command line: it is used where nobody else can write, and never changes what is printed. */
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { imageFix, type Ended } from "./support/command.ts";

let home: string;
const file = "FROM alpine:3.20\n";

const audit = async (env: Readonly<Record<string, string | undefined>> = {}): Promise<Ended> =>
  await imageFix(["audit", "--engine", "none", "-"], {
    input: file,
    env: {
      HOME: home,
      XDG_CACHE_HOME: undefined,
      NODE_COMPILE_CACHE: undefined,
      NODE_DISABLE_COMPILE_CACHE: undefined,
      ...env,
    },
  });
/** Where the entries of a folder are, those of Node and ours. */
const entriesOf = async (folder: string): Promise<readonly string[]> => {
  const all = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return all.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
};
const code = (): string => join(home, ".cache", "image-fix", "code");

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "image-fix-home-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

test("a second start finds what the first one kept, and says the same", async () => {
  const first = await audit();
  expect(first).toMatchObject({ exitCode: 1, stderr: "" });
  const entries = await entriesOf(code());
  expect(entries.length).toBeGreaterThan(2);
  expect(entries.filter((name) => name.endsWith(".tmp"))).toEqual([]);
  for (const folder of [code(), join(home, ".cache", "image-fix"), join(home, ".cache")])
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const written = await Promise.all(entries.map(async (entry) => (await stat(entry)).mtimeMs));
  expect(await audit()).toEqual(first);
  expect(await entriesOf(code())).toEqual(entries);
  expect(await Promise.all(entries.map(async (entry) => (await stat(entry)).mtimeMs))).toEqual(written);
});

describe("an entry that is damaged is passed over and written again", () => {
  test.each([
    ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ["empty", () => Buffer.alloc(0)],
    ["with other bytes", (bytes: Buffer) => Buffer.from(bytes).fill(0x5a, bytes.length / 2)],
    ["of another source", (bytes: Buffer) => Buffer.concat([Buffer.from([1, 2, 3, 4]), bytes.subarray(4)])],
  ])("%s", async (_, damage) => {
    const first = await audit();
    const entries = await entriesOf(code());
    const kept = await Promise.all(entries.map((entry) => readFile(entry)));
    for (const [at, entry] of entries.entries()) await writeFile(entry, damage(kept[at] ?? Buffer.alloc(0)));
    expect(await audit()).toEqual(first);
    // What it is made of differs from run to run, its size hardly does.
    for (const [at, entry] of entries.entries())
      expect((await stat(entry)).size / (kept[at]?.length ?? 0)).toBeCloseTo(1, 0);
    expect(await audit()).toEqual(first);
  });
});

describe("nothing is kept", () => {
  test("where others may write", async () => {
    await mkdir(code(), { recursive: true });
    await chmod(code(), 0o777);
    expect(await audit()).toMatchObject({ exitCode: 1, stderr: "" });
    expect(await readdir(code())).toEqual([]);
  });

  test("behind a link", async () => {
    const elsewhere = join(home, "elsewhere");
    await mkdir(elsewhere);
    await mkdir(join(home, ".cache", "image-fix"), { recursive: true });
    await symlink(elsewhere, code());
    expect(await audit()).toMatchObject({ exitCode: 1, stderr: "" });
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test("for a user whose home is not there, and it is not made", async () => {
    const missing = join(home, "missing");
    expect(await audit({ HOME: missing })).toMatchObject({ exitCode: 1, stderr: "" });
    expect(await readdir(home)).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)("by root in the home of another user, as with sudo", async () => {
    await chown(home, 1234, 1234);
    expect(await audit()).toMatchObject({ exitCode: 1, stderr: "" });
    expect(await readdir(home)).toEqual([]);
  });

  test("where .cache is a file", async () => {
    await writeFile(join(home, ".cache"), "");
    expect(await audit()).toMatchObject({ exitCode: 1, stderr: "" });
  });

  test("with NODE_DISABLE_COMPILE_CACHE=1", async () => {
    expect(await audit({ NODE_DISABLE_COMPILE_CACHE: "1" })).toMatchObject({ exitCode: 1, stderr: "" });
    expect(await readdir(home)).toEqual([]);
  });

  test("by --version", async () => {
    expect(await imageFix(["--version"], { env: { HOME: home, XDG_CACHE_HOME: undefined } })).toMatchObject({
      exitCode: 0,
    });
    expect(await readdir(home)).toEqual([]);
  });
});

test.each(["XDG_CACHE_HOME", "NODE_COMPILE_CACHE"])("%s names another folder", async (variable) => {
  const other = join(home, "other");
  await mkdir(other);
  expect(await audit({ [variable]: other })).toMatchObject({ exitCode: 1, stderr: "" });
  expect((await entriesOf(other)).length).toBeGreaterThan(2);
  expect(await readdir(home)).toEqual(["other"]);
});
