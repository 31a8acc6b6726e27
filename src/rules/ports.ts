/** Ports as EXPOSE and the options of servers write them. */
import { basename } from "../shell/launch.ts";

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

/** `-Dserver.port=80` is Java's way to say it. */
const portOption = /^(?:--?(?:http-?|https-?|tls-?|server[.-]|listen-?|bind-?)?ports?|-Dserver\.port)$/i;
const addressOption =
  /^--?(?:listen|bind|addr|address|http-?addr(?:ess)?|https-?addr(?:ess)?|listen-?addr(?:ess)?|bind-?addr(?:ess)?|server-?addr(?:ess)?|web\.listen-address|entrypoints\.[\w-]+\.address|urls?)$/i;
const listenOption = /listen|bind/i;
/** `-p` means many things; with one of these it means a port. */
const wellKnown: ReadonlySet<number> = new Set([
  21, 22, 23, 25, 53, 80, 81, 88, 110, 143, 389, 443, 465, 587, 636, 993, 995,
]);

/** `80`. */
const plainPort = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;

/** Host and port of `:80`, `0.0.0.0:80`, `[::]:80`, `tcp://:80`, `http://+:80`. */
const address = /^(?:[a-z]+:\/\/)?([\w.*+-]*|\[[0-9a-f:]*\]):(\d{1,5})\/?$/i;

/** The port of an address, whatever its host. */
function addressPort(text: string | undefined): number | undefined {
  const port = address.exec(text ?? "")?.[2];
  return port === undefined ? undefined : Number(port);
}

/** What stands for the machine itself: nothing, any address, or the loopback. */
const ownHost = /^(?:|[*+]|\[.*\]|0|0\.0\.0\.0|localhost|127(?:\.\d+){1,3})$/i;

/** The port of an address whose host is the machine itself; another's is where a client connects to. */
const ownPort = (text: string | undefined): number | undefined =>
  ownHost.test(address.exec(text ?? "")?.[1] ?? "") ? addressPort(text) : undefined;

const hostOption =
  /^(?:-h|--?(?:host|addr|address|server-?(?:host|addr|address)|remote-?(?:host|addr|address)|broker))$/;
/** A name or an address in numbers; `--host 0` and `--host true` name nobody. */
const hostName = /^(?=.*[a-z.])(?!true$|false$)[a-z0-9][\w.-]*$/i;

/** Programs that connect to a port and never listen on one. */
const clients =
  /^(?:ssh|autossh|scp|sftp|curl|wget|mysql|mariadb|mysqldump|psql|pg_dump|pg_isready|redis-cli|valkey-cli|mosquitto_(?:pub|sub|rr)|mongosh?|telnet|ldapsearch)$/;

/** Whether a command connects to another machine, so that the port it names is that machine's. */
const isClient = (program: string, words: readonly (string | undefined)[]): boolean =>
  clients.test(basename(program)) ||
  words.some((_, index) => {
    const { name, value = "" } = optionAt(words, index);
    return hostOption.test(name) && hostName.test(value) && !ownHost.test(value);
  });

/** An option with its value, in one word (`--port=80`) or two. */
function optionAt(
  words: readonly (string | undefined)[],
  index: number,
): { readonly name: string; readonly value: string | undefined; readonly isOneWord: boolean } {
  const word = words[index] ?? "";
  const equals = word.indexOf("=");
  return equals === -1
    ? { name: word, value: words[index + 1], isOneWord: false }
    : { name: word.slice(0, equals), value: word.slice(equals + 1), isOneWord: true };
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
  const { name, value, isOneWord } = optionAt(words, index);
  // Who is told to listen or to bind is told an address of the machine's own, by whatever name.
  if (listenOption.test(name) && addressOption.test(name)) return addressPort(value);
  if (addressOption.test(name)) return ownPort(value);
  if (portOption.test(name) && (listenOption.test(name) || !isClient(program, words)))
    return plainPort(value) ?? ownPort(value);
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
      const port = name === "-p" && !isOneWord ? plainPort(value) : undefined;
      return port !== undefined && wellKnown.has(port) && !isClient(program, words) ? port : undefined;
    }
  }
}

/** Variables of frameworks and servers, `SERVER_NAME` of Caddy and FrankenPHP: who reads them is who starts. */
const frameworkVariable =
  /^(?:(?:ASPNETCORE|DOTNET)_(?:URLS|HTTPS?_PORTS)|(?:UVICORN|FLASK_RUN|KC_HTTPS?|QUARKUS_HTTP)_PORT|SERVER_NAME)$/;
/** Those that applications read by custom. */
const customaryVariable =
  /^(?:(?:HTTP_|SERVER_|APP_|WEB_|LISTEN_|NGINX_|HTTPD_|APACHE_(?:HTTP_)?)?PORT|LISTEN_ADDR(?:ESS)?)$/;

/** The ports that the value of a variable tells an application to listen on; `isCertain`: whatever else the file says. */
export function portsOfVariable(
  name: string,
  value: string,
): { readonly ports: readonly number[]; readonly isCertain: boolean } {
  const isCertain = frameworkVariable.test(name);
  if (!isCertain && !customaryVariable.test(name)) return { ports: [], isCertain };
  const portOf = (text: string): number | undefined =>
    (name.includes("PORT") ? plainPort(text) : undefined) ?? ownPort(text);
  return { ports: value.split(/[;,\s]+/).flatMap((one) => portOf(one) ?? []), isCertain };
}
