/**
 * What the values of options and of the configuration file may be. One function a kind of value: the value, or what is
 * wrong with it and what to write instead, as the end of a sentence that begins with the value's place.
 */
import { nearest } from "../containerfile/suggest.ts";
import { err, ok, type Result } from "../core/result.ts";
import { isSystemPath } from "../facts/paths.ts";

export type Parsed<T> = Result<T, string>;
export type Parse<T> = (text: string) => Parsed<T>;

/** Largest uid that Kubernetes takes. */
const largestId = 2_147_483_647;
/** A day; timers above 24.8 days would fire at once. */
const longestSeconds = 86_400;

/** Ten minutes: who has to watch longer runs the image. */
const longestSmoke = 600;

export const parseUid: Parse<number> = (text) => {
  const uid = wholeNumber(text);
  if (uid === 0) return err("0 is root; give a number from 1 to 2147483647, such as 65532");
  if (uid === undefined || uid > largestId)
    return err(`${shown(text)} is no uid; give a number from 1 to 2147483647, such as 65532`);
  return ok(uid);
};

export const parseGid: Parse<number> = (text) => {
  const gid = wholeNumber(text);
  if (gid === undefined || gid > largestId)
    return err(`${shown(text)} is no gid; give a number from 0 to 2147483647, such as 65532`);
  return ok(gid);
};

export const parseSeconds: Parse<number> = (text) => {
  const seconds = wholeNumber(text);
  if (seconds === undefined || seconds === 0 || seconds > longestSeconds) {
    return err(`${shown(text)} is no time; give whole seconds from 1 to ${longestSeconds}, such as 600`);
  }
  return ok(seconds);
};

/**
 * The value of `--smoke [SECONDS]`. A word that is no number was meant for the command (`--smoke ./Containerfile`), as
 * options with a value that may be left out swallow what follows.
 */
export const parseSmoke: Parse<{ readonly seconds: number } | { readonly word: string }> = (text) => {
  if (!/^[-+]?[0-9.,]+[a-z]{0,3}$/i.test(text)) return ok({ word: text });
  const seconds = wholeNumber(text);
  if (seconds === undefined || seconds === 0 || seconds > longestSmoke) {
    return err(`${shown(text)} is no time; give whole seconds from 1 to ${longestSmoke}, such as 10`);
  }
  return ok({ seconds });
};

/** A whole number from 1 with at most ten digits. */
export const parseCount: Parse<number> = (text) => {
  const count = wholeNumber(text);
  return count === undefined || count === 0 ? err(`${shown(text)} is no count; give a whole number from 1`) : ok(count);
};

/** A name that every family's tools take: lower case, at most 32 characters, no number. */
export const parseUserName: Parse<string> = (text) => {
  if (text === "root") return err("root is the name of uid 0; give another, such as nonroot");
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(text)) {
    return err(
      `${shown(text)} is no user name; give lower-case letters, digits, - and _, beginning with a letter or _, at most 32, such as nonroot`,
    );
  }
  return ok(text);
};

