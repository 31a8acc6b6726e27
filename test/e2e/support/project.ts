/** A project that image-fix works on, of every test's own. When a test is over, nothing is left of what it ran. */
import { readFile, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import type { CommandOptions } from "./command.ts";
import { contextFolder, type RealEngine } from "./engines.ts";

export interface Project {
  /** There once {@link Project.write} was called. */
  readonly folder: string;
  /** Makes the folder, with these files. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  text(name?: string): Promise<string>;
  /** How a program is started in it: with the engine, and a folder of the test's own for temporary files. */
  readonly settings: CommandOptions & { readonly env: Readonly<Record<string, string>> };
  /** Remembers a Containerfile that must not be touched. @returns checks that nothing was, and that nothing stands beside it */
  guard(): Promise<() => Promise<void>>;
}

/** Gives every test of a suite a {@link Project}, and holds it to leaving the engine and the temporary folder as they were. */
export function projectOfEachTest(real: RealEngine): Project {
  let before: readonly string[] = [];
  let folder = "";
  /** A test may make several, one after the other. */
  const folders: string[] = [];
  let temporary = "";

  beforeEach(async () => {
    before = await real.state();
    temporary = await contextFolder({});
  });
  afterEach(async () => {
    expect(await readdir(temporary)).toEqual([]);
    expect(await real.state()).toEqual(before);
    await rm(temporary, { recursive: true });
    for (const made of folders.splice(0)) await rm(made, { recursive: true });
  });

  const text = async (name = "Containerfile"): Promise<string> => await readFile(join(folder, name), "utf8");
  return {
    get folder() {
      return folder;
    },
    get settings() {
      return { cwd: folder, env: { ...real.env, TMPDIR: temporary } };
    },
    text,
    async write(files) {
      folder = await contextFolder(files);
      folders.push(folder);
    },
    async guard() {
      const path = join(folder, "Containerfile");
      const [original, { ino }] = [await text(), await stat(path)];
      return async () => {
        expect(await text()).toBe(original);
        expect((await stat(path)).ino).toBe(ino);
        expect(await readdir(folder)).toEqual(["Containerfile"]);
      };
    },
  };
}
