/** Connections to registries through a proxy: TLS inside a tunnel that the proxy is asked for (`CONNECT`). */
import { request as httpRequest, type ClientRequest } from "node:http";
import { Agent, request as httpsRequest, type AgentOptions, type RequestOptions } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { originText, serverName } from "./endpoint.ts";
import type { Proxy } from "./proxy.ts";

/** The proxy is at fault, or in the way. */
export class ProxyError extends Error {
  /** A proxy that does not lead there is to the caller a host that nothing listens at. */
  readonly code = "ECONNREFUSED";
  readonly hint: string;

  /**
   * @param what ends the sentence that begins with "the proxy …"
   * @param hint what to do
   */
  constructor({ variable, origin }: Proxy, what: string, hint: string, cause?: unknown) {
    super(`the proxy ${originText(origin)} (${variable}) ${what}`, { cause });
    this.name = "ProxyError";
    this.hint = hint;
  }
}

/** A proxy that asks who we are. */
export const proxyWantsName = (proxy: Proxy): ProxyError =>
  new ProxyError(
    proxy,
    proxy.authorization === undefined
      ? "wants a name and a password (407)"
      : "does not take the name and the password that are set for it (407)",
    `write them into ${proxy.variable}: http://NAME:PASSWORD@HOST:PORT`,
  );

/** A proxy that cannot be reached. */
export const proxyIsAway = (proxy: Proxy, cause: Error): ProxyError =>
  new ProxyError(
    proxy,
    `cannot be reached: ${cause.message}`,
    `check ${proxy.variable}, or leave the registry out with NO_PROXY`,
    cause,
  );

/** Keeps the tunnels of a run. */
export class TunnelAgent extends Agent {
  readonly #proxy: Proxy;
  readonly #tls: AgentOptions;
  readonly #answerMs: number;
  /** Tunnels that were asked for and are not there yet. */
  readonly #asked = new Set<ClientRequest>();

  /** @param answerMs how long the proxy may take for its answer */
  constructor(proxy: Proxy, keep: AgentOptions, tls: AgentOptions, answerMs: number) {
    super({ ...keep, ...tls });
    this.#proxy = proxy;
    this.#tls = tls;
    this.#answerMs = answerMs;
  }

  override createConnection(
    { host, port: targetPort, servername }: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const proxy = this.#proxy;
    const { hostname, port, scheme } = proxy.origin;
    const name = host ?? "";
    const target = `${isIP(name) === 6 ? `[${name}]` : name}:${targetPort}`;
    const asked = (scheme === "https" ? httpsRequest : httpRequest)({
      agent: false,
      hostname,
      port,
      method: "CONNECT",
      path: target,
      headers: {
        host: target,
        ...(proxy.authorization === undefined ? {} : { "proxy-authorization": proxy.authorization }),
      },
      ...(scheme === "https" ? { ...this.#tls, ...serverName(hostname) } : {}),
    });
    this.#asked.add(asked);
    const clock = setTimeout(() => asked.destroy(new Error("it does not answer")), this.#answerMs);
    const end = (): void => {
      clearTimeout(clock);
      this.#asked.delete(asked);
    };
    // Node's type wants a stream beside an error; there is none.
    const fail = (error: Error): void => {
      end();
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what Node itself gives with an error
      callback?.(error, undefined as unknown as Duplex);
    };
    asked.once("error", (error) => fail(proxyIsAway(proxy, error)));
    // Any answer of a proxy to CONNECT comes as this event.
    asked.once("connect", (answer, socket, head) => {
      end();
      if (answer.statusCode !== 200) {
        socket.destroy();
        const hint = `ask whoever runs it, or put the registry into NO_PROXY where it is reached without`;
        return fail(
          answer.statusCode === 407
            ? proxyWantsName(proxy)
            : new ProxyError(proxy, `does not lead to ${target} (${answer.statusCode})`, hint),
        );
      }
      if (head.length > 0) socket.unshift(head);
      const secured = { ...this.#tls, socket, host: name, ALPNProtocols: ["http/1.1"] };
      callback?.(null, connectTls({ ...secured, ...(servername === undefined ? {} : { servername }) }));
    });
    asked.end();
  }

  override destroy(): void {
    for (const asked of this.#asked) asked.destroy(new Error("closed"));
    super.destroy();
  }
}
