/** The parts of a reference that filters, shards and journals go by. */
import { normaliseImageName } from "../image/reference.ts";

export interface ReferenceName {
  /** Normalised, so that one image has one name: `docker.io/library/alpine:3.20`, `oci:./layout:1.0`. */
  readonly name: string;
  /** `docker.io`; `""` where there is no registry. */
  readonly host: string;
  /** `library/alpine`; of layouts and archives, what their own name says. */
  readonly repository: string;
  /** `null` where a digest alone names the image. */
  readonly tag: string | null;
  /** Repository and tag or digest: what decides the shard. */
  readonly shardName: string;
}

/** Takes a reference apart. Text that is none comes back in pieces too: who reads the image says what is wrong. */
export function referenceName(reference: string): ReferenceName {
  if (reference.startsWith("docker://")) {
    const name = normaliseImageName(reference.slice("docker://".length));
    const slash = name.indexOf("/");
    const rest = name.slice(slash + 1);
    return { name, host: name.slice(0, Math.max(slash, 0)), ...split(rest), shardName: rest };
  }
  // The digest beside a layout's name tells images of one name apart; filters go by the name.
  const at = (/^[a-z-]+:[^:@]*[:@](.*)$/su.exec(reference)?.[1] ?? "").replace(/@sha(?:256|512):[0-9a-f]+$/, "");
  return {
    name: reference,
    host: "",
    ...(/^[^:/]+$/.test(at) ? { repository: "", tag: at } : split(at)),
    shardName: reference,
  };
}

function split(text: string): { readonly repository: string; readonly tag: string | null } {
  const digest = text.indexOf("@");
  const path = digest === -1 ? text : text.slice(0, digest);
  const colon = path.lastIndexOf(":");
  if (colon <= path.lastIndexOf("/")) return { repository: path, tag: null };
  return { repository: path.slice(0, colon), tag: path.slice(colon + 1) };
}
