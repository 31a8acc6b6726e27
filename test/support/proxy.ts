/** A forward proxy on loopback for tests: it leads names of the tests' own to servers of theirs, and says what it saw. */
import { createServer, request, type IncomingHttpHeaders, type Server } from "node:http";
import { connect, type Socket } from "node:net";

export interface ProxyRequest {
  readonly method: string;
  /** `host:port` of CONNECT, else the whole address. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

export interface ProxyOptions {
  /** Where names lead: `registry.test:5000` to `127.0.0.1:1234`. Others lead nowhere (403). */
  readonly routes: Readonly<Record<string, string>>;
  /** Value of `Proxy-Authorization` that is wanted. */
  readonly authorization?: string;
  /** Takes connections and says nothing. */
  readonly isSilent?: boolean;
}

export class TestProxy {
  readonly requests: ProxyRequest[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: ProxyOptions;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer();
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket)));
    });
    this.#server.on("connect", ({ url = "", headers }, socket: Socket) => {
      const status = this.#statusOf("CONNECT", url, headers, url);
      if (status === undefined) return;
      if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      const [host, port] = (options.routes[url] ?? "").split(":");
      const onward = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        socket.pipe(onward).pipe(socket);
      });
      this.#sockets.add(onward);
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
    this.#server.on("request", ({ url = "", method = "", headers }, response) => {
      const address = new URL(url);
      const name = `${address.hostname}:${address.port === "" ? 80 : address.port}`;
      const status = this.#statusOf(method, url, headers, name);
      if (status === undefined) return;
      if (status !== 200) return void response.writeHead(status).end();
      const { "proxy-authorization": _own, ...passed } = headers;
      request(
        `http://${options.routes[name]}${address.pathname}${address.search}`,
        { method, headers: passed },
        (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        },
      ).end();
    });
  }

  #statusOf(method: string, target: string, headers: IncomingHttpHeaders, name: string): number | undefined {
    this.requests.push({ method, target, headers });
    if (this.#options.isSilent === true) return undefined;
    const { authorization, routes } = this.#options;
    if (authorization !== undefined && headers["proxy-authorization"] !== authorization) return 407;
    return name in routes ? 200 : 403;
  }

  /** Its address: `127.0.0.1:1234`. */
  get host(): string {
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => void this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => void this.#server.close(resolve));
  }
}
