/** Reading what is no regular file: a named pipe, or the shell's `<(…)`. */
import { constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { addAbortSignal } from "node:stream";

/**
 * Reads a pipe to its end. While nobody writes to it, it waits and heeds the signal, which a plain read would not.
 * @returns `undefined` where more than `maxBytes` came out of it
 * @throws the system's error, and an AbortError
 */
export async function readPipe(path: string, maxBytes: number, signal: AbortSignal): Promise<Buffer | undefined> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const socket = addAbortSignal(signal, new Socket({ fd, readable: true, writable: false }));
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop closes the pipe.
  for await (const chunk of socket) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a socket without an encoding gives buffers
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > maxBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
