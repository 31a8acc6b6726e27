/** Images and registries that misbehave: each ends in one clear error for that image, soon and in bounded memory. */
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditImage } from "../src/app/audit-image.ts";
import type { TargetResult } from "../src/results/run-report.ts";
import type { RequestLimits } from "../src/registry/limits.ts";
import { ImageSources } from "../src/image/sources/sources.ts";
import { CredentialStore } from "../src/registry/credentials.ts";
import { failureWords } from "../src/core/failure-words.ts";
import { sha256, startRegistry, tarOf, types, type TestEntry, type TestRegistry } from "./support/registry.ts";

/** Waits of tens of seconds, in the time of a test. */
const limits: Partial<RequestLimits> = {
  headersMs: 300,
  idleMs: 300,
  totalMs: 1_500,
  slowestBytesPerSecond: 1_000_000_000,
  backoffMs: 5,
  pauseMs: 1_000,
};

let registry: TestRegistry;
let sources: ImageSources;
beforeEach(async () => {
  registry = await startRegistry();
  sources = new ImageSources({
    signal: new AbortController().signal,
    registry: { limits, credentials: new CredentialStore({ env: { HOME: "/nonexistent" } }) },
  });
});
afterEach(async () => {
  sources.close();
  await registry.close();
});

async function audit(name = "app:1", timeoutSeconds = 60): Promise<TargetResult> {
  const results = await auditImage(`docker://${registry.host}/${name}`, { facts: "all", timeoutSeconds }, sources);
  if (!results.ok) throw new Error(JSON.stringify(results.error));
  expect(results.value).toHaveLength(1);
  const [result] = results.value;
  if (result === undefined) throw new Error("no result");
  return result;
}

/** The failure of an image in the words a user reads. */
async function faultOf(name?: string): Promise<string> {
  const { error } = await audit(name);
  if (error === null) throw new Error("the image was read");
  expect(["IMAGE_INVALID", "NO_IMAGE", "REGISTRY_FAILED", "IMAGE_NOT_FOUND"]).toContain(error.code);
  return failureWords(error).message;
}

const passwd = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n";
const accountFiles: readonly TestEntry[] = [
  { path: "etc/passwd", text: passwd },
  { path: "etc/group", text: "root:x:0:\napp:x:1000:\n" },
];

const image = (layer: Uint8Array | readonly TestEntry[] = accountFiles): void => {
  registry.image("app", "1", { user: "app", layers: [layer] });
};

const serve = (digestOf: () => string, bytes: () => Uint8Array): void =>
  registry.on(/blobs/, (request, response) => {
    if (!(request.url ?? "").endsWith(digestOf())) return false;
    response.writeHead(200);
    response.end(bytes());
    return true;
  });

const layerDigest = (): string => [...registry.blobs.keys()][0] ?? "";

const faultOfLayer = async (layer: Uint8Array): Promise<string> => {
  registry.image("app", "1", { user: "app", layers: [layer] });
  return (await faultOf()).replace(/sha256:[0-9a-f]+/g, "DIGEST");
};

const redirect = (location: (path: string) => string): void =>
  registry.on(/blobs/, (request, response) => {
    response.writeHead(307, { location: location(request.url ?? "") });
    response.end();
  });

/** Sends a part again and again; resolves when the client has left. */
async function drip(pattern: RegExp, part: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    registry.on(pattern, (_, response) => {
      response.writeHead(200, { "content-type": types.manifest });
      const timer = setInterval(() => response.write(part), 20);
      response.on("close", () => {
        clearInterval(timer);
        resolve();
      });
    });
  });
}

/** Fails when the resident memory grew by more. */
async function within(mebibytes: number, work: () => Promise<void>): Promise<void> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  await work();
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(mebibytes);
}

test("a well-behaved registry, for comparison", async () => {
  registry.image("app", "1", { user: "app", layers: [accountFiles] });
  const result = await audit();
  expect(result).toMatchObject({ verdict: "symbolic", uid: 1000, error: null, platform: "linux/amd64" });
  expect(result.findings[0]).toMatchObject({ rule: "symbolic-user", fix: { title: "Write the number: USER 1000" } });
});

