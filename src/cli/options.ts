/** Groups of options that several commands share, and how they become requests. */
import { Option, type Command } from "commander";
import type { AuditRequest, RegistryRequest } from "../app/requests.ts";
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Config } from "./config-schema.ts";
import {
  parseBoolean,
  parseBuildArg,
  parseBuildContext,
  parseChoice,
  parseImagePath,
  parsePlatform,
  parseSmoke,
  parseText,
  type Parse,
} from "./values.ts";

export const formats = ["text", "json", "sarif", "github", "junit", "markdown"] as const;
export type Format = (typeof formats)[number];

/** A value of an option that is not what it must be, or an option where none belongs. */
export class OptionFault extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** An option whose value is read by `parse`; a fault names the option. */
export function option<T>(flags: string, description: string, parse: Parse<T>): Option {
  const made = new Option(flags, description);
  return made.argParser((text: string): T => {
    const parsed = parse(text);
    if (!parsed.ok) throw new OptionFault(`${made.long ?? flags}: ${parsed.error}`);
    return parsed.value;
  });
}

/** An option that may be given several times. */
export function repeatable<T>(flags: string, description: string, parse: Parse<T>): Option {
  const made = new Option(flags, description);
  return made.argParser((text: string, before: readonly T[] | undefined): readonly T[] => {
    const parsed = parse(text);
    if (!parsed.ok) throw new OptionFault(`${made.long ?? flags}: ${parsed.error}`);
    return [...(before ?? []), parsed.value];
  });
}

/** Seconds that a command is watched where nobody says. */
const smokeSeconds = 5;

export type SmokeOption = true | { readonly seconds: number } | { readonly word: string };

export const smokeOption = (description: string): Option =>
  option("--smoke [seconds]", `${description} (default: ${smokeSeconds})`, parseSmoke);

/** The seconds of `--smoke`, and the words of the command with the one that the option swallowed. */
export function readSmoke(
  words: readonly string[],
  smoke: SmokeOption | undefined,
): { readonly words: readonly string[]; readonly smokeSeconds?: number } {
  if (smoke === undefined) return { words };
  if (smoke === true) return { words, smokeSeconds };
  return "word" in smoke ? { words: [smoke.word, ...words], smokeSeconds } : { words, smokeSeconds: smoke.seconds };
}

/** What every command takes. */
export interface CommonOptions {
  readonly format: Format;
  readonly failOn?: "error" | "warning";
  readonly allowUnknown?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly config?: string;
  /** `--color` and `--no-color`; undefined where neither was given. */
  readonly color?: boolean;
}

/** The format of what is printed: the first of `choices` where nobody says. */
export const formatOption = (choices: readonly string[]): Option =>
  option("-f, --format <format>", choices.join(", ").replace(",", " (default),"), parseChoice(choices)).default(
    choices[0],
  );

export function addCommonOptions(command: Command, format: Option = formatOption(formats)): Command {
  return command
    .optionsGroup("Output and exit code:")
    .addOption(format)
    .addOption(
      option(
        "--fail-on <severity>",
        "least severity that fails the run: error (default) or warning",
        parseChoice(["error", "warning"]),
      ),
    )
    .option("--allow-unknown", "let what could not be known pass, and still print it")
    .option("-q, --quiet", "print only what fails the run, a line each")
    .option("-v, --verbose", "say also where facts come from and what was ignored")
    .addOption(option("--config <file>", "configuration file (default: .image-fix.yaml, here or above)", parseText))
    .addOption(new Option("--color", "colours even where nobody watches"))
    .addOption(new Option("--no-color", "no colours (also: NO_COLOR=1)"));
}

/** What commands take that read Containerfiles. */
export interface FileOptions {
  readonly context?: string;
  readonly target?: string;
  readonly buildArg?: readonly { readonly key: string; readonly value: string | undefined }[];
  readonly buildContext?: readonly { readonly name: string; readonly value: string }[];
  readonly platform?: string;
  readonly engine?: AuditRequest["engine"];
  readonly openshift?: boolean;
  readonly writable?: readonly string[];
  readonly recipes?: string;
}

