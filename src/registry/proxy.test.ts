import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestProxy, type ProxyOptions } from "../../test/support/proxy.ts";
import { startRegistry, type TestRegistry } from "../../test/support/registry.ts";
import { localhostTls, startTlsFront, type TlsFront } from "../../test/support/tls-front.ts";
import { RegistryClient } from "./client.ts";
import type { RegistryOptions } from "./requester.ts";
import { CredentialStore } from "./credentials.ts";
import { originOf } from "./endpoint.ts";
import { environmentProxies } from "./proxy.ts";

const portOf = (server: { address(): unknown }): string => {
  const address = server.address();
  return address !== null && typeof address === "object" && "port" in address ? String(address.port) : "";
};

/** What came, or the failure as JSON. */
const messages = async (client: RegistryClient): Promise<string> => {
  const reply = await client.manifest("app", "1");
  return reply.ok ? "ok" : JSON.stringify(reply.error);
};

/** What came, or the failure in words. */
const blobMessage = async (client: RegistryClient, digest: string, size: number): Promise<string> => {
  const reply = await client.smallBlob("app", { digest, size });
  return reply.ok ? "ok" : reply.error.code === "REGISTRY_FAILED" ? reply.error.message : reply.error.code;
};

/** The proxy for an address, as an environment has it. */
function through(env: Readonly<Record<string, string>>, address: string): string | undefined {
  const origin = originOf(new URL(address));
  const proxy = origin && environmentProxies(env)(origin);
  return proxy && `${proxy.origin.scheme}://${proxy.origin.hostname}:${proxy.origin.port}`;
}

describe("environmentProxies", () => {
  test.each([
    [{}, "https://ghcr.io", undefined],
    [{ HTTPS_PROXY: "http://proxy:3128" }, "https://ghcr.io", "http://proxy:3128"],
    [{ HTTPS_PROXY: "http://proxy:3128" }, "http://ghcr.io", undefined],
    [{ HTTP_PROXY: "http://proxy:3128" }, "http://ghcr.io:5000", "http://proxy:3128"],
    [{ HTTP_PROXY: "http://proxy:3128" }, "https://ghcr.io", undefined],
    [{ https_proxy: "http://lower:1" }, "https://ghcr.io", "http://lower:1"],
    [{ HTTPS_PROXY: "http://upper:1", https_proxy: "http://lower:1" }, "https://ghcr.io", "http://upper:1"],
    [{ HTTPS_PROXY: "  ", https_proxy: "http://lower:1" }, "https://ghcr.io", "http://lower:1"],
    [{ HTTPS_PROXY: "proxy:3128" }, "https://ghcr.io", "http://proxy:3128"],
    [{ HTTPS_PROXY: "proxy" }, "https://ghcr.io", "http://proxy:80"],
    [{ HTTPS_PROXY: "https://proxy" }, "https://ghcr.io", "https://proxy:443"],
    [{ HTTPS_PROXY: "http://[fd00::1]:3128" }, "https://ghcr.io", "http://fd00::1:3128"],
  ])("%o: %s", (env, address, proxy) => {
    expect(through(env, address)).toBe(proxy);
  });

  test.each([
    ["ghcr.io", "https://ghcr.io", true],
    ["ghcr.io", "https://pkg.ghcr.io", true],
    ["ghcr.io", "https://notghcr.io", false],
    ["GHCR.IO", "https://ghcr.io", true],
    [".ghcr.io", "https://ghcr.io", false],
    [".ghcr.io", "https://pkg.ghcr.io", true],
    ["*.ghcr.io", "https://pkg.ghcr.io", true],
    ["ghcr.io:5000", "https://ghcr.io", false],
    ["ghcr.io:5000", "https://ghcr.io:5000", true],
    ["a, ghcr.io ,b", "https://ghcr.io", true],
    ["*", "https://ghcr.io", true],
    ["10.0.0.0/8", "https://10.1.2.3:5000", true],
    ["10.0.0.0/8", "https://11.1.2.3", false],
    ["10.0.0.0/8", "https://ten.example.com", false],
    ["10.1.2.3", "https://10.1.2.3", true],
    ["10.1.2.3:443", "https://10.1.2.3:5000", false],
    ["fd00::/8", "https://[fd12::1]:5000", true],
    ["[fd12::1]:5000", "https://[fd12::1]:5000", true],
    ["fd12::1", "https://[fd12::1]:5000", true],
    ["10.0.0.0/99,nonsense/8,:::,", "https://ghcr.io", false],
  ])("NO_PROXY=%s: %s is reached without: %s", (list, address, isDirect) => {
    expect(through({ HTTPS_PROXY: "http://proxy:3128", NO_PROXY: list }, address) === undefined).toBe(isDirect);
  });

  test.each(["https://localhost:5000", "https://127.0.0.1", "https://a.localhost", "https://[::1]:5000"])(
    "this machine is never asked for through another: %s",
    (address) => {
      expect(through({ HTTPS_PROXY: "http://proxy:3128" }, address)).toBeUndefined();
    },
  );

  test.each([
    ["socks5://user:s3cret@proxy:1080", "HTTPS_PROXY names a proxy of socks5://, which is not spoken here"],
    ["http://user:s3cret@", "HTTPS_PROXY is no address of a proxy"],
    ["http://user:s3cret%@proxy", "HTTPS_PROXY has a name or a password with a % that is no escape"],
  ])("what cannot be used is told without its password: %s", (value, message) => {
    let thrown: unknown;
    try {
      through({ HTTPS_PROXY: value }, "https://ghcr.io");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ failure: { code: "USAGE", message } });
    expect(JSON.stringify(thrown)).not.toContain("s3cret");
  });
});

