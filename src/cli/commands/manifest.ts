/** `image-fix manifest FILE...`: Tekton and Kubernetes YAML against the Pod Security Standards. */
import { Command } from "commander";
import type { ManifestRequest } from "../../app/manifest.ts";
import type { ExitCode, Failure } from "../../core/errors.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { parsePolicyVersion, parseTektonVersion, tektonVersionText } from "../../manifest/versions.ts";
import { loadConfig } from "../config.ts";
import type { Config } from "../config-schema.ts";
import { asksForPlan, parseNamespace, printPlan } from "./manifest-plan.ts";
import {
  addCommonOptions,
  addRegistryOptions,
  given,
  option,
  registryRequest,
  type CommonOptions,
  type RegistryFlags,
} from "../options.ts";
import { outputOptions, printRun, usage, type OutputOptions } from "../output.ts";
import { startProgress } from "../progress.ts";
import type { Run } from "../run.ts";
import type { Terminal } from "../terminal.ts";
import { parseChoice, parsePlatform, parseText, parseUid, type Parse } from "../values.ts";

interface ManifestOptions extends CommonOptions, RegistryFlags {
  readonly level?: "baseline" | "restricted";
  readonly pssVersion?: ManifestRequest["version"];
  readonly tektonVersion?: number;
  readonly fix?: boolean;
  readonly style?: "stepTemplate" | "step";
  readonly runAsUser?: number;
  readonly dryRun?: boolean;
  readonly check?: boolean;
  readonly output?: string;
  readonly images?: boolean;
  readonly engine?: "auto" | "podman" | "docker" | "none";
  readonly platform?: string;
  readonly kyverno?: boolean;
  readonly tektonConfig?: boolean;
  readonly verifyPlan?: string;
  readonly namespace?: string;
}

const help = `
Examples:
  image-fix manifest task.yaml             what admission would refuse
  image-fix manifest --fix task.yaml       write the missing fields
  image-fix manifest --dry-run .           the diff, of every manifest below
  image-fix manifest --images task.yaml    audit the steps' images too
  helm template . | image-fix manifest -   the output of Helm or Kustomize
  image-fix manifest --level baseline --pss-version v1.30 pod.yaml
  image-fix manifest --kyverno --namespace build | kubectl apply -f -
  image-fix manifest --tekton-config       what Tekton's own containers need
  image-fix manifest --verify-plan build task.yaml

Exit codes: 0 admitted, or fixed; 1 findings, or --check would change a file;
2 wrong usage, unreadable file or bad YAML. A file that ends in 2 is not
written; of several files the worst decides, and the others may be. An image
that cannot be read is a finding that could not be known: --allow-unknown lets
it pass.`;

/** Defines the command. */
export function manifestCommand(run: Run): Command {
  const command = new Command("manifest")
    .summary("check and fix Kubernetes and Tekton manifests for Pod Security")
    .description(
      "Judges the Pods that manifests make as Pod Security admission would, in its own words, and what admission does not see. With --fix, writes the fields that are missing.",
    )
    .argument("[files...]", "YAML or JSON files, folders that hold some, or - for standard input")
    .optionsGroup("What is judged:")
    .addOption(
      option(
        "--level <level>",
        "baseline or restricted (default: what the Namespace among the files enforces, else restricted)",
        parseChoice(["baseline", "restricted"]),
      ),
    )
    .addOption(option("--pss-version <version>", "version of the policy: latest (default) or v1.N", parsePss))
    .addOption(option("--tekton-version <version>", "version of Tekton Pipelines in use, such as 1.9", parseTekton))
    .option("--images", "audit the containers' images too: the local engine first, then the registry")
    .addOption(
      option(
        "--engine <engine>",
        "engine for --images: auto (default), podman, docker or none",
        parseChoice(["auto", "podman", "docker", "none"]),
      ),
    )
    .addOption(option("--platform <os/arch>", "platform of the images, such as linux/arm64", parsePlatform))
    .optionsGroup("What is written:")
    .option("--fix", "write what is missing and correct what is wrong")
    .addOption(
      option(
        "--style <style>",
        "where a Task gets its fields: stepTemplate (default) or step",
        parseChoice(["stepTemplate", "step"]),
      ),
    )
    .addOption(
      option("--run-as-user <uid>", "with --fix, set runAsUser, runAsGroup and fsGroup, such as 65532", parseUid),
    )
    .option("-n, --dry-run", "print the diff of --fix and write nothing")
    .option("--check", "write nothing; exit 1 if --fix would change a file")
    .addOption(option("-o, --output <file>", "with --fix, write the result there, - for standard output", parseText))
    .optionsGroup("What is printed instead:")
    .option("--kyverno", "print a Kyverno Policy that writes the fields into every Pod of a namespace")
    .option("--tekton-config", "print the patch that makes Tekton's own containers restricted")
    .addOption(option("--verify-plan <namespace>", "print the commands that prove a Task on a cluster", parseNamespace))
    .addOption(option("--namespace <namespace>", "namespace of the Policy that --kyverno prints", parseNamespace));
  addRegistryOptions(command);
  addCommonOptions(command).addHelpText("after", help);
  return command.action((files: readonly string[], options: ManifestOptions) =>
    run((terminal) => manifest(files, options, terminal)),
  );
}

