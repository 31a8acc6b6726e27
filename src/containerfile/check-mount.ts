import type { Span } from "../core/finding.ts";
import type { Report, Reports } from "./instruction.ts";
import { readMount, type MountField } from "./run-mounts.ts";
import { nearest } from "./suggest.ts";

const types = ["bind", "cache", "tmpfs", "secret", "ssh"];
const sharings = ["shared", "private", "locked"];
/** Keys that may stand without a value. */
const bareKeys = ["readonly", "ro", "readwrite", "rw", "required"];
const keys: readonly string[] = (
  "type from source src target dst destination id sharing size mode uid gid env " + bareKeys.join(" ")
).split(" ");

const secretNames = ["id", "source", "src", "target", "dst", "destination"];

/** Keys that Buildah's mounts have and BuildKit refuses; files that use them are written for podman. */
const buildahMountKeys: ReadonlySet<string> = new Set([
  ..."z Z U u chown relabel bind-propagation tmpcopyup tmpfs-size tmpfs-mode idmap private rprivate shared rshared".split(
    " ",
  ),
  ..."slave rslave unbindable runbindable exec noexec suid nosuid dev nodev bind rbind nocopy consistency".split(" "),
]);

/** Reports what BuildKit would refuse in one `--mount`; values with variables are left to the build. */
export function checkMount(mount: string, span: Span, { report, whenBuilt }: Reports): void {
  const fields = readMount(mount);
  if (fields === undefined)
    return report(span, "the quotes in --mount do not match", "write --mount=type=bind,source=a,target=/b");
  checkSecret(fields, span, whenBuilt);
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

function checkSecret(fields: readonly MountField[], span: Span, report: Report): void {
  const type = fields.findLast(({ key }) => key === "type")?.value?.toLowerCase();
  if (type !== "secret" || fields.some(({ key, value }) => (value ?? key).includes("$"))) return;
  if (fields.some(({ key, value = "" }) => secretNames.includes(key) && value !== "")) return;
  report(span, "a secret in --mount has neither id, source nor target", "write --mount=type=secret,id=NAME");
}

function checkField(key: string, value: string, span: Span, report: Report): void {
  const among = key === "type" ? types : key === "sharing" ? sharings : undefined;
  if (among !== undefined && !among.includes(value.toLowerCase())) {
    const meant = nearest(value.toLowerCase(), among);
    const hint = meant === undefined ? `it is one of ${among.join(", ")}` : `did you mean ${meant}?`;
    report(span, `${key}=${value} in --mount is not known`, hint);
  }
  if ((key === "uid" || key === "gid") && !/^\d{1,10}$/.test(value))
    report(span, `${key}=${value} in --mount is no number`);
  if (key === "size" && !/\d/.test(value)) report(span, `size=${value} in --mount is no size`, "write such as 64m");
  if (key === "mode" && !/^[0-7]{1,11}$/.test(value)) report(span, `mode=${value} in --mount is no octal number`);
}
