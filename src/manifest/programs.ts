/** Programs that are known not to work under restricted, and whether a container runs one of them. */
import { shellWord } from "../core/shell-word.ts";
import { basename, shells } from "../shell/launch.ts";
import { readShell } from "../shell/read-shell.ts";
import { ownSource } from "../shell/source.ts";
import type { ContainerSource, Invocation } from "./template.ts";

export const baselineNamespace =
  "run it in a namespace of its own labelled pod-security.kubernetes.io/enforce=baseline";
export const otherBuilders = "a builder that needs no privilege (ko, jib, apko, or buildctl with a remote buildkitd)";

export interface Program {
  readonly name: string;
  /** Images whose start it is. */
  readonly image: RegExp;
  /** What it is started by: a name, or a path where the name alone says too little. */
  readonly commands: readonly string[];
  /** The subcommands that need more; any use does where this is left out. */
  readonly subcommands?: readonly string[];
  readonly why: string;
  readonly way: string;
}

const programs: readonly Program[] = [
  {
    name: "buildah",
    // Names of upstream's images, or an image's own name: what else an organisation of that name has need not build.
    image: /(?:^|\/)buildah(?:\/(?:stable|testing|upstream)|-[\w.-]+)?(?:[:@]|$)/,
    commands: ["buildah"],
    subcommands: ["bud", "build", "from", "run", "unshare"],
    why: "buildah makes user namespaces and needs newuidmap and the capability SETFCAP for that, which restricted takes away",
    way: `${baselineNamespace}, with capabilities.add: [SETFCAP], without allowPrivilegeEscalation: false and without a seccompProfile (an explicit Unconfined is refused at baseline), or use ${otherBuilders}`,
  },
  {
    name: "podman",
    image: /(?:^|\/)podman(?:\/(?:stable|testing|upstream))?(?:[:@]|$)/,
    commands: ["podman"],
    subcommands: ["build", "run", "unshare"],
    why: "podman makes user namespaces, which restricted takes away",
    way: `${baselineNamespace}, with what buildah needs (capabilities.add: [SETFCAP], no allowPrivilegeEscalation: false, no seccompProfile), or use ${otherBuilders}`,
  },
  {
    name: "kaniko",
    image: /kaniko-project\/(?:executor|warmer)|(?:^|\/)kaniko(?:[/:@-]|$)/,
    commands: ["/kaniko/executor"],
    why: "kaniko unpacks images as root (runAsUser 0) and changes owners",
    way: `${baselineNamespace} as it is, or use ${otherBuilders}`,
  },
  {
    name: "docker-in-docker",
    image: /(?:^|\/)docker:(?:[\w.-]+-)?dind(?:-rootless)?\b/,
    commands: ["dockerd", "dockerd-entrypoint.sh", "dockerd-rootless.sh"],
    why: "a Docker daemon in a container has to be privileged",
    way: `run it in a namespace labelled pod-security.kubernetes.io/enforce=privileged, or use ${otherBuilders}`,
  },
  {
    name: "BuildKit",
    image: /(?:^|\/)moby\/buildkit(?:[:@]|$)/,
    commands: ["buildkitd", "buildctl-daemonless.sh", "rootlesskit"],
    why: "buildkitd needs privileges, or rootless an unconfined seccomp and AppArmor profile, which not even baseline takes",
    way: "let a buildkitd in a namespace of its own build, and call it with buildctl, which runs restricted",
  },
];

/** The program that a container runs, by its image or by what it is told to run. */
export function programRunBy({ image, program }: ContainerSource): Program | undefined {
  const byImage = image.known ? programs.find((one) => one.image.test(image.name)) : undefined;
  return byImage ?? inScript(program.script) ?? inCommandLine(program);
}

const otherInterpreters = /^(?:python[\d.]*|perl|ruby|node|php|pwsh|powershell)$/;

/** Commands that run what stands behind their options, beside those that the shell reader takes off. */
const runners =
  /^(?:xargs|unshare|tini|dumb-init|catatonit|setpriv|chroot|nsenter|su|runuser|su-exec|gosu|setsid|flock|script|strace|retry[\w-]*)$/;

/** A step's script; one without a first line of its own is `sh`'s to Tekton. */
function inScript(script: string): Program | undefined {
  const shebang = /^#!\s*(.*)/.exec(script)?.[1];
  const words = shebang?.split(/\s+/) ?? ["sh"];
  const isShell = words.some((word) => shells.has(basename(word)));
  return isShell ? inShellText(script) : inOtherText(script);
}

function inCommandLine({ command, args }: Invocation): Program | undefined {
  // Options alone are those of the image's own command: `-c` a shell's.
  const own = command.length === 0 && args[0]?.startsWith("-") === true ? ["sh"] : command;
  const [name = "", ...rest] = [...own, ...args];
  // The reader knows a shell by its name.
  const words = [shells.has(basename(name)) ? basename(name) : name, ...rest];
  if (otherInterpreters.test(basename(words[0] ?? ""))) return inOtherText(words.join(" "));
  return inShellText(words.map(shellWord).join(" "));
}

/** What a shell text runs: what it prints, searches for or says in comments is none of it. */
function inShellText(text: string): Program | undefined {
  const { commands, parsed } = readShell(ownSource(text));
  for (const { words } of commands) {
    const found = inWords(words.map(({ value }) => value));
    if (found !== undefined) return found;
  }
  return parsed ? undefined : inOtherText(text);
}

function inWords(words: readonly (string | undefined)[]): Program | undefined {
  const own = programs.find((program) => starts(words, program));
  if (own !== undefined || !runners.test(basename(words[0] ?? ""))) return own;
  for (let at = 1; at < words.length; at++) {
    const rest = words.slice(at);
    const found = words[at - 1] === "-c" ? inShellText(words[at] ?? "") : programs.find((one) => starts(rest, one));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Options of buildah and podman in front of the subcommand whose value is a word of its own. */
const valued: ReadonlySet<string> = new Set([
  "--cgroup-manager",
  "--log-level",
  "--root",
  "--runroot",
  "--runtime",
  "--storage-driver",
  "--storage-opt",
  "--tmpdir",
]);

function starts([name = "", ...rest]: readonly (string | undefined)[], { commands, subcommands }: Program): boolean {
  if (!commands.some((one) => (one.startsWith("/") ? name.endsWith(one) : basename(name) === one))) return false;
  if (subcommands === undefined) return true;
  const subcommand = rest.find(
    (word, index) => word !== undefined && !word.startsWith("-") && !valued.has(rest[index - 1] ?? ""),
  );
  return subcommand !== undefined && subcommands.includes(subcommand);
}

/** A text of another language: what looks like such a command outside of lines of comments. */
function inOtherText(text: string): Program | undefined {
  const code = text.replaceAll(/^\s*(?:#|\/\/).*$/gm, "");
  return programs.find(({ commands, subcommands }) =>
    commands.some((name) => {
      const behind =
        subcommands === undefined ? "" : `(?:\\s+--?[\\w-]+(?:=\\S+)?)*\\s+(?:${subcommands.join("|")})\\b`;
      return new RegExp(`(?:^|[\\s;&|("'\`/])${name.replaceAll(".", "\\.")}\\b${behind}`, "m").test(code);
    }),
  );
}
