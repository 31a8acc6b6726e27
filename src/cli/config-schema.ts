/** The shape of the configuration file. Loaded only where there is one. */
import * as v from "valibot";
import { nearest } from "../containerfile/suggest.ts";
import type { Failure } from "../core/errors.ts";
import type { Severity } from "../core/finding.ts";
import { err, ok, type Result } from "../core/result.ts";
import { manifestRules } from "../manifest/rules.ts";
import { readYaml } from "../recipe/read-yaml.ts";
import * as rules from "../rules/index.gen.ts";
import {
  parseBuildArg,
  parseGid,
  parseHome,
  parseImagePath,
  parsePlatform,
  parseSeconds,
  parseUid,
  parseUserName,
  type Parse,
} from "./values.ts";

/** What the file may say; keys are those of the options. `schemas/config.schema.json` describes it for editors. */
export interface Config {
  readonly engine?: "auto" | "podman" | "docker" | "none";
  readonly platform?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly "user-name"?: string;
  readonly home?: string;
  readonly writable?: readonly string[];
  readonly openshift?: boolean;
  readonly comments?: boolean;
  readonly recipes?: string;
  readonly timeout?: number;
  readonly "build-args"?: Readonly<Record<string, string>>;
  readonly "fail-on"?: "error" | "warning";
  readonly "allow-unknown"?: boolean;
  readonly rules?: Readonly<Record<string, "off" | Severity>>;
}

/** A value that an option's own reader takes, so that file and command line know the same faults. */
const like = <T extends string | number>(parse: Parse<T>) =>
  v.pipe(
    v.union([v.string("a text or a number is wanted"), v.number("a text or a number is wanted")]),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const parsed = parse(String(dataset.value));
      if (parsed.ok) return parsed.value;
      addIssue({ message: parsed.error });
      return NEVER;
    }),
  );

const severities = ["off", "error", "warning", "info"] as const;
const ruleIds: readonly string[] = [...Object.values(rules), ...manifestRules].map(({ id }) => id);

function noSuchRule({ input }: { readonly input: string }): string {
  const meant = nearest(input, ruleIds);
  return `there is no such rule; ${meant === undefined ? "" : `did you mean ${meant}? `}\`image-fix explain\` lists them`;
}

const schema = v.strictObject(
  {
    engine: v.optional(v.picklist(["auto", "podman", "docker", "none"], "auto, podman, docker or none is wanted")),
    platform: v.optional(like(parsePlatform)),
    uid: v.optional(like(parseUid)),
    gid: v.optional(like(parseGid)),
    "user-name": v.optional(like(parseUserName)),
    home: v.optional(like(parseHome)),
    writable: v.optional(v.array(like(parseImagePath), "a list of folders is wanted")),
    openshift: v.optional(v.boolean("true or false is wanted")),
    comments: v.optional(v.boolean("true or false is wanted")),
    recipes: v.optional(v.string("a folder is wanted")),
    timeout: v.optional(like(parseSeconds)),
    "build-args": v.optional(
      v.record(
        v.pipe(
          v.string(),
          v.check((key) => parseBuildArg(key).ok, "it is no name of a build argument"),
        ),
        v.pipe(
          v.union([v.string(), v.number(), v.boolean()], "a text is wanted"),
          v.transform((value) => String(value)),
        ),
      ),
    ),
    "fail-on": v.optional(v.picklist(["error", "warning"], "error or warning is wanted")),
    "allow-unknown": v.optional(v.boolean("true or false is wanted")),
    rules: v.optional(
      v.record(
        v.pipe(
          v.string(),
          v.check((id) => ruleIds.includes(id), noSuchRule),
        ),
        v.picklist(severities, "off, error, warning or info is wanted"),
      ),
    ),
  },
  "options and their values are wanted, such as uid: 10001",
);

const keysHint = `the keys are ${Object.keys(schema.entries).join(", ")}`;

/** Validates the text of a configuration file. An empty one says nothing. */
export function readConfig(file: string, text: string): Result<Config, Failure> {
  const value = readYaml(text, (document) =>
    v.safeParse(schema, Array.isArray(document) ? "a list" : (document ?? {})),
  );
  if (!value.ok) {
    const isUnknownKey = value.error.message.endsWith("there is no such key");
    return err({ code: "CONFIG_INVALID", file, ...value.error, ...(isUnknownKey ? { hint: keysHint } : {}) });
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema's output is the type, YAML's booleans for on and off apart
  return ok(value.value as Config);
}
