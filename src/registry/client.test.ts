import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { startRegistry, type TestRegistry } from "../../test/support/registry.ts";
import { Refusal } from "../core/refusal.ts";
import { RegistryClient } from "./client.ts";
import type { RegistryOptions } from "./requester.ts";
import { CredentialStore } from "./credentials.ts";

const password = "pass-word-of-a-test";
let registry: TestRegistry;
let folder: string;
const clients: RegistryClient[] = [];
beforeEach(async () => {
  registry = await startRegistry();
  registry.image("app", "1", { user: "1000" });
  folder = await mkdtemp(join(tmpdir(), "registry-"));
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await registry.close();
  await rm(folder, { recursive: true });
});

function clientOf(options: Partial<RegistryOptions> = {}, host = registry.host): RegistryClient {
  const made = new RegistryClient(host, {
    signal: new AbortController().signal,
    credentials: new CredentialStore({ env: { HOME: "/nonexistent" } }),
    limits: { backoffMs: 2, pauseMs: 3_000, headersMs: 2_000 },
    ...options,
  });
  clients.push(made);
  return made;
}

/** A file of credentials for a host. */
async function authfile(host: string, user = "ann", secret = password): Promise<CredentialStore> {
  const file = join(folder, "auth.json");
  const auth = Buffer.from(`${user}:${secret}`).toString("base64");
  await writeFile(file, JSON.stringify({ auths: { [host]: { auth } } }));
  return new CredentialStore({ authfile: file, env: {} });
}

const basic = `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`;

test("a client that is closed asks nothing more, of a registry that never answered least of all", async () => {
  let connections = 0;
  const silent = createServer(() => connections++).listen(0, "127.0.0.1");
  await once(silent, "listening");
  try {
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const limits = { backoffMs: 2, headersMs: 20_000 };
    const client = clientOf({ limits }, `127.0.0.1:${port}`);
    const waiting = client.manifest("app", "1");
    await once(silent, "connection");
    client.close();
    expect(await waiting).toMatchObject({ ok: false });
    expect(await client.manifest("app", "1")).toMatchObject({ ok: false });
    expect(connections).toBe(1);
  } finally {
    silent.close();
  }
});

test("who answers by something else than HTTP/1.1 is said to", async () => {
  const server = createServer((socket) => socket.end("\0\0\x12\x04\0\0\0\0\0")).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    expect(await messageOf(clientOf({}, `127.0.0.1:${port}`))).toBe("it does not speak HTTP/1.1");
  } finally {
    server.close();
  }
});

test("where a tag is not, its repository's are one command away", async () => {
  const error = { code: "IMAGE_NOT_FOUND", hint: expect.stringMatching(/scan --list docker:\/\/.*\/app$/) };
  expect(await clientOf().manifest("app", "none")).toMatchObject({ error });
  const missing = await clientOf().manifest("app", `sha256:${"0".repeat(64)}`);
  expect(missing).toMatchObject({ error: { code: "IMAGE_NOT_FOUND" } });
  expect(missing).not.toHaveProperty("error.hint");
});

test.each([
  [JSON.stringify({ errors: [{ code: "NAME_UNKNOWN" }] }), true],
  ["<h1>404 Not Found</h1>", undefined],
])("a repository that a list of tags is asked of in vain may be one without: %s", async (body, isCertain) => {
  registry.on(/tags\/list/, (_, response) => {
    response.writeHead(404);
    response.end(body);
  });
  const error = await read(clientOf(), "/v2/app/tags/list").catch((thrown: unknown) => thrown);
  const failure = error instanceof Refusal ? error.failure : undefined;
  expect(failure).toMatchObject({ code: "IMAGE_NOT_FOUND", hint: expect.stringContaining("nothing has a tag") });
  expect(failure?.code === "IMAGE_NOT_FOUND" && failure.isCertain).toBe(isCertain);
});

/** Asks for tokens, and gives them at `/token` to who is known. */
function wantTokens(target: TestRegistry, more: { readonly realm?: string; readonly expires?: number } = {}): void {
  target.on(/^\/token/, (_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ token: `token-${target.requests.length}`, expires_in: more.expires ?? 300 }));
  });
  target.on(/^\/v2\//, (request, response) => {
    if (request.headers.authorization?.startsWith("Bearer token-") === true) return false;
    const realm = more.realm ?? `http://${target.host}/token`;
    response.writeHead(401, {
      "www-authenticate": `Bearer realm="${realm}",service="test",scope="repository:app:pull"`,
    });
    response.end();
    return true;
  });
}

