/**
 * Why a word of EXPOSE is no port: `[[ip:]host:]container[/protocol]`, where a port may be a range. `undefined` when it
 * is one.
 */
export function portFault(word: string): string | undefined {
  const parts = word.split(":");
  const container = parts.pop() ?? "";
  const host = parts.pop() ?? "";
  const [port = "", protocol = "", ...rest] = container.split("/");
  if (rest.length > 0 || !/^(?:tcp|udp|sctp)?$/i.test(protocol)) return "the protocol is tcp, udp or sctp";
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
