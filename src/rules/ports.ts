/** Ports as EXPOSE and the options of servers write them. */
import { basename } from "./shell-words.ts";

/** Below 1024, and not 0, which means any free port. */
export const isPrivileged = (port: number): boolean => port >= 1 && port <= 1023;

/** The privileged ports of one EXPOSE word (`80`, `443/udp`, `20-22`, `8080`), as they are written; `[]` for anything else. */
export function privilegedPorts(word: string): readonly string[] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(word);
  if (match === null) return [];
  const [, first = "", last = first] = match;
  // Port 0 of a range is no port; the rest of the range may be.
  const from = Math.max(1, Number(first));
  if (!isPrivileged(from) || Number(last) < from) return [];
  return [word.replace(/\/tcp$/i, "")];
}

/** Ports in a sentence: `port 80` … `it`, `ports 80, 443 and 53/udp` … `them`. */
export interface PortWords {
  readonly ports: string;
  /** As a sentence begins with them. */
  readonly Ports: string;
  readonly are: "is" | "are";
  readonly them: "it" | "them";
}

/** Puts ports into words. */
export function portWords(ports: readonly string[]): PortWords {
  const isOne = ports.length === 1 && ports[0]?.includes("-") !== true;
  const list = ports.length > 1 ? `${ports.slice(0, -1).join(", ")} and ${ports.at(-1)}` : (ports[0] ?? "");
  return isOne
    ? { ports: `port ${list}`, Ports: `Port ${list}`, are: "is", them: "it" }
    : { ports: `ports ${list}`, Ports: `Ports ${list}`, are: "are", them: "them" };
}

const portOption = /^--?(?:http-?|https-?|tls-?|server[.-]|listen-?|bind-?)?ports?$/i;
const addressOption =
  /^--?(?:listen|bind|addr|address|http-?addr(?:ess)?|https-?addr(?:ess)?|listen-?addr(?:ess)?|bind-?addr(?:ess)?|server-?addr(?:ess)?|web\.listen-address|urls?)$/i;
/** `-p` means many things; with one of these it means a port. */
const wellKnown: ReadonlySet<number> = new Set([
  21, 22, 23, 25, 53, 80, 81, 88, 110, 143, 389, 443, 465, 587, 636, 993, 995,
]);

/** `80`. */
const plainPort = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;

/** `:80`, `0.0.0.0:80`, `[::]:80`, `tcp://:80`, `http://+:80`. */
function addressPort(text: string | undefined): number | undefined {
  const match = /^(?:[a-z]+:\/\/)?(?:[\w.*+-]*|\[[0-9a-f:]*\]):(\d{1,5})\/?$/i.exec(text ?? "");
  return match === null ? undefined : Number(match[1]);
}

/**
 * The port that a word of a command line tells the program to listen on. Only what is clear: an option that says so in
 * words, or the few short ones of servers that everybody knows.
 * @param words The words of the command; `undefined` for those only running tells.
 * @param index Which word to look at.
 */
export function portOfFlag(program: string, words: readonly (string | undefined)[], index: number): number | undefined {
  const word = words[index];
  if (word === undefined || (index === 0 && !word.startsWith("-"))) return undefined;
  const equals = word.indexOf("=");
  const name = equals === -1 ? word : word.slice(0, equals);
  const value = equals === -1 ? words[index + 1] : word.slice(equals + 1);
  if (portOption.test(name)) return plainPort(value) ?? addressPort(value);
  if (addressOption.test(name)) return addressPort(value);
  const before = words[index - 1];
  switch (basename(program)) {
    case "gunicorn":
    case "hypercorn":
    case "granian":
      return name === "-b" ? addressPort(value) : undefined;
    case "php":
      return name === "-S" ? addressPort(value) : undefined;
    case "python":
    case "python3":
      return before === "http.server" || before === "SimpleHTTPServer"
        ? plainPort(word)
        : before === "runserver"
          ? (addressPort(word) ?? plainPort(word))
          : undefined;
    default: {
      const port = name === "-p" && equals === -1 ? plainPort(value) : undefined;
      return port !== undefined && wellKnown.has(port) ? port : undefined;
    }
  }
}