async function manifest(files: readonly string[], options: ManifestOptions, terminal: Terminal): Promise<ExitCode> {
  if (asksForPlan(options)) return printPlan(files, options, terminal);
  const config = await loadConfig(options.config, process.cwd());
  const common = outputOptions(options, config.ok ? config.value : {});
  const output: OutputOptions = {
    ...common,
    ...streams(files, options),
    policy: { ...common.policy, check: options.check ?? false },
    same: sameOptions(options),
  };
  const request = config.ok ? await manifestRequest(files, options, config.value, terminal) : config;
  if (!request.ok) return printRun(terminal, "manifest", request, output);
  const progress = await startProgress(terminal, {
    quiet: output.quiet || (output.format !== "text" && !output.verbose) || options.images !== true,
    verbose: output.verbose,
  });
  const { checkManifests } = await import("../../app/manifest.ts");
  const report = await checkManifests(request.value, { signal: terminal.signal, onEvent: progress.onEvent });
  progress.stop();
  if (report.ok && output.aside === true) {
    for (const { fix, text, error } of report.value.targets) {
      if (output.diff === false) terminal.out(fix?.diff ?? "");
      else if (error === null) terminal.out(fix?.changed === true ? fix.text : (text ?? ""));
    }
  }
  return printRun(terminal, "manifest", report, output);
}

/** Whether standard output is the fixed text or the diff, so that the report has to stand aside. */
function streams(files: readonly string[], options: ManifestOptions): Pick<OutputOptions, "aside" | "diff"> {
  if (!fixes(options)) return {};
  const isText =
    options.dryRun !== true &&
    options.check !== true &&
    (options.output === "-" || (options.output === undefined && files.includes("-")));
  const isDiff = options.dryRun === true && options.format === "text";
  return { aside: isText || isDiff, diff: !isDiff };
}

async function manifestRequest(
  files: readonly string[],
  options: ManifestOptions,
  config: Config,
  terminal: Terminal,
): Promise<Result<ManifestRequest, Failure>> {
  if (files.length === 0) return usage("no file is named", "name one, such as: image-fix manifest task.yaml");
  const fault = clash(files, options);
  if (fault !== undefined) return fault;
  return ok({
    targets: files,
    ...(files.includes("-") ? { stdin: await terminal.input() } : {}),
    ...(options.level === undefined ? {} : { level: options.level }),
    ...(options.pssVersion === undefined ? {} : { version: options.pssVersion }),
    ...(options.tektonVersion === undefined ? {} : { tektonVersion: options.tektonVersion }),
    ...(fixes(options) ? { fix: fixOf(options) } : {}),
    ...(options.images === true ? { images: imagesOf(options, config) } : {}),
    ...(config.rules === undefined ? {} : { rules: config.rules }),
  });
}

/** `--dry-run` and `--check` make no sense without a fix, so they ask for one. */
const fixes = ({ fix, dryRun, check }: ManifestOptions): boolean => fix === true || dryRun === true || check === true;

const fixOf = (options: ManifestOptions): NonNullable<ManifestRequest["fix"]> => ({
  style: options.style ?? "stepTemplate",
  ...(options.runAsUser === undefined ? {} : { runAsUser: options.runAsUser }),
  dryRun: options.dryRun === true || options.check === true,
  ...(options.output === undefined ? {} : { output: options.output }),
});

function imagesOf(options: ManifestOptions, config: Config): NonNullable<ManifestRequest["images"]> {
  const platform = options.platform ?? config.platform;
  return {
    engine: options.engine ?? config.engine ?? "auto",
    ...(platform === undefined ? {} : { platform }),
    registry: registryRequest(options),
  };
}

/** Options that do not go together. */
function clash(files: readonly string[], options: ManifestOptions): Result<never, Failure> | undefined {
  if (!fixes(options)) {
    const only = (
      [
        ["--style", options.style],
        ["--run-as-user", options.runAsUser],
        ["-o", options.output],
      ] as const
    ).find(([, value]) => value !== undefined)?.[0];
    return only === undefined ? undefined : usage(`${only} goes with --fix`, "add --fix");
  }
  const shows = options.dryRun === true ? "--dry-run" : options.check === true ? "--check" : undefined;
  if (shows !== undefined && options.output !== undefined) {
    return usage(`-o cannot be joined with ${shows}, which writes nothing`);
  }
  if ((options.output !== undefined || files.includes("-")) && files.length > 1 && shows === undefined) {
    return usage("one file at a time can go to -o or come from standard input", "give one file");
  }
  return undefined;
}

/** The options that decide what is judged, for a next command that is to judge by the same. */
const sameOptions = ({ level, pssVersion, tektonVersion, config }: ManifestOptions): readonly string[] => [
  ...given("--level", [level]),
  ...given("--pss-version", [typeof pssVersion === "number" ? `v1.${pssVersion}` : pssVersion]),
  ...given("--tekton-version", [tektonVersion === undefined ? undefined : tektonVersionText(tektonVersion)]),
  ...given("--config", [config]),
];

const parsePss: Parse<"latest" | number> = (text) => {
  const version = parsePolicyVersion(text);
  return version === undefined
    ? err(`${JSON.stringify(text)} is no policy version; write latest or v1.N, such as v1.30`)
    : ok(version);
};

const parseTekton: Parse<number> = (text) => {
  const version = parseTektonVersion(text);
  return version === undefined
    ? err(`${JSON.stringify(text)} is no version of Tekton Pipelines; write it as 1.9 or v0.62.1`)
    : ok(version);
};
