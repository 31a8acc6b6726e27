/** The shape of recipe and software files. Unknown keys are errors, so that a misspelt one is not passed over. */
import * as v from "valibot";

export const families = [
  "alpine",
  "wolfi",
  "debian",
  "ubuntu",
  "ubi",
  "ubi-minimal",
  "ubi-micro",
  "fedora",
  "centos",
  "rocky",
  "alma",
  "amazonlinux",
  "oraclelinux",
  "opensuse",
  "azurelinux",
  "photon",
  "arch",
  "busybox",
  "distroless",
  "scratch",
] as const;

const text = v.pipe(v.string("a text is expected"), v.nonEmpty("it is empty"));
const id = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, "an id is lower-case words joined by -"));
const path = v.pipe(
  v.string(),
  v.regex(/^\/[A-Za-z0-9_.+/-]*$/, "an absolute path of letters, digits and ._+- is expected"),
);
const uid = v.pipe(
  v.number("a number is expected"),
  v.integer("a whole number is expected"),
  v.minValue(1, "0 is root"),
  v.maxValue(2147483647, "ids end at 2147483647"),
);
const gid = v.pipe(
  v.number("a number is expected"),
  v.integer("a whole number is expected"),
  v.minValue(0),
  v.maxValue(2147483647, "ids end at 2147483647"),
);
const name = v.pipe(
  v.string(),
  v.regex(/^[a-z_][a-z0-9_-]{0,31}$/, "a user name is lower-case letters, digits, _ and -"),
);

const account = v.variant(
  "do",
  [
    v.strictObject({ do: v.literal("busybox-adduser"), highestUid: v.optional(uid) }),
    v.strictObject({ do: v.literal("shadow-useradd"), shell: v.optional(path, "/usr/sbin/nologin") }),
    v.strictObject({ do: v.literal("append-passwd"), shell: v.optional(path, "/sbin/nologin") }),
    v.strictObject({ do: v.literal("numeric") }),
    v.strictObject({ do: v.literal("reuse"), name, uid, gid, home: v.optional(path) }),
  ],
  "one of busybox-adduser, shadow-useradd, append-passwd, numeric, reuse is expected",
);

export const recipeSchema = v.strictObject({
  id,
  title: text,
  families: v.optional(v.array(v.picklist(families, `one of ${families.join(", ")} is expected`)), []),
  images: v.optional(v.array(text), []),
  account,
  facts: v.pipe(
    v.array(v.strictObject({ fact: text, source: text })),
    v.minLength(1, "a recipe names at least one fact with its source"),
  ),
  notes: v.optional(text),
});

const managers = ["apt", "apk", "dnf", "zypper", "pacman"] as const;
const manager = v.picklist(managers, `one of ${managers.join(", ")} is expected`);

export const softwareSchema = v.strictObject({
  id,
  title: text,
  packages: v.optional(v.record(manager, v.array(text)), {}),
  images: v.optional(v.array(text), []),
  downloads: v.optional(v.array(text)),
  folders: v.optional(v.array(path)),
  commands: v.array(text),
  services: v.optional(v.array(text)),
  byCommand: v.optional(v.literal(true)),
  configuration: v.optional(v.array(path)),
  settings: v.optional(v.strictObject({ port: v.optional(text), root: v.optional(text), file: v.optional(text) })),
  rootOptions: v.optional(text),
  writable: v.optional(
    v.array(
      v.strictObject({
        path,
        why: text,
        source: text,
        kind: v.optional(v.picklist(["folder", "file"]), "folder"),
        managers: v.optional(
          v.array(v.picklist([...managers, "image"], `one of ${managers.join(", ")}, image is expected`)),
        ),
      }),
    ),
    [],
  ),
  fileCapabilities: v.optional(v.array(v.strictObject({ path, capabilities: text, source: text }))),
  ports: v.optional(v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))), []),
  account: v.optional(text),
  nonRoot: v.picklist(["works", "manual", "never"], "one of works, manual, never is expected"),
  advice: text,
  source: text,
});
