import type { Span } from "../../core/finding.ts";
import type { Stage } from "../../containerfile/build-model.ts";
import type { ContextScript } from "../../facts/context.ts";
import { softwareForCommand } from "../../recipe/match-software.ts";
import type { Software } from "../../recipe/software.ts";
import { refusedStarts } from "../closed-starts.ts";
import { endsNonRoot, runsAsRoot, wasRunNonRoot } from "../decided-user.ts";
import { declaredPorts, declaresPorts } from "../declared-ports.ts";
import { placeOf, stageOf } from "../placing.ts";
import { isPrivileged } from "../ports.ts";
import { privilegeSwitch } from "../privilege-switches.ts";
import { defineRule, type RuleInput } from "../rule.ts";
import { basename } from "../../shell/launch.ts";
import { isOwnChown } from "../own-chown.ts";
import { inferredSwitch, needOfContextScript, needOfScript, type PlacedNeed } from "../started-scripts.ts";
import type { Environment } from "../unset-tests.ts";
import { readStarted, type Started } from "../started.ts";
import {
  changesConfiguration,
  hasOwnConfiguration,
  mayStart,
  rootOptions,
  settingsOf,
  softwareOf,
  startOf,
  startsBaseProgram,
} from "../started-software.ts";

interface Need {
  readonly message:
    | "direct"
    | "script"
    | "scriptSoftware"
    | "ownChown"
    | "ownChownInline"
    | "inferred"
    | "software"
    | "baseSoftware"
    | "change"
    | "baseChange"
    | "configured"
    | "baseStart"
    | "closed";
  readonly at: Span;
  readonly stage: Stage;
  readonly data: Readonly<Record<string, string>>;
  readonly title: string;
}

const onlyAsRoot = "Let the script do this only when id -u is 0, or do it in a RUN";
const withoutSwitch = "Start the program itself and let USER decide, or switch only when id -u is 0";

function* direct({ commands }: Started, environment: Environment): Generator<Need> {
  for (const command of commands) {
    const found = command.isArguments ? undefined : privilegeSwitch(command);
    const [first] = command.words;
    if (found === undefined || first === undefined) continue;
    if (command.script !== undefined && needOfScript(command.script, environment) === undefined) continue;
    yield {
      message: "direct",
      at: first.span,
      stage: command.stage,
      data: { keyword: command.at.keyword, ...found },
      title: withoutSwitch,
    };
  }
}

/** What else a shell text of ENTRYPOINT or CMD does that only root may. */
function* inline(input: RuleInput, { commands }: Started, environment: Environment): Generator<Need> {
  const isOwn = isOwnChown(input);
  const seen = new Set<string>();
  for (const { script, at, stage } of commands) {
    if (script === undefined || seen.has(script)) continue;
    seen.add(script);
    const certain = needOfScript(script, environment, isOwn);
    const need = certain ?? needOfScript(script, environment);
    if (need === undefined) continue;
    const command = commands.find((one) => one.script === script && one.program === need.tool);
    const place = command?.words[0]?.span ?? placeOf(at);
    yield {
      message: certain === undefined ? "ownChownInline" : "direct",
      at: place,
      stage,
      data: { keyword: at.keyword, tool: need.tool, why: need.why },
      title: onlyAsRoot,
    };
  }
}

/** The word of ENTRYPOINT or CMD that names a script. */
function placeOfScript({ startedBy, path }: ContextScript, { commands }: Started): Span {
  const name = basename(path);
  for (const { at, words } of commands) {
    if (at.index !== startedBy.index) continue;
    const word = words.find(({ value }) => value !== undefined && basename(value) === name);
    if (word !== undefined) return word.span;
  }
  return placeOf(startedBy);
}

