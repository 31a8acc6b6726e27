import type { Span } from "../../core/finding.ts";
import type { Stage } from "../../containerfile/build-model.ts";
import { declaredPorts, declaresPorts } from "../declared-ports.ts";
import { softwareOfProgram } from "../../recipe/match-software.ts";
import type { Software } from "../../recipe/software.ts";
import { placeOf, stageOf } from "../placing.ts";
import { defineRule, type RuleInput } from "../rule.ts";
import { basename } from "../../shell/launch.ts";
import { readShell } from "../../shell/read-shell.ts";
import { ownSource } from "../../shell/source.ts";
import { startedTexts } from "../started-texts.ts";
import { reachedByAll } from "../non-root-run.ts";
import { unsetVariables } from "../unset-tests.ts";
import { readStarted, type Started } from "../started.ts";
import {
  baseProgram,
  mayChangePorts,
  mayMovePorts,
  settingsOf,
  startOf,
  startsBaseProgram,
} from "../started-software.ts";
import { isPrivileged, portOfFlag, portsOfVariable, portWords, privilegedPorts } from "../ports.ts";

interface Use {
  readonly message: "exposed" | "listens" | "variable" | "configured" | "software" | "base";
  readonly at: Span;
  readonly stage: Stage;
  readonly ports: readonly string[];
  readonly who: string;
  /** What to do, where it is known better than for any program. */
  readonly advice?: string;
}

const adviceOf = ({ title, nonRoot, advice }: Software): { readonly advice?: string } =>
  nonRoot === "never" ? {} : { advice: `${title}: ${advice}` };

/** The first word that tells a program to listen on a privileged port, and the port. */
function lowPort<T extends { readonly value: string | undefined }>(
  words: readonly T[],
): { readonly word: T; readonly port: number } | undefined {
  const values = words.map(({ value }) => value);
  const program = basename(values[0] ?? "");
  for (const [index, word] of words.entries()) {
    const port = portOfFlag(program, values, index);
    if (port !== undefined && isPrivileged(port)) return { word, port };
  }
  return undefined;
}

/** Options of ENTRYPOINT and CMD that say where to listen, and of what their scripts start in any case. */
function* listens(input: RuleInput, { commands }: Started): Generator<Use> {
  for (const { words, at, stage } of commands) {
    const low = lowPort(words);
    if (low === undefined) continue;
    yield { message: "listens", at: low.word.span, stage, ports: [String(low.port)], who: at.keyword };
  }
  const { model } = input;
  const { env } = model.after(model.graph.target);
  const texts = startedTexts(input);
  const isUnset = unsetVariables(
    env,
    texts.map(({ text }) => text),
  );
  for (const { by, text, at, isScript, isCalled } of texts) {
    if (!isScript || isCalled) continue;
    const { commands: own } = readShell(ownSource(text), { variables: env, cwd: undefined });
    const low = own.flatMap((command) => {
      const port = command.conditional ? undefined : lowPort(command.words)?.port;
      return port === undefined ? [] : [{ command, port: String(port) }];
    });
    const ports = [...new Set(reachedByAll(text, low, isUnset).map(({ port }) => port))];
    if (ports.length > 0) yield { message: "listens", at: placeOf(at), stage: stageOf(model, at), ports, who: by };
  }
}

interface TellingVariable extends Omit<Use, "message" | "ports"> {
  readonly ports: readonly number[];
  readonly isCertain: boolean;
}

/** Variables of the finished image that say where to listen: those that the file sets, and of its base those that are certain. */
function tellingVariables({ model }: RuleInput): readonly TellingVariable[] {
  const { target } = model.graph;
  const pairs = model.shipped.flatMap(({ instruction, stage }) =>
    instruction.keyword === "ENV"
      ? instruction.pairs.map(({ key, value }) => ({ who: key.value, at: value.span, stage }))
      : [],
  );
  return [...model.after(target).env].flatMap(([who, value]) => {
    const { ports, isCertain } = portsOfVariable(who, value);
    const set = pairs.findLast((pair) => pair.who === who);
    if (ports.length === 0 || (set === undefined && !isCertain)) return [];
    return [{ who, at: placeOf(target.from), stage: target, ...set, ports, isCertain }];
  });
}

