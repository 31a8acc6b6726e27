/**
 * Gives an image name its whole form, as the engines resolve it: `alpine` → `docker.io/library/alpine:latest`.
 * Names with a digest keep it and get no tag; ids (`sha256:…`) stay as they are.
 * @see https://github.com/distribution/reference (normalisation of familiar names)
 */
export function normaliseImageName(name: string): string {
  if (name.startsWith("sha256:")) return name;
  const [path, digest] = split(name, "@");
  const slash = path.indexOf("/");
  const first = slash === -1 ? "" : path.slice(0, slash);
  const hasHost = slash !== -1 && (first.includes(".") || first.includes(":") || first === "localhost");
  const withHost = hasHost ? path : `docker.io/${slash === -1 ? `library/${path}` : path}`;
  const official = withHost
    .replace(/^index\.docker\.io\//, "docker.io/")
    .replace(/^docker\.io\/(?=[^/]+$)/, "docker.io/library/");
  if (digest !== undefined) return `${official}@${digest}`;
  const hasTag = official.lastIndexOf(":") > official.lastIndexOf("/");
  return hasTag ? official : `${official}:latest`;
}

function split(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** True of text that can be an image's name or id: nothing that would change a command line or an address. */
export const isImageReference = (text: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/.test(text) && !text.split("/").includes("..");
