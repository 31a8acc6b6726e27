/** `image-fix verify IMAGE...`: runs `id` in images under the restricted profile. */
import { Command } from "commander";
import type { ExitCode, Failure } from "../../core/errors.ts";
import type { Result } from "../../core/result.ts";
import { loadConfig } from "../config.ts";
import {
  addCommonOptions,
  option,
  readSmoke,
  repeatable,
  smokeOption,
  type CommonOptions,
  type SmokeOption,
} from "../options.ts";
import { outputOptions, printRun, usage } from "../output.ts";
import { startProgress } from "../progress.ts";
import type { Run } from "../run.ts";
import type { Terminal } from "../terminal.ts";
import { parseChoice, parseImagePath, parsePlatform, parseSeconds, parseUid } from "../values.ts";

interface VerifyOptions extends CommonOptions {
  readonly engine?: "auto" | "podman" | "docker";
  readonly platform?: string;
  readonly expectUid?: number;
  readonly user?: number;
  readonly arbitraryUid?: boolean;
  readonly readOnly?: boolean;
  readonly emptyDir?: readonly string[];
  readonly writable?: readonly string[];
  readonly smoke?: SmokeOption;
  readonly timeout?: number;
}

const help = `
Images: a name the engine has or can pull, an id, or a place: docker://NAME,
oci:DIR, oci-archive:FILE, docker-archive:FILE, containers-storage:NAME,
docker-daemon:NAME. What was not there is removed again.

Examples:
  image-fix verify localhost/app:1
  image-fix verify --expect-uid 65532 registry.example.com/team/app:1.4
  image-fix verify --arbitrary-uid --smoke 10 localhost/app:1
  image-fix verify --read-only --empty-dir /tmp --smoke 10 localhost/app:1
  image-fix verify --format junit oci-archive:app.tar > proof.xml

Exit codes: 0 proven; 1 Kubernetes refuses the image; 2 wrong usage; 3 no engine
or no such image; 4 the proof failed.`;

/** Defines the command. */
export function verifyCommand(run: Run): Command {
  const command = new Command("verify")
    .summary("run id in an image under the restricted profile and judge it")
    .description("Proves what user an image runs as: no capabilities, no new privileges, default seccomp, no network.")
    .argument("[images...]", "images of the engine, of a registry or in a file")
    .addOption(
      option("--engine <engine>", "auto (default), podman or docker", parseChoice(["auto", "podman", "docker"])),
    )
    .addOption(option("--platform <os/arch>", "platform of the image, such as linux/arm64", parsePlatform))
    .addOption(option("--expect-uid <uid>", "fail unless the image runs as this uid", parseUid))
    .addOption(option("--user <uid>", "run it as this uid, as runAsUser would", parseUid))
    .option("--arbitrary-uid", "run it as OpenShift does: a random uid without account, gid 0")
    .option("--read-only", "with a read-only root file system, as readOnlyRootFilesystem")
    .addOption(
      repeatable("--empty-dir <path>", "with an emptyDir there: empty and writable; may be repeated", parseImagePath),
    )
    .addOption(
      repeatable("--writable <path>", "fail unless the user can write this folder; may be repeated", parseImagePath),
    )
    .addOption(smokeOption("start the image's own command too and watch it for this long"))
    .addOption(option("--timeout <seconds>", "give up on an image after this time", parseSeconds));
  addCommonOptions(command).addHelpText("after", help);
  return command.action((images: readonly string[], options: VerifyOptions) =>
    run((terminal) => verify(images, options, terminal)),
  );
}

/** Options that do not go together. */
function clash({ user, arbitraryUid }: VerifyOptions): Result<never, Failure> | undefined {
  return user !== undefined && arbitraryUid === true
    ? usage("--user and --arbitrary-uid both say who to run as", "give one of them")
    : undefined;
}

async function verify(given: readonly string[], options: VerifyOptions, terminal: Terminal): Promise<ExitCode> {
  const config = await loadConfig(options.config, process.cwd());
  const output = outputOptions(options, config.ok ? config.value : {});
  if (!config.ok) return printRun(terminal, "verify", config, output);
  const { words: images, smokeSeconds } = readSmoke(given, options.smoke);
  const clashing = clash(options);
  if (clashing !== undefined) return printRun(terminal, "verify", clashing, output);
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
      ...(options.user === undefined ? {} : { user: options.user }),
      ...(options.arbitraryUid === true ? { user: "arbitrary" as const } : {}),
      ...(options.readOnly === true ? { readOnly: true } : {}),
      ...(options.emptyDir === undefined ? {} : { emptyDirs: options.emptyDir }),
      writable: options.writable ?? [],
      ...(smokeSeconds === undefined ? {} : { smokeSeconds }),
      ...(config.value.rules === undefined ? {} : { rules: config.value.rules }),
    },
    { signal: terminal.signal, onEvent: progress.onEvent },
  );
  progress.stop();
  return printRun(terminal, "verify", report, output);
}
