/** A layer from its bytes to its index. */
import { createHash } from "node:crypto";
import type { Reply } from "../../core/ports.ts";
import { Refusal } from "../../core/refusal.ts";
import { err, ok } from "../../core/result.ts";
import { invalidImage } from "../view.ts";
import { BrokenArchive } from "./broken-archive.ts";
import { inflated } from "./decompress.ts";
import { LayerIndexBuilder } from "./index-builder.ts";
import type { LayerIndex } from "./layer-index.ts";
import { TarScanner } from "./tar-scanner.ts";

/**
 * Reads a layer from its first byte to its last, so that whoever gives the stream can check its digest, and says what is
 * in it. Nothing is kept but names, modes, owners and the contents asked for.
 * @param target the image, for messages
 * @param diffId digest of the inflated layer, where that is what can be checked
 */
export async function readLayerStream(
  stream: AsyncIterable<Uint8Array>,
  { digest, size }: { readonly digest: string; readonly size?: number },
  contents: ReadonlySet<string>,
  target: string,
  diffId?: string,
): Reply<LayerIndex> {
  const hash = diffId === undefined ? undefined : createHash(diffId.startsWith("sha512:") ? "sha512" : "sha256");
  const builder = new LayerIndexBuilder(contents);
  const scanner = new TarScanner((entry) => builder.add(entry));
  try {
    for await (const part of inflated(stream, size)) {
      hash?.update(part);
      scanner.write(part);
    }
    scanner.end();
    const found = hash === undefined ? diffId : `${diffId?.slice(0, 6) ?? ""}:${hash.digest("hex")}`;
    if (found !== diffId)
      return err(invalidImage(target, `layer ${digest} is not what its digest says: ${found ?? ""} came`));
    return ok(builder.finish());
  } catch (error) {
    if (error instanceof Refusal) return err(error.failure);
    if (error instanceof BrokenArchive) return err(invalidImage(target, `layer ${digest}: ${error.message}`));
    throw error;
  }
}
