/** Image builds inside a cluster: buildah, kaniko, BuildKit, docker-in-docker, and what of them restricted takes away. */
import type { KnownMessage, Step } from "../message.ts";

const re = String.raw;

const baseline: Step = {
  do: "Give buildah a namespace of its own that enforces baseline, with the context that it needs there: runAsNonRoot: true, capabilities.add: [SETFCAP], and both allowPrivilegeEscalation and seccompProfile left out (an explicit Unconfined fails baseline as well).",
  run: "kubectl label namespace BUILD-NAMESPACE pod-security.kubernetes.io/enforce=baseline --overwrite",
};
const otherBuilder: Step = {
  do: "Or build without privileges: ko, jib, apko, crane append, or buildctl against a BuildKit service in another namespace. Such Tasks run under restricted.",
};
const buildNamespace = [
  {
    file: "%{where}",
    field: "%{at}.securityContext (capabilities.add SETFCAP, allowPrivilegeEscalation, seccompProfile)",
  },
  { file: "the namespace", field: "the label pod-security.kubernetes.io/enforce" },
];

export const buildMessages: readonly KnownMessage[] = [
  {
    id: "unshare-refused",
    from: "buildah or podman",
    pattern: re`(?:Error during )?unshare\(CLONE_NEWUSER\): (?:Operation not permitted|Permission denied|Invalid argument|No space left on device)|cannot (?:clone|re-exec process): (?:Operation not permitted|Permission denied)|(?:user namespaces are not enabled in|max_user_namespaces)[^"']{0,80}|unshare: (?:unshare failed|write failed[^:]{0,40}): Operation not permitted`,
    anyCase: true,
    example: `Error during unshare(CLONE_NEWUSER): Operation not permitted`,
    means:
      "A rootless build makes a user namespace, and the RuntimeDefault seccomp profile, which restricted requires, refuses that without CAP_SYS_ADMIN. --isolation chroot does not help: it needs the namespace too. No image and no uid changes this; buildah does not run under restricted.",
    decides: buildNamespace,
    steps: [baseline, otherBuilder],
  },
  {
    id: "newuidmap-refused",
    from: "buildah or podman",
    pattern: re`new[ug]idmap(?:: |["' ])[^"']{0,120}?(?:Operation not permitted|exit status 1|Permission denied)|(?:new[ug]idmap: )?write to [ug]id_map failed(?:: Operation not permitted)?|cannot set up namespace using "[^"]{1,80}": (?:exit status 1|should have setuid[^"']{0,80})|Using rootless single mapping into the namespace|no sub[ug]id ranges found for user [^\s]{1,64}|potentially insufficient UIDs or GIDs available in user namespace`,
    anyCase: true,
    example: `newuidmap: write to uid_map failed: Operation not permitted`,
    means:
      "newuidmap and newgidmap work by file capabilities (or setuid), and under restricted neither has an effect: allowPrivilegeEscalation: false sets no-new-privileges, and drop: [ALL] empties the set. Without them buildah falls back to a single uid, and files of other owners fail or come out wrong. Since Linux 5.12 mapping uid 0 needs SETFCAP too, which is the other half of why buildah asks for it.",
    decides: buildNamespace,
    steps: [baseline, otherBuilder],
  },
  {
    id: "setfcap-refused",
    from: "a build",
    pattern: re`unable to set CAP_SETFCAP effective capability: Operation not permitted|(?:setcap|failed to set capabilities on file|error setting (?:file )?capabilit(?:y|ies))[^"']{0,160}?operation not permitted|lsetxattr security\.capability[^"']{0,160}?operation not permitted|setxattr[^"']{0,80}security\.capability[^"']{0,80}?operation not permitted`,
    anyCase: true,
    example: `unable to set CAP_SETFCAP effective capability: Operation not permitted`,
    means:
      "The build gives a file capabilities, for which it needs SETFCAP itself. Restricted lets nobody add it, baseline does. An image that holds such a file does not run under restricted either: its program is refused at its start.",
    decides: [
      { file: "the Containerfile that is being built", field: "the RUN with setcap, or a base layer with such a file" },
      ...buildNamespace,
    ],
    steps: [
      { do: "Leave setcap out and listen on a port above 1023.", run: "image-fix audit ./Containerfile" },
      baseline,
      otherBuilder,
    ],
    rules: ["file-capabilities"],
  },
  {
    id: "fuse-overlayfs-missing",
    from: "buildah or podman",
    pattern: re`fuse: device not found, try 'modprobe fuse' first|(?:open )?/dev/fuse: (?:operation not permitted|permission denied|no such file or directory)`,
    anyCase: true,
    example: `fuse: device not found, try 'modprobe fuse' first`,
    means:
      "The storage driver overlay with fuse-overlayfs needs /dev/fuse, which the pod does not have; a hostPath to it is forbidden in baseline and restricted.",
    decides: [{ file: "%{where}", field: "%{at}.env STORAGE_DRIVER" }],
    steps: [
      {
        do: "Set STORAGE_DRIVER=vfs on the step; it is slower and needs no device. What stops buildah under restricted next is the user namespace.",
      },
      otherBuilder,
    ],
  },
  {
    id: "docker-socket",
    from: "a Docker client",
    pattern: re`Cannot connect to the Docker daemon at (?<socket>[^\s]{1,200}?)\. Is the docker daemon running\??|(?:dial unix|connect) /var/run/docker\.sock: (?:connect: )?(?:permission denied|no such file or directory)`,
    example: `Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?`,
    means:
      "The step wants a Docker daemon. Under restricted it can have neither the node's (a hostPath volume) nor one of its own (docker-in-docker is privileged).",
    decides: [{ file: "%{where}", field: "volumes[].hostPath; %{at}.securityContext.privileged; env DOCKER_HOST" }],
    steps: [{ do: "Point DOCKER_HOST at an engine that runs elsewhere, over TLS." }, otherBuilder],
  },
];
