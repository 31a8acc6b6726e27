/** Images of a registry. */
import { err } from "../../core/result.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { invalidImage } from "../view.ts";
import type { ContentStore } from "./content-store.ts";
import { readLayerStream } from "../layer/read-layer.ts";

/** A repository as a store: its tags and digests. */
export function registryStore(client: RegistryClient, repository: string, target: string): ContentStore {
  return {
    describe: `registry ${client.host}`,
    manifest: (reference) => client.manifest(repository, reference),
    small: (descriptor) => client.smallBlob(repository, descriptor),
    layer: async (descriptor, contents) => {
      if (descriptor.mediaType.includes("foreign") || descriptor.mediaType.includes("nondistributable"))
        return err(
          invalidImage(target, `layer ${descriptor.digest} is kept outside of the registry and is not fetched`),
        );
      const stream = await client.blob(repository, descriptor);
      return stream.ok ? await readLayerStream(stream.value, descriptor, contents, target) : stream;
    },
  };
}
