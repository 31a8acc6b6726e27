/** A server that speaks TLS in front of one that does not; `test/fixtures/tls` is for localhost and for tests alone. */
import { readFileSync } from "node:fs";
import { request, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";

const read = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");

/** The certificate of localhost, its own authority, and its key; PEM. */
export const localhostTls = { key: read("key.pem"), cert: read("certificate.pem") };

export interface TlsFront {
  /** `localhost:1234` */
  readonly host: string;
  close(): Promise<void>;
}

/**
 * Starts one.
 * @param behind `host:port` that requests are passed on to
 * @param guard answers a request itself and says so with `true`, and may take headers away
 */
export async function startTlsFront(
  behind: string,
  guard: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean = () => false,
): Promise<TlsFront> {
  const server: Server = createServer(localhostTls, (incoming, outgoing) => {
    if (guard(incoming, outgoing)) return;
    const { host: _host, ...headers } = incoming.headers;
    request(`http://${behind}${incoming.url}`, { headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    }).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a listening TCP server has such an address
  const { port } = server.address() as AddressInfo;
  return {
    host: `localhost:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