describe("manifests", () => {
  test("of 100 MB, announced", async () => {
    registry.on(/manifests/, (_, response) => {
      response.writeHead(200, { "content-type": types.manifest, "content-length": 100_000_000 });
      response.write("{");
    });
    expect(await faultOf()).toBe("the registry sent more than 4194304 bytes");
  });

  test("of 100 MB, not announced", async () => {
    registry.on(/manifests/, (_, response) => {
      response.writeHead(200, { "content-type": types.manifest });
      const part = Buffer.alloc(1024 * 1024, 0x20);
      const more = (): void => {
        while (!response.destroyed && response.write(part));
        response.once("drain", more);
      };
      more();
    });
    await within(100, async () => expect(await faultOf()).toBe("the registry sent more than 4194304 bytes"));
  });

  test("that inflate when they arrive", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    registry.on(/manifests/, (_, response) => {
      response.writeHead(200, { "content-type": types.manifest, "content-encoding": "gzip" });
      response.end(bomb);
    });
    expect(await faultOf()).toBe("the registry sent a body with content-encoding gzip, which nobody asked for");
  });

  test.each([
    ["nested brackets", "[".repeat(2_000_000), "the manifest is no JSON object"],
    ["no JSON", "<html>", "the manifest is no JSON object"],
    [
      "an index and an image at once",
      { schemaVersion: 2, manifests: [], layers: [], config: {} },
      "its manifest is an image and an index at once, which no client should run",
    ],
    [
      "another type than it came as",
      { schemaVersion: 2, mediaType: types.index, manifests: [] },
      `its manifest calls itself ${types.index} but came as ${types.manifest}`,
    ],
    [
      "no digest",
      { schemaVersion: 2, config: { digest: "sha256:../../etc/passwd", size: 3 }, layers: [] },
      "its manifest names no valid configuration",
    ],
    [
      "a size below zero",
      { schemaVersion: 2, config: { digest: sha256(""), size: -1 }, layers: [] },
      "its manifest names no valid configuration",
    ],
    [
      "schema 1",
      { schemaVersion: 1, name: "app", fsLayers: [] },
      "it is a schema 1 manifest, which has no image configuration; push the image again with a current client",
    ],
    [
      "a chart",
      {
        schemaVersion: 2,
        config: { mediaType: "application/vnd.cncf.helm.config.v1+json", digest: sha256(""), size: 0 },
        layers: [],
      },
      "it is no image but an artifact (application/vnd.cncf.helm.config.v1+json)",
    ],
  ])("%s", async (_, manifest, message) => {
    registry.manifest("app", "1", manifest);
    expect(await faultOf()).toBe(message);
    // Whole, and no image: a scan passes over it.
    const isOther = message.startsWith("it is no image");
    expect((await audit()).error?.code).toBe(isOther ? "NO_IMAGE" : "IMAGE_INVALID");
  });

  test("with another digest than was asked for", async () => {
    const { digest } = registry.image("app", "1", { user: "1000" });
    registry.manifests.set(`app ${digest}`, { type: types.manifest, bytes: Buffer.from("{}") });
    expect(await faultOf(`app@${digest}`)).toMatch(
      /^app: the manifest is not what its digest says: sha256:.* was promised, sha256:.* came$/,
    );
  });

  test("with another digest than its header says", async () => {
    registry.image("app", "1", { user: "1000" });
    registry.on(/manifests/, (_, response) => {
      response.setHeader("docker-content-digest", sha256("other"));
      return false;
    });
    expect(await faultOf()).toMatch(/the manifest is not what its digest says/);
  });
});

