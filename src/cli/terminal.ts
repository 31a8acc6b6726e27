/** What a command may use of the process: its streams, its environment, its signals. Tests give their own. */
import { text as readAll } from "node:stream/consumers";

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output: the product. */
  readonly out: (text: string) => void;
  /** Standard error: the conversation. */
  readonly note: (text: string) => void;
  /** All of standard input, decoded as UTF-8. */
  readonly input: () => Promise<string>;
  readonly inputIsTerminal: boolean;
  readonly outputIsTerminal: boolean;
  /** Whether a person watches standard error. */
  readonly errorIsTerminal: boolean;
  /** Width to keep to; 80 where nobody says. */
  readonly columns: number;
  /** Aborted by SIGINT, SIGTERM and SIGHUP; its reason is the signal's name. A second signal ends the process at once. */
  readonly signal: AbortSignal;
  /** The stream behind {@link Terminal.note}, for a spinner. */
  readonly errorStream: NodeJS.WritableStream | undefined;
}

/** The terminal of a real process. */
export function processTerminal(process: NodeJS.Process): Terminal {
  const { stdout, stderr, stdin, env } = process;
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      const reason = name === "SIGINT" ? "SIGINT" : "SIGTERM";
      // oxlint-disable-next-line unicorn/no-process-exit -- the second signal: the user does not want to wait for the cleaning up
      if (controller.signal.aborted) process.exit(reason === "SIGINT" ? 130 : 143);
      controller.abort(reason);
    });
  }
  // `image-fix … | head -1`: the reader has what it wants.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  stderr.on("error", () => undefined);
  const columns = Number(env["COLUMNS"] ?? stdout.columns ?? 80);
  return {
    env,
    out: (text) => void stdout.write(text),
    note: (text) => void stderr.write(text),
    input: () => readAll(stdin),
    inputIsTerminal: stdin.isTTY,
    outputIsTerminal: stdout.isTTY,
    errorIsTerminal: stderr.isTTY && env["TERM"] !== "dumb",
    columns: Number.isInteger(columns) && columns >= 40 ? Math.min(columns, 120) : 80,
    signal: controller.signal,
    errorStream: stderr,
  };
}

/** Whether a stream gets colours: `NO_COLOR` and `FORCE_COLOR` as the field has them, else what the stream is. */
export function wantsColour(env: Terminal["env"], isTerminal: boolean, option: boolean | undefined): boolean {
  if (option !== undefined) return option;
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  return isTerminal && env["TERM"] !== "dumb";
}
