/** `image-fix audit TARGET...`: findings only. */
import { Command } from "commander";
import type { ExitCode } from "../../core/errors.ts";
import { loadConfig } from "../config.ts";
import {
  addCommonOptions,
  addFileOptions,
  addRegistryOptions,
  fileRequest,
  option,
  registryRequest,
  sameFileOptions,
  type CommonOptions,
  type FileOptions,
  type RegistryFlags,
} from "../options.ts";
import { outputOptions, printRun, usage } from "../output.ts";
import { startProgress } from "../progress.ts";
import type { Run } from "../run.ts";
import type { Terminal } from "../terminal.ts";
import { parseSeconds } from "../values.ts";

type AuditOptions = CommonOptions &
  FileOptions &
  RegistryFlags & { readonly deep?: boolean; readonly timeout?: number };

const help = `
Examples:
  image-fix audit .                   every Containerfile and Dockerfile below
  image-fix audit - < Containerfile
  image-fix audit registry.example.com/team/app:1.4
  image-fix audit --format sarif . > image-fix.sarif

Exit codes: 0 nothing at or above --fail-on; 1 findings; 2 wrong usage or
unreadable file; 3 an image that could not be read.`;

/** Defines the command. */
export function auditCommand(run: Run): Command {
  const command = new Command("audit")
    .summary("say what keeps an image from starting under runAsNonRoot")
    .description("Audits Containerfiles and images. Nothing is built, pulled or written.")
    .argument("[targets...]", "Containerfiles, folders that hold some, - for standard input, or images");
  addFileOptions(command);
  command
    .optionsGroup("Images:")
    .option("--deep", "read every layer, and name every setuid program and file capability")
    .addOption(option("--timeout <seconds>", "give up on an image after this time (default: 120)", parseSeconds));
  addRegistryOptions(command);
  addCommonOptions(command).addHelpText("after", help);
  return command.action((targets: readonly string[], options: AuditOptions) =>
    run((terminal) => audit(targets, options, terminal)),
  );
}

async function audit(targets: readonly string[], options: AuditOptions, terminal: Terminal): Promise<ExitCode> {
  const config = await loadConfig(options.config, process.cwd());
  const output = { ...outputOptions(options, config.ok ? config.value : {}), same: sameFileOptions(options) };
  if (!config.ok) return printRun(terminal, "audit", config, output);
  if (targets.length === 0) {
    const fault = usage("no target is named", "name a Containerfile, a folder or an image, such as: image-fix audit .");
    return printRun(terminal, "audit", fault, output);
  }
  const request = fileRequest(options, config.value, terminal.env);
  if (!request.ok) return printRun(terminal, "audit", request, output);
  const stdin = targets.includes("-") ? { stdin: await terminal.input() } : {};
  const progress = await startProgress(terminal, { quiet: !output.verbose, verbose: output.verbose });
  const { auditFiles } = await import("../../app/audit.ts");
  const report = await auditFiles(
    {
      ...request.value,
      targets,
      ...stdin,
      deep: options.deep === true,
      registry: registryRequest(options),
      ...(options.timeout === undefined ? {} : { timeoutSeconds: options.timeout }),
    },
    { signal: terminal.signal, onEvent: progress.onEvent },
  );
  progress.stop();
  return printRun(terminal, "audit", report, output);
}
