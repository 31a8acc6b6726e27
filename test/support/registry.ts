/**
 * A registry on loopback for tests: it serves what it is given, and misbehaves where a test tells it to.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tarEnd, tarHeader, tarPadding, type TarEntry } from "../../src/image/tar.ts";

/** Answers a request, or leaves it to the registry by `false`. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => boolean | void | Promise<boolean | void>;

export const types = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

export const sha256 = (bytes: Uint8Array | string): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [key: string]: unknown;
}

/** What an image is made of. */
export interface TestImage {
  readonly user?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Oldest first: entries of an archive, or a finished archive. */
  readonly layers?: readonly (Uint8Array | readonly TestEntry[])[];
  readonly history?: readonly unknown[];
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

/** An entry of a layer; text of a file. */
export type TestEntry = Partial<Omit<TarEntry, "size">> & { readonly path: string; readonly text?: string };

/** A tar archive of entries. */
export function tarOf(entries: readonly TestEntry[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const { text = "", ...entry } of entries) {
    const content = Buffer.from(text, "utf8");
    parts.push(
      tarHeader({ type: "file", mode: 0o644, ...entry, size: content.length }),
      content,
      tarPadding(content.length),
    );
  }
  return Buffer.concat([...parts, tarEnd()]);
}

/** Starts one; `close` ends it. */
export async function startRegistry(): Promise<TestRegistry> {
  const registry = new TestRegistry();
  await registry.listen();
  return registry;
}

export class TestRegistry {
  readonly blobs = new Map<string, Uint8Array>();
  /** `repository reference` → what is served. */
  readonly manifests = new Map<string, { readonly type: string; readonly bytes: Uint8Array }>();
  /** Method, path and the Authorization header of each request. */
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[] = [];
  /** Asked first, in order. */
  readonly handlers: Handler[] = [];
  readonly #server: Server;
  port = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the registry listens on no port");
    this.port = address.port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Answers paths that match. */
  on(path: RegExp, handler: Handler): void {
    this.handlers.push((request, response) => (path.test(request.url ?? "") ? handler(request, response) : false));
  }

  blob(bytes: Uint8Array | string, mediaType: string = types.layer): Descriptor {
    const content = Buffer.from(bytes);
    const digest = sha256(content);
    this.blobs.set(digest, content);
    return { mediaType, digest, size: content.length };
  }

  /** Serves a manifest under a reference and its digest. */
  manifest(repository: string, reference: string, value: unknown, type: string = types.manifest): Descriptor {
    const bytes = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
    const digest = sha256(bytes);
    for (const name of [reference, digest]) this.manifests.set(`${repository} ${name}`, { type, bytes });
    return { mediaType: type, digest, size: bytes.length };
  }

  /** Serves an image. */
  image(repository: string, reference: string, image: TestImage = {}): Descriptor {
    const archives = (image.layers ?? []).map((layer) => (layer instanceof Uint8Array ? layer : tarOf(layer)));
    const layers = archives.map((archive) => this.blob(archive));
    const config = {
      ...(image.platform ?? { os: "linux", architecture: "amd64" }),
      config: { User: image.user ?? "", ...image.config },
      rootfs: { type: "layers", diff_ids: archives.map((archive) => sha256(archive)) },
      history: image.history ?? [],
    };
    return this.manifest(repository, reference, {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: this.blob(JSON.stringify(config), types.config),
      layers,
    });
  }

  /** Paths that were asked for. */
  get paths(): readonly string[] {
    return this.requests.map(({ path }) => path);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    this.requests.push({ path, authorization: request.headers.authorization });
    response.on("error", () => undefined);
    for (const handler of this.handlers) if ((await handler(request, response)) !== false) return;
    const [, repository = "", kind = "", reference = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    const found =
      kind === "manifests"
        ? this.manifests.get(`${repository} ${reference}`)
        : { type: "application/octet-stream", bytes: this.blobs.get(reference) };
    if (found?.bytes === undefined) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          errors: [{ code: kind === "manifests" ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN", message: "unknown" }],
        }),
      );
      return;
    }
    response.writeHead(200, { "content-type": found.type, "content-length": found.bytes.length });
    response.end(found.bytes);
  }
}