describe("indexes", () => {
  test("that name themselves through each other", async () => {
    // A digest cannot name itself; a registry that does not care serves anything under any digest.
    const inner = { mediaType: types.index, digest: sha256("a"), size: 1 };
    registry.manifest("app", "1", { schemaVersion: 2, manifests: [inner] }, types.index);
    registry.on(/manifests\/sha256/, (_, response) => {
      response.writeHead(200, { "content-type": types.index });
      response.end(JSON.stringify({ schemaVersion: 2, manifests: [inner] }));
    });
    expect(await faultOf()).toMatch(/the manifest is not what its digest says/);
  });

  test("nested too deeply", async () => {
    let child = registry.image("app", "x", { user: "1000" });
    for (let depth = 0; depth < 5; depth++)
      child = registry.manifest(
        "app",
        depth === 4 ? "1" : `d${depth}`,
        { schemaVersion: 2, manifests: [child] },
        types.index,
      );
    expect(await faultOf()).toBe("its index holds indexes more than 3 deep");
  });

  test("the same index twice", async () => {
    const child = registry.manifest("app", "x", { schemaVersion: 2, manifests: [] }, types.index);
    registry.manifest("app", "1", { schemaVersion: 2, manifests: [child, child] }, types.index);
    expect(await faultOf()).toBe("its index names an index twice");
  });

  test("of 100,000 images", async () => {
    const entry = { mediaType: types.manifest, digest: sha256("a").slice(0, 71), size: 1 };
    registry.manifest(
      "app",
      "1",
      { schemaVersion: 2, manifests: Array.from({ length: 25_000 }, () => entry) },
      types.index,
    );
    expect(await faultOf()).toBe("its index names 25000 manifests");
  });

  test("of attestations alone", async () => {
    const entry = {
      mediaType: types.manifest,
      digest: sha256("a"),
      size: 1,
      platform: { os: "unknown", architecture: "unknown" },
    };
    registry.manifest("app", "1", { schemaVersion: 2, manifests: [entry] }, types.index);
    expect(await faultOf()).toBe("its index names no image, only 1 other artifact");
    expect((await audit()).error?.code).toBe("NO_IMAGE");
  });
});

