/**
 * Credential helpers: programs that keep what files should not.
 * @see https://github.com/docker/docker-credential-helpers
 */
import { spawn } from "node:child_process";
import type { Failure } from "../core/errors.ts";
import { asText, isObject, parseJson } from "../core/json.ts";
import { err, ok, type Result } from "../core/result.ts";
import { Credential } from "./credential.ts";

/** An answer longer than this is none. */
const mostBytes = 64 * 1024;

export interface HelperOptions {
  /** The file that names the helper, for messages. */
  readonly file: string;
  readonly milliseconds: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/**
 * Asks `docker-credential-NAME get` for a server. The name comes from a file: only a plain one is run, without a shell.
 * What the helper writes is never shown, since it may hold a secret.
 * @returns `undefined` when it has none.
 */
export async function askHelper(
  name: string,
  server: string,
  options: HelperOptions,
): Promise<Result<Credential | undefined, Failure>> {
  const fault = (message: string, hint: string): Result<never, Failure> =>
    err({ code: "CONFIG_INVALID", file: options.file, message, hint });
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(name))
    return fault(
      `"${name.slice(0, 64)}" is no name of a credential helper`,
      "name it without a path: ecr-login, gcloud",
    );
  const program = `docker-credential-${name}`;
  const run = await runHelper(program, server, options);
  if (run === "missing")
    return fault(`the credential helper ${program} is not installed`, `install it, or remove "${name}" from the file`);
  if (run === "slow")
    return fault(
      `${program} gave no answer within ${Math.round(options.milliseconds / 1000)} seconds`,
      "run it by hand to see what it waits for",
    );
  if (run.exitCode !== 0) {
    // What it says when it simply has none, on standard output.
    if (/credentials not found|no credentials|not found in native keychain/i.test(run.stdout)) return ok(undefined);
    return fault(`${program} failed with exit code ${run.exitCode}`, `run it by hand: echo ${server} | ${program} get`);
  }
  const answer = parseJson(run.stdout);
  if (!isObject(answer))
    return fault(`${program} gave an answer that is no JSON object`, `run it by hand: echo ${server} | ${program} get`);
  const username = asText(answer["Username"]);
  const secret = asText(answer["Secret"]);
  if (secret === "") return ok(undefined);
  return ok(new Credential(username, secret, { file: options.file, helper: program }, username === "<token>"));
}

interface HelperRun {
  readonly exitCode: number;
  readonly stdout: string;
}

function runHelper(program: string, server: string, options: HelperOptions): Promise<HelperRun | "missing" | "slow"> {
  return new Promise((resolve) => {
    const child = spawn(program, ["get"], {
      stdio: ["pipe", "pipe", "ignore"],
      shell: false,
      env: { ...options.env },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const parts: Buffer[] = [];
    let size = 0;
    const giveUp = (): void => {
      child.kill("SIGKILL");
      // What it started may go on and hold the other end, and would keep this process.
      child.stdout.destroy();
    };
    const timer = setTimeout(() => {
      giveUp();
      resolve("slow");
    }, options.milliseconds);
    child.stdout.on("data", (part: Buffer) => {
      size += part.length;
      if (size > mostBytes) giveUp();
      else parts.push(part);
    });
    // A helper that ends without reading its input is judged by its exit code.
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => {
      clearTimeout(timer);
      giveUp();
      resolve("code" in error && error.code === "ENOENT" ? "missing" : { exitCode: 127, stdout: "" });
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ exitCode: size > mostBytes ? 127 : (code ?? 127), stdout: Buffer.concat(parts).toString("utf8") });
    });
    child.stdin.end(`${server}\n`);
  });
}
