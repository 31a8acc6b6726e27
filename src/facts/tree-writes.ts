/** Which folders a command writes below: certain for tools that are known, a guess at the working directory for others. */
import { unknownText, type ShellCommand, type ShellWord } from "../shell/model.ts";
import { parseOptions } from "../shell/options.ts";
import { fieldsOf } from "../shell/word-values.ts";
import { gitOperands } from "./git-commands.ts";
import { resolvePath } from "./paths.ts";
import { basename } from "../shell/launch.ts";
import { foldersOf, writtenPaths, type WrittenPath } from "./written-paths.ts";
import { commandOfXargs } from "./xargs.ts";

export interface WrittenFolder extends WrittenPath {
  readonly certain: boolean;
}

/** Tools that write nothing below the working directory of their own accord. */
const quiet: ReadonlySet<string> = new Set([
  "a2dismod", "a2dissite", "a2enconf", "a2enmod", "a2ensite", "add-apt-repository", "addgroup", "adduser", "alias", "apk",
  "apt", "apt-cache", "apt-get", "apt-key", "apt-mark", "aptitude", "ash", "awk", "basename", "bash", "break", "cat", "cd",
  "chgrp", "chmod", "chown", "chpasswd", "command", "conda", "continue", "corepack", "crontab", "cut", "cypress", "dash",
  "date", "debconf-set-selections", "declare", "deluser", "dirname", "dnf", "dnf5", "docker-php-ext-configure",
  "docker-php-ext-enable", "docker-php-ext-install", "dpkg", "dpkg-reconfigure", "du", "echo", "egrep", "env", "envsubst",
  "eval", "exec", "exit", "export", "false", "fc-cache", "fgrep", "file", "find", "firefox", "gcloud", "gem", "getcap",
  "getconf", "getent", "git-lfs", "google-chrome", "gosu", "gpg", "gpg2", "gpgconf", "grep", "groupadd", "groupdel",
  "groupmod", "hash", "head", "hostname", "httpd", "id", "install-php-extensions", "iptables", "java", "jq", "kill",
  "kubectl", "ldconfig", "ldd", "let", "local", "locale-gen", "ls", "mamba", "md5sum", "microdnf", "micromamba", "mktemp",
  "newaliases", "nginx", "npm-cache", "nproc", "nvm", "pacman", "passwd", "pear", "pecl", "percona-release", "phpdismod",
  "phpenmod", "pip2", "pipx", "pkg-config", "pkill", "playwright", "popd", "printenv", "printf", "ps", "pushd", "pwd",
  "read", "readlink", "readonly", "realpath", "return", "rm", "rmdir", "rpm", "rpmkeys", "rustup", "scanelf", "service",
  "set", "setcap", "setfacl", "sh", "sha1sum", "sha256sum", "sha512sum", "shift", "shopt", "sleep", "sort", "source",
  "ssh-keyscan", "stat", "strip", "su", "subscription-manager", "swapoff", "sysctl", "systemctl", "tail", "tdnf", "test",
  "time", "tr", "trap", "true", "type", "typeset", "tzdata", "ulimit", "umask", "uname", "uniq", "unset",
  "update-alternatives", "update-ca-certificates", "update-ca-trust", "update-crypto-policies", "update-locale",
  "update-rc.d", "useradd", "userdel", "usermod", "wait", "wc", "which", "whoami", "xx-verify", "yq", "yum",
  "yum-config-manager", "zypper", ".", ":", "[", "[[",
]); // prettier-ignore

/** The value of an option: `-o x`, `-ox`, `--output x`, `--output=x`. */
function option(words: readonly ShellWord[], ...names: readonly string[]): ShellWord | undefined {
  for (const [index, word] of words.entries()) {
    const text = word.value ?? word.raw;
    for (const name of names) {
      if (text === name) return words[index + 1];
      const isLong = name.startsWith("--");
      if (isLong && text.startsWith(`${name}=`)) return behind(word, name.length + 1);
      if (!isLong && text.startsWith(name) && !text.startsWith("--")) return behind(word, name.length);
    }
  }
  return undefined;
}

/** What follows on the first characters of a word. */
const behind = (word: ShellWord, length: number): ShellWord => ({
  ...word,
  value: word.value?.slice(length),
  possible: word.possible?.map((one) => one.slice(length)) ?? [],
});

/** The words that are neither options nor the values of these. */
const operandsOf = (words: readonly ShellWord[], ...valued: readonly string[]): readonly ShellWord[] =>
  parseOptions(words, { values: new Set(valued) }).operands;

