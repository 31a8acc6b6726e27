/**
 * One registry, read only: manifests, blobs and lists, checked against their digests.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
import { createHash, hash } from "node:crypto";
import type { Failure } from "../core/errors.ts";
import type { Reply } from "../core/ports.ts";
import { Refusal } from "../core/refusal.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Answer } from "./exchange.ts";
import { nextPage } from "./next-address.ts";
import { noBlob, noList, noManifest, otherSize, registryFailure } from "./refused-answers.ts";
import { Requester, type Ask, type RegistryCounters, type RegistryOptions } from "./requester.ts";

/** A manifest or an index as it came. */
export interface ManifestReply {
  /** Computed here; of the algorithm that was asked for, else sha256. */
  readonly digest: string;
  /** Content-Type, without parameters. */
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** Which blob, and how large it says it is. */
export interface BlobDescriptor {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * A client of one registry. Methods answer with a value; a failure's `registry` is the host as it was named. Safe to use
 * from any number of callers at once: the gate keeps the number of requests within what the registry takes.
 */
export class RegistryClient {
  /** As names write it: `docker.io`. */
  readonly host: string;
  readonly #requester: Requester;

  constructor(host: string, options: RegistryOptions) {
    this.host = host;
    this.#requester = new Requester(host, options);
  }

  get counters(): Readonly<RegistryCounters> {
    return this.#requester.counters;
  }

  /** Milliseconds that the registry has told us to wait (429), all told. */
  get pausedMs(): number {
    return this.#requester.pausedMs;
  }

  /** Requests at a time that the registry is found to take now. */
  get concurrency(): number {
    return this.#requester.concurrency;
  }

  /**
   * Reads a manifest or an index.
   * @param reference A tag or a digest; with a digest the bytes are checked against it.
   */
  async manifest(repository: string, reference: string): Reply<ManifestReply> {
    const path = `/v2/${repository}/manifests/${reference}`;
    const ask: Ask = { path, accept: acceptedManifests, scope: pullScope(repository), repository };
    const reply = await this.#requester.document(ask, (answer, body, login) =>
      noManifest(this.host, repository, reference, answer, body, login),
    );
    if (!reply.ok) return reply;
    const { answer, body } = reply.value;
    const isDigest = reference.includes(":");
    const wanted = isDigest ? reference : undefined;
    const digest = digestOf(body, wanted?.startsWith("sha512:") === true ? "sha512" : "sha256");
    const mediaType = (answer.message.headers["content-type"] ?? "").split(";", 1)[0]?.trim() ?? "";
    const said = answer.message.headers["docker-content-digest"];
    const claimed = wanted ?? (typeof said === "string" && said.startsWith("sha256:") ? said : undefined);
    // Of a schema 1 manifest the digest leaves its signatures out; it is refused later for what it is.
    if (claimed !== undefined && claimed !== digest && !mediaType.includes(".v1+prettyjws"))
      return err(
        this.#failure(
          `${repository}: the manifest is not what its digest says: ${claimed} was promised, ${digest} came`,
        ),
      );
    return ok({ digest, mediaType, bytes: body });
  }