/** Whether what starts is told by a word where to listen (`--port ${PORT}`), so that a customary variable by itself says nothing. */
const startSaysPorts = (input: RuleInput, { commands }: Started): boolean =>
  [
    ...startedTexts(input).map(({ text }) => text),
    ...commands.flatMap(({ words }) => words.map(({ value = "" }) => value)),
  ].some((text) => /(?:^|\s|["'])-[\w.-]*(?:port|bind|listen|addr)|(?:^|\s)-p\b|\$\{?\w*(?:PORT|ADDR)/i.test(text));

/** Ports that a configuration file of the build context gives to software that the container starts. */
function* configured(input: RuleInput, started: Started): Generator<Use> {
  for (const { software, at } of input.software) {
    const found = settingsOf(input, software, "port").filter(
      ({ value, by }) => isPrivileged(Number(value)) && !mayMovePorts(input, by),
    );
    const [first] = found;
    if (first === undefined || startOf(input, started, software, at) === undefined) continue;
    yield {
      message: "configured",
      at: placeOf(first.by.writtenBy),
      stage: stageOf(input.model, first.by.writtenBy),
      ports: [...new Set(found.map(({ value = "" }) => value))],
      who: `${software.title}, by ${first.by.path},`,
      ...adviceOf(software),
    };
  }
}

/** Ports that known software, or what the base image starts, listens on by default. */
function* defaults(input: RuleInput, started: Started): Generator<Use> {
  if (mayChangePorts(input) || tellingVariables(input).some(({ isCertain }) => isCertain)) return;
  for (const { software, at } of input.software) {
    const ports = software.ports.filter(isPrivileged).map(String);
    const start = ports.length === 0 ? undefined : startOf(input, started, software, at);
    if (start === undefined) continue;
    yield {
      message: start.isBase ? "base" : "software",
      at: start.span,
      stage: start.stage,
      ports,
      who: software.title,
      ...adviceOf(software),
    };
    return;
  }
  const { base, model } = input;
  const program = baseProgram(input);
  const startsBase =
    startsBaseProgram(started) ||
    started.commands.some((command) => program !== undefined && command.program === program);
  if (!base.config.known) return;
  const ports = (base.config.value.exposedPorts ?? []).flatMap(privilegedPorts);
  const { target } = model.graph;
  if (ports.length === 0) return;
  if (startsBase) yield { message: "base", at: placeOf(target.from), stage: target, ports, who: "its application" };
  else yield* startsWhatBaseBrings(started, ports);
}

/** Known software that the base image exposes a port of, started by its own name. */
function* startsWhatBaseBrings({ commands }: Started, ports: readonly string[]): Generator<Use> {
  for (const { program, words, at, stage } of commands) {
    const known = softwareOfProgram(program).find((one) => one.ports.some((port) => ports.includes(String(port))));
    if (known === undefined) continue;
    const place = words[0]?.span ?? placeOf(at);
    yield { message: "software", at: place, stage, ports, who: known.title, ...adviceOf(known) };
    return;
  }
}

export const rule = defineRule({
  id: "privileged-port",
  title: "The application listens on ports from 1024 on",
  severity: "warning",
  messages: {
    exposed:
      "{Ports} {are} below 1024: without root and NET_BIND_SERVICE a process may bind {them} only where the node allows that (net.ipv4.ip_unprivileged_port_start)",
    listens:
      "{who} listens on {ports}, below 1024: without root and NET_BIND_SERVICE a process may bind {them} only where the node allows that (net.ipv4.ip_unprivileged_port_start)",
    variable:
      "{who} tells the application to listen on {ports}, below 1024: without root and NET_BIND_SERVICE a process may bind {them} only where the node allows that (net.ipv4.ip_unprivileged_port_start)",
    software:
      "{who} listens on {ports} unless told otherwise, below 1024: without root and NET_BIND_SERVICE a process may bind {them} only where the node allows that (net.ipv4.ip_unprivileged_port_start)",
    configured:
      "{who} listens on {ports}, below 1024: without root and NET_BIND_SERVICE a process may bind {them} only where the node allows that (net.ipv4.ip_unprivileged_port_start)",
    base: "The base image starts {who}, which listens on {ports}, below 1024: without root and NET_BIND_SERVICE a process may bind {them} only where the node allows that (net.ipv4.ip_unprivileged_port_start)",
  },
  check: (input, report) => {
    const started = readStarted(input);
    const declared = [...declaredPorts(input)].map((use): Use => ({ ...use, message: "exposed", who: "EXPOSE" }));
    const ports = new Set(declared.flatMap((use) => use.ports));
    const variables = tellingVariables(input)
      .filter(({ isCertain }) => isCertain || !(declaresPorts(input) || startSaysPorts(input, started)))
      .map((use): Use => ({ ...use, message: "variable", ports: use.ports.filter(isPrivileged).map(String) }));
    const told = [...listens(input, started), ...variables, ...configured(input, started)].filter(
      (use) => !use.ports.every((port) => ports.has(port)),
    );
    // With an EXPOSE or an option the author has said which ports they are; the usual ones no longer matter.
    const isSaid = told.length > 0 || declaresPorts(input);
    for (const { message, at, stage, ports: found, who, advice } of [
      ...declared,
      ...told,
      ...(isSaid ? [] : defaults(input, started)),
    ]) {
      report(message, {
        at,
        stage,
        data: { ...portWords(found), who },
        fix: {
          title: advice ?? "Listen on a port of 1024 or more, and map it in the Service",
          applicability: "manual",
        },
        needsPerson: true,
        dependsOnPlace: true,
      });
    }
  },
});
