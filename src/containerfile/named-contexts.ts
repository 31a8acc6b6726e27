import { normaliseImageName } from "../image/reference.ts";

/** Build contexts that the build is given beside its own, by name: a folder, an address, or an image with its scheme. */
export type NamedContexts = ReadonlyMap<string, string>;

/** What stands behind the name of a build context. */
export type NamedContext =
  | { readonly kind: "image"; readonly reference: string }
  /** A folder, an archive or a repository, whose files only the build sees. */
  | { readonly kind: "files"; readonly value: string };

/** BuildKit knows the first one, Buildah all of them. */
const imageScheme = /^(?:docker-image|container-image|docker):\/\//;

/**
 * The build context that FROM, COPY --from or a mount means by a name: it comes before a stage and an image of that name.
 * BuildKit takes several spellings of an image's name for the same.
 * @see https://docs.docker.com/reference/cli/docker/buildx/build/#build-context
 * @see podman-build(1), `--build-context`
 */
export function contextNamed(contexts: NamedContexts | undefined, name: string): NamedContext | undefined {
  if (contexts === undefined || contexts.size === 0) return undefined;
  const whole = normaliseImageName(name);
  for (const [key, value] of contexts) {
    if (key !== name && normaliseImageName(key) !== whole) continue;
    return imageScheme.test(value)
      ? { kind: "image", reference: value.replace(imageScheme, "") }
      : { kind: "files", value };
  }
  return undefined;
}
