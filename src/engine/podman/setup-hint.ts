/** What a podman lacks that does not start, and what to set. */

/** In a pipeline's step podman seldom works even then. */
const elsewhere = "name an engine elsewhere by CONTAINER_HOST or DOCKER_HOST";

const causes: readonly (readonly [RegExp, string])[] = [
  [
    // Before the folders: where the socket lies says nothing.
    /Podman socket|failed to connect: dial|connection "[^"]*" not found|unable to create connection/i,
    "start podman where CONTAINER_HOST or CONTAINER_CONNECTION leads, by podman machine start or podman system service; podman system connection list names the connections",
  ],
  [
    /XDG_RUNTIME_DIR|\/run\/user\/|runtime (?:dir|folder)|creating tmpdir|\/run\/containers|\/run\/libpod/i,
    `set XDG_RUNTIME_DIR to a folder of this user's own: export XDG_RUNTIME_DIR=$(mktemp -d), or ${elsewhere}`,
  ],
  [
    /mkdir \/\.|\/\.(?:local|config|cache)\b|\$HOME|\bHOME\b|home directory|\/var\/lib\/containers/i,
    `set HOME to a folder that this user can write: export HOME=$(mktemp -d), or ${elsewhere}`,
  ],
  [
    /subuid|subgid|newuidmap|newgidmap|CLONE_NEWUSER|user namespace|cannot clone|uid_map|re-exec|unshare/i,
    `this user has no ids of its own (/etc/subuid) or may not make user namespaces, as in most pods: ${elsewhere}`,
  ],
];

/** The hint for what podman says when it does not start; `undefined` where its words tell no cause that is known. */
export const podmanSetupHint = (said: string): string | undefined =>
  causes.find(([pattern]) => pattern.test(said))?.[1];
