/** A terminal for tests: nobody watches, everything is kept. */
import { runProgram } from "./program.ts";
import type { Terminal } from "./terminal.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process. */
export async function run(argv: readonly string[], terminal: Partial<Terminal> = {}): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const code = await runProgram(argv, {
    env: {},
    out: (text) => {
      stdout += text;
    },
    note: (text) => {
      stderr += text;
    },
    input: async () => "",
    inputIsTerminal: false,
    outputIsTerminal: false,
    errorIsTerminal: false,
    columns: 80,
    signal: new AbortController().signal,
    errorStream: undefined,
    ...terminal,
  });
  return { code, stdout, stderr };
}
