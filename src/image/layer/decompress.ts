/** Streams of any compression that layers come in, inflated piece by piece and never further than is sane. */
import { Readable, Transform, pipeline } from "node:stream";
import * as zlib from "node:zlib";
import { BrokenArchive } from "./broken-archive.ts";
import type { PieceInflater } from "./zstd.ts";

/** A layer may inflate to this much, or to `mostRatio` times its size, whichever is more. */
const leastInflated = 1024 * 1024 * 1024;
const mostRatio = 200;

/** A layer of so many bytes is read and inflated in one go: it takes a fraction of the time that a stream's set-up does. */
export const smallLayer = 64 * 1024;
/** What it may inflate to in one go. */
const mostAtOnce = 4 * 1024 * 1024;

/** Pieces in which inflaters give what they inflate. */
const chunkSize = 128 * 1024;

/** How a stream is compressed. */
export type Compression = "none" | "gzip" | "zstd";

/** Tells the compression by the first four bytes. */
export function compressionOf(bytes: Uint8Array): Compression {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "gzip";
  const isZstd = bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
  // zstd streams may begin with a frame to be skipped.
  const isSkippable = ((bytes[0] ?? 0) & 0xf0) === 0x50 && bytes[1] === 0x2a && bytes[2] === 0x4d && bytes[3] === 0x18;
  return isZstd || isSkippable ? "zstd" : "none";
}

/**
 * Inflates a stream. Throws a {@link BrokenArchive} where it is broken or inflates beyond measure, and whatever the
 * stream itself throws. The stream is read to its end, so that whoever verifies it can.
 * @param size Of the compressed stream in bytes, where it is known.
 * @param most Bytes to inflate at most, where something else than the usual measure holds.
 */
export async function* inflated(
  stream: AsyncIterable<Uint8Array>,
  size: number | undefined,
  most = Math.max(leastInflated, (size ?? 0) * mostRatio),
): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const part of inflate(stream)) {
    total += part.length;
    if (total > most)
      throw new BrokenArchive(`it inflates to more than ${most} bytes${size === undefined ? "" : ` from ${size}`}`);
    yield part;
  }
}

async function* inflate(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = stream[Symbol.asyncIterator]();
  const { head, isDone } = await readHead(iterator);
  if (isDone && compressionOf(head) === "gzip") {
    const inflatedHead = gunzipAtOnce(head);
    if (inflatedHead !== undefined) return yield inflatedHead;
  }
  const whole = joined(head, isDone ? undefined : iterator);
  switch (compressionOf(head)) {
    case "none":
      return yield* whole;
    case "gzip":
      return yield* through(whole, zlib.createGunzip({ chunkSize }), "gzip");
    case "zstd": {
      const { inflateZstd } = await import("./zstd.ts");
      return yield* inflateZstd(whole, nativeZstd());
    }
  }
}

/** The first bytes: enough to tell the compression by, and the whole of a small stream. */
async function readHead(
  iterator: AsyncIterator<Uint8Array>,
): Promise<{ readonly head: Uint8Array; readonly isDone: boolean }> {
  const parts: Uint8Array[] = [];
  for (let size = 0; size <= smallLayer;) {
    const next = await iterator.next();
    if (next.done === true) return { head: concatenated(parts), isDone: true };
    parts.push(next.value);
    size += next.value.length;
  }
  return { head: concatenated(parts), isDone: false };
}

const concatenated = (parts: readonly Uint8Array[]): Uint8Array =>
  parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);

/** `undefined` where it is too much for that; a stream then says how much. */
function gunzipAtOnce(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return zlib.gunzipSync(bytes, { maxOutputLength: mostAtOnce });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw brokenStream("gzip", error);
  }
}

const brokenStream = (name: string, error: unknown): BrokenArchive =>
  new BrokenArchive(`its ${name} stream is broken (${error instanceof Error ? error.message : String(error)})`);

async function* joined(head: Uint8Array, rest: AsyncIterator<Uint8Array> | undefined): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    if (rest === undefined) return;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    // A stream that is left early has to be told.
    await rest?.return?.();
  }
}

/** Node's own inflater, from 22.15 on. */
function nativeZstd(): PieceInflater | undefined {
  const create: unknown = Reflect.get(zlib, "createZstdDecompress");
  if (typeof create !== "function") return undefined;
  return (pieces) => {
    // Typed only where Node's types are new enough.
    const inflater: unknown = Reflect.apply(create, zlib, [{ chunkSize }]);
    if (!(inflater instanceof Transform)) throw new Error("Node's zstd inflater is no stream");
    return through(pieces, inflater, "zstd");
  };
}

async function* through(
  source: AsyncIterable<Uint8Array>,
  inflater: Transform,
  name: string,
): AsyncGenerator<Uint8Array> {
  let failed: unknown;
  // What the source throws is kept apart from what the inflater finds, and comes behind what was read before it.
  const guarded = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (error) {
      failed = error;
    }
  };
  const input = Readable.from(guarded(), { objectMode: true, highWaterMark: 4 });
  pipeline(input, inflater, () => undefined);
  const output: AsyncIterable<unknown> = inflater;
  try {
    for await (const part of output) if (Buffer.isBuffer(part)) yield part;
    if (failed !== undefined) throw failed;
  } catch (error) {
    if (failed !== undefined) throw failed;
    if (error instanceof BrokenArchive) throw error;
    throw brokenStream(name, error);
  } finally {
    input.destroy();
  }
}