  /**
   * Reads a small blob (a config) into memory, checked against digest and size.
   * @param most Largest size in bytes; the limit of documents without it.
   */
  async smallBlob(repository: string, blob: BlobDescriptor, most?: number): Reply<Buffer> {
    const limit = most ?? this.#requester.limits.documentBytes;
    if (blob.size > limit)
      return err(this.#failure(`${repository}: blob ${blob.digest} has ${blob.size} bytes; at most ${limit} are read`));
    const reply = await this.#requester.document(this.#blobAsk(repository, blob), (answer, body, login) =>
      noBlob(this.host, repository, blob.digest, answer, body, login),
    );
    if (!reply.ok) return reply;
    const { body } = reply.value;
    if (body.length !== blob.size) return err(otherSize(this.host, repository, blob, body.length));
    const digest = digestOf(body, blob.digest.startsWith("sha512:") ? "sha512" : "sha256");
    return digest === blob.digest
      ? ok(body)
      : err(this.#failure(`${repository}: blob ${blob.digest} is not what its digest says: ${digest} came`));
  }

  /**
   * Reads a blob as a stream. Size and digest are checked as it goes: the stream throws a {@link Refusal} at the first
   * byte too many, and at its end when the digest is another. What was read before that is not to be used.
   */
  async blob(repository: string, blob: BlobDescriptor): Reply<AsyncIterable<Buffer>> {
    const { totalMs, slowestBytesPerSecond } = this.#requester.limits;
    const ask = { ...this.#blobAsk(repository, blob), totalMs: totalMs + (blob.size / slowestBytesPerSecond) * 1000 };
    try {
      const answer = await this.#requester.answer(ask);
      if (answer.status !== 200) {
        const body = await answer.read(this.#requester.limits.documentBytes).catch(() => Buffer.alloc(0));
        this.#requester.done(false);
        const login = await this.#requester.loginBehind(answer, ask);
        return err(noBlob(this.host, repository, blob.digest, answer, body, login));
      }
      return ok(this.#checked(repository, blob, answer));
    } catch (error) {
      return err(this.#requester.failureOf(error));
    }
  }

  /**
   * Reads a list page by page, following `Link` exactly as it comes: its `last` is the registry's own business. Throws a
   * {@link Refusal} where a page cannot be read.
   * @param path `/v2/_catalog?n=1000`, `/v2/library/alpine/tags/list`.
   * @returns The JSON of each page.
   */
  async *pages(path: string): AsyncGenerator {
    const repository = /^\/v2\/(.+)\/tags\/list/.exec(path)?.[1];
    const scope = repository === undefined ? "registry:catalog:*" : pullScope(repository);
    const seen = new Set<string>();
    let next: string | undefined = path;
    while (next !== undefined) {
      if (seen.size >= this.#requester.limits.pages) throw this.#refusal(`the list has more than ${seen.size} pages`);
      seen.add(next);
      const ask: Ask = { path: next, accept: "application/json", scope, repository: repository ?? "" };
      let reply = await this.#requester.document(ask, (answer, body, login) =>
        noList(this.host, path, answer, body, login),
      );
      const first = reply;
      if (!reply.ok && seen.size > 1 && next.includes("?")) {
        // Proxies in front of a registry are known to give links without the path they serve it below.
        const again: string = `${path.split("?", 1)[0] ?? ""}${next.slice(next.indexOf("?"))}`;
        if (again !== next)
          reply = await this.#requester.document({ ...ask, path: again }, () => this.#failure("no list"));
      }
      if (!reply.ok) throw new Refusal(first.ok ? reply.error : first.error);
      const { answer, body } = reply.value;
      yield this.#json(body);
      const following: Result<string | undefined, string> = nextPage(answer, {
        origin: this.#requester.origin,
        path: next,
      });
      if (!following.ok) throw this.#refusal(following.error);
      next = following.value;
      if (next !== undefined && seen.has(next))
        throw this.#refusal("its list leads back to a page that was read before");
    }
  }

  /** Closes the connections; requests under way fail. */
  close(): void {
    this.#requester.close();
  }

  #blobAsk(repository: string, { digest }: BlobDescriptor): Ask {
    return {
      path: `/v2/${repository}/blobs/${digest}`,
      accept: "*/*",
      scope: pullScope(repository),
      repository,
      isBlob: true,
    };
  }

  async *#checked(repository: string, blob: BlobDescriptor, answer: Answer): AsyncGenerator<Buffer> {
    const running = createHash(blob.digest.startsWith("sha512:") ? "sha512" : "sha256");
    let size = 0;
    let isWhole = false;
    try {
      for await (const part of answer.stream()) {
        size += part.length;
        this.#requester.counters.bytes += part.length;
        if (size > blob.size) throw new Refusal(otherSize(this.host, repository, blob, size));
        running.update(part);
        yield part;
      }
      if (size < blob.size) throw new Refusal(otherSize(this.host, repository, blob, size));
      const digest = `${blob.digest.slice(0, 6)}:${running.digest("hex")}`;
      if (digest !== blob.digest)
        throw this.#refusal(`${repository}: blob ${blob.digest} is not what its digest says: ${digest} came`);
      isWhole = true;
    } catch (error) {
      throw error instanceof Refusal ? error : new Refusal(this.#requester.failureOf(error));
    } finally {
      answer.message.destroy();
      this.#requester.done(isWhole);
    }
  }

  #json(body: Buffer): unknown {
    try {
      // What JSON.parse gives back is typed `any`; here it becomes what it is.
      return JSON.parse(body.toString("utf8")) as unknown;
    } catch {
      throw this.#refusal("it answers with something that is no JSON where a list was asked for");
    }
  }

  #failure(message: string, hint?: string): Failure {
    return registryFailure(this.host, message, hint);
  }

  #refusal(message: string, hint?: string): Refusal {
    return new Refusal(this.#failure(message, hint));
  }
}

/** Manifests and indexes of both formats; without all of them registries convert or deny. */
const acceptedManifests = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const pullScope = (repository: string): string => `repository:${repository}:pull`;

const digestOf = (bytes: Uint8Array, algorithm: "sha256" | "sha512"): string =>
  `${algorithm}:${hash(algorithm, bytes)}`;
