import type { Span } from "../../core/finding.ts";
import type { Stage } from "../../containerfile/build-model.ts";
import { placeOf } from "../placing.ts";
import { defineRule, type RuleInput } from "../rule.ts";
import { programOf } from "../shell-words.ts";
import { readStarted, type Started } from "../started.ts";
import { baseProgram, startOf, startsBaseProgram } from "../started-software.ts";
import { isPrivileged, portOfFlag, privilegedPorts } from "../ports.ts";

interface Use {
  readonly message: "exposed" | "listens" | "software" | "base";
  readonly at: Span;
  readonly stage: Stage;
  readonly ports: readonly string[];
  readonly who: string;
}

/** EXPOSE: the author's own word on which ports the application uses. One finding an instruction. */
function* exposed({ model }: RuleInput): Generator<Use> {
  for (const { instruction, stage } of model.shipped) {
    if (instruction.keyword !== "EXPOSE") continue;
    const ports: string[] = [];
    let at: Span | undefined;
    for (const word of instruction.words) {
      const { value, unknown } = model.expand(instruction, word.value);
      // A word is split once more behind its expansion (`EXPOSE $PORTS`).
      const found = unknown.length > 0 ? [] : value.split(/\s+/).flatMap(privilegedPorts);
      if (found.length > 0) at ??= word.span;
      ports.push(...found);
    }
    if (at !== undefined) yield { message: "exposed", at, stage, ports, who: instruction.keyword };
  }
}

/** Options of ENTRYPOINT and CMD that say where to listen. */
function* listens({ commands }: Started): Generator<Use> {
  for (const { words, at, stage, program } of commands) {
    const values = words.map(({ value }) => value);
    for (const [index, word] of words.entries()) {
      const found = portOfFlag(program, values, index);
      if (found === undefined || !isPrivileged(found)) continue;
      yield { message: "listens", at: word.span, stage, ports: [String(found)], who: at.keyword };
      break;
    }
  }
}

/** Whether the file changes the configuration of what it runs, so that the usual ports say nothing. */
const changesConfiguration = ({ effects }: RuleInput): boolean =>
  effects.copies.some(
    ({ destination }) =>
      destination !== undefined &&
      /(?:^|\/)(?:etc|conf|config|templates)(?:\/|$)|\.(?:conf|cfg|ini|ya?ml|json|toml)$|Caddyfile$/.test(destination),
  ) ||
  effects.copies.some(({ at }) =>
    at.instruction.sources.some(({ value }) => /\.conf(?:\.template)?$|Caddyfile$/.test(value)),
  ) ||
  effects.commands.some(
    ({ command }) =>
      /^(?:sed|tee|envsubst|echo|printf|perl|mv|cp)$/.test(programOf(command)) &&
      [...command.words, ...command.redirections.map(({ target }) => target)].some(
        ({ value }) => value !== undefined && /\/(?:etc|conf)\//.test(value),
      ),
  );

/** Ports that known software, or what the base image starts, listens on by default. */
function* defaults(input: RuleInput, started: Started): Generator<Use> {
  if (changesConfiguration(input)) return;
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
    };
    return;
  }
  const { base, model } = input;
  const program = baseProgram(input);
  const startsBase =
    startsBaseProgram(started) ||
    started.commands.some((command) => program !== undefined && command.program === program);
  if (!startsBase || !base.config.known) return;
  const ports = (base.config.value.exposedPorts ?? []).flatMap(privilegedPorts);
  const { target } = model.graph;
  if (ports.length > 0)
    yield { message: "base", at: placeOf(target.from), stage: target, ports, who: "the base image's application" };
}

export const rule = defineRule({
  id: "privileged-port",
  title: "The application listens on ports from 1024 on",
  severity: "warning",
  messages: {
    exposed:
      "Port {ports} is below 1024: without root and NET_BIND_SERVICE a process may bind it only where the node allows that (net.ipv4.ip_unprivileged_port_start)",
    listens:
      "{who} listens on port {ports}, below 1024: without root and NET_BIND_SERVICE a process may bind it only where the node allows that (net.ipv4.ip_unprivileged_port_start)",
    software:
      "{who} listens on port {ports} unless told otherwise, below 1024: without root and NET_BIND_SERVICE a process may bind it only where the node allows that (net.ipv4.ip_unprivileged_port_start)",
    base: "The base image starts {who}, which listens on port {ports}, below 1024: without root and NET_BIND_SERVICE a process may bind it only where the node allows that (net.ipv4.ip_unprivileged_port_start)",
  },
  check: (input, report) => {
    const started = readStarted(input);
    const declared = [...exposed(input)];
    const ports = new Set(declared.flatMap((use) => use.ports));
    const told = [...listens(started)].filter((use) => !use.ports.every((port) => ports.has(port)));
    // With an EXPOSE or an option the author has said which ports they are; the usual ones no longer matter.
    const isSaid = told.length > 0 || input.model.shipped.some(({ instruction }) => instruction.keyword === "EXPOSE");
    for (const { message, at, stage, ports: found, who } of [
      ...declared,
      ...told,
      ...(isSaid ? [] : defaults(input, started)),
    ]) {
      report(message, {
        at,
        stage,
        data: { ports: found.join(", "), who },
        fix: { title: "Listen on a port of 1024 or more, and map it in the Service", applicability: "manual" },
        needsPerson: true,
      });
    }
  },
});
