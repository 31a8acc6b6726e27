/** Images of a registry. */
import { failureOfAbort } from "../../core/abort.ts";
import { Refusal } from "../../core/refusal.ts";
import { err } from "../../core/result.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { smallLayer } from "../layer/decompress.ts";
import { invalidImage } from "../view.ts";
import type { ContentStore } from "./content-store.ts";
import { readLayerStream } from "../layer/read-layer.ts";

/** A repository as a store: its tags and digests. */
export function registryStore(client: RegistryClient, repository: string, target: string): ContentStore {
  return {
    describe: `registry ${client.host}`,
    manifest: (reference) => client.manifest(repository, reference),
    small: (descriptor) => client.smallBlob(repository, descriptor),
    layer: async (descriptor, contents, inTurn, signal) => {
      if (descriptor.mediaType.includes("foreign") || descriptor.mediaType.includes("nondistributable"))
        return err(
          invalidImage(target, `layer ${descriptor.digest} is kept outside of the registry and is not fetched`),
        );
      if (descriptor.size <= smallLayer) {
        // It holds little until it is inflated.
        const bytes = await client.smallBlob(repository, descriptor);
        if (!bytes.ok) return bytes;
        return await inTurn(() => readLayerStream(once(bytes.value), descriptor, contents, target));
      }
      return await inTurn(async () => {
        const stream = await client.blob(repository, descriptor);
        return stream.ok ? await readLayerStream(until(stream.value, signal), descriptor, contents, target) : stream;
      });
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A stream that is left at the first part that comes when the signal says so; the client waits for none for long. */
async function* until(stream: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for await (const part of stream) {
    if (signal?.aborted === true) throw new Refusal(failureOfAbort(signal));
    yield part;
  }
}
