/** `useradd`, `adduser` (two very different tools of that name), `groupadd`, `addgroup` and their kin. */
import type { ShellCommand, ShellWord } from "../shell/model.ts";
import { parseOptions, type OptionTable, type ParsedOptions } from "../shell/options.ts";
import type { Family } from "../image/base-facts.ts";
import { idOf, type AccountEffect } from "./account-effect.ts";
import type { GroupCreation, UserCreation } from "./effects.ts";
import { accountFileEffects } from "./account-file-commands.ts";
import type { CommandInput } from "./command-output.ts";
import { basename } from "../shell/launch.ts";

const useradd: OptionTable = {
  values: new Set(["b", "c", "d", "e", "f", "g", "G", "k", "K", "p", "R", "P", "s", "u", "Z", "F", "selinux-range"]),
  aliases: {
    "base-dir": "b",
    comment: "c",
    "home-dir": "d",
    home: "d",
    expiredate: "e",
    inactive: "f",
    gid: "g",
    groups: "G",
    skel: "k",
    key: "K",
    "no-log-init": "l",
    "create-home": "m",
    "no-create-home": "M",
    "no-user-group": "N",
    "non-unique": "o",
    password: "p",
    system: "r",
    root: "R",
    prefix: "P",
    shell: "s",
    uid: "u",
    "user-group": "U",
    "selinux-user": "Z",
  },
};
const adduserBusybox: OptionTable = {
  values: new Set(["h", "g", "s", "G", "u", "k"]),
  aliases: {
    home: "h",
    gecos: "g",
    shell: "s",
    ingroup: "G",
    uid: "u",
    skel: "k",
    system: "S",
    "disabled-password": "D",
    "no-create-home": "H",
  },
};
const busyboxFamilies = new Set<Family>(["alpine", "wolfi", "busybox"]);
const adduserDebian: OptionTable = {
  values: new Set([
    "home",
    "shell",
    "uid",
    "gid",
    "firstuid",
    "lastuid",
    "firstgid",
    "lastgid",
    "gecos",
    "comment",
    "ingroup",
    "conf",
    "add_extra_groups",
  ]),
  aliases: { u: "uid", h: "home", s: "shell" },
};
const groupadd: OptionTable = {
  values: new Set(["g", "K", "p", "R", "P", "U"]),
  aliases: {
    gid: "g",
    force: "f",
    key: "K",
    "non-unique": "o",
    password: "p",
    system: "r",
    root: "R",
    prefix: "P",
    users: "U",
  },
};
const groupmod: OptionTable = {
  values: new Set([...groupadd.values, "n"]),
  aliases: { ...groupadd.aliases, "new-name": "n" },
};
const addgroup: OptionTable = { values: new Set(["g", "gid", "firstgid", "lastgid", "conf"]), aliases: { gid: "g" } };
const usermod: OptionTable = {
  values: new Set(["c", "d", "e", "f", "g", "G", "l", "p", "s", "u", "v", "w", "R", "P", "Z"]),
  aliases: {
    uid: "u",
    login: "l",
    gid: "g",
    groups: "G",
    home: "d",
    shell: "s",
    append: "a",
    comment: "c",
    "move-home": "m",
  },
};

/** Options of usermod that change what is known of an account. */
const usermodSets = [
  ["u", "uid"],
  ["l", "name"],
  ["g", "group"],
  ["d", "home"],
] as const;

/** Families whose `adduser` is useradd by another name. */
const shadowFamilies = new Set<Family>([
  "ubi",
  "ubi-minimal",
  "ubi-micro",
  "fedora",
  "centos",
  "rocky",
  "alma",
  "amazonlinux",
  "oraclelinux",
  "azurelinux",
  "photon",
  "opensuse",
  "arch",
]);
const debianFamilies = new Set<Family>(["debian", "ubuntu"]);
/** Families whose `useradd -N` puts accounts into `users`, 100. */
const usersFamilies = new Set<Family>([
  ...debianFamilies,
  "ubi",
  "ubi-minimal",
  "fedora",
  "centos",
  "rocky",
  "alma",
  "amazonlinux",
  "oraclelinux",
]);