export function addFileOptions(command: Command): Command {
  return command
    .optionsGroup("The build:")
    .addOption(option("--context <dir>", "build context (default: the file's folder)", parseText))
    .addOption(option("--target <stage>", "stage that is built, by name or index (default: the last)", parseText))
    .addOption(repeatable("--build-arg <key=value>", "value of an ARG; may be repeated", parseBuildArg))
    .addOption(
      repeatable(
        "--build-context <name=value>",
        "further context: a folder, or docker-image://IMAGE; may be repeated",
        parseBuildContext,
      ),
    )
    .addOption(option("--platform <os/arch>", "platform of the base images, such as linux/arm64", parsePlatform))
    .addOption(
      option(
        "--engine <engine>",
        "auto (default), podman, docker or none",
        parseChoice(["auto", "podman", "docker", "none"]),
      ),
    )
    .optionsGroup("The user:")
    .addOption(
      repeatable(
        "--writable <path>",
        "folder in the image that the application writes; may be repeated",
        parseImagePath,
      ),
    )
    .option("--openshift", "for arbitrary uids: group 0 with the owner's rights (g=u)");
}

/** An option as it is written, once for each value that was given. */
export const given = (flag: string, values: readonly (string | undefined)[]): readonly string[] =>
  values.flatMap((value) => (value === undefined ? [] : [flag, value]));

/** The options that decide what a build of a file is and who it runs as, for a next command that is to see the same. */
export function sameFileOptions(options: FileOptions & Pick<CommonOptions, "config">): readonly string[] {
  const { context, target, buildArg = [], buildContext = [], platform, openshift, writable = [], config } = options;
  return [
    ...given("--context", [context]),
    ...given("--target", [target]),
    ...given(
      "--build-arg",
      buildArg.map(({ key, value }) => (value === undefined ? key : `${key}=${value}`)),
    ),
    ...given(
      "--build-context",
      buildContext.map(({ name, value }) => `${name}=${value}`),
    ),
    ...given("--platform", [platform]),
    ...(openshift === true ? ["--openshift"] : []),
    ...given("--writable", writable),
    ...given("--config", [config]),
  ];
}

/** A folder of the user's own recipes, of commands that make accounts. */
export const recipesOption = (): Option =>
  option("--recipes <dir>", "folder of recipes of your own, which win over the shipped ones", parseText);

/** What commands take that read images of registries. */
export interface RegistryFlags {
  readonly authfile?: string;
  readonly tlsVerify?: boolean;
  readonly certAuthority?: readonly string[];
  readonly tokenRealm?: readonly string[];
}

export function addRegistryOptions(command: Command): Command {
  return command
    .optionsGroup("Registries:")
    .addOption(
      option("--authfile <file>", "credentials (default: where podman login and docker login keep them)", parseText),
    )
    .addOption(
      option(
        "--tls-verify [bool]",
        "check certificates (default: true); with false any certificate and plain HTTP will do",
        parseBoolean,
      ).preset("true"),
    )
    .addOption(repeatable("--cert-authority <file>", "further authority to trust, PEM; may be repeated", parseText))
    .addOption(repeatable("--token-realm <host>", "token server that a registry's credentials may go to", parseText));
}

/** The registry options as use cases take them. */
export function registryRequest(options: RegistryFlags): RegistryRequest {
  const { authfile, tlsVerify, certAuthority, tokenRealm } = options;
  return {
    ...(authfile === undefined ? {} : { authfile }),
    ...(tlsVerify === undefined ? {} : { tlsVerify }),
    ...(certAuthority === undefined ? {} : { certAuthorities: certAuthority }),
    ...(tokenRealm === undefined ? {} : { tokenRealms: tokenRealm }),
  };
}

/** Joins options and configuration into what the use cases take. */
export function fileRequest(
  options: FileOptions,
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
): Result<Omit<AuditRequest, "targets">, Failure> {
  const buildArgs: Record<string, string> = { ...config["build-args"] };
  for (const { key, value } of options.buildArg ?? []) {
    // As `docker build --build-arg KEY`: the environment's value, or no argument where it has none.
    const known = value ?? env[key];
    if (known !== undefined) buildArgs[key] = known;
    if (known?.includes("\0") === true) {
      return err({ code: "USAGE", message: `--build-arg ${key}: a value cannot hold a NUL character` });
    }
  }
  const contexts = Object.fromEntries((options.buildContext ?? []).map(({ name, value }) => [name, value]));
  const platform = options.platform ?? config.platform;
  const recipesDir = options.recipes ?? config.recipes;
  return ok({
    ...(options.target === undefined ? {} : { target: options.target }),
    buildArgs,
    ...(options.buildContext === undefined ? {} : { contexts }),
    ...(platform === undefined ? {} : { platform }),
    ...(options.context === undefined ? {} : { context: options.context }),
    engine: options.engine ?? config.engine ?? "auto",
    openshift: options.openshift ?? config.openshift ?? false,
    writable: options.writable ?? config.writable ?? [],
    ...(recipesDir === undefined ? {} : { recipesDir }),
    ...(config.rules === undefined ? {} : { rules: config.rules }),
  });
}
