/** Content checked against its digest and size, for sources that are files. */
import { createHash, hash } from "node:crypto";
import { BrokenArchive } from "../layer/broken-archive.ts";

/** Whether bytes are what a digest says. */
export const isContentOf = (bytes: Uint8Array, digest: string): boolean =>
  digest === `${digest.slice(0, 6)}:${hash(algorithmOf(digest), bytes)}`;

/** Passes a stream on and throws a {@link BrokenArchive} where size or digest are others. */
export async function* verified(
  stream: AsyncIterable<Uint8Array>,
  { digest, size }: { readonly digest: string; readonly size: number },
): AsyncGenerator<Uint8Array> {
  const running = createHash(algorithmOf(digest));
  let read = 0;
  for await (const part of stream) {
    read += part.length;
    if (read > size) throw new BrokenArchive(`it is longer than the ${size} bytes its manifest says`);
    running.update(part);
    yield part;
  }
  if (read < size) throw new BrokenArchive(`it ends after ${read} of ${size} bytes`);
  const found = `${digest.slice(0, 6)}:${running.digest("hex")}`;
  if (found !== digest) throw new BrokenArchive(`it is not what its digest says: ${found} came`);
}

const algorithmOf = (digest: string): "sha256" | "sha512" => (digest.startsWith("sha512:") ? "sha512" : "sha256");
