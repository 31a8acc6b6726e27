/** The built program as a process, as a user starts it. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..", "..");
const program = join(root, "bin", "image-fix.js");

export interface Ended {
  /** -1 when a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Put over this process's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
}

/** This process's environment with nobody to show colours to. */
export function environment(more: CommandOptions["env"] = {}): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries({ ...process.env, FORCE_COLOR: undefined, ...more }).filter(([, value]) => value !== undefined),
  );
}

/** Runs a program to its end, whatever its exit code. */
export async function runToEnd(
  file: string,
  args: readonly string[],
  { cwd = root, env, input = "" }: CommandOptions = {},
): Promise<Ended> {
  return await new Promise((resolve, reject) => {
    const child = execFile(file, args, { cwd, env: environment(env), maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code === "string") reject(error);
      else resolve({ exitCode: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
    });
    // It may end without reading.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

/** Runs image-fix. */
export const imageFix = async (args: readonly string[], options: CommandOptions = {}): Promise<Ended> =>
  await runToEnd(process.execPath, [program, ...args], options);

export interface Running {
  readonly child: ChildProcess;
  /** Resolves once standard error holds the text. */
  readonly says: (text: string) => Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Starts image-fix in a process group of its own, as a shell does, so that a test can signal either. */
export function startImageFix(args: readonly string[], { cwd = root, env }: CommandOptions = {}): Running {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: environment(env),
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ exitCode: code ?? -1, stdout, stderr }));
  });
  return {
    child,
    ended,
    says: async (text) =>
      await new Promise((resolve, reject) => {
        const look = (): void => {
          if (stderr.includes(text)) resolve();
        };
        child.stderr.on("data", look);
        child.on("close", () => reject(new Error(`ended without saying ${JSON.stringify(text)}:\n${stderr}`)));
        look();
      }),
  };
}