async function messageOf(made: RegistryClient): Promise<string> {
  const reply = await made.manifest("app", "1");
  if (reply.ok) throw new Error("the manifest was read");
  expect(JSON.stringify(reply.error)).not.toContain(password);
  return "message" in reply.error ? reply.error.message : reply.error.code;
}

const blobOf = async (made: RegistryClient): Promise<string> => {
  const [digest = ""] = registry.blobs.keys();
  const reply = await made.smallBlob("app", { digest, size: registry.blobs.get(digest)?.length ?? 0 });
  if (reply.ok) throw new Error("the blob was read");
  return "message" in reply.error ? reply.error.message : reply.error.code;
};

/** Answers so many times with a status. */
const fail = (times: number, status: number, headers: Readonly<Record<string, string>> = {}): void => {
  let left = times;
  registry.on(/./, (_, response) => {
    if (left-- <= 0) return false;
    response.writeHead(status, headers);
    response.end();
    return true;
  });
};

const read = async (made: RegistryClient, path: string): Promise<readonly unknown[]> => {
  const pages: unknown[] = [];
  for await (const page of made.pages(path)) pages.push(page);
  return pages;
};

const serve = (next: (path: string) => string | undefined): void =>
  registry.on(/_catalog|tags\/list/, (request, response) => {
    const link = next(request.url ?? "");
    if (link !== undefined) response.setHeader("link", `<${link}>; rel="next"`);
    response.end(JSON.stringify({ path: request.url }));
  });

