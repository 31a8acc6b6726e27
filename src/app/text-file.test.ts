import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decodeLossless, readTextFile, replaceTextFile, writeNewFile } from "./text-file.ts";

const { signal } = new AbortController();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "text-file-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function read(path: string) {
  const file = await readTextFile(path, signal);
  if (!file.ok) throw new Error(file.error.code);
  return file.value;
}

describe("decodeLossless", () => {
  test("UTF-8 stays UTF-8, with its byte order mark", () => {
    expect(decodeLossless(Buffer.from("\ufeffFROM ä\r\n"))).toEqual({ text: "\ufeffFROM ä\r\n", encoding: "utf8" });
  });
  test("bytes that are no UTF-8 come back as they were", () => {
    const bytes = Buffer.from([0x46, 0xff, 0xfe, 0x0a, 0xc3]);
    const { text, encoding } = decodeLossless(bytes);
    expect(encoding).toBe("latin1");
    expect(Buffer.from(text, encoding)).toEqual(bytes);
  });
});

describe("readTextFile", () => {
  test("says that a file is not there", async () => {
    const file = await readTextFile(join(folder, "none"), signal);
    expect(file).toMatchObject({ ok: false, error: { code: "UNREADABLE", message: "there is no such file" } });
  });
  test("says that a folder is a folder", async () => {
    expect(await readTextFile(folder, signal)).toMatchObject({ ok: false, error: { message: "it is a folder" } });
  });
  test("says that links form a circle", async () => {
    symlinkSync(join(folder, "b"), join(folder, "a"));
    symlinkSync(join(folder, "a"), join(folder, "b"));
    expect(await readTextFile(join(folder, "a"), signal)).toMatchObject({ ok: false, error: { code: "UNREADABLE" } });
  });
});

function pipe(): string {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  return path;
}

describe("what is no regular file", () => {
  test("a pipe is read to its end, whenever its writer comes", async () => {
    const path = pipe();
    const writer = spawn("sh", ["-c", 'sleep 0.2; printf "\\357\\273\\277FROM a\\n" > "$1"', "sh", path]);
    expect(await readTextFile(path, signal)).toEqual({
      ok: true,
      value: { name: path, path: "-", text: "\ufeffFROM a\n", encoding: "utf8" },
    });
    writer.kill();
  });
  test("a pipe that nobody writes to heeds the signal", async () => {
    const controller = new AbortController();
    const reading = readTextFile(pipe(), controller.signal);
    setTimeout(() => controller.abort("SIGTERM"), 50);
    expect(await reading).toEqual({ ok: false, error: { code: "INTERRUPTED", signal: "SIGTERM" } });
  });
  test("a pipe is not read without end", async () => {
    const path = pipe();
    const writer = spawn("sh", ["-c", 'yes > "$1"', "sh", path]);
    expect(await readTextFile(path, signal)).toMatchObject({ ok: false, error: { code: "UNREADABLE" } });
    writer.kill();
  });
  test("a device is none", async () => {
    expect(await readTextFile("/dev/zero", signal)).toMatchObject({
      ok: false,
      error: { message: "it is a device or a socket and no file" },
    });
  });
});

describe("replaceTextFile", () => {
  test("keeps mode and link, and leaves nothing beside the file", async () => {
    const path = join(folder, "Containerfile");
    const link = join(folder, "link");
    writeFileSync(path, "FROM a\n");
    chmodSync(path, 0o4640);
    symlinkSync("Containerfile", link);
    expect(await replaceTextFile(await read(link), "FROM b\n")).toEqual({ ok: true, value: undefined });
    expect(readFileSync(path, "utf8")).toBe("FROM b\n");
    expect(statSync(path).mode & 0o7777).toBe(0o4640);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readlinkSync(link)).toBe("Containerfile");
    expect(readdirSync(folder).toSorted()).toEqual(["Containerfile", "link"]);
  });
  test("does not write over somebody else's change", async () => {
    const path = join(folder, "Containerfile");
    writeFileSync(path, "FROM a\n");
    const file = await read(path);
    writeFileSync(path, "FROM changed\n");
    expect(await replaceTextFile(file, "FROM b\n")).toMatchObject({ ok: false, error: { code: "WRITE_FAILED" } });
    expect(readFileSync(path, "utf8")).toBe("FROM changed\n");
  });
  test("writes latin1 back as latin1", async () => {
    const path = join(folder, "Containerfile");
    writeFileSync(path, Buffer.from([0x23, 0xff, 0x0a]));
    const file = await read(path);
    await replaceTextFile(file, `${file.text}USER 1\n`);
    expect(readFileSync(path)).toEqual(Buffer.from([0x23, 0xff, 0x0a, ...Buffer.from("USER 1\n")]));
  });
});

test("a name that is as long as names can be is no hindrance", async () => {
  const path = join(folder, "c".repeat(250));
  writeFileSync(path, "FROM a\n");
  expect(await replaceTextFile(await read(path), "FROM b\n")).toEqual({ ok: true, value: undefined });
  expect(await writeNewFile(path, "FROM c\n", "utf8")).toEqual({ ok: true, value: undefined });
  expect(readFileSync(path, "utf8")).toBe("FROM c\n");
});

describe("writeNewFile", () => {
  test("writes into a device or a pipe, and never puts a file in its place", async () => {
    const path = pipe();
    const reader = spawn("cat", [path], { stdio: "ignore" });
    expect(await writeNewFile(path, "x", "utf8")).toEqual({ ok: true, value: undefined });
    expect(statSync(path).isFIFO()).toBe(true);
    reader.kill();
  });
  test("writes a file that was not there", async () => {
    expect(await writeNewFile(join(folder, "new"), "x", "utf8")).toEqual({ ok: true, value: undefined });
    expect(readFileSync(join(folder, "new"), "utf8")).toBe("x");
  });
  test("a missing folder is one clear failure", async () => {
    const wrote = await writeNewFile(join(folder, "none", "new"), "x", "utf8");
    expect(wrote).toMatchObject({ ok: false, error: { code: "WRITE_FAILED", message: "its folder is not there" } });
  });
});
