/** Images for several platforms under one id, as daemons of different ages answer for them. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readExport } from "../test-kit.ts";
import { createDocker } from "./docker.ts";

const id = `sha256:${"1".repeat(64)}`;
const options = { signal: new AbortController().signal };

interface Variant {
  readonly platform: { readonly os: string; readonly architecture: string; readonly variant?: string };
  readonly user: string;
  /** Listed in the index, and never pulled. */
  readonly isAbsent?: boolean;
}
const amd64: Variant = { platform: { os: "linux", architecture: "amd64" }, user: "1000" };
const arm64: Variant = { platform: { os: "linux", architecture: "arm64", variant: "v8" }, user: "app" };

const daemons: { readonly server: Server; readonly folder: string }[] = [];
afterAll(async () => {
  for (const { server, folder } of daemons) {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  }
});

/** A daemon with one image; on a machine of the first platform. An old one pays no heed to parameters. */
async function docker(variants: readonly Variant[], isOld = false) {
  const folder = await mkdtemp(join(tmpdir(), "image-fix-variants-"));
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://docker");
    const asked = isOld ? null : url.searchParams.get("platform");
    requests.push(`${request.method} ${url.pathname} ${asked ?? ""}`.trim());
    request.resume();
    const own = (one: Variant): boolean => JSON.stringify(one.platform) === asked;
    const best = asked === null ? variants[0] : variants.find(own);
    const Manifests = variants.map(({ platform, isAbsent }) => ({
      Kind: "image",
      Available: isAbsent !== true,
      ImageData: { Platform: platform },
    }));
    const answer = url.pathname.endsWith("/version")
      ? { Version: "29.0" }
      : url.pathname.endsWith("/create")
        ? { Id: "c" }
        : url.pathname.endsWith("/history")
          ? [{ CreatedBy: `USER ${best?.user}`, Size: 0 }]
          : {
              Id: asked === null ? id : `sha256:${"2".repeat(64)}`,
              RepoTags: ["app:1"],
              ...(url.searchParams.has("manifests") && !isOld
                ? { Manifests: [...Manifests, { Kind: "attestation", Available: true }] }
                : {}),
              ...(best === undefined || best.isAbsent === true
                ? { Architecture: "", Os: "", Config: {}, RootFS: {} }
                : {
                    Architecture: best.platform.architecture,
                    Os: best.platform.os,
                    Variant: best.platform.variant,
                    Config: { User: best.user },
                    RootFS: { Layers: ["sha256:3"] },
                  }),
            };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "docker.sock"), resolve));
  daemons.push({ server, folder });
  const host = `unix://${join(folder, "docker.sock")}`;
  return { engine: createDocker({ endpoint: { host, source: "DOCKER_HOST" }, path: "" }), requests };
}

test("the daemon's own platform is taken where nobody names one, in one request", async () => {
  const { engine, requests } = await docker([amd64, arm64]);
  expect(await engine.inspect("app:1", options)).toMatchObject({
    ok: true,
    value: { id, platform: "linux/amd64", config: { user: "1000" } },
  });
  expect(await engine.inspect("app:1", { ...options, platform: "linux/amd64" })).toMatchObject({ ok: true });
  expect(requests).toEqual(["GET /images/app:1/json", "GET /images/app:1/json"]);
});

test("a wanted platform is the one that is meant by the image's id from then on", async () => {
  const { engine, requests } = await docker([amd64, arm64]);
  const arm = { ok: true, value: { id, platform: "linux/arm64/v8", config: { user: "app" } } };
  expect(await engine.inspect("app:1", { ...options, platform: "linux/arm64" })).toMatchObject(arm);
  expect(await engine.inspect(id, options)).toMatchObject(arm);
  requests.length = 0;
  expect(await engine.history(id, options)).toEqual({
    ok: true,
    value: [{ createdBy: "USER app", isEmptyLayer: true }],
  });
  await readExport(engine, id, options);
  await engine.readFiles(id, { contents: [] }, options);
  const query = JSON.stringify(arm64.platform);
  expect(requests.slice(0, 3)).toEqual([
    `GET /images/${id}/history ${query}`,
    `GET /images/${id}/get ${query}`,
    "POST /containers/create linux/arm64/v8",
  ]);
});

test("one whose own platform was never pulled is what is there, not an image without a user", async () => {
  const { engine } = await docker([{ ...amd64, isAbsent: true }, arm64]);
  expect(await engine.inspect("app:1", options)).toMatchObject({
    ok: true,
    value: { id, platform: "linux/arm64/v8", config: { user: "app" } },
  });
});

test.each([
  ["all of it is gone", await docker([{ ...amd64, isAbsent: true }]), {}],
  [
    "what is there is for another platform",
    await docker([{ ...amd64, isAbsent: true }, arm64]),
    { platform: "linux/amd64" },
  ],
  ["the daemon cannot say what is there", await docker([{ ...amd64, isAbsent: true }, arm64], true), {}],
])("of an image without content nothing is known: %s", async (_, { engine }, more) => {
  expect(await engine.inspect("app:1", { ...options, ...more })).toMatchObject({
    ok: false,
    error: { code: "IMAGE_NOT_FOUND", message: expect.stringContaining("no content of it") },
  });
});

test("a daemon that knows one platform an image gives that one", async () => {
  const { engine } = await docker([amd64], true);
  expect(await engine.inspect("app:1", { ...options, platform: "linux/arm64" })).toMatchObject({
    ok: true,
    value: { platform: "linux/amd64" },
  });
});