/** Which tool `adduser` is: told by options that only one of them has, then by the base's family. */
function adduserKind(words: readonly ShellWord[], family: Family | undefined): UserCreation["tool"] {
  const text = words.map(({ value, raw }) => value ?? raw);
  const long = text.some((word) =>
    /^--(?:disabled-password|disabled-login|gecos|ingroup|firstuid|allow-bad-names|force-badname|quiet|comment)\b/.test(
      word,
    ),
  );
  // BusyBox has most of Debian's long options too.
  if (family !== undefined && busyboxFamilies.has(family)) return "adduser-busybox";
  if (long) return "adduser-debian";
  if (family !== undefined && shadowFamilies.has(family)) return "useradd";
  if (family !== undefined && debianFamilies.has(family)) return "adduser-debian";
  if (text.some((word) => /^-[DSH]+$/.test(word) || word === "-G" || word === "-h")) return "adduser-busybox";
  return text.some((word) => /^--(?:system|home|uid|gid|group|no-create-home)\b/.test(word))
    ? "adduser-debian"
    : "adduser-busybox";
}

const text = (parsed: ParsedOptions, name: string): string | undefined => parsed.options.get(name)?.value;
const word = (parsed: ParsedOptions, name: string): ShellWord | undefined => parsed.options.get(name)?.word;

/**
 * What a command does to accounts, if it does anything.
 */
export function accountEffects(
  command: ShellCommand,
  family: Family | undefined,
  input: CommandInput,
): readonly AccountEffect[] {
  const [name, ...rest] = command.words;
  if (name === undefined) return accountFileEffects(command, name, input);
  if (name.value === undefined) return [];
  switch (basename(name.value)) {
    case "useradd":
      return [useraddEffect(command, name, rest, family)];
    case "adduser": {
      const tool = adduserKind(rest, family);
      if (tool === "useradd") return [useraddEffect(command, name, rest, family)];
      return tool === "adduser-debian"
        ? adduserDebianEffects(command, name, rest)
        : adduserBusyboxEffects(command, name, rest, family);
    }
    case "groupadd": {
      const parsed = parseOptions(rest, groupadd);
      return [groupEffect(command, name, "groupadd", parsed.operands[0], text(parsed, "g"))];
    }
    case "addgroup": {
      const parsed = parseOptions(rest, addgroup);
      // `addgroup USER GROUP` puts a user into a group.
      if (parsed.operands.length > 1) return [];
      return [groupEffect(command, name, "addgroup", parsed.operands[0], text(parsed, "g"))];
    }
    case "usermod": {
      const parsed = parseOptions(rest, usermod);
      if (!usermodSets.some(([option]) => parsed.options.has(option))) return [];
      const given = usermodSets.filter(([option]) => parsed.options.has(option));
      const effect = {
        command,
        kind: "modify" as const,
        name: parsed.operands[0]?.value,
        uid: idOf(text(parsed, "u")),
        sets: Object.fromEntries(given.map(([option, what]) => [what, text(parsed, option)])),
      };
      return [{ kind: "change", effect }];
    }
    case "groupmod": {
      const parsed = parseOptions(rest, groupmod);
      if (!parsed.options.has("g") && !parsed.options.has("n")) return [];
      const effect = {
        command,
        name: parsed.operands[0]?.value,
        renumbers: parsed.options.has("g"),
        gid: idOf(text(parsed, "g")),
        ...(parsed.options.has("n") && { newName: text(parsed, "n") }),
      };
      return [{ kind: "group-change", effect }];
    }
    case "groupdel":
    case "delgroup": {
      const operands = rest.filter(({ raw }) => !raw.startsWith("-"));
      // `delgroup USER GROUP` takes a user out of a group.
      if (operands.length !== 1) return [];
      const effect = { command, name: operands[0]?.value, renumbers: false, gid: undefined };
      return [{ kind: "group-change", effect }];
    }
    case "userdel":
    case "deluser":
      return [
        {
          kind: "change",
          effect: {
            command,
            kind: "delete",
            name: rest.findLast(({ raw }) => !raw.startsWith("-"))?.value,
            uid: undefined,
          },
        },
      ];
    case "newusers":
    case "systemd-sysusers":
    case "vipw":
      return [{ kind: "change", effect: { command, kind: "unknown", name: undefined, uid: undefined } }];
    default:
      return accountFileEffects(command, name, input);
  }
}

