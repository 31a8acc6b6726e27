import { Readable } from "node:stream";

/** The chunks of a byte stream. dockerode types its streams as text or bytes; without an encoding they are bytes. */
export async function* byteChunks(stream: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    if (chunk instanceof Uint8Array) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    else if (typeof chunk === "string") yield Buffer.from(chunk);
  }
}

/** Ends a stream that nobody reads to its end. */
export function endStream(stream: unknown, why?: Error): void {
  if (stream instanceof Readable) stream.destroy(why);
}