describe("authorization", () => {
  test("a token is asked for once, however many wait, and kept", async () => {
    wantTokens(registry);
    registry.image("app", "2", { user: "2" });
    const made = clientOf();
    const replies = await Promise.all(["1", "2", "1", "2"].map((tag) => made.manifest("app", tag)));
    expect(replies.every(({ ok }) => ok)).toBe(true);
    expect(registry.paths.filter((path) => path.startsWith("/token")).length).toBe(1);
    expect((await made.manifest("app", "1")).ok).toBe(true);
    expect(made.counters.tokens).toBe(1);
    expect(registry.paths).toContain("/token?service=test&scope=repository%3Aapp%3Apull");
  });

  test("a token that no longer counts is asked for once more", async () => {
    wantTokens(registry);
    const made = clientOf();
    await made.manifest("app", "1");
    let isOld = true;
    registry.handlers.unshift((request, response) => {
      if (!isOld || request.url?.startsWith("/token") === true) return false;
      isOld = false;
      response.writeHead(401, { "www-authenticate": `Bearer realm="http://${registry.host}/token",service="test"` });
      response.end();
      return true;
    });
    expect((await made.manifest("app", "1")).ok).toBe(true);
    expect(made.counters.tokens).toBe(2);
  });

  test("Basic, after it was asked for", async () => {
    registry.on(/^\/v2\//, (request, response) => {
      if (request.headers.authorization === basic) return false;
      response.writeHead(401, { "www-authenticate": 'Basic realm="x"' });
      response.end();
      return true;
    });
    const made = clientOf({ credentials: await authfile(registry.host) });
    expect((await made.manifest("app", "1")).ok).toBe(true);
    expect(registry.requests.map(({ authorization }) => authorization)).toEqual([undefined, basic]);
  });

  test("a password that is refused is said to be, without it or its name: where it is kept", async () => {
    registry.on(/^\/v2\//, (_, response) => {
      response.writeHead(401, { "www-authenticate": 'Basic realm="x"' });
      response.end(JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "bad credentials" }] }));
    });
    const made = clientOf({ credentials: await authfile(registry.host) });
    expect(await messageOf(made)).toBe(`access to app is denied to the login in ${folder}/auth.json: bad credentials`);
    const hint = `its password may be wrong or have expired; log in again: podman login --authfile ${folder}/auth.json ${registry.host}`;
    expect(await made.manifest("app", "1")).toMatchObject({ error: { hint, status: 401 } });
  });

  test("so is one that the token server refuses, and one that has no right to pull", async () => {
    let isKnown = false;
    registry.on(/^\/token/, (_, response) => {
      if (isKnown) return false;
      response.writeHead(401);
      response.end();
      return true;
    });
    registry.on(/manifests/, (request, response) => {
      if (request.headers.authorization === undefined) return false;
      response.writeHead(403);
      response.end();
      return true;
    });
    wantTokens(registry);
    const credentials = await authfile(registry.host);
    expect(await messageOf(clientOf({ credentials }))).toBe(
      `http://${registry.host} gives no token for the login in ${folder}/auth.json, which may be wrong or have expired`,
    );
    isKnown = true;
    expect(await clientOf({ credentials }).manifest("app", "1")).toMatchObject({
      error: {
        message: `access to app is denied to the login in ${folder}/auth.json`,
        hint: expect.stringMatching(/^ask for the right to pull, or log in again: /),
      },
    });
    expect(await messageOf(clientOf())).toBe("access to app is denied");
  });

  test("an identity token that has ended is told", async () => {
    registry.on(/^\/token/, (_, response) => {
      response.writeHead(400);
      response.end(JSON.stringify({ error: "invalid_grant" }));
    });
    wantTokens(registry);
    const file = join(folder, "auth.json");
    await writeFile(file, JSON.stringify({ auths: { [registry.host]: { identitytoken: password } } }));
    expect(await messageOf(clientOf({ credentials: new CredentialStore({ authfile: file, env: {} }) }))).toBe(
      `http://${registry.host} gives no token for the identity token in ${file}, which may be wrong or have expired`,
    );
  });

  test("an identity token is exchanged by POST and never put into an address", async () => {
    wantTokens(registry);
    const file = join(folder, "auth.json");
    await writeFile(file, JSON.stringify({ auths: { [registry.host]: { identitytoken: password } } }));
    const made = clientOf({ credentials: new CredentialStore({ authfile: file, env: {} }) });
    expect((await made.manifest("app", "1")).ok).toBe(true);
    expect(registry.paths.join(" ")).not.toContain(password);
  });

  test("credentials do not go to a token server on another host", async () => {
    const other = await startRegistry();
    try {
      wantTokens(registry, { realm: `http://localhost:${other.port}/token` });
      const made = clientOf({ credentials: await authfile(registry.host) });
      expect(await messageOf(made)).toBe(
        `it wants the credentials that are kept for it sent to another host, http://localhost:${other.port}`,
      );
      expect(other.requests).toEqual([]);
      wantTokens(other);
      const allowed = clientOf({ credentials: await authfile(registry.host), tokenRealms: ["localhost"] });
      expect((await allowed.manifest("app", "1")).ok).toBe(true);
      expect(other.requests[0]?.authorization).toBe(basic);
    } finally {
      await other.close();
    }
  });

  test.each([
    ["file:///etc/passwd", /^it names no token server that can be asked/],
    ["http://u:p@127.0.0.1/token", /^the address of its token server holds credentials/],
  ])("realm %s", async (realm, message) => {
    wantTokens(registry, { realm });
    expect(await messageOf(clientOf())).toMatch(message);
  });

  test("a token server that sends us elsewhere is not followed", async () => {
    wantTokens(registry, { realm: `http://${registry.host}/moved` });
    registry.on(/^\/moved/, (_, response) => {
      response.writeHead(302, { location: "/token" });
      response.end();
    });
    expect(await messageOf(clientOf())).toMatch(/sends us elsewhere, which no token server may$/);
  });
});

/** On Linux this address is the machine's own, and it is none of those that count as such: a remote registry to a client. */
const remote = (): string => `0.0.0.0:${registry.port}`;