function* scripts(input: RuleInput, started: Started, environment: Environment): Generator<Need> {
  const isOwn = isOwnChown(input);
  for (const script of input.scripts) {
    const needOf = (isOther?: typeof isOwn): PlacedNeed | undefined =>
      script.isCalled ? undefined : needOfContextScript(script, input.scripts, environment, isOther);
    const certain = needOf(isOwn);
    const need = certain ?? needOf();
    if (need === undefined) continue;
    const { path = script.path, line, tool, why } = need;
    const [known] = softwareForCommand(tool);
    const place = { at: placeOfScript(script, started), stage: stageOf(input.model, script.startedBy) };
    const data = { path, line: String(line), tool, why };
    if (certain === undefined) {
      yield { message: "ownChown", ...place, data, title: onlyAsRoot };
      continue;
    }
    yield known === undefined
      ? { message: "script", ...place, data, title: onlyAsRoot }
      : { message: "scriptSoftware", ...place, data: { ...data, advice: known.advice }, title: changed(known) };
  }
  const inferred = inferredSwitch(input, started);
  if (inferred !== undefined) {
    const { command, tool } = inferred;
    const at = command.words[0]?.span ?? placeOf(command.at);
    yield {
      message: "inferred",
      at,
      stage: command.stage,
      data: { script: command.program, tool },
      title: withoutSwitch,
    };
  }
}

/**
 * Whether another finding asks for the same change already, or the file has made it: software that only listens on a
 * low port and keeps its files in root's folders is told both by its configuration.
 */
function isDealtWith(input: RuleInput, { nonRoot, ports }: Software): boolean {
  if (nonRoot !== "manual" || !ports.some(isPrivileged)) return false;
  return changesConfiguration(input) || !declaresPorts(input) || !declaredPorts(input).next().done;
}

/**
 * Whether the image runs as the account that the software's files belong to, or is about to: a file that makes the account
 * and leaves it to the start script to change to it gets it as its user.
 */
function runsAsItsAccount(input: RuleInput, { account }: Software): boolean {
  if (account === undefined) return false;
  if (runsAsRoot(input)) return input.effects.users.some(({ name }) => name === account);
  const { userPart, account: own, uid } = input.user;
  const name = own.known ? own.value?.name : undefined;
  // Nobody else's number below 1000 (`SYS_UID_MAX`, login.defs(5)) may be the one that the package's account got.
  const mayBeIts = name === undefined && uid.known && uid.value < 1000;
  return userPart === account || name === account || mayBeIts;
}

/** `An FTP server` inside a sentence. */
const inSentence = (title: string): string => title.replace(/^(?:The|An?) /, (article) => article.toLowerCase());

const changed = ({ title }: Software): string => `Change how ${inSentence(title)} is started`;

/** The options of a start that only root may use: `named -u bind`. */
function* options(input: RuleInput, started: Started, known: Software): Generator<Need> {
  for (const { option, by, at, stage } of rootOptions(input, started, known))
    yield {
      message: "configured",
      at,
      stage,
      data: { path: by, line: option, title: inSentence(known.title), advice: known.advice },
      title: changed(known),
    };
}

function* software(input: RuleInput, started: Started): Generator<Need> {
  const wasTried = wasRunNonRoot(input);
  for (const { software: known, at } of softwareOf(input, started)) {
    // What a person had to change first has been changed, or the image would have started for nobody.
    if (known.nonRoot === "manual" && known.account === undefined && wasTried) continue;
    yield* options(input, started, known);
    const [asked] = settingsOf(input, known, "root");
    if (asked !== undefined && (startOf(input, started, known, at) !== undefined || mayStart(started, known))) {
      yield {
        message: "configured",
        at: placeOf(asked.by.writtenBy),
        stage: stageOf(input.model, asked.by.writtenBy),
        data: { path: asked.by.path, line: asked.line, title: inSentence(known.title), advice: known.advice },
        title: changed(known),
      };
      continue;
    }
    if (known.nonRoot === "works") continue;
    if (isDealtWith(input, known) || runsAsItsAccount(input, known)) continue;
    if (known.nonRoot === "manual" && hasOwnConfiguration(input, started, known)) continue;
    const start = startOf(input, started, known, at);
    if (start === undefined) continue;
    const isNever = known.nonRoot === "never";
    yield {
      message: start.isBase ? (isNever ? "baseSoftware" : "baseChange") : isNever ? "software" : "change",
      at: start.span,
      stage: start.stage,
      data: { title: start.isBase ? inSentence(known.title) : known.title, advice: known.advice },
      title: changed(known),
    };
  }
}

