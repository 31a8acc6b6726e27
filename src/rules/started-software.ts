/** Which known software a container of the image starts, and from where. */
import type { Span } from "../core/finding.ts";
import type { Stage } from "../containerfile/build-model.ts";
import type { Instruction } from "../containerfile/model.ts";
import type { FoundSoftware } from "../recipe/find-software.ts";
import type { ContextScript } from "../facts/context.ts";
import { copiesOf } from "../facts/context-copies.ts";
import type { ContextSettings } from "../facts/context-settings.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import { isService, softwareForCommand, softwareForService } from "../recipe/match-software.ts";
import type { Software } from "../recipe/software.ts";
import { placeOf, stageOf } from "./placing.ts";
import type { RuleInput } from "./rule.ts";
import { basename } from "../shell/launch.ts";
import type { ShellCommand } from "../shell/model.ts";
import { programOf } from "./shell-words.ts";
import type { Started, StartedCommand } from "./started.ts";

export interface SoftwareStart {
  readonly span: Span;
  readonly stage: Stage;
  /** The base image starts it; the place is the target's FROM. */
  readonly isBase: boolean;
}

type Command = Pick<StartedCommand, "program" | "words" | "isArguments">;

/** The names a command may start a service by: `service NAME start`, `/etc/init.d/NAME start`, `systemctl start NAME`. */
function servicesOf({ program, words }: Pick<Command, "program" | "words">): readonly string[] {
  const values = words.map(({ value }) => value ?? "");
  if (program === "service") return values.slice(1, 2);
  if (/\/init\.d\/[^/]+$/.test(values[0] ?? "")) return [program];
  if (/^(?:systemctl|rc-service)$/.test(program)) return values.slice(1).map((name) => name.replace(/\.service$/, ""));
  return [];
}

/** The names that a program may be known by: its own, and its path. */
const namesOf = ({ program, words }: Pick<Command, "program" | "words">): readonly string[] => [
  program,
  words[0]?.value ?? program,
];

/** Whether a command starts the software: its program, or its service. */
const starts = (command: Command, software: Software): boolean =>
  !command.isArguments &&
  (namesOf(command).some((name) => software.commands.includes(name)) ||
    servicesOf(command).some((name) => isService(software, name)));

/** Whether the container starts what the base image starts: neither ENTRYPOINT nor CMD was replaced. */
export const startsBaseProgram = ({ baseEntrypoint, baseCmd }: Started): boolean => baseEntrypoint && baseCmd;

/** Whether a script that the container starts has a command that starts the software. */
function scriptStarts({ commands }: ContextScript, software: Software): boolean {
  return commands.some(({ words }) =>
    starts({ program: basename(words[0]?.value ?? ""), words, isArguments: false }, software),
  );
}

/**
 * Tells the commands that start something else than a script that the file copies: that is its author's own, whatever
 * software has one of the same name (`dockerd-entrypoint.sh`).
 */
function isNoOwnScript({ model }: RuleInput): (command: Pick<Command, "program">) => boolean {
  const own = new Set(
    copiesOf(model, model.shipped).flatMap(({ sources, destination = "", isIntoFolder }) =>
      [...sources, ...(isIntoFolder ? [] : [destination])].map(basename),
    ),
  );
  return ({ program }) => !program.endsWith(".sh") || !own.has(program);
}

/** The known software that concerns a container: what is installed, and what is started whatever brings it. */
export function softwareOf(input: RuleInput, { commands }: Started): readonly FoundSoftware[] {
  const { software, scripts } = input;
  const running = [
    ...commands.filter((one) => !one.isArguments).filter(isNoOwnScript(input)),
    ...scripts.flatMap((script) => script.commands).map((one) => ({ program: programOf(one), words: one.words })),
  ];
  const known = new Set(software.map((one) => one.software.id));
  const started = [
    ...[...new Set(running.flatMap(namesOf))].flatMap(softwareForCommand),
    ...[...new Set(running.flatMap(servicesOf))].flatMap(softwareForService),
  ].filter(({ id }) => !known.has(id) && known.add(id));
  return [...software, ...started.map((one) => ({ software: one, at: undefined }))];
}

/**
 * Whether the file brings a configuration of its own for a software, so that what is known of the usual one says
 * nothing: it writes or copies into it, or starts the program with a path elsewhere.
 */
