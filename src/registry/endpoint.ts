/** Where a registry is, and which addresses nothing that came from outside may lead to. */
import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from "node:dns";
import { BlockList, isIP } from "node:net";

/** An address to speak HTTP to. */
export interface Origin {
  readonly scheme: "http" | "https";
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/** The host that serves a registry's API: Docker Hub's is not the one in names. */
export const apiHost = (host: string): string => (host === "docker.io" ? "registry-1.docker.io" : host);

/** Splits `localhost:5000`, `[::1]:5000`. */
export function splitHostPort(host: string): { readonly hostname: string; readonly port: number | undefined } {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::([0-9]+))?$/.exec(host);
  return {
    hostname: match?.[1] ?? match?.[2] ?? host,
    port: match?.[3] === undefined ? undefined : Number(match[3]),
  };
}

/** What TLS is told of a host: its name, as an address is none. */
export const serverName = (hostname: string): { readonly servername?: string } =>
  isIP(hostname) === 0 ? { servername: hostname } : {};

/** Whether two origins are one: credentials never leave it. */
export const isSameOrigin = (a: Origin, b: Origin): boolean =>
  a.scheme === b.scheme && a.hostname.toLowerCase() === b.hostname.toLowerCase() && a.port === b.port;

/** `http://localhost:5000`, without the port where it is the scheme's own. */
export function originText({ scheme, hostname, port }: Origin): string {
  const name = isIP(hostname) === 6 ? `[${hostname}]` : hostname;
  return `${scheme}://${name}${port === defaultPorts[scheme] ? "" : `:${port}`}`;
}

export const defaultPorts = { http: 80, https: 443 } as const;

/** The origin of an address; `undefined` for schemes other than HTTP's. */
export function originOf(url: URL): Origin | undefined {
  const scheme = url.protocol === "https:" ? "https" : url.protocol === "http:" ? "http" : undefined;
  if (scheme === undefined) return undefined;
  return {
    scheme,
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? defaultPorts[scheme] : Number(url.port),
  };
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Addresses of the machine itself, of its link, and of clouds' metadata services. */
const internal = new BlockList();
internal.addSubnet("127.0.0.0", 8, "ipv4");
internal.addSubnet("0.0.0.0", 8, "ipv4");
internal.addSubnet("169.254.0.0", 16, "ipv4");
internal.addAddress("100.100.100.200", "ipv4");
internal.addAddress("192.0.0.192", "ipv4");
internal.addAddress("::", "ipv6");
internal.addAddress("::1", "ipv6");
internal.addSubnet("fe80::", 10, "ipv6");
internal.addAddress("fd00:ec2::254", "ipv6");

/** Whether a list has an address; a name is in none. */
export function isIn(list: BlockList, address: string): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  // BlockList looks IPv4 addresses in IPv6's clothes (::ffff:127.0.0.1) up among IPv4's rules by itself.
  return list.check(address, version === 6 ? "ipv6" : "ipv4");
}

/** Whether a host's name is this machine: `localhost`, `a.localhost`, `127.0.0.1`, `::1`. */
export const isLoopback = (hostname: string): boolean =>
  /^(?:.+\.)?localhost\.?$/i.test(hostname) || isIn(loopback, hostname);

/** Whether an IP address is one that a remote registry must not send anybody to. */
export const isInternalAddress = (address: string): boolean => isIn(internal, address.replace(/%.*$/, ""));

/** A name led to an address that it must not lead to. */
export class ForbiddenAddress extends Error {
  constructor(hostname: string, address: string) {
    super(
      hostname === address
        ? `${address} is an address of this machine or its link`
        : `${hostname} is ${address}, an address of this machine or its link`,
    );
    this.name = "ForbiddenAddress";
  }
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/**
 * A `lookup` for sockets that refuses names of internal addresses. Checked where the connection is made, so that a name
 * cannot be one thing when it is checked and another when it is used.
 */
export function guardedLookup(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, []);
    const bad = addresses.find(({ address }) => isInternalAddress(address));
    if (bad !== undefined) return callback(new ForbiddenAddress(hostname, bad.address), []);
    if (options.all === true) return callback(null, addresses);
    const [first] = addresses;
    return callback(null, first?.address ?? "", first?.family);
  });
}
