/**
 * What `podman load` and `docker load` say of the image they took in: `Loaded image: NAME`, `Loaded image ID: sha256:…`,
 * or podman's `Loaded image(s): NAME` of older versions. The first name of several.
 */
export function readLoadedImage(text: string): string | undefined {
  return /Loaded image(?:\(s\)| ID)?:\s*([^\s,]+)/.exec(text)?.[1];
}
