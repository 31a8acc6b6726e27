/** Package managers: what they install, and what else needs root. */
import { unknownText, type ShellCommand } from "../shell/model.ts";
import { fieldsOf } from "../shell/word-values.ts";
import type { PackageInstall } from "./effects.ts";
import { basename } from "../shell/launch.ts";

interface Manager {
  readonly manager: PackageInstall["manager"];
  /** Sub-commands that install; empty when the tool itself does. */
  readonly verbs: readonly string[];
  /** Options that take the next word. */
  readonly values: readonly string[];
}

const dnf: Omit<Manager, "manager"> = {
  verbs: [
    "install",
    "reinstall",
    "downgrade",
    "groupinstall",
    "group",
    "localinstall",
    "update",
    "upgrade",
    "remove",
    "erase",
    "module",
  ],
  values: [
    "-c",
    "--config",
    "-x",
    "--exclude",
    "--repo",
    "--repoid",
    "--enablerepo",
    "--disablerepo",
    "--installroot",
    "--releasever",
    "--setopt",
  ],
};
const managers: Readonly<Record<string, Manager>> = {
  "apt-get": {
    manager: "apt",
    verbs: [
      "install",
      "reinstall",
      "update",
      "upgrade",
      "dist-upgrade",
      "full-upgrade",
      "remove",
      "purge",
      "autoremove",
      "build-dep",
    ],
    values: ["-o", "-t", "--target-release", "-c"],
  },
  apt: {
    manager: "apt",
    verbs: ["install", "reinstall", "update", "upgrade", "full-upgrade", "remove", "purge", "autoremove"],
    values: ["-o", "-t", "-c"],
  },
  aptitude: {
    manager: "apt",
    verbs: ["install", "update", "upgrade", "safe-upgrade", "full-upgrade", "remove", "purge"],
    values: ["-o", "-t"],
  },
  apk: {
    manager: "apk",
    verbs: ["add", "upgrade", "del", "update", "fix"],
    values: [
      "-t",
      "--virtual",
      "-X",
      "--repository",
      "-p",
      "--root",
      "--wait",
      "--repositories-file",
      "--keys-dir",
      "--cache-dir",
    ],
  },
  dnf: { manager: "dnf", ...dnf },
  dnf5: { manager: "dnf", ...dnf },
  microdnf: { manager: "microdnf", ...dnf },
  yum: { manager: "yum", ...dnf },
  tdnf: { manager: "tdnf", ...dnf },
  zypper: {
    manager: "zypper",
    verbs: ["install", "in", "update", "up", "dup", "dist-upgrade", "refresh", "ref", "remove", "rm", "patch"],
    values: ["-R", "--root", "-r", "--repo", "--from"],
  },
  pacman: { manager: "pacman", verbs: [], values: ["-b", "-r", "--root", "--cachedir"] },
  rpm: { manager: "rpm", verbs: [], values: ["--root", "--prefix"] },
  dpkg: { manager: "dpkg", verbs: [], values: ["--root"] },
};

/** A package name without what pins its version (`nginx=1.2-r0`, `curl~7`, `app:amd64`, `redis/stable`). */
const bare = (name: string): string => name.replace(/(?:[=<>~@].*|:[a-z0-9]+|\/[a-z-]+)$/s, "");
/** The packages that words name, as far as they are known. */
const named = (words: readonly string[]): readonly string[] =>
  words.map(bare).filter((name) => !name.includes(unknownText));

/** Options with which a manager only says what it would do. */
const dryRun =
  /^(?:--(?:help|version|print-uris|simulate|just-print|recon|no-act|dry-run|assumeno|test|print)|-[dyqufmbV]*s[dyqufmbV]*)$/;
/** Sub-commands of `dnf module` and `dnf group` that only tell. */
const telling = new Set(["list", "info", "provides", "summary", "repoquery"]);
/** Options of the tools that have no sub-commands: what changes the system, and what makes a question of it. */
const byOption: Readonly<Partial<Record<Manager["manager"], { readonly changes: RegExp; readonly asks: RegExp }>>> = {
  pacman: {
    changes: /^(?:-[SUR]|--sync|--upgrade|--remove)/,
    asks: /^(?:-S[a-z]*[sigpl]|--(?:search|info|groups|list)$)/,
  },
  rpm: {
    changes: /^(?:-[a-z]*[iUFe][a-z]*|--(?:install|upgrade|freshen|erase|import))$/,
    asks: /^(?:-[a-zA-Z]*[qV]|--(?:query|verify|eval)$)/,
  },
  dpkg: { changes: /^(?:-[irP]|--(?:install|unpack|remove|purge|configure))$/, asks: /^$/ },
};

/** The install that a command is, if it is one; `packages` is empty for `update` and the like, which need root as well. */
export function packageInstall(command: ShellCommand): Omit<PackageInstall, "at"> | undefined {
  const [name, ...rest] = command.words;
  const tool = name?.value === undefined ? undefined : managers[basename(name.value)];
  if (tool === undefined || !Object.hasOwn(managers, basename(name?.value ?? ""))) return undefined;
  const operands: string[] = [];
  const flags: string[] = [];
  // A variable may hold several packages.
  const texts = rest.flatMap((word) =>
    word.value === undefined && word.possible === undefined ? [unknownText] : fieldsOf(word),
  );
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index];
    if (text === undefined || text === unknownText) continue;
    if (text.startsWith("-")) {
      flags.push(text);
      if (tool.values.includes(text)) index++;
    } else {
      operands.push(text);
    }
  }
  if (flags.some((flag) => dryRun.test(flag))) return undefined;
  const { manager } = tool;
  const options = byOption[manager];
  if (options !== undefined) {
    const changes = flags.some((flag) => options.changes.test(flag)) && !flags.some((flag) => options.asks.test(flag));
    return changes ? { command, manager, packages: named(operands) } : undefined;
  }
  const [verb, ...packages] = operands;
  if (verb === undefined || !tool.verbs.includes(verb)) return undefined;
  if ((verb === "module" || verb === "group") && telling.has(packages[0] ?? "list")) return undefined;
  const installs =
    ["install", "in", "add", "reinstall", "localinstall", "groupinstall"].includes(verb) &&
    !flags.some((flag) => /^--download-?only$/.test(flag) || (manager === "apt" && flag === "-d"));
  return { command, manager, packages: installs ? named(packages) : [] };
}
