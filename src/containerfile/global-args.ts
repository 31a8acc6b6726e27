import type { BuildOptions } from "./build-model.ts";
import { expandWord } from "./expand.ts";
import type { Lookup } from "./lexer.ts";
import type { Containerfile } from "./model.ts";

const set = (value: string): Lookup => ({ state: "set", value });
const unknown: Lookup = { state: "unknown" };

/**
 * What FROM sees, and what a bare `ARG x` in a stage takes over: the platform arguments and the ARGs before the first
 * FROM, with `--build-arg` over their defaults.
 */
export function globalArgs(file: Containerfile, options: BuildOptions): ReadonlyMap<string, Lookup> {
  const args = new Map(platformArgs(options));
  const given = options.buildArgs ?? new Map<string, string>();
  for (const [name] of args) {
    const value = given.get(name);
    if (value !== undefined) args.set(name, set(value));
  }
  for (const instruction of file.instructions) {
    if (instruction.keyword === "FROM") break;
    if (instruction.keyword !== "ARG") continue;
    for (const { name, value } of instruction.declarations) {
      const override = given.get(name.value);
      if (override !== undefined) args.set(name.value, set(override));
      else if (value !== undefined) args.set(name.value, toLookup(value.value, file.escape, args));
      else if (!args.has(name.value)) args.set(name.value, { state: "unset" });
    }
  }
  return args;
}

/** Looks a name up among global arguments; what is not declared there is unset. */
export const lookIn =
  (args: ReadonlyMap<string, Lookup>) =>
  (name: string): Lookup =>
    args.get(name) ?? { state: "unset" };

function toLookup(word: string, escape: string, args: ReadonlyMap<string, Lookup>): Lookup {
  const { value, unknown: names, error } = expandWord(word, escape, lookIn(args));
  return names.length > 0 || error !== undefined ? unknown : set(value);
}

/**
 * The arguments that BuildKit sets itself. The machine that builds is not known here, and neither is the target
 * without `--platform`, only that it is Linux.
 */
function platformArgs({ platform, target }: BuildOptions): [string, Lookup][] {
  const [os = "linux", architecture, ...variant] = platform?.split("/") ?? [];
  const known = platform !== undefined && architecture !== undefined;
  return [
    ["BUILDPLATFORM", unknown],
    ["BUILDOS", set("linux")],
    ["BUILDOSVERSION", set("")],
    ["BUILDARCH", unknown],
    ["BUILDVARIANT", unknown],
    ["TARGETPLATFORM", known ? set(platform) : unknown],
    ["TARGETOS", set(os)],
    ["TARGETOSVERSION", set("")],
    ["TARGETARCH", known ? set(architecture) : unknown],
    ["TARGETVARIANT", known ? set(variant.join("/")) : unknown],
    ["TARGETSTAGE", target === undefined ? unknown : set(target)],
  ];
}