describe("a remote registry", () => {
  test.each([
    "http://127.0.0.1:1/",
    "http://localhost:1/x",
    "http://[::1]/",
    "http://169.254.169.254/latest",
    "http://[fe80::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://2130706433/",
  ])("does not send us to %s", async (location) => {
    registry.on(/blobs/, (_, response) => {
      response.writeHead(307, { location });
      response.end();
    });
    expect(await blobOf(clientOf({ tlsVerify: false }, remote()))).toMatch(
      /^it sends us to an address of this machine or its link/,
    );
  });

  test("nor to a token server there", async () => {
    wantTokens(registry, { realm: `https://127.0.0.1:${registry.port}/token` });
    expect(await messageOf(clientOf({ tlsVerify: false }, remote()))).toMatch(
      /is on this machine, where no remote registry may send us$/,
    );
  });

  test("nor to one without TLS", async () => {
    wantTokens(registry, { realm: "http://tokens.example.com/token" });
    expect(await messageOf(clientOf({ tlsVerify: false }, remote()))).toBe(
      "its token server http://tokens.example.com is not asked without TLS",
    );
  });
});

describe("redirects", () => {
  test("of a blob are followed, and credentials stay behind", async () => {
    const storage = await startRegistry();
    try {
      const [digest = ""] = registry.blobs.keys();
      const bytes = registry.blobs.get(digest) ?? Buffer.alloc(0);
      storage.on(/^\/storage/, (_, response) => void response.end(bytes));
      wantTokens(registry);
      registry.handlers.push((request, response) => {
        if (request.url?.includes("/blobs/") !== true) return false;
        response.writeHead(307, { location: `http://localhost:${storage.port}/storage?signature=x` });
        response.end();
        return true;
      });
      const reply = await clientOf().smallBlob("app", { digest, size: bytes.length });
      expect(reply).toEqual({ ok: true, value: bytes });
      expect(storage.requests).toEqual([{ path: "/storage?signature=x", authorization: undefined }]);
    } finally {
      await storage.close();
    }
  });
});

describe("trouble that passes", () => {
  test("5xx is tried again, a few times", async () => {
    fail(3, 503);
    const made = clientOf();
    expect((await made.manifest("app", "1")).ok).toBe(true);
    expect(made.counters).toMatchObject({ requests: 4, retries: 3 });
    fail(9, 500);
    expect(await messageOf(clientOf())).toBe("it answers 500");
  });

  test.each([undefined, false])("a reset is tried again (tlsVerify %s)", async (tlsVerify) => {
    let left = 2;
    registry.on(/./, (request) => {
      if (left-- <= 0) return false;
      request.socket.destroy();
      return true;
    });
    const made = clientOf(tlsVerify === undefined ? {} : { tlsVerify });
    expect((await made.manifest("app", "1")).ok).toBe(true);
  });

  test("429 stops the whole host for as long as it asks, and halves what goes at a time", async () => {
    for (let tag = 0; tag < 20; tag++) registry.image("app", `t${tag}`, { user: String(tag) });
    fail(1, 429, { "retry-after": "1" });
    const made = clientOf({ concurrency: 8 });
    const started = Date.now();
    const replies = await Promise.all(Array.from({ length: 20 }, (_, tag) => made.manifest("app", `t${tag}`)));
    expect(replies.every(({ ok }) => ok)).toBe(true);
    expect(Date.now() - started).toBeGreaterThanOrEqual(1_000);
    expect(made.counters.throttled).toBe(1);
    expect(made.counters.requests).toBe(21);
    expect(made.concurrency).toBeLessThan(8);
  });

  test("503 is a 429 where it says for how long, and else stops the whole host while it is tried again", async () => {
    for (let tag = 0; tag < 20; tag++) registry.image("app", `t${tag}`, { user: String(tag) });
    fail(6, 503, { "retry-after": "0" });
    const asked = clientOf();
    expect((await asked.manifest("app", "1")).ok).toBe(true);
    expect(asked.counters).toMatchObject({ requests: 7, throttled: 6, retries: 0 });
    fail(1, 503, { "retry-after": "3600" });
    expect(await messageOf(clientOf())).toBe("it takes no more requests for 3600 seconds (503)");
    fail(1, 503);
    const made = clientOf({ concurrency: 8, limits: { backoffMs: 400 } });
    const started = Date.now();
    const replies = await Promise.all(Array.from({ length: 20 }, (_, tag) => made.manifest("app", `t${tag}`)));
    expect(replies.every(({ ok }) => ok)).toBe(true);
    expect(Date.now() - started).toBeGreaterThanOrEqual(200);
    expect(made.counters).toMatchObject({ requests: 21, retries: 1, throttled: 0 });
    expect(made.pausedMs).toBeGreaterThanOrEqual(200);
    expect(made.concurrency).toBeLessThan(8);
  });

  test.each([
    [429, {}, 6, "throttled"],
    [503, { "retry-after": "0" }, 6, "throttled"],
    [502, {}, 3, "retries"],
  ])("a token server that answers %i is asked again", async (status, headers, times, counter) => {
    let left = times;
    registry.on(/^\/token/, (_, response) => {
      if (left-- <= 0) return false;
      response.writeHead(status, headers);
      response.end();
      return true;
    });
    wantTokens(registry);
    const made = clientOf();
    expect((await made.manifest("app", "1")).ok).toBe(true);
    expect(made.counters).toMatchObject({ tokens: times + 1, [counter]: times });
    left = 50;
    expect(await messageOf(clientOf({ limits: { backoffMs: 2, pauses: 3 } }))).toBe(
      `its token server http://${registry.host} answers ${status}`,
    );
  });

  test("a token server that wants to be left alone for hours is not waited for", async () => {
    registry.on(/^\/token/, (_, response) => {
      response.writeHead(429, { "retry-after": "3600" });
      response.end();
      return true;
    });
    wantTokens(registry);
    expect(await messageOf(clientOf())).toBe("it takes no more requests for 3600 seconds (429)");
  });

  test("a first answer that refuses is read, though it might have been one of TLS", async () => {
    registry.on(/manifests/, (_, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ errors: [{ code: "NAME_INVALID", message: "invalid digest" }] }));
    });
    expect(await messageOf(clientOf())).toBe("it answers 400: invalid digest");
  });

  test("a pause of hours is not waited for", async () => {
    fail(1, 429, { "retry-after": "21600" });
    expect(await messageOf(clientOf())).toBe("it takes no more requests for 21600 seconds (429)");
  });
});

