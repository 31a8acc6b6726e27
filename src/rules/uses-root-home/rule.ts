import type { Span } from "../../core/finding.ts";
import type { Stage } from "../../containerfile/build-model.ts";
import type { Instruction } from "../../containerfile/model.ts";
import { isWithin, resolvePath } from "../../facts/paths.ts";
import { runsAsRoot } from "../decided-user.ts";
import { pathsOf } from "../layers.ts";
import { indexPaths } from "../path-index.ts";
import { placeOf, stageOf } from "../placing.ts";
import { namesRootHome, rootHome } from "../root-home.ts";
import { defineRule, type RuleInput } from "../rule.ts";
import { operandsOf, programOf } from "../shell-words.ts";
import { readStarted } from "../started.ts";
import type { HomeTool } from "../home-tools.ts";
import { installedAtHome } from "../installed-at-home.ts";

interface Use {
  readonly message:
    | "script"
    | "env"
    | "workdir"
    | "baseWorkdir"
    | "copy"
    | "settings"
    | "tool"
    | "volume"
    | "start"
    | "tilde";
  readonly at: Span;
  readonly stage: Stage;
  readonly what: string;
  /** Of the script in which it stands. */
  readonly line?: number;
  /** What a tool put there, and how to put it elsewhere. */
  readonly tool?: HomeTool;
  /** The container cannot start, or not find its programs or files, as somebody else. */
  readonly breaks: boolean;
}

/** ENV values that last to the end of the build. */
function* environment({ model }: RuleInput): Generator<Use> {
  const { env } = model.after(model.graph.target);
  for (const { instruction, stage } of model.shipped) {
    if (instruction.keyword !== "ENV") continue;
    for (const { key, value } of instruction.pairs) {
      const name = model.expand(instruction, key.value).value;
      const final = env.get(name);
      if (final !== undefined && !namesRootHome(final)) continue;
      if (!namesRootHome(value.value) && !refersTo(model.before(instruction).variables, name, value.value)) continue;
      yield { message: "env", at: value.span, stage, what: name, breaks: name === "PATH" };
      break;
    }
  }
}

/** Whether a value uses another variable that is a path in /root (`$HOME/bin` behind `ENV HOME=/root`). */
const refersTo = (variables: ReadonlyMap<string, string>, own: string, value: string): boolean =>
  [...value.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?/g)].some(
    ([, name = ""]) => name !== own && isWithin(rootHome, variables.get(name) ?? ""),
  );

