import type { Instruction } from "./model.ts";
import type { Report } from "./instruction.ts";
import { nearest } from "./suggest.ts";

/** How a flag takes its value: `--link` or `--link=true`, `--chown=x` once, `--mount=x` any number of times. */
type FlagKind = "bool" | "string" | "list";

const none: Readonly<Record<string, FlagKind>> = {};

/** The flags BuildKit's own parser knows (`instructions/parse.go`), by keyword; other keywords take none. */
const knownFlags: Readonly<Record<string, Readonly<Record<string, FlagKind>>>> = {
  FROM: { platform: "string" },
  RUN: { mount: "list", network: "string", security: "string", device: "list" },
  COPY: {
    from: "string",
    chown: "string",
    chmod: "string",
    link: "bool",
    parents: "bool",
    exclude: "list",
  },
  ADD: {
    chown: "string",
    chmod: "string",
    link: "bool",
    "keep-git-dir": "bool",
    checksum: "string",
    unpack: "bool",
    exclude: "list",
  },
  HEALTHCHECK: {
    interval: "string",
    timeout: "string",
    "start-period": "string",
    "start-interval": "string",
    retries: "string",
  },
};

/** Instructions whose flags BuildKit reads and never looks at. */
const unchecked: ReadonlySet<string> = new Set(["ARG", "STOPSIGNAL", "UNKNOWN"]);

/** Reports flags that an instruction does not have, that are given twice, or whose value is missing or wrong. */
export function checkFlags(instruction: Instruction, report: Report): void {
  const { keyword, flags } = instruction;
  if (unchecked.has(keyword) || isHealthcheckNone(instruction)) return;
  const known = knownFlags[keyword] ?? none;
  const seen = new Set<string>();
  for (const { name, value, span } of flags) {
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) {
      const names = Object.keys(known);
      const meant = nearest(name, names);
      if (meant !== undefined) report(span, `unknown flag --${name} of ${keyword}`, `did you mean --${meant}?`);
      else report(span, `unknown flag --${name} of ${keyword}`, flagHint(keyword, names));
      continue;
    }
    if (seen.has(name) && kind !== "list") report(span, `flag --${name} is given twice`, "keep one of them");
    seen.add(name);
    if (kind === "bool") checkBoolean(name, value, span, report);
    else if (value === undefined)
      report(span, `flag --${name} needs a value`, `write --${name}=value, with no blank before it`);
  }
}

function checkBoolean(name: string, value: string | undefined, span: Instruction["span"], report: Report): void {
  if (value === undefined || /^(?:true|false)$/i.test(value)) return;
  if (value === "") report(span, `flag --${name} needs a value behind its =`, `write --${name}`);
  else report(span, `flag --${name} is true or false, not ${value}`, `write --${name} or --${name}=false`);
}

function flagHint(keyword: string, names: readonly string[]): string {
  if (names.length === 0) return `${keyword} takes no flags; flags of a program stand behind its name`;
  return `${keyword} takes ${names.map((name) => `--${name}`).join(", ")}; flags of a program stand behind its name`;
}

function isHealthcheckNone({ keyword, logical, argumentsAt }: Instruction): boolean {
  return keyword === "HEALTHCHECK" && /^none(?:\s|$)/i.test(logical.text.slice(argumentsAt, argumentsAt + 5));
}
