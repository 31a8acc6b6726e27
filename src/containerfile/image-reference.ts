/** Transports that podman's FROM understands in front of a reference and BuildKit does not. */
const transport = /^(?:docker|oci|oci-archive|docker-archive|docker-daemon|dir|containers-storage):/;
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const domain =
  /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::[0-9]+)?$/;
const tag = /^\w[\w.-]{0,127}$/;
const digest = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/**
 * Why a text cannot name an image (the grammar of `distribution/reference`), `undefined` when it can.
 * References with one of podman's transports pass.
 */
export function referenceFault(reference: string): string | undefined {
  if (transport.test(reference)) return undefined;
  let name = reference;
  const at = name.indexOf("@");
  if (at !== -1) {
    if (!digest.test(name.slice(at + 1))) return "the digest behind @ is malformed";
    name = name.slice(0, at);
  }
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  if (colon !== -1) {
    if (!tag.test(name.slice(colon + 1))) return "the tag behind : is empty or malformed";
    name = name.slice(0, colon);
  }
  const parts = name.split("/");
  const [first = ""] = parts;
  if (parts.length > 1 && (/[.:A-Z]/.test(first) || first === "localhost")) {
    if (!domain.test(first)) return `${first} is no registry`;
    parts.shift();
  }
  if (/^[0-9a-f]{64}$/.test(reference)) return "an image cannot be named by its bare id";
  if (parts.every((part) => component.test(part))) return undefined;
  return parts.some((part) => /[A-Z]/.test(part))
    ? "a repository name must be lower-case"
    : "the repository name is malformed";
}
