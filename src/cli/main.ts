/**
 * The entry of the command line: the only place that knows the process. Known refusals come back as exit codes; what is
 * thrown to here is a mistake of ours.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { exitCodes } from "../core/errors.ts";
import { fileReasonOf } from "../core/file-reason.ts";
import { visible } from "../core/terminal-text.ts";
import { toItsEnd } from "./unfinished.ts";
import { tool } from "./version.ts";

async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  // Scripts ask for the version at every start, and it needs nothing that has to be loaded.
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    process.stdout.on("error", (fault: NodeJS.ErrnoException) => {
      if (fault.code === "EPIPE") return;
      process.exitCode = exitCodes.usage;
      process.stderr.write(`error: standard output cannot be written: ${fileReasonOf(fault, "write")}\n`);
    });
    process.stdout.write(`${tool.version}\n`);
    return;
  }
  const { useCodeCache } = await import("./code-cache.ts");
  useCodeCache(dirname(fileURLToPath(import.meta.url)), process.env);
  const [{ runProgram }, { processTerminal }] = await Promise.all([import("./program.ts"), import("./terminal.ts")]);
  const terminal = processTerminal(process);
  const code = await toItsEnd(process, runProgram(argv, terminal), tellBug);
  if (!terminal.outputIsLost) process.exitCode = code;
  // What still waits was told to stop and has nothing left to clean up.
  // oxlint-disable-next-line unicorn/no-process-exit -- nobody who pressed Ctrl-C wants to wait for it
  if (terminal.signal.aborted) process.exit();
}

function tellBug(error: unknown): void {
  process.exitCode = exitCodes.bug;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `image-fix: this is a bug in image-fix ${tool.version} (node ${process.version}); nothing was written. Please report it with this text:\n${visible(text)}\n`,
  );
}

main().catch(tellBug);