/** Options of curl and wget that a value follows, of those that are used without writing to a file of that name. */
const downloadValues = [
  "A", "H", "T", "U", "X", "connect-timeout", "d", "directory-prefix", "e", "header", "m", "max-time", "output-dir", "P", "proto",
  "retry", "retry-delay", "retry-max-time", "t", "timeout", "tries", "u", "user", "user-agent", "w", "waitretry", "x",
] as const; // prettier-ignore

/** The name that a URL gives a file: what stands behind its last slash. A query is part of it for wget alone. */
const nameInUrl = (url: string): string | undefined => {
  const name = /^[a-z]+:\/\/[^/]+\/(?:[^?#]*\/)?([^/?#]+)$/i.exec(url)?.[1];
  return name === undefined || name.includes(unknownText) || /[{}[\]*]/.test(name) ? undefined : name;
};

/** The files that are named by their URLs, in the folders that they are put into; the folders where one tells no name. */
function downloads(words: readonly ShellWord[], into: readonly WrittenFolder[]): readonly WrittenFolder[] {
  const urls = operandsOf(words, ...downloadValues).map(fieldsOf);
  const names = urls.flatMap((values) => (values.length === 0 ? [undefined] : values.map(nameInUrl)));
  if (names.length === 0) return into;
  return names.flatMap((name) =>
    into.map((folder) =>
      name === undefined || folder.isUnnamed ? folder : { ...folder, path: resolvePath(folder.path, name) },
    ),
  );
}

const certainly = (paths: readonly WrittenPath[]): readonly WrittenFolder[] =>
  paths.map((path) => ({ ...path, certain: true }));

/** What the redirections of a command write; `/dev` never counts. */
export const redirectedFiles = (command: ShellCommand): readonly WrittenFolder[] =>
  command.redirections
    .filter(({ operator }) => operator.includes(">") && !operator.endsWith("&"))
    .flatMap(({ target }) => certainly(writtenPaths(command, target)))
    .filter(({ path }) => path !== "/dev" && !path.startsWith("/dev/"));

/** Folders that a command writes below. Redirections count too. */
export const writtenFolders = (command: ShellCommand): readonly WrittenFolder[] => [
  ...redirectedFiles(command),
  ...toolWrites(command),
];

/** Programs of which `-v` alone asks for the version; of others it asks for more words. */
const versionByV: ReadonlySet<string> = new Set([
  "bun", "bundle", "bundler", "bunx", "cargo", "cmake", "composer", "gatsby", "gradle", "gradlew", "hatch", "jekyll", "make",
  "mix", "mvn", "mvnw", "nginx", "ng", "node", "npm", "npx", "pdm", "perl", "php", "pipenv", "pnpm", "poetry", "python", "python3",
  "rails", "rake", "ruby", "sbt", "tsc", "vite", "webpack", "yarn", "yarnpkg",
]); // prettier-ignore

/** Whether a command asks a program for its version or its help, and for nothing else. */
const onlyTells = (name: string, rest: readonly ShellWord[]): boolean =>
  rest.length === 1 &&
  (/^(?:--?version|-V|version|--help|help)$/.test(rest[0]?.raw ?? "") ||
    (rest[0]?.raw === "-v" && versionByV.has(name)));

function toolWrites(command: ShellCommand): readonly WrittenFolder[] {
  const [first, ...rest] = command.words;
  if (first === undefined) return [];
  const name = first.value === undefined ? undefined : basename(first.value).replace(/^(python|pip)3?\.\d+$/, "$1");
  if (name !== undefined && (quiet.has(name) || onlyTells(name, rest))) return [];
  const here = certainly(foldersOf(command));
  const maybeHere = here.map((folder) => ({ ...folder, certain: false }));
  const at = (word: ShellWord | undefined): readonly WrittenFolder[] =>
    word === undefined ? here : certainly(writtenPaths(command, word));
  const operands = operandsOf(rest);
  const verb = operands[0]?.value;
  switch (name) {
    case undefined:
      return maybeHere;
    case "mkdir":
      return operandsOf(rest, "m", "mode", "Z").flatMap(at);
    case "touch":
      return operandsOf(rest, "d", "t", "r", "date", "reference").flatMap(at);
    case "truncate":
      return operandsOf(rest, "s", "r", "size", "reference").flatMap(at);
    case "cp":
    case "mv":
    case "rsync":
      return at(option(rest, "-t", "--target-directory") ?? operands.at(-1));
    case "install":
      return rest.some(({ raw }) => /^-[a-zA-Z]*d|^--directory/.test(raw))
        ? operandsOf(rest, "m", "o", "g", "mode", "owner", "group").flatMap(at)
        : at(option(rest, "-t", "--target-directory") ?? operands.at(-1));
    case "tar":
      return rest.some(({ raw }) => /^-?[a-zA-Z]*x|^--extract|^--get/.test(raw))
        ? at(option(rest, "-C", "--directory"))
        : [];
    case "unzip":
      return at(option(rest, "-d"));
    case "curl":
      if (rest.some(({ raw }) => /^-[a-zA-Z]*O$|^--remote-name/.test(raw)))
        return downloads(rest, at(option(rest, "--output-dir")));
      return option(rest, "-o", "--output") === undefined ? [] : at(option(rest, "-o", "--output"));
    case "wget": {
      const output = option(rest, "-O", "--output-document");
      if (output !== undefined) return output.value === "-" ? [] : at(output);
      // `-qO- url`
      if (rest.some(({ raw }) => /^-[a-zA-Z]*O-?$/.test(raw))) return [];
      return downloads(rest, at(option(rest, "-P", "--directory-prefix")));
    }
    case "git": {
      const [action, , target] = gitOperands(command);
      if (action?.value === "clone") return at(target);
      return action?.value === "config" ? [] : at(option(rest, "-C"));
    }
    case "npm":
    case "pnpm":
    case "yarn":
    case "bun": {
      const global =
        rest.some(({ raw }) => raw === "-g" || raw === "--global" || raw === "--location=global") ||
        (name === "yarn" && verb === "global");
      if (global || verb === "config" || verb === "cache" || verb === "set") return [];
      return at(option(rest, "--prefix", "--cwd", "-C"));
    }
    case "go":
      if (verb === "build") return at(option(rest, "-o"));
      return verb === "generate" || verb === "test" ? here : [];
    case "gcc":
    case "g++":
    case "cc":
    case "c++":
    case "clang":
    case "javac":
    case "ld":
      return at(option(rest, "-o", "-d"));
    case "dotnet":
      return at(option(rest, "-o", "--output"));
    case "python":
    case "python3":
      if (rest[0]?.value === "-m" && rest[1]?.value === "venv") return at(operands.at(-1));
      if (rest[0]?.value === "-m" && (rest[1]?.value === "pip" || rest[1]?.value === "ensurepip"))
        return pip(command, rest);
      if (rest.some(({ raw }) => raw === "-c" || raw === "--version" || raw === "-V")) return [];
      return rest.some(({ value }) => value?.endsWith("manage.py") === true) ? here : maybeHere;
    case "virtualenv":
      return at(operands.at(-1));
    case "uv":
      return /^(?:pip|python|tool|cache|self)$/.test(verb ?? "") ? [] : here;
    case "pip":
    case "pip3":
      return pip(command, rest);
    case "bundle":
    case "bundler":
      return verb === "config" ? [] : here;
    case "helm":
      return /^(?:create|dep|dependency|fetch|package|pull)$/.test(verb ?? "") ? here : [];
    case "tee":
    case "dos2unix":
      return operands.flatMap(at);
    case "sed": {
      // -i writes a new file as the user who runs it.
      if (!rest.some(({ raw }) => /^-[a-zA-Z]*i|^--in-place/.test(raw))) return [];
      const hasScript = rest.some(({ raw }) => /^-[a-zA-Z]*[ef]$|^--(?:expression|file)/.test(raw));
      return operandsOf(rest, "e", "f", "expression", "file")
        .slice(hasScript ? 0 : 1)
        .flatMap(at);
    }
    case "xargs": {
      const run = commandOfXargs(command);
      return run === undefined ? [] : toolWrites(run);
    }
    case "ln":
      return operands.length > 1 ? at(operands.at(-1)) : here;
    case "npx":
      return quiet.has(verb?.replace(/(?<=.)@.*$/, "") ?? "") ? [] : here;
    case "make":
    case "cmake":
    case "cargo":
    case "mvn":
    case "mvnw":
    case "gradle":
    case "gradlew":
    case "composer":
    case "poetry":
    case "pipenv":
    case "rake":
    case "tsc":
    case "webpack":
    case "vite":
    case "ng":
    case "mix":
    case "sbt":
    case "ant":
    case "pdm":
    case "hatch":
    case "yarnpkg":
    case "bunx":
    case "gatsby":
    case "hugo":
    case "jekyll":
    case "php":
    case "node":
    case "ruby":
    case "perl":
    case "rails":
      return at(option(rest, "-C", "--directory"));
    default:
      return maybeHere;
  }
}

function pip(command: ShellCommand, rest: readonly ShellWord[]): readonly WrittenFolder[] {
  const target = option(rest, "-t", "--target", "--prefix", "--root");
  return target === undefined ? [] : certainly(writtenPaths(command, target));
}
