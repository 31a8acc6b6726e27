/** What container runtimes say when a container cannot be made or started (containerd, CRI-O, runc, podman, Docker). */
import type { KnownMessage } from "../message.ts";

const re = String.raw;

export const runtimeMessages: readonly KnownMessage[] = [
  {
    id: "uid-out-of-range",
    from: "the container runtime",
    pattern: re`(?:invalid USER value "?(?<uid>[^"\s:]{1,64})"?: uid out of range|uids and gids must be in range 0-2147483647)`,
    example: `failed to create containerd container: invalid USER value "2147483648": uid out of range`,
    means:
      "The image's USER is a number outside 1 to 2147483647 (%{uid|which one, the audit says}), and this runtime refuses it. Older ones ran such an image as root, so it is not a matter of luck with the version.",
    decides: [{ file: "the image's Containerfile", field: "the last USER of the stage that ships" }],
    steps: [
      {
        do: "Have the Containerfile rewritten, the image rebuilt, and the result proven.",
        run: "image-fix ./Containerfile",
      },
    ],
    rules: ["invalid-uid"],
  },
  {
    id: "user-not-in-passwd",
    from: "the container runtime",
    pattern: re`(?:unable to find user (?<user>[^\s:]{1,256}): )?(?:no matching entries in passwd(?: file)?|no users found|invalid user: unknown user)`,
    example: `Error: failed to create containerd container: unable to find user app: no matching entries in passwd file`,
    means:
      'USER names an account ("%{user|a name}") that the image\'s /etc/passwd does not have: the line that creates it is missing, stands in a stage that does not ship, or the image has no /etc/passwd. A number needs no such line.',
    decides: [
      {
        file: "the image's Containerfile",
        field: "the last USER of the stage that ships, and the RUN that creates the account",
      },
      { file: "the image", field: "/etc/passwd" },
    ],
    steps: [
      { do: "See which line it is.", run: "image-fix audit ./Containerfile" },
      { do: "Have it rewritten, rebuilt and proven.", run: "image-fix ./Containerfile" },
    ],
    rules: ["user-not-in-passwd"],
  },
  {
    id: "group-not-in-image",
    from: "the container runtime",
    pattern: re`unable to find group (?<group>[^\s:]{1,256}): no matching entries in group file`,
    example: `unable to find group ghost: no matching entries in group file`,
    means:
      'USER names the group "%{group}", which the image\'s /etc/group does not have. Docker and podman fail on it. Kubernetes throws the group of an image away (the process gets the group of its passwd line, else 0), so there it would not even count.',
    decides: [{ file: "the image's Containerfile", field: "USER user:group of the stage that ships" }],
    steps: [{ do: "See the line, and have it rewritten.", run: "image-fix ./Containerfile" }],
    rules: ["user-not-in-passwd", "group-dropped"],
  },
  {
    id: "workdir-not-entered",
    from: "the container runtime",
    // crun: src/libcrun/container.c
    pattern: re`chdir to cwd \("(?<path>[^"]{1,512})"\) set in config\.json failed: permission denied|chdir to ${"`"}(?<path2>[^${"`"}]{1,512})${"`"}: Permission denied`,
    example: `OCI runtime create failed: runc create failed: unable to start container process: chdir to cwd ("/app") set in config.json failed: permission denied`,
    means:
      "The working directory %{path} may not be entered by the user that the container starts as: it, or a folder above it, is root's with mode 0700 or 0750.",
    decides: [
      { file: "the image's Containerfile", field: "WORKDIR %{path}, its owner and mode" },
      { file: "%{where}", field: "%{at}.workingDir" },
    ],
    steps: [
      {
        do: "Have the folder handed to the image's user.",
        run: "image-fix --writable %{path} ./Containerfile",
      },
    ],
    rules: ["workdir-not-traversable"],
  },
  {
    id: "apparmor-profile-missing",
    from: "the kubelet or the container runtime",
    // kubernetes pkg/security/apparmor, containerd internal/cri/server/container_create_linux.go
    pattern: re`Cannot enforce AppArmor: (?:profile "(?<profile>[^"]{1,253})" is not loaded|.{0,80}?AppArmor is not enabled)|apparmor profile not found (?<profile2>[^\s"']{1,253})`,
    anyCase: true,
    example: `Cannot enforce AppArmor: profile "k8s-apparmor-example-allow-write" is not loaded`,
    means:
      "The container asks for an AppArmor profile of the node (Localhost, %{profile|named in the manifest}) that this node has not loaded. Restricted does not ask for one: RuntimeDefault is what a container without the field gets.",
    decides: [
      {
        file: "%{where}",
        field:
          "%{at}.securityContext.appArmorProfile, or the annotation container.apparmor.security.beta.kubernetes.io/…",
      },
      { file: "the node", field: "the profiles that are loaded (/sys/kernel/security/apparmor/profiles)" },
    ],
    steps: [{ do: "Take the field out, or have the profile loaded on every node that the pod may run on." }],
  },
  {
    id: "seccomp-profile-missing",
    from: "the kubelet or the container runtime",
    pattern: re`cannot load seccomp profile "(?<path>[^"]{1,512})"|failed to (?:load|read) seccomp profile[^"']{0,120}?no such file or directory`,
    example: `Error: failed to create containerd container: cannot load seccomp profile "/var/lib/kubelet/seccomp/profiles/audit.json": open /var/lib/kubelet/seccomp/profiles/audit.json: no such file or directory`,
    means:
      "The container asks for a seccomp profile of the node (type Localhost), and the node has no such file. Restricted takes RuntimeDefault as well, which every node has.",
    decides: [
      { file: "%{where}", field: "%{at}.securityContext.seccompProfile.localhostProfile" },
      { file: "the node", field: "%{path|the kubelet's seccomp folder}" },
    ],
    steps: [{ do: "Write type: RuntimeDefault, or put the file on every node that the pod may run on." }],
  },
  {
    id: "buildpacks-exec-as-user",
    from: "the buildpacks lifecycle",
    pattern: re`failed to exec as user (?<user>[^\s:]{1,32}(?::[^\s:]{1,32})?): operation not permitted`,
    example: `ERROR: failed to exec as user 1001:1001: operation not permitted`,
    means: "The lifecycle's creator starts as root and switches to %{user}; under restricted nobody may switch users.",
    decides: [{ file: "%{where}", field: "command and args: creator" }],
    steps: [
      {
        do: "Run every phase (analyze, detect, restore, build, export) as a step of its own, with runAsUser and runAsGroup set to the builder's uid and gid, %{user}.",
      },
    ],
    rules: ["entrypoint-needs-root"],
  },
  {
    id: "rootless-buildkit",
    from: "BuildKit, rootless",
    pattern: re`\[?rootlesskit(?::parent)?\]? ?error: .{0,200}?(?:operation not permitted|permission denied)`,
    anyCase: true,
    example: `[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: operation not permitted`,
    means:
      "Rootless BuildKit makes a user namespace, which the RuntimeDefault seccomp profile refuses without CAP_SYS_ADMIN. Its own examples set seccomp and AppArmor to Unconfined, which baseline forbids as well.",
    decides: [{ file: "the namespace", field: "the label pod-security.kubernetes.io/enforce" }],
    steps: [
      {
        do: "Run buildkitd as a service in a namespace of its own and let the Task only call buildctl: such a Task runs under restricted.",
      },
      { do: "Or take a builder that needs no privilege: ko, jib, apko, crane append." },
    ],
  },
  {
    id: "exec-operation-not-permitted",
    from: "the container runtime or a shell",
    pattern: re`(?:exec(?: user process caused:?)?:? "?(?<path>/[^\s":]{1,512}|[^\s":/]{1,128})"?: (?:unable to start container process: )?operation not permitted|exec: "(?<path2>[^"]{1,512})": operation not permitted|exec user process caused:? "?operation not permitted|(?:fork/)?exec (?<path3>/[^\s:]{1,512}): operation not permitted|(?:sh|bash|dash|ash): (?:line )?\d{1,6}: (?<path4>[^\s:]{1,512}): Operation not permitted|open executable: Operation not permitted)`,
    example: `exec /usr/bin/caddy: operation not permitted`,
    means:
      "The kernel refuses to start %{path|the program}: the file has capabilities (setcap), the pod drops all of them, and a program that asks for one it may not have is not started at all. It is no matter of the mode bits.",
    decides: [
      {
        file: "the image's Containerfile",
        field: "the RUN that calls setcap, or the package that brings the program with file capabilities",
      },
      {
        file: "%{where}",
        field: "%{at}.securityContext.capabilities (restricted allows to add back NET_BIND_SERVICE alone)",
      },
    ],
    steps: [
      { do: "See what gives the file its capabilities.", run: "image-fix audit ./Containerfile" },
      {
        do: "Take the capability off (COPY the program in from another stage, or setcap -r in a RUN), and listen on a port above 1023.",
      },
      {
        do: "The image is not yours and the capability is NET_BIND_SERVICE alone: add just that one beside drop: [ALL]; restricted allows it.",
      },
    ],
    rules: ["file-capabilities", "privileged-port"],
  },
  {
    id: "id-not-mapped",
    from: "the container runtime, or a builder",
    pattern: re`(?:cannot set [ug]id to unmapped (?:user|group) in user namespace|potentially insufficient UIDs or GIDs available in user namespace|there might not be enough IDs available in the namespace)(?: \(requested (?<uid>\d{1,10}):\d{1,10} for (?<path>[^\s)]{1,512})\))?`,
    anyCase: true,
    example: `there might not be enough IDs available in the namespace (requested 0:42 for /etc/shadow): lchown /etc/shadow: invalid argument`,
    means:
      "The container has a user namespace of its own, and an id that the image asks for is not among those that it was given: the user that it starts as, or the owner of %{path|a file}. A pod with hostUsers: false has the ids 0 to 65535; a rootless engine has those that /etc/subuid and /etc/subgid give its user.",
    decides: [
      { file: "the image's Containerfile", field: "the uid of its last USER, and the owners of its files" },
      { file: "the node or the builder", field: "/etc/subuid and /etc/subgid: 65536 ids for the engine's user" },
    ],
    steps: [
      { do: "See which user the image has: 65532 is among 65536 ids.", run: "image-fix audit IMAGE" },
      {
        do: "A rootless engine: give its user 65536 ids in both files (usermod --add-subuids, --add-subgids), then podman system migrate.",
      },
    ],
  },
  {
    id: "exec-permission-denied",
    from: "the container runtime",
    pattern: re`(?:exec: "(?<path>[^"]{1,512})": (?:stat [^\s:]{1,512}: )?permission denied|exec user process caused:? "?permission denied|(?:fork/)?exec (?<path2>/[^\s:]{1,512}): permission denied|(?:sh|ash|dash): (?:\d{1,6}: )?(?<path3>/[^\s:]{1,512}): Permission denied|(?:sh|ash|dash|bash|zsh|ksh): (?:line )?(?:\d{1,6}: )?(?<path4>\./[^\s:]{1,512}): Permission denied|open executable: Permission denied|exec (?<path5>[^\s:]{1,512}) failed: Permission denied)`,
    example: `OCI runtime create failed: unable to start container process: exec: "/entrypoint.sh": permission denied: unknown`,
    means:
      "The user that the container starts as may not run %{path|the program}: the file is not executable for others, or a folder on its way is root's alone (often /root).",
    decides: [
      {
        file: "the image's Containerfile",
        field: "the COPY or RUN that brings %{path|the program}: its mode and owner (COPY --chmod=0755)",
      },
    ],
    steps: [
      { do: "See whether the audit knows the line.", run: "image-fix audit ./Containerfile" },
      {
        do: "Copy it with a mode that others may run (COPY --chmod=0755 …), to a folder that others may enter, such as /usr/local/bin.",
      },
    ],
    rules: ["uses-root-home", "workdir-not-traversable"],
  },
];