/** What the base image starts, where its table says that it does not do without root. */
function* baseStart({ base, model }: RuleInput, started: Started): Generator<Need> {
  const hasEntrypoint = base.config.known && (base.config.value.entrypoint?.length ?? 0) > 0;
  const isItsOwn = startsBaseProgram(started) || (started.baseEntrypoint && hasEntrypoint);
  if (!isItsOwn || !base.startNeedsRoot.known || !base.startNeedsRoot.value) return;
  const { target } = model.graph;
  yield {
    message: "baseStart",
    at: placeOf(target.from),
    stage: target,
    data: {},
    title: "Start the program itself, or build on an image that runs without root",
  };
}

/** `service NAME start` runs an init script, which expects root, whatever it starts. */
function* services({ commands }: Started): Generator<Need> {
  for (const { program, words, stage, at } of commands) {
    const [first] = words;
    if (program !== "service" || first === undefined) continue;
    yield {
      message: "direct",
      at: first.span,
      stage,
      data: { keyword: at.keyword, tool: "service", why: "runs an init script that expects root" },
      title: "Start the program itself, in the foreground",
    };
  }
}

/** A file that the user may not start: of root's start a fix gives it to the account that it is changed to. */
function* closed(input: RuleInput): Generator<Need> {
  if (!endsNonRoot(input)) return;
  const { uid, userPart } = input.user;
  const who = uid.known ? `uid ${uid.value}` : `"${userPart ?? ""}"`;
  for (const { path, span, stage, mode, owner, lacks } of refusedStarts(input))
    yield {
      message: "closed",
      at: span,
      stage,
      data: { path, done: lacks, who, mode, owner: String(owner) },
      title:
        lacks === "read"
          ? `Let everybody read it: chmod a+r ${path}`
          : `Let everybody read and execute it: chmod 755 ${path}`,
    };
}

export const rule = defineRule({
  id: "entrypoint-needs-root",
  title: "What the container starts does not need root",
  severity: "warning",
  messages: {
    direct:
      "{keyword} starts {tool}, which {why}: in a container without root and capabilities it fails and the container exits",
    script: "{path} starts {tool} on line {line}, which {why}: in a container without root and capabilities it fails",
    scriptSoftware: "{path} starts {tool} on line {line}, which {why}: {advice}",
    ownChown:
      "{path} starts {tool} on line {line}, which without root and capabilities is refused for every file that is not the user's own already, as in a volume that is mounted",
    ownChownInline:
      "{keyword} starts {tool}, which without root and capabilities is refused for every file that is not the user's own already, as in a volume that is mounted",
    inferred:
      "{tool} is installed and {script} is not in the build context: a script that drops root with {tool} fails in a container without capabilities",
    software: "{title} does not run as another user than root as it is: {advice}",
    baseSoftware: "The base image starts {title}, which does not run as another user than root as it is: {advice}",
    configured: '{path} tells {title} "{line}", which only root may: {advice}',
    baseStart: "What the base image starts by itself is known not to run without root and capabilities as it is",
    closed:
      "{path}, which the container starts, cannot be {done} by {who}: its mode is {mode} and its owner uid {owner}",
    change: "{title} does not run here as it is: {advice}",
    baseChange: "The base image starts {title}, which does not run here as it is: {advice}",
  },
  check: (input, report) => {
    const started = readStarted(input);
    const { env } = input.model.after(input.model.graph.target);
    const seen = new Set<number>();
    for (const { message, at, stage, data, title } of [
      ...direct(started, env),
      ...scripts(input, started, env),
      ...software(input, started),
      ...baseStart(input, started),
      ...services(started),
      ...inline(input, started, env),
      ...closed(input),
    ]) {
      // One finding for one ENTRYPOINT or CMD: each of them asks for the same change.
      const line = input.model.graph.file.instructions.findLast(({ span }) => span.start <= at.start)?.index ?? -1;
      if (seen.has(line)) continue;
      seen.add(line);
      report(message, {
        at,
        stage,
        data,
        fix: { title, applicability: "manual" },
        needsPerson: true,
        dependsOnPlace: message === "ownChown" || message === "ownChownInline",
      });
    }
  },
});
