import type { ExitCode } from "../core/errors.ts";
import type { Terminal } from "./terminal.ts";

/** Runs what a command does and keeps its exit code for the process. */
export type Run = (act: (terminal: Terminal) => Promise<ExitCode>) => Promise<void>;
