/**
 * Why a word of EXPOSE is no port: `[[ip:]host:]container[/protocol]`, where a port may be a range. `undefined` when it
 * is one.
 */
export function portFault(word: string): string | undefined {
  const parts = word.split(":");
  const container = parts.pop() ?? "";
  const host = parts.pop() ?? "";
  const [address = "", ...more] = parts;
  const [port = "", protocol = "", ...rest] = container.split("/");
  if (rest.length > 0 || !/^(?:tcp|udp|sctp)?$/i.test(protocol)) return "the protocol is tcp, udp or sctp";
  // One with colons is IPv6, which is left to the builder.
  if (more.length === 0 && address !== "" && !isIpv4(address)) return "what stands first is no IP address";
  const range = readRange(port);
  if (range === undefined) return "a port is a number from 0 to 65535, or a range such as 8000-8010";
  if (host === "") return undefined;
  const published = readRange(host);
  if (published === undefined) return "the port in front of : is no port";
  return range > 1 && range !== published ? "the two ranges have different lengths" : undefined;
}

/** The number of ports in `80` or `8000-8010`. */
function readRange(text: string): number | undefined {
  const [first = "", last = first, ...rest] = text.split("-");
  if (rest.length > 0 || !isPort(first) || !isPort(last)) return undefined;
  const count = Number(last) - Number(first) + 1;
  return count > 0 ? count : undefined;
}

const isPort = (text: string): boolean => /^\+?\d+$/.test(text) && Number(text) <= 65_535;

/** As Go's `net.ParseIP` has it: no part begins with a 0 that means nothing. */
const isIpv4 = (text: string): boolean =>
  /^(?:\d{1,3}\.){3}\d{1,3}$/.test(text) &&
  text.split(".").every((part) => Number(part) <= 255 && String(Number(part)) === part);