/** A folder inside the image. It ends up in RUN and COPY lines, so what these expand or split is refused. */
export const parseImagePath: Parse<string> = (text) => {
  if (!text.startsWith("/")) return err(`${shown(text)} is no absolute path; give one inside the image, such as /data`);
  // oxlint-disable-next-line no-control-regex -- these are what is refused
  const bad = /[\u0000-\u0020\u007f-\u009f"'`\\$*?[\]{}()<>|&;#!:]/u.exec(text)?.[0];
  if (bad !== undefined)
    return err(
      `${shown(text)} holds ${bad === " " ? "a blank" : shown(bad)}, which Containerfiles and shells read in their own ways; give a plain path, such as /data`,
    );
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return err(`${shown(text)} leads upwards; write the folder itself, such as /data`);
  if (parts.length === 0) return err("/ is the whole file system; give a folder in it, such as /data");
  return ok(`/${parts.join("/")}`);
};

/** The home of an account: creating the account gives it the folder. */
export const parseHome: Parse<string> = (text) => {
  const path = parseImagePath(text);
  return path.ok && isSystemPath(path.value)
    ? err(
        `${path.value} is a folder of the system and stays root's; give one of the account's own, such as /home/nonroot`,
      )
    : path;
};

/** Go's names, which platforms are made of, and two that the engines take for them. @see https://go.dev/doc/install/source */
const architecturePattern =
  /^(?:386|amd64|arm|arm64|loong64|mips|mips64|mips64le|mipsle|ppc64|ppc64le|riscv64|s390x|wasm|x86_64|aarch64)$/;

/**
 * `os/architecture` or `os/architecture/variant`. An architecture that does not exist is a slip: no image is for it, and
 * nothing would be read.
 */
export const parsePlatform: Parse<string> = (text) => {
  const [, architecture] = /^[a-z0-9]+\/([a-z0-9_]+)(?:\/[a-z0-9]+)?$/.exec(text) ?? [];
  if (architecture !== undefined && architecturePattern.test(architecture)) return ok(text);
  const meant = /^(?:amd64|arm64|arm|386|ppc64le|s390x|riscv64)$/.test(text) ? `linux/${text}` : "linux/amd64";
  return err(`${shown(text)} is no platform; give system/architecture, such as ${meant}`);
};

/** An image name that an engine takes as a tag: lower case, an optional registry in front and tag behind. */
export const parseTag: Parse<string> = (text) => {
  const host = "(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?/)?";
  const part = "[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*";
  if (new RegExp(`^${host}${part}(?:/${part})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$`).test(text)) return ok(text);
  return err(`${shown(text)} is no image name; give a lower-case one with an optional tag, such as app:non-root`);
};

export const parseText: Parse<string> = (text) => (text === "" ? err("its value is empty") : ok(text));

/** `true` or `false`. */
export const parseBoolean: Parse<boolean> = (text) =>
  text === "true" ? ok(true) : text === "false" ? ok(false) : err(`${shown(text)} is neither true nor false`);

/** One of a few words; the nearest is named for one that was mistyped. */
export const parseChoice =
  <const T extends string>(choices: readonly T[]): Parse<T> =>
  (text) => {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return ok(found);
    const near = nearest(text.toLowerCase(), choices) ?? choices.find((choice) => choice === text.toLowerCase());
    const isNone = choices.length === 2 ? `neither ${choices.join(" nor ")}` : `none of ${listed(choices)}`;
    return err(`${shown(text)} is ${isNone}${near === undefined ? "" : `; did you mean ${near}?`}`);
  };

/** Splits `KEY=VALUE`; `value` is undefined for a lone key, which stands for the environment's value. */
export const parseBuildArg: Parse<{ readonly key: string; readonly value: string | undefined }> = (text) => {
  const at = text.indexOf("=");
  const key = at === -1 ? text : text.slice(0, at);
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key))
    return err(`${shown(text)} is no build argument; give KEY=VALUE, or KEY for its value in the environment`);
  return ok({ key, value: at === -1 ? undefined : text.slice(at + 1) });
};

/** Splits `NAME=VALUE`: a build context of its own. */
export const parseBuildContext: Parse<{ readonly name: string; readonly value: string }> = (text) => {
  const at = text.indexOf("=");
  const [name, value] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  // With a comma or a NUL in it no builder would take it.
  if (!/^[A-Za-z0-9][\w./:@-]*$/.test(name) || value === "" || value.includes("\0"))
    return err(`${shown(text)} is no build context; give NAME=FOLDER or NAME=docker-image://IMAGE`);
  return ok({ name, value });
};

const secretKeys: readonly string[] = ["id", "src", "source", "env", "type"];

/** A build secret as the builders take it: `id=npmrc,src=FILE`. */
export const parseSecret: Parse<string> = (text) => {
  const fields = new Map(
    text.split(",").map((field) => {
      const at = field.indexOf("=");
      return at < 1 ? ([field, undefined] as const) : ([field.slice(0, at), field.slice(at + 1)] as const);
    }),
  );
  const isWell = [...fields].every(([key, value]) => secretKeys.includes(key) && value !== undefined && value !== "");
  if (!isWell || !fields.has("id") || text.includes("\0"))
    return err(`${shown(text)} is no secret; give id=ID,src=FILE or id=ID,env=VARIABLE`);
  return ok(text);
};

function wholeNumber(text: string): number | undefined {
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}

const shown = (text: string): string => (text === "" ? "an empty text" : JSON.stringify(text));

/** `a, b or c`. */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