describe("a registry behind a proxy", () => {
  const registryPassword = `Basic ${Buffer.from("ann:pass-word-of-a-test").toString("base64")}`;
  const proxyPassword = `Basic ${Buffer.from("joe:s3cret/").toString("base64")}`;
  const name = "registry.test:5000";
  let registry: TestRegistry;
  let tls: TlsFront;
  let folder: string;
  const clients: RegistryClient[] = [];
  const proxies: TestProxy[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "proxy-"));
    registry = await startRegistry();
    registry.image("app", "1", { user: "1000" });
    registry.on(/^\/v2\//, (incoming, response) => {
      if (incoming.headers.authorization === registryPassword) return false;
      response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
      return true;
    });
    tls = await startTlsFront(registry.host);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const proxy of proxies.splice(0)) await proxy.close();
    await tls.close();
    await registry.close();
    await rm(folder, { recursive: true });
  });

  async function proxyOf(options: Partial<ProxyOptions> = {}): Promise<TestProxy> {
    const routes = { [name]: registry.host, ...options.routes };
    const proxy = await new TestProxy({ ...options, routes }).listen();
    proxies.push(proxy);
    return proxy;
  }

  /** A client whose every request is the proxy's, as no test may look names up. */
  async function clientOf(proxy: string, host = name, options: Partial<RegistryOptions> = {}): Promise<RegistryClient> {
    const authfile = join(folder, "auth.json");
    await writeFile(authfile, JSON.stringify({ auths: { [host]: { auth: registryPassword.slice(6) } } }));
    const proxyFor = environmentProxies({ HTTPS_PROXY: proxy, HTTP_PROXY: proxy });
    const client = new RegistryClient(host, {
      signal: new AbortController().signal,
      credentials: new CredentialStore({ authfile, env: {} }),
      limits: { backoffMs: 2, headersMs: 2_000 },
      tlsVerify: false,
      // localhost is what the certificate of these tests is for; a real one is never asked for through a proxy.
      proxyFor: (origin) => proxyFor(origin.hostname === "localhost" ? { ...origin, hostname: "other.test" } : origin),
      ...options,
    });
    clients.push(client);
    return client;
  }

  test("without TLS the whole address goes to the proxy, and each is told its own password alone", async () => {
    const proxy = await proxyOf({ authorization: proxyPassword });
    const client = await clientOf(`http://joe:s3cret%2F@${proxy.host}`);
    const manifest = await client.manifest("app", "1");
    expect(manifest).toMatchObject({ ok: true });
    const asked = proxy.requests.filter(({ method }) => method === "GET");
    expect(asked.map(({ target, headers }) => [target, headers.host])).toEqual([
      ["http://registry.test:5000/v2/app/manifests/1", name],
      ["http://registry.test:5000/v2/app/manifests/1", name],
    ]);
    expect(registry.requests.map(({ authorization }) => authorization)).toEqual([undefined, registryPassword]);
    expect(asked.every(({ headers }) => headers["proxy-authorization"] === proxyPassword)).toBe(true);
  });

  test("TLS is spoken with the registry itself, in tunnels that are used again", async () => {
    const { host } = tls;
    const proxy = await proxyOf({ routes: { [host]: host }, authorization: proxyPassword });
    const options = { tlsVerify: true, ca: [localhostTls.cert] };
    const client = await clientOf(`joe:s3cret%2F@${proxy.host}`, host, options);
    for (let times = 0; times < 3; times++) expect(await client.manifest("app", "1")).toMatchObject({ ok: true });
    // The refused request's connection may not be free yet when it is sent again.
    expect(proxy.requests.length).toBeLessThanOrEqual(2);
    for (const { method, target } of proxy.requests) expect([method, target]).toEqual(["CONNECT", host]);
    expect(proxy.requests[0]?.headers).not.toHaveProperty("authorization");
    expect(registry.requests.map(({ authorization }) => authorization)).toEqual([
      undefined,
      registryPassword,
      registryPassword,
      registryPassword,
    ]);
  });

  test("a proxy of TLS", async () => {
    const inner = await proxyOf();
    // What speaks TLS in front of the proxy.
    const { createServer: createTlsServer } = await import("node:tls");
    const { connect } = await import("node:net");
    const front = createTlsServer(localhostTls, (socket) => {
      const onward = connect(Number(inner.host.split(":")[1]), "127.0.0.1");
      socket.pipe(onward).pipe(socket);
      for (const one of [socket, onward]) one.on("error", () => undefined);
      socket.on("close", () => onward.destroy());
    });
    await new Promise<void>((resolve) => void front.listen(0, "127.0.0.1", resolve));
    const client = await clientOf(`https://localhost:${portOf(front)}`);
    expect(await client.manifest("app", "1")).toMatchObject({ ok: true });
    client.close();
    await new Promise((resolve) => void front.close(resolve));
  });

  test("a certificate that is not trusted is not, tunnel or none", async () => {
    const { host } = tls;
    const proxy = await proxyOf({ routes: { [host]: host } });
    const client = await clientOf(`http://${proxy.host}`, host, { tlsVerify: true });
    expect(await client.manifest("app", "1")).toMatchObject({
      ok: false,
      error: { code: "REGISTRY_FAILED", message: expect.stringMatching(/^its certificate is not trusted/) },
    });
    expect(registry.requests).toEqual([]);
  });

  test("a certificate that the machine's authorities vouch for is trusted in a tunnel", async () => {
    const { host } = tls;
    const proxy = await proxyOf({ routes: { [host]: host } });
    const client = await clientOf(`http://${proxy.host}`, host, {
      tlsVerify: true,
      moreAuthorities: async () => [localhostTls.cert],
    });
    expect(await client.manifest("app", "1")).toMatchObject({ ok: true });
  });

  test.each([false, true])("a proxy that wants a password is named, its own is not shown (TLS: %s)", async (secure) => {
    const host = secure ? tls.host : name;
    const proxy = await proxyOf({ authorization: proxyPassword, routes: { [host]: registry.host } });
    const options = { tlsVerify: secure };
    const without = await messages(await clientOf(`http://${proxy.host}`, host, options));
    expect(without).toContain(`the proxy http://${proxy.host} (HTTPS_PROXY) wants a name and a password (407)`);
    const wrong = await messages(await clientOf(`http://joe:wr0ng@${proxy.host}`, host, options));
    expect(wrong).toContain("does not take the name and the password that are set for it (407)");
    expect(wrong).not.toContain("wr0ng");
    expect(registry.requests).toEqual([]);
  });

  test("of a registry that is asked without TLS from the start it is the other variable", async () => {
    const proxy = await proxyOf({ authorization: proxyPassword });
    const client = new RegistryClient("localhost:5000", {
      signal: new AbortController().signal,
      limits: { backoffMs: 2, headersMs: 2_000 },
      // One of this machine is asked so, and never through a proxy: only a test does it.
      proxyFor: (origin) => environmentProxies({ HTTP_PROXY: proxy.host })({ ...origin, hostname: "other.test" }),
    });
    clients.push(client);
    for (let times = 0; times < 2; times++)
      expect(await messages(client)).toContain("(HTTP_PROXY) wants a name and a password (407)");
  });

  test("a proxy that does not lead there, and one that is not there", async () => {
    const proxy = await proxyOf();
    const client = await clientOf(`http://${proxy.host}`, "other.test", { tlsVerify: true });
    expect(await messages(client)).toMatch(/\(HTTPS_PROXY\) does not lead to other\.test:443 \(403\)/);
    expect(proxy.requests).toHaveLength(1);
    const { host } = proxy;
    await proxy.close();
    proxies.splice(0);
    for (const tlsVerify of [true, false])
      expect(await messages(await clientOf(`http://${host}`, "other.test", { tlsVerify }))).toMatch(
        /the proxy http:\/\/127\.0\.0\.1:\d+ \(HTTPS?_PROXY\) cannot be reached: connect ECONNREFUSED/,
      );
  });

  test("a proxy that says nothing is waited for no longer than a registry", async () => {
    const proxy = await proxyOf({ isSilent: true });
    const limits = { backoffMs: 2, headersMs: 200 };
    const client = await clientOf(`http://${proxy.host}`, "other.test", { tlsVerify: true, limits });
    expect(await messages(client)).toMatch(/sent no answer within 0\.2 seconds|cannot be reached: it does not answer/);
  });

  test("what waits for a proxy ends with the signal, and with the client", async () => {
    const connected = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(connected, "listening");
    try {
      const proxy = `http://127.0.0.1:${portOf(connected)}`;
      const controller = new AbortController();
      const first = await clientOf(proxy, "other.test", { tlsVerify: true, signal: controller.signal });
      const stopped = first.manifest("app", "1");
      await once(connected, "connection");
      controller.abort(new Error("enough"));
      expect(await stopped).toMatchObject({ ok: false });
      first.close();
      const second = await clientOf(proxy, "other.test", { tlsVerify: true });
      const closed = second.manifest("app", "1");
      await once(connected, "connection");
      second.close();
      expect(await closed).toMatchObject({ ok: false });
      expect(await second.manifest("app", "1")).toMatchObject({ ok: false });
    } finally {
      // Ends only when no connection of theirs is left.
      await new Promise((resolve) => void connected.close(resolve));
    }
  });

  test("a blob that lies elsewhere is fetched through the proxy too, but not from this machine", async () => {
    const proxy = await proxyOf({ routes: { "storage.test:80": registry.host } });
    const { digest, size } = registry.blob("content");
    registry.on(/^\/elsewhere/, (_, response) => void response.end("content"));
    let location = "http://storage.test/elsewhere";
    registry.handlers.unshift((incoming, response) => {
      if (incoming.url !== `/v2/app/blobs/${digest}`) return false;
      response.writeHead(307, { location }).end();
      return true;
    });
    const client = await clientOf(`http://${proxy.host}`);
    expect(await client.smallBlob("app", { digest, size })).toEqual({ ok: true, value: Buffer.from("content") });
    expect(proxy.requests.at(-1)).toMatchObject({ target: "http://storage.test/elsewhere" });
    expect(proxy.requests.at(-1)?.headers).not.toHaveProperty("authorization");
    const asked = proxy.requests.length;
    for (location of ["http://169.254.169.254/latest", "http://127.0.0.1/x", `http://${registry.host}/x`])
      expect(await blobMessage(client, digest, size)).toMatch(/an address of this machine or its link/);
    expect(proxy.requests.length).toBe(asked + 3);
  });

  test("a variable that names no proxy is told to who needs one", async () => {
    const client = await clientOf("socks5://proxy:1080", "other.test", { tlsVerify: true });
    expect(await client.manifest("app", "1")).toMatchObject({
      ok: false,
      error: { code: "USAGE", hint: expect.stringContaining("NO_PROXY") },
    });
  });
});
