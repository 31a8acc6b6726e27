/**
 * Which proxy a request goes through, as the environment says it and as Go's programs read it (podman, Docker, skopeo,
 * kubectl): `HTTPS_PROXY` and `HTTP_PROXY` by the scheme of what is asked, `NO_PROXY` for what is reached without.
 *
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
import { BlockList, isIP } from "node:net";
import { Refusal } from "../core/refusal.ts";
import { isIn, isLoopback, originOf, splitHostPort, type Origin } from "./endpoint.ts";

/** A proxy. */
export interface Proxy {
  /** `HTTPS_PROXY`, for messages. */
  readonly variable: string;
  readonly origin: Origin;
  /** Value of `Proxy-Authorization`; `undefined` without a name and a password. */
  readonly authorization: string | undefined;
}

/**
 * The proxy for an address, `undefined` where it is reached without. Throws a {@link Refusal} where the environment names
 * a proxy that cannot be used: only who needs it is told.
 */
export type ProxyFor = (origin: Origin) => Proxy | undefined;

/** Reads the proxies of an environment. Nothing is checked before one is needed. */
export function environmentProxies(env: Readonly<Record<string, string | undefined>>): ProxyFor {
  const isDirect = exceptions(valueOf(env, "NO_PROXY")?.value ?? "");
  const set = { https: valueOf(env, "HTTPS_PROXY"), http: valueOf(env, "HTTP_PROXY") };
  const known = new Map<Origin["scheme"], Proxy>();
  return (origin) => {
    const variable = set[origin.scheme];
    // Asked for every request: without a proxy there is no address to look at. This machine is never asked for through one.
    if (variable === undefined || isLoopback(origin.hostname) || isDirect(origin)) return undefined;
    const proxy = known.get(origin.scheme) ?? readProxy(variable.variable, variable.value);
    known.set(origin.scheme, proxy);
    return proxy;
  };
}

/** Upper case goes first, as in Go. */
function valueOf(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): { readonly variable: string; readonly value: string } | undefined {
  for (const variable of [name, name.toLowerCase()]) {
    const value = env[variable]?.trim() ?? "";
    if (value !== "") return { variable, value };
  }
  return undefined;
}

function readProxy(variable: string, value: string): Proxy {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  // The value itself is never shown: a password may stand in it.
  const refuse = (message: string): never => {
    throw new Refusal({
      code: "USAGE",
      message: `${variable} ${message}`,
      hint: `set it to http://HOST:PORT, or leave the registry out with NO_PROXY`,
    });
  };
  if (!URL.canParse(text)) return refuse("is no address of a proxy");
  const url = new URL(text);
  const origin = originOf(url);
  if (origin === undefined) return refuse(`names a proxy of ${url.protocol}//, which is not spoken here`);
  const hasUser = url.username !== "" || url.password !== "";
  let authorization: string | undefined;
  try {
    const credential = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    if (hasUser) authorization = `Basic ${Buffer.from(credential).toString("base64")}`;
  } catch {
    return refuse("has a name or a password with a % that is no escape");
  }
  return { variable, origin, authorization };
}

/** `NO_PROXY`: names with all below them, `.names` below alone, addresses, networks, each with a port or for all; `*`. */
function exceptions(list: string): (origin: Origin) => boolean {
  const entries = list.split(",").flatMap((entry) => readException(entry.trim().toLowerCase()) ?? []);
  return ({ hostname, port }) =>
    entries.some(
      (entry) =>
        (entry.port === undefined || entry.port === port) && entry.matches(hostname.toLowerCase().replace(/\.$/, "")),
    );
}

interface Exception {
  readonly port: number | undefined;
  matches(hostname: string): boolean;
}

function readException(text: string): Exception | undefined {
  if (text === "") return undefined;
  if (text === "*") return { port: undefined, matches: () => true };
  const network = /^(.*)\/([0-9]{1,3})$/.exec(text);
  if (network?.[1] !== undefined) {
    const version = isIP(network[1]);
    const prefix = Number(network[2]);
    if (version === 0 || prefix > (version === 6 ? 128 : 32)) return undefined;
    const list = new BlockList();
    list.addSubnet(network[1], prefix, version === 6 ? "ipv6" : "ipv4");
    return { port: undefined, matches: (hostname) => isIn(list, hostname) };
  }
  const { hostname: host, port } = splitHostPort(text);
  if (isIP(host) !== 0) {
    const list = new BlockList();
    list.addAddress(host, isIP(host) === 6 ? "ipv6" : "ipv4");
    return { port, matches: (hostname) => isIn(list, hostname) };
  }
  const name = host.replace(/^\*\./, ".");
  return name.startsWith(".")
    ? { port, matches: (hostname) => hostname.endsWith(name) }
    : { port, matches: (hostname) => hostname === name || hostname.endsWith(`.${name}`) };
}
