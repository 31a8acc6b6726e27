/** A layer from its bytes to its index. */
import type { Reply } from "../../core/ports.ts";
import { err } from "../../core/result.ts";
import { invalidImage } from "../view.ts";
import type { LayerIndex } from "./layer-index.ts";

export async function readLayerStream(
  _stream: AsyncIterable<Uint8Array>,
  descriptor: { readonly digest: string; readonly size: number },
  _contents: ReadonlySet<string>,
  target: string,
): Reply<LayerIndex> {
  return err(invalidImage(target, `layer ${descriptor.digest} cannot be read`));
}