describe("blobs", () => {
  test("a configuration with another content", async () => {
    registry.image("app", "1", { user: "1000" });
    const [digest = ""] = registry.blobs.keys();
    registry.blobs.set(digest, Buffer.alloc(registry.blobs.get(digest)?.length ?? 0, 0x20));
    expect(await faultOf()).toMatch(/^app: blob sha256:.* is not what its digest says: sha256:.* came$/);
  });

  test("a configuration of another size", async () => {
    registry.image("app", "1", { user: "1000" });
    const [digest = ""] = registry.blobs.keys();
    registry.blobs.set(digest, Buffer.from("{}"));
    expect(await faultOf()).toMatch(/ends after 2 of \d+ bytes$/);
  });

  // A small layer is read at once, a large one as a stream.
  const layers = [
    { size: "small", files: accountFiles },
    { size: "large", files: [...accountFiles, { path: "srv/data", text: "data\n".repeat(40_000) }] },
  ];

  test.each(layers)("a $size layer with another content", async ({ files }) => {
    image(files);
    serve(layerDigest, () => tarOf([{ path: "etc/passwd", text: passwd.replace("1000", "0000") }, ...files.slice(1)]));
    expect(await faultOf()).toMatch(/^app: blob sha256:.* is not what its digest says/);
  });

  test.each(layers)("a $size layer that is longer", async ({ files }) => {
    image(files);
    serve(layerDigest, () => Buffer.concat([tarOf(files), Buffer.alloc(4096)]));
    expect(await faultOf()).toMatch(/is longer than the \d+ bytes its manifest says$/);
  });

  test.each(layers)("a $size layer that is shorter, and says so", async ({ files }) => {
    image(files);
    serve(layerDigest, () => tarOf(files).subarray(0, 1024));
    expect(await faultOf()).toMatch(/ends after 1024 of \d+ bytes|the archive ends in the middle/);
  });

  test.each(layers)("a $size layer's body that is cut off", async ({ files }) => {
    image(files);
    registry.on(/blobs/, (request, response) => {
      const digest = (request.url ?? "").split("/").at(-1) ?? "";
      if (digest !== layerDigest()) return false;
      response.writeHead(200, { "content-length": registry.blobs.get(digest)?.length ?? 0 });
      response.write(registry.blobs.get(digest)?.subarray(0, 512));
      setTimeout(() => response.destroy(), 20);
      return true;
    });
    expect(await faultOf()).toMatch(/it closed the connection in the middle|aborted/);
  });

  test("a missing layer leaves the verdict and says that not all was read", async () => {
    image();
    registry.blobs.delete(layerDigest());
    const result = await audit();
    expect(result).toMatchObject({ verdict: "symbolic", uid: null, error: { code: "REGISTRY_FAILED" } });
    expect(result.findings.map(({ rule }) => rule)).toContain("symbolic-user");
  });

  test("foreign layers are not fetched", async () => {
    const layer = {
      ...registry.blob("x", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
      urls: ["http://127.0.0.1:1/"],
    };
    const config = registry.blob(
      JSON.stringify({ os: "linux", architecture: "amd64", config: { User: "app" }, rootfs: { diff_ids: [] } }),
      types.config,
    );
    registry.manifest("app", "1", { schemaVersion: 2, config, layers: [layer] });
    expect(await faultOf()).toMatch(/is kept outside of the registry and is not fetched$/);
    expect(registry.paths.filter((path) => path.includes(layer.digest))).toEqual([]);
  });

  test("encrypted layers are told, and not read for noise", async () => {
    const layer = registry.blob("noise", "application/vnd.oci.image.layer.v1.tar+gzip+encrypted");
    const config = registry.blob(
      JSON.stringify({ os: "linux", architecture: "amd64", config: { User: "app" }, rootfs: { diff_ids: [] } }),
      types.config,
    );
    registry.manifest("app", "1", { schemaVersion: 2, config, layers: [layer] });
    expect(await faultOf()).toBe(`layer ${layer.digest} is encrypted`);
  });
});

describe("layers", () => {
  test("gzip bombs", async () => {
    // 1.5 GiB of zeros in one file; a gzip of gzip members needs no memory here.
    const header = Buffer.from(tarOf([{ path: "big", text: "" }]).subarray(0, 512));
    const size = 1536 * 1024 * 1024;
    header.write(size.toString(8).padStart(11, "0"), 124);
    header.fill(0x20, 148, 156);
    header.write(
      header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0") + "\0",
      148,
    );
    const member = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
    const bomb = Buffer.concat([gzipSync(header), ...Array.from({ length: 24 }, () => member)]);
    await within(150, async () =>
      expect(await faultOfLayer(bomb)).toMatch(/^layer DIGEST: it inflates to more than \d+ bytes from \d+$/),
    );
  }, 20_000);

  test("zstd bombs", async () => {
    // RLE blocks: four bytes each, 128 KiB when inflated.
    const block = Buffer.from([0x02, 0x00, 0x10, 0x00]);
    const bomb = Buffer.concat([
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]),
      ...Array.from({ length: 10_000 }, () => block),
    ]);
    await within(150, async () =>
      expect(await faultOfLayer(bomb)).toMatch(/it inflates to more than \d+ bytes from \d+$/),
    );
  }, 30_000);

  test("zstd windows", async () => {
    const wide = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0x00, 0x00]);
    await within(80, async () => expect(await faultOfLayer(wide)).toMatch(/window|memory/i));
  });

  test.each([
    [
      "broken gzip",
      Buffer.concat([gzipSync("x".repeat(2000)).subarray(0, 12), Buffer.alloc(64, 0xff)]),
      /its gzip stream is broken/,
    ],
    ["cut gzip", gzipSync(tarOf(accountFiles)).subarray(0, 80), /its gzip stream is broken \(unexpected end of file\)/],
    ["a text", Buffer.from("hello\n"), /it is no tar archive/],
    ["no tar", Buffer.alloc(2048, 0x41), /it is no tar archive/],
    [
      "a wrong checksum",
      Buffer.concat([Buffer.from(tarOf(accountFiles)).fill(0x42, 0, 4)]),
      /it is no tar archive, or a header of it is broken/,
    ],
    ["an end in the middle", tarOf(accountFiles).subarray(0, 540), /the archive ends in the middle of "etc\/passwd"/],
    [
      "a name that leads out",
      tarOf([{ path: "../../etc/passwd", text: passwd }]),
      /the entry "\.\.\/\.\.\/etc\/passwd" leads out of the image/,
    ],
    [
      "a negative size",
      withField(
        tarOf(accountFiles),
        124,
        Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]),
      ),
      /negative number/,
    ],
    [
      "a huge size",
      withField(
        tarOf(accountFiles),
        124,
        Buffer.from([0x80, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      ),
      /too large/,
    ],
    [
      "a long name of two megabytes",
      withField(tarOf([{ path: "x", text: "" }]), 124, Buffer.from("00010000000\0"), "L"),
      /longer than a megabyte/,
    ],
    ["a NUL in a name", paxTar("path=etc/\0passwd"), /the name of an entry holds a NUL character/],
    ["broken attributes", paxTar("path"), /the attributes of an entry are broken/],
  ])("%s", async (_, layer, message) => expect(await faultOfLayer(layer)).toMatch(message));

  test("10,000,000 entries", async () => {
    // One header a million times and more, in few bytes: gzip repeats it.
    const entry = tarOf([{ path: "f", text: "" }]).subarray(0, 512);
    const member = gzipSync(Buffer.concat(Array.from({ length: 100_000 }, () => entry)));
    const layer = Buffer.concat(Array.from({ length: 100 }, () => member));
    await within(250, async () =>
      expect(await faultOfLayer(layer)).toMatch(/it has more than 1000000 entries|it inflates to more than/),
    );
  }, 60_000);

  test("links in a circle, and files below them", async () => {
    const layer = tarOf([
      { path: "a", type: "symlink", linkTarget: "b" },
      { path: "b", type: "symlink", linkTarget: "a" },
      { path: "a/etc/passwd", text: passwd },
    ]);
    expect(await faultOfLayer(layer)).toBe("layer DIGEST: its links lead in a circle");
  });

  test("an /etc/passwd that links to itself is none", async () => {
    registry.image("app", "1", {
      user: "app",
      layers: [[{ path: "etc/passwd", type: "symlink", linkTarget: "/etc/passwd" }]],
    });
    const result = await audit();
    expect(result.error).toBeNull();
    expect(result.findings.map(({ rule }) => rule)).toEqual(["symbolic-user", "user-not-in-passwd"]);
  });

  test("a passwd line of a megabyte", async () => {
    const long = `app:x:1000:1000:${"x".repeat(900_000)}:/:/bin/sh\n`;
    registry.image("app", "1", { user: "app", layers: [[{ path: "etc/passwd", text: long }]] });
    const result = await audit();
    expect(result).toMatchObject({ verdict: "symbolic", uid: null, error: null });
    expect(result.findings[1]).toMatchObject({
      rule: "user-not-in-passwd",
      message: 'No runtime can look "app" up: line 1 of /etc/passwd is longer than the 65535 bytes that runtimes read',
    });
  });

  test("names with control characters and escapes are shown escaped", async () => {
    registry.image("app", "1", { user: "\u001b[31mapp\u202e", layers: [accountFiles] });
    const result = await audit();
    const { renderTargets } = await import("../src/report/text.ts");
    const { reportOf } = await import("../src/results/run-report.ts");
    const text = renderTargets(reportOf("audit", [result]), {
      colour: false,
      columns: 80,
      quiet: false,
      verbose: true,
      diff: false,
      fails: () => true,
    });
    // oxlint-disable-next-line no-control-regex -- these must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text).toContain("\\x1b[31mapp\\u202e");
  });

  test("a name that labels and prototypes are made of changes nothing", async () => {
    registry.image("app", "1", {
      user: "1000",
      config: { Labels: JSON.parse('{"__proto__":{"User":"root"}}') as unknown },
      layers: [accountFiles],
    });
    expect(await audit()).toMatchObject({ verdict: "admit", uid: 1000, error: null });
  });
});