function useraddEffect(
  command: ShellCommand,
  name: ShellWord,
  rest: readonly ShellWord[],
  family: Family | undefined,
): AccountEffect {
  const parsed = parseOptions(rest, useradd);
  const account = parsed.operands.at(-1);
  const group = text(parsed, "g");
  const isShared = !parsed.options.has("g") && parsed.options.has("N");
  const sharedGid = isShared && family !== undefined && usersFamilies.has(family) ? 100 : undefined;
  const groups = text(parsed, "G");
  return {
    kind: "user",
    effect: {
      command,
      tool: "useradd",
      name: account?.value,
      uid: idOf(text(parsed, "u")),
      group,
      ownGroup: !parsed.options.has("g") && !isShared,
      gid: sharedGid ?? idOf(group),
      home:
        text(parsed, "d") ??
        (account?.value === undefined ? undefined : `${text(parsed, "b") ?? "/home"}/${account.value}`),
      createsHome: parsed.options.has("m") && !parsed.options.has("M"),
      system: parsed.options.has("r"),
      supplementary: groups === undefined ? [] : groups.split(",").filter((one) => one !== ""),
      noLogInit: parsed.options.has("l"),
      optionsAt: name.span.end,
      ...(parsed.operands.length > 1 && { hasHiddenOptions: true as const }),
      uidWord: word(parsed, "u"),
      nameWord: account,
    },
  };
}

/** BusyBox: without -G the account gets a group of its own name and of its uid, with -S `nogroup` (65533 on Alpine). */
function adduserBusyboxEffects(
  command: ShellCommand,
  name: ShellWord,
  rest: readonly ShellWord[],
  family: Family | undefined,
): readonly AccountEffect[] {
  const parsed = parseOptions(rest, adduserBusybox);
  // `adduser USER GROUP` puts a user into a group; behind an option BusyBox creates the user and looks at no group.
  if (parsed.operands.length > 1 && parsed.options.size === 0) return [];
  const account = parsed.operands[0];
  const group = text(parsed, "G");
  const uid = idOf(text(parsed, "u"));
  const isSystem = parsed.options.has("S");
  const ownGroup = !parsed.options.has("G") && !isSystem;
  const noGroup = isSystem && !parsed.options.has("G") && family === "alpine" ? 65_533 : undefined;
  return [
    {
      kind: "user",
      effect: {
        command,
        tool: "adduser-busybox",
        name: account?.value,
        uid,
        group,
        ownGroup,
        gid: ownGroup ? uid : (noGroup ?? idOf(group)),
        home: text(parsed, "h") ?? (account?.value === undefined ? undefined : `/home/${account.value}`),
        createsHome: !parsed.options.has("H"),
        system: isSystem,
        supplementary: [],
        noLogInit: true,
        optionsAt: name.span.end,
        uidWord: word(parsed, "u"),
        nameWord: account,
      },
    },
  ];
}

/** Debian's adduser (Perl). */
function adduserDebianEffects(
  command: ShellCommand,
  name: ShellWord,
  rest: readonly ShellWord[],
): readonly AccountEffect[] {
  const parsed = parseOptions(rest, adduserDebian);
  const account = parsed.operands[0];
  if (parsed.operands.length > 1) return [];
  // `adduser --group NAME` makes a group alone; with --system both.
  if (parsed.options.has("group") && !parsed.options.has("system")) {
    return [groupEffect(command, name, "addgroup", account, text(parsed, "gid"))];
  }
  const uid = idOf(text(parsed, "uid"));
  const group = text(parsed, "gid") ?? text(parsed, "ingroup");
  const system = parsed.options.has("system");
  const ownGroup = group === undefined && (!system || parsed.options.has("group"));
  return [
    {
      kind: "user",
      effect: {
        command,
        tool: "adduser-debian",
        name: account?.value,
        uid,
        // A system account without --group or --ingroup belongs to nogroup.
        group: group ?? (system && !parsed.options.has("group") ? "nogroup" : undefined),
        ownGroup,
        gid: idOf(group) ?? (ownGroup ? uid : undefined),
        home:
          text(parsed, "home") ??
          (system ? "/nonexistent" : account?.value === undefined ? undefined : `/home/${account.value}`),
        createsHome: !parsed.options.has("no-create-home") && !(system && !parsed.options.has("home")),
        system,
        supplementary: [],
        noLogInit: true,
        optionsAt: name.span.end,
        uidWord: word(parsed, "uid"),
        nameWord: account,
      },
    },
  ];
}

function groupEffect(
  command: ShellCommand,
  name: ShellWord,
  tool: GroupCreation["tool"],
  group: ShellWord | undefined,
  gid: string | undefined,
): AccountEffect {
  return { kind: "group", effect: { command, tool, name: group?.value, gid: idOf(gid), optionsAt: name.span.end } };
}
