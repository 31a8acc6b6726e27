/** What ends a fix before its time leaves the file as it was, and nothing of the run: no process, container, image or file. */
import { execFile } from "node:child_process";
import { mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { imageFix, startImageFix, type Ended, type Running } from "./support/command.ts";
import { base, contextFolder, describeEngines, isRunning, type RealEngine } from "./support/engines.ts";

const exec = promisify(execFile);

/** A file system of 16 KiB in `place`, filled up. */
const full = async (place: string, act: () => Promise<Ended>): Promise<Ended> => {
  await mkdir(place, { recursive: true });
  await exec("mount", ["-t", "tmpfs", "-o", "size=16k", "image-fix-test", place]);
  try {
    await writeFile(join(place, "Containerfile"), `FROM ${base.alpine}\nCMD ["id"]\n`);
    await writeFile(join(place, "filling"), Buffer.alloc(64 * 1024)).catch(() => undefined);
    const ended = await act();
    // podman's own temporary files, empty and named by a number, are podman's to remove.
    const left = (await readdir(place)).filter((name) => !/^\d+$/.test(name));
    expect(left.toSorted()).toEqual(["Containerfile", "filling"]);
    expect(await readFile(join(place, "Containerfile"), "utf8")).toBe(`FROM ${base.alpine}\nCMD ["id"]\n`);
    return ended;
  } finally {
    await exec("umount", ["-l", place]);
  }
};

await describeEngines("transaction", [base.alpine], (real) => transactions(real));

function transactions(real: RealEngine): void {
  let before: readonly string[] = [];
  let folder = "";
  let temporary = "";

  beforeEach(async () => {
    before = await real.state();
    temporary = await contextFolder({});
  });
  afterEach(async () => {
    expect(await readdir(temporary)).toEqual([]);
    expect(await real.state()).toEqual(before);
    await rm(temporary, { recursive: true });
    await rm(folder, { recursive: true });
  });

  const settings = () => ({ cwd: folder, env: { ...real.env, TMPDIR: temporary } });
  /** A fix whose build waits in its last RUN; `seconds` is a number that no other process has among its arguments. */
  const waiting = async (args: readonly string[] = []): Promise<Running & { readonly seconds: string }> => {
    const seconds = String(10_000 + Math.floor(Math.random() * 1_000_000));
    folder = await contextFolder({
      Containerfile: `FROM ${base.alpine}\nRUN echo layer > /made\nRUN echo slee""ping; sleep ${seconds}\nCMD ["id"]\n`,
    });
    const running = startImageFix(["Containerfile", "--engine", real.kind, "--verbose", ...args], settings());
    return { ...running, seconds };
  };
  const leavesNothing = async (seconds: string, original: string, inode: number): Promise<void> => {
    // A daemon ends a RUN within a second of its client's going.
    for (let waited = 0; waited < 100 && (await isRunning(seconds)); waited++) await pause(100);
    expect(await isRunning(seconds)).toBe(false);
    expect(await readFile(join(folder, "Containerfile"), "utf8")).toBe(original);
    expect((await stat(join(folder, "Containerfile"))).ino).toBe(inode);
    expect(await readdir(folder)).toEqual(["Containerfile"]);
  };

  describe("ended in the middle of a build", () => {
    test.each([
      ["SIGINT", false, 130],
      ["SIGTERM", false, 143],
      // As Ctrl-C on a terminal: the engine's own client gets it too.
      ["SIGINT", true, 130],
    ] as const)("by %s, to the whole process group: %s", async (signal, group, exitCode) => {
      const { child, says, ended, seconds } = await waiting();
      const path = join(folder, "Containerfile");
      const [original, { ino }] = [await readFile(path, "utf8"), await stat(path)];
      await says("sleeping");
      const pid = child.pid ?? 0;
      process.kill(group ? -pid : pid, signal);
      expect(await ended).toMatchObject({ exitCode });
      await leavesNothing(seconds, original, ino);
    });

    test("by its time", async () => {
      const { ended, seconds } = await waiting(["--timeout", "4"]);
      const path = join(folder, "Containerfile");
      const [original, { ino }] = [await readFile(path, "utf8"), await stat(path)];
      const { exitCode, stdout, stderr } = await ended;
      expect({ exitCode, said: /4 s/.test(stdout + stderr) }).toEqual({ exitCode: 3, said: true });
      await leavesNothing(seconds, original, ino);
    });
  });

  test("a file that changes meanwhile stays as the author left it", async () => {
    folder = await contextFolder({ Containerfile: `FROM ${base.alpine}\nRUN echo slee""ping; sleep 3\nCMD ["id"]\n` });
    const { says, ended } = startImageFix(["Containerfile", "--engine", real.kind, "--verbose"], settings());
    await says("sleeping");
    await writeFile(join(folder, "Containerfile"), "FROM scratch\n");
    const { exitCode, stdout, stderr } = await ended;
    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain("changed while image-fix was working");
    expect(await readFile(join(folder, "Containerfile"), "utf8")).toBe("FROM scratch\n");
    expect(await readdir(folder)).toEqual(["Containerfile"]);
  });

  describe.skipIf(process.getuid?.() !== 0)("a full disk", () => {
    test("under the file", async () => {
      folder = await contextFolder({ "context/file": "" });
      const disk = join(folder, "disk");
      const ended = await full(disk, async () =>
        imageFix([join(disk, "Containerfile"), "--context", "context", "--engine", real.kind], settings()),
      );
      expect(ended.exitCode).toBe(2);
      expect(ended.stdout + ended.stderr).toContain("no space left");
    });

    test("under the temporary files", async () => {
      folder = await contextFolder({ "context/file": "" });
      const disk = join(folder, "disk");
      const ended = await full(disk, async () =>
        imageFix([join(disk, "Containerfile"), "--context", "context", "--engine", real.kind], {
          ...settings(),
          env: { ...real.env, TMPDIR: disk },
        }),
      );
      expect(ended.exitCode).not.toBe(70);
      expect(ended.exitCode).toBeGreaterThan(0);
    });
  });
}