export function hasOwnConfiguration({ effects }: RuleInput, { commands }: Started, software: Software): boolean {
  const { configuration = [] } = software;
  if (configuration.length === 0) return false;
  const touches = (path: string): boolean => configuration.some((one) => isWithin(one, path) || isWithin(path, one));
  return (
    effects.copies.some(({ destination }) => destination !== undefined && touches(resolvePath("/", destination))) ||
    effects.commands.some(({ command }) =>
      [...command.words.slice(1), ...command.redirections.map(({ target }) => target)].some(
        ({ value }) => value !== undefined && configuration.some((one) => value.includes(one)),
      ),
    ) ||
    commands.some(
      (command) =>
        software.commands.includes(command.program) &&
        command.words.slice(1).some(({ value }) => value?.startsWith("/") === true && !touches(value)),
    )
  );
}

/** Programs that start whatever their configuration says. */
const supervisors: ReadonlySet<string> = new Set(["supervisord", "s6-svscan", "runsvdir", "systemd", "init", "monit"]);

/**
 * Whether something that starts others may start the software, as far as this file tells.
 */
export const mayStart = ({ commands }: Started, { commands: programs }: Software): boolean =>
  programs.length > 0 && commands.some((command) => supervisors.has(command.program));

/**
 * Where the container starts a known software.
 * @param installedBy The RUN that installs it, or `undefined` when the base image brings it.
 */
export function startOf(
  input: RuleInput,
  started: Started,
  software: Software,
  installedBy: Instruction | undefined,
): SoftwareStart | undefined {
  const { model, scripts } = input;
  const command = started.commands.filter(isNoOwnScript(input)).find((one) => starts(one, software));
  if (command !== undefined) {
    return { span: command.words[0]?.span ?? placeOf(command.at), stage: command.stage, isBase: false };
  }
  const script = scripts.find((one) => scriptStarts(one, software));
  if (script !== undefined) {
    return { span: placeOf(script.startedBy), stage: stageOf(model, script.startedBy), isBase: false };
  }
  if (installedBy !== undefined || !startsBaseProgram(started)) return undefined;
  const { target } = model.graph;
  return { span: placeOf(target.from), stage: target, isBase: true };
}

/** An option of a start that only root may use. */
export interface RootOption {
  /** As it is written, with its value. */
  readonly option: string;
  /** Who writes it: a script of the context, or the keyword of the instruction. */
  readonly by: string;
  readonly at: Span;
  readonly stage: Stage;
}

/** The options that a container starts a software with and that only root may use. */
export function rootOptions({ model, scripts }: RuleInput, { commands }: Started, software: Software): RootOption[] {
  if (software.rootOptions === undefined) return [];
  const pattern = new RegExp(software.rootOptions);
  const optionOf = (words: Command["words"]): string | undefined =>
    pattern.exec(words.map(({ value = "" }) => value).join(" "))?.[0].trim();
  const direct = commands.flatMap((command, index) => {
    if (!starts(command, software)) return [];
    // An exec form CMD holds what is left of an ENTRYPOINT's arguments.
    const rest = commands.slice(index + 1).filter(({ isArguments }) => isArguments);
    const { at, stage } = command;
    const option = optionOf([command, ...rest].flatMap(({ words }) => words).slice(1));
    return option === undefined ? [] : [{ option, by: at.keyword, at: command.words[0]?.span ?? placeOf(at), stage }];
  });
  const inScripts = scripts.flatMap(({ path, startedBy, commands: own }) =>
    own.flatMap(({ words }) => {
      if (!starts({ program: basename(words[0]?.value ?? ""), words, isArguments: false }, software)) return [];
      const option = optionOf(words.slice(1));
      return option === undefined
        ? []
        : [{ option, by: path, at: placeOf(startedBy), stage: stageOf(model, startedBy) }];
    }),
  );
  return [...direct, ...inScripts];
}

/** The program that the base image's own CMD or ENTRYPOINT starts; `undefined` when nobody knows. */
export function baseProgram({ base }: RuleInput): string | undefined {
  if (!base.config.known) return undefined;
  const { entrypoint = [], cmd = [] } = base.config.value;
  const word = cmd[0] ?? entrypoint[0];
  return word === undefined ? undefined : basename(word);
}

/** A line of a configuration file that the file brings for a software. */
export interface Setting {
  readonly by: ContextSettings;
  /** What the line says, without what surrounds it. */
  readonly line: string;
  /** The first group of the pattern. */
  readonly value: string | undefined;
}