describe("pages", () => {
  test("are followed as they are linked, relative or absolute", async () => {
    serve((path) =>
      path === "/v2/_catalog?n=2"
        ? "/v2/_catalog?last=a%2Fb&n=2"
        : path.includes("last=a")
          ? `http://${registry.host}/v2/_catalog?token=z`
          : undefined,
    );
    expect(await read(clientOf(), "/v2/_catalog?n=2")).toEqual([
      { path: "/v2/_catalog?n=2" },
      { path: "/v2/_catalog?last=a%2Fb&n=2" },
      { path: "/v2/_catalog?token=z" },
    ]);
  });

  test.each([
    ["to themselves", () => "/v2/_catalog?n=1", "its list leads back to a page that was read before"],
    [
      "to another host",
      () => "http://example.com/v2/_catalog",
      'its list goes on at another host ("http://example.com/v2/_catalog")',
    ],
  ])("that lead %s end", async (_, next, message) => {
    serve(next);
    const reading = read(clientOf(), "/v2/_catalog?n=1");
    await expect(reading).rejects.toThrow(Refusal);
    await expect(reading).rejects.toThrow(message);
  });

  test("without end are not read for ever", async () => {
    let page = 0;
    serve(() => `/v2/_catalog?last=${++page}`);
    await expect(read(clientOf({ limits: { pages: 5 } }), "/v2/_catalog?n=1")).rejects.toThrow(
      "the list has more than 5 pages",
    );
  });
});

test("connections are kept", async () => {
  const ports = new Set<number | undefined>();
  registry.on(/./, (request) => {
    ports.add(request.socket.remotePort);
    return false;
  });
  const made = clientOf();
  for (let count = 0; count < 5; count++) await made.manifest("app", "1");
  expect(ports.size).toBe(1);
});

test("a clock that is set takes no time from an answer", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const made = clientOf({ limits: { headersMs: 2_000 } });
    registry.on(/manifests/, async () => {
      vi.setSystemTime(Date.now() + 3_600_000);
      await setTimeout(600);
      return false;
    });
    expect((await made.manifest("app", "1")).ok).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

test("what runs ends with the signal", async () => {
  const controller = new AbortController();
  registry.on(/./, () => controller.abort("SIGTERM"));
  const reply = await clientOf({ signal: controller.signal }).manifest("app", "1");
  expect(reply).toMatchObject({ ok: false, error: { code: "INTERRUPTED", signal: "SIGTERM" } });
});
