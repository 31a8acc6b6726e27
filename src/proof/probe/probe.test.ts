import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readProcessStatus } from "../process-status.ts";
import { createAssembler } from "./assembler.ts";
import { probeArguments, probeProgram, readProbe } from "./probe.ts";

describe("createAssembler", () => {
  test("fills in distances, forwards and backwards", () => {
    const a = createAssembler();
    a.label("start");
    a.bytes(0xe9);
    a.reference("end", (distance) => distance, 4);
    a.word(0x01020304);
    a.label("end");
    a.reference("start", (distance) => distance, 0);
    expect([...a.finish()]).toEqual([0xe9, 4, 0, 0, 0, 4, 3, 2, 1, 0xf7, 0xff, 0xff, 0xff]);
  });

  test("a place that is nowhere is a mistake of ours", () => {
    const a = createAssembler();
    a.reference("nowhere", (distance) => distance, 0);
    expect(() => a.finish()).toThrow(/no place named nowhere/);
  });
});

describe("probeProgram", () => {
  test.each([
    ["linux/amd64", 62, 0x1000],
    ["linux/386", 62, 0x1000],
    ["linux/arm64/v8", 183, 0x10000],
    ["linux/arm/v7", 183, 0x10000],
  ])("for %s is a static ELF for machine %i", (platform, machine, alignment) => {
    const file = probeProgram(platform) ?? new Uint8Array();
    const view = new DataView(file.buffer);
    expect([...file.subarray(0, 8)]).toEqual([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
    expect(view.getUint16(16, true)).toBe(2);
    expect(view.getUint16(18, true)).toBe(machine);
    // Entry: behind the ELF header and two program headers, loaded at 4 MiB.
    expect(view.getBigUint64(24, true)).toBe(0x400000n + 64n + 112n);
    // One segment, read and execute, as long as the file; a stack that is not executable; no interpreter.
    expect([view.getUint32(64, true), view.getUint32(68, true)]).toEqual([1, 5]);
    expect(view.getBigUint64(96, true)).toBe(BigInt(file.length));
    expect(view.getBigUint64(112, true)).toBe(BigInt(alignment));
    expect([view.getUint32(120, true), view.getUint32(124, true)]).toEqual([0x6474e551, 6]);
    expect(file.length).toBeLessThan(1024);
  });

  test.each(["linux/s390x", "windows", ""])("there is none for %s", (platform) => {
    expect(probeProgram(platform)).toBeUndefined();
  });
});

describe("readProbe", () => {
  test("takes answers apart by the marker and decodes error numbers", () => {
    expect(readProbe("m1", "text\nm2 @@\nmore\nm1 @@\n\nm1 @M\n\nm1 BF\nuid=1 gid=1\n")).toEqual({
      answers: [
        { errno: 0, output: "text\nm2 @@\nmore" },
        { errno: 13, output: "" },
        { errno: 38, output: "" },
      ],
      rest: "uid=1 gid=1\n",
    });
  });

  test("nothing gives nothing", () => {
    expect(readProbe("m", "")).toEqual({ answers: [], rest: "" });
  });
});

const native = { x64: "linux/amd64", arm64: "linux/arm64" }[process.arch as string];

describe.runIf(process.platform === "linux" && native !== undefined)("the probe, run by this machine's kernel", () => {
  let folder = "";
  let program = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "image-fix-probe-"));
    program = join(folder, "probe");
    await writeFile(program, probeProgram(native ?? "") ?? "");
    await chmod(program, 0o755);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  const run = async (orders: Parameters<typeof probeArguments>[1]) => {
    const { stdout } = await promisify(execFile)(program, probeArguments("marker", orders));
    return readProbe("marker", stdout);
  };

  test("copies what the kernel says of it", async () => {
    const { answers } = await run([{ copy: "/proc/self/status" }]);
    expect(answers[0]?.errno).toBe(0);
    expect(readProcessStatus(answers[0]?.output ?? "")?.uids[1]).toBe(process.getuid?.());
  });

  test("copies a file longer than its buffer, and says why it cannot copy another", async () => {
    const text = "0123456789".repeat(2000);
    await writeFile(join(folder, "long"), text);
    const { answers } = await run([{ copy: join(folder, "long") }, { copy: join(folder, "none") }, { copy: folder }]);
    expect(answers).toEqual([
      { errno: 0, output: text },
      // ENOENT, EISDIR
      { errno: 2, output: "" },
      { errno: 21, output: "" },
    ]);
  });

  test("asks whether it may write", async () => {
    const { answers } = await run([
      { writable: folder },
      { writable: `${folder}/.` },
      { writable: `${program}/.` },
      { writable: "/proc/version" },
    ]);
    expect(answers.slice(0, 3).map(({ errno }) => errno)).toEqual([0, 0, 20]);
    // EACCES for a user; root may ask for it, the file system may refuse.
    expect([0, 13, 30]).toContain(answers[3]?.errno);
  });

  test("asks whether it may execute", async () => {
    await writeFile(join(folder, "text"), "", { mode: 0o644 });
    const { answers } = await run([
      { executable: program },
      { executable: join(folder, "text") },
      { executable: join(folder, "none") },
    ]);
    expect(answers.map(({ errno }) => errno)).toEqual([0, 13, 2]);
  });

  test("says which file capabilities stand in the way of a start", async () => {
    await writeFile(join(folder, "plain"), "");
    const { answers } = await run([
      { fileCapabilities: join(folder, "plain") },
      { fileCapabilities: join(folder, "none") },
      { fileCapabilities: "/proc/version" },
    ]);
    // ENODATA, ENOENT; /proc has no attributes: EOPNOTSUPP or ENODATA.
    expect(answers.slice(0, 2).map(({ errno }) => errno)).toEqual([61, 2]);
    expect([61, 95]).toContain(answers[2]?.errno);
  });

  const setcap = "/usr/sbin/setcap";
  // Nobody else may give a file capabilities.
  const canGive = process.getuid?.() === 0 && existsSync(setcap);
  const given: readonly (readonly [capabilities: string, errno: number])[] = [
    ["cap_net_raw=+ep", 1],
    ["cap_net_bind_service,cap_bpf+eip", 1],
    ["cap_bpf=ep", 1],
    ["cap_net_raw=+p", 0],
    ["cap_net_raw=+ei", 0],
  ];
  test.each(canGive ? given : [])("file capabilities %s: %i", async (capabilities, errno) => {
    const file = join(folder, "capable");
    await writeFile(file, "");
    await promisify(execFile)(setcap, [capabilities, file]);
    const { answers } = await run([{ fileCapabilities: file }]);
    expect(answers).toEqual([{ errno, output: "" }]);
  });

  test("becomes a program, the first one that is there", async () => {
    const { answers, rest } = await run([
      { execute: join(folder, "none") },
      { execute: "/usr/bin/id" },
      { writable: "/" },
    ]);
    expect(answers).toEqual([{ errno: 2, output: "" }]);
    expect(rest).toMatch(/^uid=[0-9]+/);
  });

  test("says ENOSYS to an order that it does not know", async () => {
    const { stdout } = await promisify(execFile)(program, ["marker", "?"]);
    expect(stdout).toBe("\nmarker BF\n");
  });
});