/** What the configuration files that are copied say to a software, in their order. */
export function settingsOf(
  { settings }: RuleInput,
  { settings: known }: Software,
  about: "port" | "root",
): readonly Setting[] {
  const pattern = known?.[about];
  if (pattern === undefined) return [];
  const mark = new RegExp(known?.file ?? "", "im");
  const its = settings.filter(({ text }) => mark.test(text));
  return its.flatMap((by) =>
    [...by.text.matchAll(new RegExp(pattern, "gim"))].map(([line, value]) => ({
      by,
      line: line.replace(/^[\s;{]+|[\s;{]+$/g, "").replace(/\s+/g, " "),
      value,
    })),
  );
}

/**
 * The COPYs of one configuration file, named by its source, that was read and says nothing of where to listen (a `php.ini`, a
 * virtual host). A Caddyfile says it without a word.
 */
const silentCopies = ({ settings }: RuleInput): ReadonlySet<Instruction> =>
  new Set(
    settings
      .filter(
        ({ writtenBy: by, path, text }) =>
          (by.keyword === "COPY" || by.keyword === "ADD") &&
          by.sources.length === 1 &&
          basename(by.sources[0]?.value ?? "") === basename(path) &&
          !/\b(?:listen|bind|port)\b/i.test(text) &&
          !path.includes("Caddyfile"),
      )
      .map(({ writtenBy }) => writtenBy),
  );

/** Folders of settings that say nothing of ports: those of package managers, of PHP and of the system. */
const otherSettings =
  /\/etc\/(?:apt|apk|dnf|yum|yum\.repos\.d|zypp|pki|ssl|ca-certificates|php\d*|profile\.d|sudoers\.d|pam\.d|skel)(?=\/|$)/g;
const withoutOthers = (text: string): string => text.replaceAll(otherSettings, "");

/**
 * Whether a command adds or edits a text that is known, and neither a number nor a word of it is about where to listen
 * (`sed -i 's!/var/www/html!/app/public!' /etc/apache2/…`). One that writes a file anew takes away what stood there.
 */
const saysNothingOfPorts = (command: ShellCommand): boolean =>
  /^(?:sed|echo|printf|perl)$/.test(programOf(command)) &&
  command.redirections.every(({ operator }) => operator !== ">") &&
  command.words.every(
    ({ value }) =>
      value !== undefined && (/^[\w./*-]*\/etc\/[\w./*-]*$/.test(value) || !/listen|bind|port|\d{2}/i.test(value)),
  );

/** Whether a command behind it edits a configuration file in what may be its ports (`sed -i 's/80/8080/' …/default.conf`). */
export function mayMovePorts({ effects }: RuleInput, { writtenBy: by, path }: ContextSettings): boolean {
  const destination = by.keyword === "COPY" || by.keyword === "ADD" ? by.destination.value : path;
  const names = new Set([basename(path), basename(destination)]);
  return effects.commands.some(
    ({ at, command }) =>
      at.instruction.index > by.index &&
      /^(?:sed|perl)$/.test(programOf(command)) &&
      !saysNothingOfPorts(command) &&
      command.words.slice(1).some(({ value }) => value !== undefined && names.has(basename(value))),
  );
}

/** Whether the file changes the configuration of what it runs in a way that the usual ports may say nothing. */
export const mayChangePorts = (input: RuleInput): boolean => changesConfiguration(input, saysNothingOfPorts);

/**
 * Whether the file changes the configuration of what it runs.
 * @param isOther commands that change other things of it than are asked about.
 */
export function changesConfiguration(
  input: RuleInput,
  isOther: (command: ShellCommand) => boolean = () => false,
): boolean {
  const silent = silentCopies(input);
  const copies = input.effects.copies.filter(
    ({ at, destination = "" }) => !silent.has(at.instruction) && withoutOthers(destination) === destination,
  );
  return (
    copies.some(
      ({ destination }) =>
        destination !== undefined &&
        /(?:^|\/)(?:etc|conf|config|templates)(?:\/|$)|\.(?:conf|cfg|ini|ya?ml|json|toml)$|Caddyfile$/.test(
          destination,
        ),
    ) ||
    copies.some(({ at }) =>
      at.instruction.sources.some(({ value }) => /\.conf(?:\.template)?$|Caddyfile$/.test(value)),
    ) ||
    input.effects.commands.some(
      ({ command }) =>
        /^(?:sed|tee|envsubst|echo|printf|perl|mv|cp)$/.test(programOf(command)) &&
        !isOther(command) &&
        [...command.words, ...command.redirections.map(({ target }) => target)].some(
          ({ value }) => value !== undefined && /(?:^|\/)(?:etc|conf)\//.test(withoutOthers(value)),
        ),
    )
  );
}
