/** What a command may use of the process: its streams, its environment, its signals. Tests give their own. */
import { isatty } from "node:tty";
import { exitCodes } from "../core/errors.ts";
import { fileReasonOf } from "../core/file-reason.ts";

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output: the product. */
  readonly out: (text: string | Uint8Array) => void;
  /** Standard error: the conversation. */
  readonly note: (text: string) => void;
  /** All of standard input, byte for byte. Rejects once {@link Terminal.signal} is aborted. */
  readonly input: () => Promise<Uint8Array>;
  readonly inputIsTerminal: boolean;
  readonly outputIsTerminal: boolean;
  /** Standard output could not be written; that was said, and the process has its exit code. */
  readonly outputIsLost: boolean;
  /** Whether a person watches standard error. */
  readonly errorIsTerminal: boolean;
  /** Whether what was written to standard error can be drawn over: `docker run -t`, `script` and others give a terminal without a width. */
  readonly errorIsRedrawn: boolean;
  /** Width to keep to; 80 where nobody says. */
  readonly columns: number;
  /** Aborted by SIGINT, SIGTERM and SIGHUP; its reason is the signal's name. A second one, later, ends the process at once. */
  readonly signal: AbortSignal;
  /** The stream behind {@link Terminal.note}, for a spinner. */
  readonly errorStream: NodeJS.WritableStream | undefined;
}

/** The terminal of a real process. */
export function processTerminal(process: NodeJS.Process): Terminal {
  const { env } = process;
  // Looking at a stream opens it, which takes longer than asking whether it is a terminal.
  const signal = abortOnSignals(process);
  const isTerminal = { input: isatty(0), output: isatty(1), error: isatty(2) && env["TERM"] !== "dumb" };
  let listening = { out: false, note: false };
  let isLost = false;
  const output = (): NodeJS.WriteStream => {
    if (!listening.out) {
      // `image-fix … | head -1`: the reader has what it wants.
      process.stdout.on("error", (fault: NodeJS.ErrnoException) => {
        if (fault.code === "EPIPE" || isLost) return;
        isLost = true;
        process.exitCode = exitCodes.usage;
        error().write(`error: standard output cannot be written: ${fileReasonOf(fault, "write")}\n`);
      });
      listening = { ...listening, out: true };
    }
    return process.stdout;
  };
  const error = (): NodeJS.WriteStream => {
    if (!listening.note) {
      process.stderr.on("error", () => undefined);
      listening = { ...listening, note: true };
    }
    return process.stderr;
  };
  return {
    env,
    out: (text) => void (text.length === 0 || output().write(text)),
    note: (text) => void (text === "" || error().write(text)),
    input: async () => {
      const [{ buffer }, { addAbortSignal }] = await Promise.all([
        import("node:stream/consumers"),
        import("node:stream"),
      ]);
      return buffer(addAbortSignal(signal, process.stdin));
    },
    inputIsTerminal: isTerminal.input,
    outputIsTerminal: isTerminal.output,
    get outputIsLost() {
      return isLost;
    },
    errorIsTerminal: isTerminal.error,
    get errorIsRedrawn() {
      return isTerminal.error && error().columns > 0;
    },
    get columns() {
      const columns = Number(env["COLUMNS"] ?? (isTerminal.output ? output().columns : 80));
      return Number.isInteger(columns) && columns >= 40 ? Math.min(columns, 120) : 80;
    },
    signal,
    get errorStream() {
      return error();
    },
  };
}

/**
 * Milliseconds in which a signal is still the one before: `npx`, `npm run` and `timeout` pass on what the terminal, or they
 * themselves, have sent to the whole process group.
 */
const sameSignal = 500;

function abortOnSignals(process: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      const reason = name === "SIGINT" ? "SIGINT" : "SIGTERM";
      if (!controller.signal.aborted) {
        first = performance.now();
        controller.abort(reason);
      } else if (performance.now() - first >= sameSignal) {
        // oxlint-disable-next-line unicorn/no-process-exit -- the second signal: the user does not want to wait for the cleaning up
        process.exit(reason === "SIGINT" ? 130 : 143);
      }
    });
  }
  return controller.signal;
}

/** Whether a stream gets colours: `NO_COLOR` and `FORCE_COLOR` as the field has them, else what the stream is. */
export function wantsColour(env: Terminal["env"], isTerminal: boolean, option: boolean | undefined): boolean {
  if (option !== undefined) return option;
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  return isTerminal && env["TERM"] !== "dumb";
}
