/** A terminal for tests: nobody watches, everything is kept. */
import { runProgram } from "./program.ts";
import type { Terminal } from "./terminal.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  /** What stdout is, byte for byte. */
  readonly bytes: Buffer;
  readonly stderr: string;
}

/** Runs the command line in this process. */
export async function run(argv: readonly string[], terminal: Partial<Terminal> = {}): Promise<Outcome> {
  const written: Uint8Array[] = [];
  let stderr = "";
  const code = await runProgram(argv, {
    env: {},
    out: (text) => {
      written.push(Buffer.from(text));
    },
    note: (text) => {
      stderr += text;
    },
    input: async () => new Uint8Array(),
    inputIsTerminal: false,
    outputIsTerminal: false,
    outputIsLost: false,
    errorIsTerminal: false,
    errorIsRedrawn: false,
    columns: 80,
    signal: new AbortController().signal,
    errorStream: undefined,
    ...terminal,
  });
  const bytes = Buffer.concat(written);
  return { code, stdout: bytes.toString("utf8"), bytes, stderr };
}