function* folders(input: RuleInput): Generator<Use> {
  const { model, effects } = input;
  const { target } = model.graph;
  const state = model.after(target);
  const { workdir } = state;
  if (workdir.value.unknown.length === 0 && isWithin(rootHome, workdir.value.value)) {
    const at = placeOf(workdir.at ?? target.from);
    const message = workdir.at === undefined ? "baseWorkdir" : "workdir";
    yield { message, at, stage: workdir.stage, what: workdir.value.value, breaks: true };
  }
  const removed = indexPaths(
    effects.commands.flatMap(({ command }) =>
      programOf(command) === "rm"
        ? operandsOf(command).flatMap((path) =>
            path.startsWith("/") ? [{ path: resolvePath("/", path), start: command.span.start }] : [],
          )
        : [],
    ),
    ({ path }) => path,
  );
  for (const { destination, at } of effects.copies) {
    // A relative destination follows WORKDIR, which is the place to change then.
    if (destination === undefined || !/^["'[]?(?:\/|\$)/.test(at.instruction.destination.value)) continue;
    const path = resolvePath("/", destination);
    if (!isWithin(rootHome, path)) continue;
    const isGone = [...removed.around(path)].some(({ start }) => start > at.instruction.span.start);
    if (isGone) continue;
    yield {
      message: "copy",
      at: at.instruction.destination.span,
      stage: at.stage,
      what: at.instruction.keyword,
      breaks: false,
    };
  }
  const told = new Set<Instruction>();
  for (const { path, certain, command, at } of effects.writes) {
    if (!certain || told.has(at.instruction) || !isSettings(path) || programOf(command) === "mkdir") continue;
    if ([...removed.around(path)].some(({ start }) => start > command.span.start)) continue;
    told.add(at.instruction);
    yield { message: "settings", at: command.span, stage: at.stage, what: path, breaks: false };
  }
  for (const { value, at, stage } of state.volumes) {
    if (at === undefined || !isWithin(rootHome, resolvePath("/", value))) continue;
    yield { message: "volume", at: placeOf(at), stage, what: value, breaks: false };
  }
}

/** What tools keep for themselves, and what only a shell reads that somebody types into. */
const keptOrTyped =
  /^\/root\/\.(?:(?:cache|npm|m2|gradle|gnupg|local|nvm|yarn|cargo|rustup)(?:\/|$)|(?:(?:ba|z|k|c|tc)?sh|vim|input|screen|nano)rc$|\w*(?:profile|history|aliases)$)/;
/** Files without a dot are scripts and archives that a build leaves lying. */
const isSettings = (path: string): boolean => path.startsWith(`${rootHome}/.`) && !keptOrTyped.test(path);

/** What tools that a RUN starts install for root alone. */
function* tools(input: RuleInput): Generator<Use> {
  for (const { tool, path, at, stage } of installedAtHome(input))
    yield { message: "tool", at, stage, what: path, tool, breaks: false };
}

/** Paths that the container starts or is given. */
function* starts(input: RuleInput): Generator<Use> {
  const root = runsAsRoot(input);
  const seen = new Set<number>();
  for (const { words, at, stage, isShell } of readStarted(input).commands) {
    for (const { value, span } of words) {
      if (value === undefined || seen.has(at.index)) continue;
      const names = namesRootHome(value);
      // The tilde is the user's own home, so it is root's only as long as the image runs as root.
      if (!names && !(isShell && root && /^~(?:root)?(?:\/|$)/.test(value))) continue;
      seen.add(at.index);
      yield { message: names ? "start" : "tilde", at: span, stage, what: at.keyword, breaks: true };
    }
  }
}

/** Commands that ask for a path or only print it. */
const harmless: ReadonlySet<string> = new Set(["[", "[[", "test", "echo", "printf", "export", "set", "ls"]);

/** Paths that scripts of the context use, whoever they run as. */
function* scripts({ model, scripts: all }: RuleInput): Generator<Use> {
  for (const { path, text, commands, isCalled, startedBy } of all) {
    if (isCalled) continue;
    const used = commands.find(
      (command) =>
        !command.conditional &&
        command.onFailure !== "caught" &&
        [
          ...(harmless.has(programOf(command)) ? [] : command.words),
          ...command.redirections.map(({ target }) => target),
        ].some(({ value }) => value !== undefined && namesRootHome(value)),
    );
    if (used === undefined) continue;
    const line = text.slice(0, used.span.start).split("\n").length;
    yield {
      message: "script",
      at: placeOf(startedBy),
      stage: stageOf(model, startedBy),
      what: path,
      line,
      breaks: false,
    };
  }
}

/** Whether the file itself opens /root to others. */
const isOpened = ({ effects }: RuleInput): boolean =>
  effects.owners.some((change) => pathsOf(change).includes(rootHome)) ||
  effects.modes.some(
    ({ mode, ...change }) =>
      pathsOf(change).includes(rootHome) &&
      mode !== undefined &&
      (/[1357]$/.test(mode) || /(?:^|,)[ug]*[oa]?[ugoa]*[+=][rw]*[xX]/.test(mode)),
  );

/** On `scratch` there is no /root until a COPY or WORKDIR makes one, as open as any folder, unless a whole root file system is copied. */
const isBare = ({ model, effects }: RuleInput): boolean =>
  model.graph.base.kind === "scratch" && !effects.copies.some(({ destination }) => destination === "/");

const elsewhere = "Install it outside /root, for instance in /opt or the working directory";
const workElsewhere = "Work in a folder outside /root, for instance WORKDIR /app";

const titles: Readonly<Record<Use["message"], string>> = {
  script: elsewhere,
  env: elsewhere,
  workdir: workElsewhere,
  baseWorkdir: workElsewhere,
  copy: elsewhere,
  settings:
    "Write it for all users (/etc/ssh/ssh_config.d, git config --system, /etc/pip.conf), or into the account's home",
  tool: elsewhere,
  volume: elsewhere,
  start: elsewhere,
  tilde: elsewhere,
};

export const rule = defineRule({
  id: "uses-root-home",
  title: "Nothing that the container needs lies in /root",
  severity: "warning",
  messages: {
    script:
      "{what} uses a path in /root on line {line}, which only root may enter: it fails there as whoever else the container runs as",
    env: "{what} leads into /root, which only root may enter: whoever else the container runs as finds nothing there",
    workdir:
      "The working directory {what} lies in /root, which only root may enter: whoever else the container runs as can open nothing there by its path",
    baseWorkdir:
      "The base image's working directory {what} lies in /root, which only root may enter: whoever else the container runs as can open nothing there by its path",
    copy: "{what} puts files into /root, which only root may enter: whoever else the container runs as cannot read them",
    settings:
      "RUN writes {what}, which only root may read: whoever else the container runs as looks into a home of its own",
    tool: "{tool} puts its files into {what}: whoever else the container runs as looks into a home of its own",
    volume:
      "VOLUME {what} lies in /root, which only root may enter: whoever else the container runs as cannot reach it",
    start: "{what} uses a path in /root, which only root may enter: the container cannot start it as anybody else",
    tilde: "{what} uses ~, which is /root for root alone: as anybody else the container looks in another folder",
  },
  check: (input, report) => {
    const uses = [...environment(input), ...folders(input), ...tools(input), ...starts(input), ...scripts(input)];
    if (uses.length === 0 || isBare(input) || isOpened(input)) return;
    for (const { message, at, stage, what, line = 0, tool, breaks } of uses) {
      report(message, {
        at,
        stage,
        data: { what, line, tool: tool?.name ?? "" },
        fix: {
          title: tool === undefined ? titles[message] : `Install it outside /root: ${tool.advice}`,
          applicability: "manual",
        },
        ...(breaks && { needsPerson: true }),
      });
    }
  },
});
