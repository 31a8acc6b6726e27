import type { Span } from "../core/finding.ts";
import type { Report, Reports } from "./instruction.ts";
import { isOnFolder, mountTarget, mountType, readMount, type MountField } from "./run-mounts.ts";
import { nearest } from "./suggest.ts";

const types = ["bind", "cache", "tmpfs", "secret", "ssh"];
const sharings = ["shared", "private", "locked"];
/** Keys that may stand without a value. */
const bareKeys = ["readonly", "ro", "readwrite", "rw", "required"];
const keys: readonly string[] = (
  "type from source src target dst destination id sharing size mode uid gid env " + bareKeys.join(" ")
).split(" ");

/** What `RAMInBytes` of docker/go-units reads. */
const size = /^\+?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)? ?(?:b|[kmgtp](?:i?b)?)?$/i;
/** What `strconv.ParseBool` reads. */
const boolean = /^(?:1|0|t|f|T|F|true|false|True|False|TRUE|FALSE)$/;

const secretNames = ["id", "source", "src", "target", "dst", "destination"];

/** Keys that Buildah's mounts have and BuildKit refuses; files that use them are written for podman. */
const buildahMountKeys: ReadonlySet<string> = new Set([
  ..."z Z U u chown relabel bind-propagation tmpcopyup tmpfs-size tmpfs-mode idmap private rprivate shared rshared".split(
    " ",
  ),
  ..."slave rslave unbindable runbindable exec noexec suid nosuid dev nodev bind rbind nocopy consistency".split(" "),
]);

/** Keys that only these types have, be it in BuildKit or in Buildah. */
const typesOfKey: Readonly<Record<string, readonly string[]>> = {
  source: ["bind", "cache", "tmpfs", "secret"],
  src: ["bind", "cache", "tmpfs", "secret"],
  size: ["tmpfs"],
  required: ["secret", "ssh"],
  sharing: ["cache"],
  mode: ["cache", "secret", "ssh"],
  uid: ["cache", "secret", "ssh"],
  gid: ["cache", "secret", "ssh"],
};

/** Reports what BuildKit would refuse in one `--mount`; values with variables are left to the build. */
export function checkMount(mount: string, span: Span, { report, whenBuilt }: Reports): void {
  const fields = readMount(mount);
  if (fields === undefined)
    return report(span, "the quotes in --mount do not match", "write --mount=type=bind,source=a,target=/b");
  checkTogether(fields, span, whenBuilt);
  for (const { key, value } of fields) {
    if (buildahMountKeys.has(key)) continue;
    if (!keys.includes(key)) {
      if (value === undefined && key.includes("$")) continue;
      const meant = nearest(key, keys);
      whenBuilt(
        span,
        `unknown key ${key} in --mount`,
        meant === undefined ? `the keys are ${keys.join(", ")}` : `did you mean ${meant}?`,
      );
    } else if (value === undefined) {
      if (!bareKeys.includes(key)) whenBuilt(span, `${key} in --mount needs a value`, `write ${key}=…`);
    } else if (value.includes("$")) {
      if (key !== "from" || value.endsWith("$")) continue;
      const hint = "declare a stage FROM $NAME AS x above and write from=x";
      report(span, "from in --mount does not expand variables", hint);
    } else {
      checkField(key, value, span, whenBuilt);
    }
  }
}

/** What the fields of a mount say of each other. Buildah takes the type wherever it stands, BuildKit from there on. */
function checkTogether(fields: readonly MountField[], span: Span, report: Report): void {
  if (fields.some(({ key, value }) => (value === undefined ? key : `${key}${value}`).includes("$"))) return;
  const type = mountType(fields);
  for (const { key } of fields) {
    const allowed = Object.hasOwn(typesOfKey, key) ? typesOfKey[key] : undefined;
    if (allowed === undefined || allowed.includes(type) || !types.includes(type)) continue;
    report(span, `${key} in --mount is not for the type ${type}`, `it is for ${allowed.join(", ")}`);
  }
  if (type === "secret") return checkSecret(fields, span, report);
  if (isOnFolder(type) && mountTarget(fields) === "/")
    report(span, "the target of --mount is the root of the file system", "write target=/folder");
}

function checkSecret(fields: readonly MountField[], span: Span, report: Report): void {
  const given = (...names: readonly string[]): boolean =>
    fields.some(({ key, value = "" }) => names.includes(key) && value !== "");
  if (!given(...secretNames))
    report(span, "a secret in --mount has neither id, source nor target", "write --mount=type=secret,id=NAME");
  if (given("id") && given("source", "src"))
    report(span, "a secret in --mount has both id and source", "keep one of them");
  if (given("from")) report(span, "a secret in --mount comes from no stage", "take from= away");
}

function checkField(key: string, value: string, span: Span, report: Report): void {
  const among = key === "type" ? types : key === "sharing" ? sharings : undefined;
  if (among !== undefined && !among.includes(value.toLowerCase())) {
    const meant = nearest(value.toLowerCase(), among);
    const hint = meant === undefined ? `it is one of ${among.join(", ")}` : `did you mean ${meant}?`;
    report(span, `${key}=${value} in --mount is not known`, hint);
  }
  if ((key === "uid" || key === "gid") && !(/^\d+$/.test(value) && fits32Bits(value, 10)))
    report(span, `${key}=${value} in --mount is no number of 32 bits`);
  if (key === "size" && !size.test(value)) report(span, `size=${value} in --mount is no size`, "write such as 64m");
  if (key === "required" && !boolean.test(value))
    report(span, `required=${value} in --mount is neither true nor false`);
  if (key === "mode" && !(/^[0-7]+$/.test(value) && fits32Bits(value, 8)))
    report(span, `mode=${value} in --mount is no octal number of 32 bits`);
}

const fits32Bits = (digits: string, base: number): boolean => Number.parseInt(digits, base) < 2 ** 32;