describe("redirects", () => {
  test("in a circle", async () => {
    registry.image("app", "1", { user: "1000" });
    redirect((path) => path);
    expect(await faultOf()).toBe("it sends us on and on (more than 5 redirects)");
  });

  test.each([
    ["file:///etc/passwd", 'it sends us to no address ("file:///etc/passwd")'],
    ["", 'it sends us to no address ("")'],
  ])("to %j", async (location, message) => {
    registry.image("app", "1", { user: "1000" });
    redirect(() => location);
    expect(await faultOf()).toBe(message);
  });

  test("of a manifest", async () => {
    registry.on(/manifests/, (_, response) => {
      response.writeHead(302, { location: "/elsewhere" });
      response.end();
    });
    expect(await faultOf()).toBe("it sends us elsewhere for a manifest or a list (302)");
  });
});

describe("time", () => {
  test("no answer", async () => {
    registry.on(/manifests/, () => undefined);
    expect(await faultOf()).toBe("the registry sent no answer within 0.3 seconds");
  });

  test("a body that stops", async () => {
    registry.on(/manifests/, (_, response) => {
      response.writeHead(200, { "content-type": types.manifest });
      response.write("{");
    });
    expect(await faultOf()).toBe("the registry stopped sending for 0.3 seconds");
  });

  test("a body that drips", async () => {
    registry.on(/manifests/, (_, response) => {
      response.writeHead(200, { "content-type": types.manifest });
      const timer = setInterval(() => response.write(" "), 50);
      response.on("close", () => clearInterval(timer));
    });
    expect(await faultOf()).toBe("the registry had not sent everything after 1.5 seconds");
  });

  describe("of a whole image", () => {
    const timeout = { code: "TIMEOUT", what: "reading the image", seconds: 0.4 };

    test("whose manifest drips", async () => {
      void drip(/manifests/, Buffer.from(" "));
      expect(await audit("app:1", 0.4)).toMatchObject({ verdict: "unknown", error: timeout });
    });

    test("whose layer drips: what is known stays, the connection does not", async () => {
      registry.manifest("app", "1", {
        schemaVersion: 2,
        mediaType: types.manifest,
        config: registry.blob(
          JSON.stringify({ os: "linux", architecture: "amd64", config: { User: "app" } }),
          types.config,
        ),
        layers: [{ mediaType: types.layer, digest: `sha256:${"a".repeat(64)}`, size: 1024 ** 4 }],
      });
      const closed = drip(/blobs\/sha256:a{64}/, tarOf([{ path: "some", text: "x".repeat(512) }]).subarray(0, 1024));
      const result = await audit("app:1", 0.4);
      expect(result).toMatchObject({ verdict: "symbolic", uid: null, error: timeout });
      await closed;
    });

    test("whose registry asked for a pause: that is not the image's time", async () => {
      image();
      let isFirst = true;
      registry.on(/manifests/, (_, response) => {
        if (!isFirst) return false;
        isFirst = false;
        response.writeHead(429, { "retry-after": "1" });
        response.end();
        return true;
      });
      expect(await audit("app:1", 0.4)).toMatchObject({ uid: 1000, error: null });
    });
  });

  test("headers larger than anybody sends", async () => {
    registry.on(/manifests/, (_, response) => {
      response.writeHead(200, { "x-large": "x".repeat(64 * 1024) });
      response.end();
    });
    expect(await faultOf()).toBe("it sent headers larger than 16 KiB");
  });
});

test("one bad image leaves the next one alone", async () => {
  registry.manifest("app", "1", "<html>");
  registry.image("good", "1", { user: "1000:1000", layers: [accountFiles] });
  expect(await faultOf()).toBe("the manifest is no JSON object");
  expect(await audit("good:1")).toMatchObject({ verdict: "admit", uid: 1000, error: null });
});

/** An archive whose first header has another field, with a right checksum. */
function withField(archive: Buffer, at: number, value: Buffer, flag?: string): Buffer {
  const copy = Buffer.from(archive);
  value.copy(copy, at);
  if (flag !== undefined) copy.write(flag, 156);
  copy.fill(0x20, 148, 156);
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return copy;
}

/** A file whose PAX header holds one record. */
function paxTar(record: string): Buffer {
  const body = Buffer.from(`${record.length + 4} ${record}\n`);
  const archive = Buffer.concat([
    tarOf([{ path: "pax", text: body.toString("latin1") }]).subarray(0, 1024),
    tarOf([{ path: "f", text: "" }]),
  ]);
  return withField(archive, 156, Buffer.from("x"));
}
