/** What ends a fix before its time leaves the file as it was, and nothing of the run: no process, container, image or file. */
import { execFile } from "node:child_process";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { imageFix, startImageFix, type Ended, type Running } from "./support/command.ts";
import { base, describeEngines, isRunning, type RealEngine } from "./support/engines.ts";
import { projectOfEachTest } from "./support/project.ts";

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

interface Waiting extends Running {
  /** Checks that no process, and no other file than before, is left. */
  readonly leavesNothing: () => Promise<void>;
}

function transactions(real: RealEngine): void {
  const project = projectOfEachTest(real);
  /** A fix whose build waits in its last RUN; `seconds` is a number that no other process has among its arguments. */
  const waiting = async (args: readonly string[] = []): Promise<Waiting> => {
    const seconds = String(10_000 + Math.floor(Math.random() * 1_000_000));
    await project.write({
      Containerfile: `FROM ${base.alpine}\nRUN echo layer > /made\nRUN echo slee""ping; sleep ${seconds}\nCMD ["id"]\n`,
    });
    const isAsItWas = await project.guard();
    const running = startImageFix(["Containerfile", "--engine", real.kind, "--verbose", ...args], project.settings);
    const leavesNothing = async (): Promise<void> => {
      // A daemon ends a RUN within a second of its client's going.
      for (let waited = 0; waited < 100 && (await isRunning(seconds)); waited++) await pause(100);
      expect(await isRunning(seconds)).toBe(false);
      await isAsItWas();
    };
    return { ...running, leavesNothing };
  };

  /** A fix of a file on a full disk below the project. */
  const onFullDisk = async (env: (disk: string) => Readonly<Record<string, string>>): Promise<Ended> => {
    await project.write({ "context/file": "" });
    const disk = join(project.folder, "disk");
    const args = [join(disk, "Containerfile"), "--context", "context", "--engine", real.kind];
    return await full(disk, async () => imageFix(args, { ...project.settings, env: env(disk) }));
  };

  describe("ended in the middle of a build", () => {
    test.each([
      ["SIGINT", false, 130],
      ["SIGTERM", false, 143],
      // As Ctrl-C on a terminal: the engine's own client gets it too.
      ["SIGINT", true, 130],
    ] as const)("by %s, to the whole process group: %s", async (signal, group, exitCode) => {
      const { child, says, ended, leavesNothing } = await waiting();
      await says("sleeping");
      const pid = child.pid ?? 0;
      process.kill(group ? -pid : pid, signal);
      expect(await ended).toMatchObject({ exitCode });
      await leavesNothing();
    });

    test("by its time", async () => {
      const { ended, leavesNothing } = await waiting(["--timeout", "4"]);
      const { exitCode, stdout, stderr } = await ended;
      expect({ exitCode, said: /4 s/.test(stdout + stderr) }).toEqual({ exitCode: 3, said: true });
      await leavesNothing();
    });
  });

  test.each([
    ["the base is read", `reading ${base.alpine}`, 'CMD ["id"]\n', []],
    ["the original is built", "building the original", "RUN adduser -D app\nUSER app\n", []],
    ["the candidate is built", "building the candidate", 'CMD ["id"]\n', []],
    ["id is run", "running id in the rebuilt image", 'CMD ["id"]\n', []],
    ["the application is started", "starting the application", 'CMD ["sleep", "60"]\n', ["--smoke", "30"]],
  ])("ended while %s, it says so once and leaves nothing", async (_, phase, text, args) => {
    await project.write({ Containerfile: `FROM ${base.alpine}\n${text}` });
    const isAsItWas = await project.guard();
    const { child, says, ended } = startImageFix(
      ["Containerfile", "--engine", real.kind, "--verbose", ...args],
      project.settings,
    );
    await says(phase);
    const begin = Date.now();
    child.kill("SIGINT");
    // As `npx` passes on what the terminal has sent to it too.
    setTimeout(() => void child.kill("SIGINT"), 20);
    const { exitCode, stderr } = await ended;
    expect(exitCode).toBe(130);
    expect(stderr.match(/interrupted; what was begun is cleaned up/g)).toHaveLength(1);
    expect(stderr).not.toContain("warning:");
    // No matter how busy the machine is, nothing of the run is waited for to its end.
    expect(Date.now() - begin).toBeLessThan(30_000);
    await isAsItWas();
  });

  test("a file that changes meanwhile stays as the author left it", async () => {
    await project.write({ Containerfile: `FROM ${base.alpine}\nRUN echo slee""ping; sleep 3\nCMD ["id"]\n` });
    const { says, ended } = startImageFix(["Containerfile", "--engine", real.kind, "--verbose"], project.settings);
    await says("sleeping");
    await writeFile(join(project.folder, "Containerfile"), "FROM scratch\n");
    const { exitCode, stdout, stderr } = await ended;
    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain("changed while image-fix was working");
    expect(await project.text()).toBe("FROM scratch\n");
    expect(await readdir(project.folder)).toEqual(["Containerfile"]);
  });

  describe.skipIf(process.getuid?.() !== 0)("a full disk", () => {
    test("under the file", async () => {
      const ended = await onFullDisk(() => project.settings.env);
      expect(ended.exitCode).toBe(2);
      expect(ended.stdout + ended.stderr).toContain("no space left");
    });

    test("under the temporary files", async () => {
      const ended = await onFullDisk((disk) => ({ ...real.env, TMPDIR: disk }));
      expect(ended.exitCode).not.toBe(70);
      expect(ended.exitCode).toBeGreaterThan(0);
    });
  });
}
