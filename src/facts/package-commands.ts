/** Package managers: what they install. */
import type { ShellCommand } from "../shell/model.ts";
import type { PackageInstall } from "./effects.ts";
import { commandName } from "./run-script.ts";

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
    verbs: ["install", "update", "upgrade", "full-upgrade", "remove", "purge", "autoremove"],
    values: ["-o", "-t", "-c"],
  },
  aptitude: { manager: "apt", verbs: ["install", "update", "upgrade", "remove"], values: ["-o", "-t"] },
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
    verbs: ["install", "in", "update", "up", "dup", "refresh", "ref", "remove", "rm", "patch"],
    values: ["-R", "--root", "-r", "--repo", "--from"],
  },
  pacman: { manager: "pacman", verbs: [], values: ["-b", "-r", "--root", "--cachedir"] },
  rpm: { manager: "rpm", verbs: [], values: ["--root", "--prefix"] },
  dpkg: { manager: "dpkg", verbs: [], values: ["--root"] },
};

/** A package name without what pins its version (`nginx=1.2-r0`, `curl~7`, `app:amd64`, `redis/stable`). */
const bare = (name: string): string => name.replace(/(?:[=<>~@].*|:[a-z0-9]+|\/[a-z-]+)$/, "");

/** The install that a command is, if it is one; `packages` is empty for `update` and the like, which need root as well. */
export function packageInstall(command: ShellCommand): Omit<PackageInstall, "at"> | undefined {
  const [name, ...rest] = command.words;
  const tool = name?.value === undefined ? undefined : managers[commandName(name.value)];
  if (tool === undefined || !Object.hasOwn(managers, commandName(name?.value ?? ""))) return undefined;
  const operands: string[] = [];
  const flags: string[] = [];
  for (let index = 0; index < rest.length; index++) {
    const text = rest[index]?.value;
    if (text === undefined) continue;
    if (text.startsWith("-")) {
      flags.push(text);
      if (tool.values.includes(text)) index++;
    } else {
      operands.push(text);
    }
  }
  if (tool.verbs.length > 0) {
    const [verb, ...packages] = operands;
    if (verb === undefined || !tool.verbs.includes(verb)) return undefined;
    if (
      flags.some((flag) =>
        [
          "--help",
          "--version",
          "--print-uris",
          "-s",
          "--simulate",
          "--dry-run",
          "--download-only",
          "--downloadonly",
        ].includes(flag),
      )
    )
      return undefined;
    const installs = ["install", "in", "add", "reinstall", "localinstall", "groupinstall"].includes(verb);
    return { command, manager: tool.manager, packages: installs ? packages.map(bare) : [] };
  }
  const writes =
    tool.manager === "pacman"
      ? flags.some((flag) => /^(?:-[SUR]|--sync|--upgrade|--remove)/.test(flag)) &&
        !flags.some((flag) => /^-S[a-z]*[sig]/.test(flag))
      : tool.manager === "rpm"
        ? flags.some((flag) => /^-[a-z]*[iUFe]/.test(flag) || flag === "--install" || flag === "--import") &&
          !flags.some((flag) => flag.startsWith("-q"))
        : flags.some((flag) => /^(?:-i|--install|-r|-P|--purge|--configure)$/.test(flag));
  return writes ? { command, manager: tool.manager, packages: operands.map(bare) } : undefined;
}
