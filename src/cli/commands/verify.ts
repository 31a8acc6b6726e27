/** `image-fix verify IMAGE...`: runs `id` in images under the restricted profile. */
import { Command } from "commander";
import type { ExitCode } from "../../core/errors.ts";
import { loadConfig } from "../config.ts";
import { addCommonOptions, option, type CommonOptions } from "../options.ts";
import { outputOptions, printRun, usage } from "../output.ts";
import { startProgress } from "../progress.ts";
import type { Run } from "../run.ts";
import type { Terminal } from "../terminal.ts";
import { parseChoice, parsePlatform, parseSeconds, parseUid } from "../values.ts";

interface VerifyOptions extends CommonOptions {
  readonly engine?: "auto" | "podman" | "docker";
  readonly platform?: string;
  readonly expectUid?: number;
  readonly timeout?: number;
}

const help = `
Examples:
  image-fix verify localhost/app:1
  image-fix verify --expect-uid 65532 registry.example.com/team/app:1.4
  image-fix verify --format junit localhost/app:1 > proof.xml

Exit codes: 0 proven; 1 Kubernetes refuses the image; 2 wrong usage; 3 no engine
or no such image; 4 the proof failed.`;

/** Defines the command. */
export function verifyCommand(run: Run): Command {
  const command = new Command("verify")
    .summary("run id in an image under the restricted profile and judge it")
    .description("Proves what user an image runs as: no capabilities, no new privileges, default seccomp, no network.")
    .argument("[images...]", "images that the engine has")
    .addOption(
      option("--engine <engine>", "auto (default), podman or docker", parseChoice(["auto", "podman", "docker"])),
    )
    .addOption(option("--platform <os/arch>", "platform of the image, such as linux/arm64", parsePlatform))
    .addOption(option("--expect-uid <uid>", "fail unless the image runs as this uid", parseUid))
    .addOption(option("--timeout <seconds>", "give up on an image after this time", parseSeconds));
  addCommonOptions(command).addHelpText("after", help);
  return command.action((images: readonly string[], options: VerifyOptions) =>
    run((terminal) => verify(images, options, terminal)),
  );
}

async function verify(images: readonly string[], options: VerifyOptions, terminal: Terminal): Promise<ExitCode> {
  const config = await loadConfig(options.config, process.cwd());
  const output = outputOptions(options, config.ok ? config.value : {});
  if (!config.ok) return printRun(terminal, "verify", config, output);
  if (images.length === 0) {
    const fault = usage("no image is named", "name one, such as: image-fix verify localhost/app:1");
    return printRun(terminal, "verify", fault, output);
  }
  const engine = options.engine ?? (config.value.engine === "none" ? undefined : config.value.engine) ?? "auto";
  const progress = await startProgress(terminal, {
    quiet: output.quiet || output.format !== "text",
    verbose: output.verbose,
  });
  const { verifyImages } = await import("../../app/verify.ts");
  const report = await verifyImages(
    {
      images,
      engine,
      ...(options.timeout === undefined ? {} : { timeoutSeconds: options.timeout }),
      ...(options.platform === undefined ? {} : { platform: options.platform }),
      ...(options.expectUid === undefined ? {} : { expectUid: options.expectUid }),
    },
    { signal: terminal.signal, onEvent: progress.onEvent },
  );
  progress.stop();
  return printRun(terminal, "verify", report, output);
}
