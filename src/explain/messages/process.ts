/** What programs print that were started as a non-root user, without capabilities, and expected otherwise. */
import type { KnownMessage } from "../message.ts";

const re = String.raw;

/** The ways in which programs say that they may not touch a path, for the paths that a pattern allows. */
function denied(allowed: string): string {
  const at = (group: string): string => re`(?<${group}>${allowed})`;
  return [
    re`(?<![\w.~/-])${at("path")}["'’]?(?:: ?| failed \(13: | \()(?:permission denied|access denied)`,
    re`EACCES:? permission denied, [a-z]{1,12} ["'‘]${at("path2")}`,
    re`\[Errno 13\] Permission denied: ["']${at("path3")}`,
    re`AccessDeniedException\[${at("path5")}|Access to the path ["']${at("path6")}["'] is denied|["']${at("path7")}["'] \(Errcode: 13\b|\(13\)Permission denied: (?:AH\d{5}: )?(?:[a-z0-9]{1,10}: )?could not open (?:error log file|transfer log file) ${at("path8")}|npm (?:ERR!|error) syscall [a-z]{1,12} npm (?:ERR!|error) path ${at("path9")}`,
    re`(?:AccessDeniedException: |could not lock config file |[Pp]ermission denied @ [a-z_]{1,20} - )${at("path4")}`,
  ].join("|");
}

const below = re`(?:/[^\s"':,;)\]’]{1,300})?`;
/** What programs keep in a home that is the root folder. */
const homeFile = re`/{1,2}\.(?:cache|config|docker|npm|local|gitconfig|m2|gradle|cargo|kube|ssh|yarn|pki|dotnet|nuget|aws|azure|composer|cpan|android|java|bundle|gem|ipython|jupyter|matplotlib|ansible|helm|terraform\.d)${below}`;
const setHome =
  "set HOME to a folder that can be written, in a Tekton step HOME=/tekton/home, elsewhere the mount of an emptyDir.";
const path = re`["'‘]?(?<path>/[^\s"':,;)\]’]{0,512})`;

/** What else gives files an owner, and how it says that it may not. */
const ownersTools = [
  re`(?:chown|chgrp|chmod): (?:changing (?:ownership|group|permissions) of )?["'‘]?(?<path5>(?![./])[^\s"'‘’:,;()]{1,512})["'’]?: Operation not permitted`,
  re`failed to preserve ownership for ["'‘](?<path6>[^"'‘’]{1,512})["'’]: Operation not permitted`,
  re`cannot change owner(?:ship)?(?: and permissions)? of ["'‘](?<path7>[^"'‘’]{1,512})["'’]: Operation not permitted`,
  re`rsync: (?:\[\w{1,12}\] )?(?:chown|chgrp) "(?<path8>[^"]{1,512})" failed: Operation not permitted`,
  re`tar: (?<path9>[^\s:]{1,512}): Cannot (?:utime|change mode to [-a-zA-Z]{9,10}|change ownership to uid \d{1,10}, gid \d{1,10}): Operation not permitted`,
].join("|");

export const processMessages: readonly KnownMessage[] = [
  {
    id: "privilege-switch-failed",
    from: "an entrypoint that switches users",
    pattern: re`(?:error: )?failed switching to "?(?<user>[^\s":]{1,64})"?: (?:operation not permitted|unable to find user)|(?<program>su-exec|setpriv|runuser|s6-setuidgid|s6-applyuidgid|chpst|su|start-stop-daemon|chroot|setuidgid): (?:must be suid to work properly|may not be used by non-root users|must be run from a terminal|(?:fatal: )?(?:unable to set|cannot set|failed to set|setgroups|setgid|setuid|setresuid|setresgid|set groups|apply bounding set)[^"'\n]{0,60}?(?:operation not permitted|failed))|(?<program2>su): (?:Authentication failure|Authentication token manipulation error|Permission denied)|(?<program3>sudo): (?:effective uid is not 0, is sudo installed setuid root\?|The "?no new privileges"? flag is set[^"']{0,80}|/etc/sudo.conf is owned by[^"']{0,40}|unable to (?:change to|initialize)[^"']{0,80}|[^"'\n]{0,60}must be owned by uid 0 and have the setuid bit set)|(?<program4>crond?): can't set (?:groups|[ug]id): Operation not permitted|Can't drop privilege as nonroot user|(?:could not set process [ug]id|sete?[ug]id): Operation not permitted|could not set process [ug]id|(?:initgroups|setgid|setuid)\([^)\n]{0,80}\) failed \(1: Operation not permitted\)`,
    anyCase: true,
    example: `error: failed switching to "postgres": operation not permitted`,
    means:
      "The entrypoint begins as root and switches to another user (%{program|gosu, su-exec, su, sudo …}). Under restricted it does not begin as root, and setuid bits have no effect (no-new-privileges). Nothing needs to be switched any more: the container is to start as that user.",
    decides: [
      { file: "the image's Containerfile", field: "ENTRYPOINT, CMD, and the script that they start" },
      { file: "the image's Containerfile", field: "the last USER of the stage that ships" },
    ],
    steps: [
      { do: "See the line that switches.", run: "image-fix audit ./Containerfile" },
      {
        do: 'Have the script switch only when it is root: if [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi; exec "$@". Many official images do so already: for them a numeric USER, or runAsUser, is enough.',
      },
      { do: "Then let the image start as that user.", run: "image-fix ./Containerfile" },
    ],
    rules: ["entrypoint-needs-root"],
  },
  {
    id: "port-below-1024",
    from: "a server",
    pattern: re`listen (?:tcp|udp)[46]? [^\s]{0,64}:(?<port>\d{1,5}): bind: permission denied|bind\(\) to [^\s]{0,64}:(?<port2>\d{1,5}) failed \(13: Permission denied\)|EACCES:? permission denied,? (?:listen )?[^\s/]{1,64}:(?<port3>\d{1,5})|could not bind to address [^\s]{0,64}:(?<port4>\d{1,5})|(?:Failed to bind|failed to bind|Can't bind|cannot bind|Could not bind|Error binding|bind)[^"'\n]{0,80}?:(?<port5>\d{1,5})\b[^"'\n]{0,40}?Permission denied|(?:java\.net\.(?:Socket|Bind)Exception|PermissionError)[^"'\n]{0,40}?(?:bind|Permission denied \(Bind failed\))|System\.Net\.Sockets\.SocketException \(13\): Permission denied|bind: permission denied`,
    anyCase: true,
    example: `nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)`,
    means:
      "A non-root user may not listen on port %{port|below 1024}. Adding NET_BIND_SERVICE to the pod, which restricted would allow, does not reach a non-root process: Kubernetes sets no ambient capabilities. (Some nodes lower net.ipv4.ip_unprivileged_port_start to 0; then it works by luck of the node.)",
    decides: [
      { file: "the application's configuration", field: "the port it listens on" },
      { file: "the image's Containerfile", field: "EXPOSE, and the variable or argument that sets the port" },
      { file: "the Service", field: "spec.ports[].targetPort; port can stay %{port|80}" },
    ],
    steps: [
      { do: "Listen on a port above 1023, such as 8080, and let the Service's targetPort lead there." },
      { do: "See where the image sets it.", run: "image-fix audit ./Containerfile" },
    ],
    rules: ["privileged-port"],
  },
  {
    id: "dubious-ownership",
    from: "git",
    pattern: re`detected dubious ownership in repository at ${path}["'’]?|unsafe repository \(["'‘](?<path2>/[^"'’]{1,512})["'’] is owned by someone else\)`,
    example: `fatal: detected dubious ownership in repository at '/workspace/source'`,
    means:
      "The folder %{path} belongs to another uid than the one that git runs as: it was cloned by a step with another user (often an image that ran as root).",
    decides: [
      { file: "%{where}", field: "%{at}.securityContext.runAsUser, the same in every step that shares the workspace" },
      { file: "the TaskRun or PipelineRun", field: "podTemplate.securityContext.fsGroup" },
    ],
    steps: [
      {
        do: "Give all steps that share the workspace one uid.",
        run: "image-fix manifest --fix --run-as-user 65532 task.yaml",
      },
      {
        do: "Or have git trust that one folder, in the step.",
        run: "git config --global --add safe.directory %{path}",
      },
    ],
  },
  {
    id: "accounts-are-fixed",
    from: "an account tool",
    pattern: re`(?:user(?:add|mod|del)|group(?:add|mod|del)|adduser|addgroup|deluser|passwd): (?:Permission denied\.?|cannot (?:lock|open) /etc/(?:passwd|group|shadow|gshadow)[^"']{0,40}|/etc/(?:passwd|group|shadow): Permission denied|Only root may [^"'.]{1,60})`,
    anyCase: true,
    example: `usermod: cannot lock /etc/passwd; try again later.`,
    means:
      "The entrypoint makes or changes an account when the container starts (PUID and PGID, as a rule), which only root may. Under restricted the account has to be in the image, and the uid comes from its USER or from runAsUser.",
    decides: [
      { file: "the image's Containerfile", field: "the script that ENTRYPOINT or CMD starts" },
      { file: "the image's Containerfile", field: "the RUN that creates the account, and the last USER" },
    ],
    steps: [
      { do: "See what the entrypoint does as root.", run: "image-fix audit ./Containerfile" },
      { do: "Have the account made in the build.", run: "image-fix ./Containerfile" },
    ],
    rules: ["entrypoint-needs-root", "no-passwd-entry"],
  },
  {
    id: "s6-needs-root",
    from: "s6-overlay",
    // just-containers/s6-overlay README, "Running as non-root"; jlesage/docker-filezilla#13
    pattern: re`/init: fatal: /run belongs to uid \d{1,10} instead of \d{1,10}|s6-(?:mkdir|overlay-suexec|svscan|rmrf)(?:: (?:warning|fatal))?: (?:unable to mkdir )?(?<path>/(?:var/)?run[^\s:]{0,120}): Permission denied|s6-mkdir: warning: unable to mkdir (?<path2>/[^\s:]{1,200}): Permission denied`,
    example: `/init: fatal: /run belongs to uid 0 instead of 1000, has insecure and/or unworkable permissions, and we're lacking the privileges to fix it.`,
    means:
      "The image starts s6-overlay (/init), which begins as root, writes below /run and switches users for its services. As another user it needs a /run that is that user's; its older releases do not work so at all.",
    decides: [{ file: "the image's Containerfile", field: "ENTRYPOINT /init, and its services" }],
    steps: [
      { do: "See what the entrypoint does as root.", run: "image-fix audit ./Containerfile" },
      {
        do: "Take s6-overlay 3.2 or later and hand /run over in the build, or start the one program without it.",
        run: "image-fix --writable /run ./Containerfile",
      },
    ],
    rules: ["entrypoint-needs-root"],
  },
  {
    id: "refuses-root",
    from: "a program that will not run as root",
    // elastic/elasticsearch Bootstrap, postgres src/backend/main/main.c and src/bin/initdb, chromium zygote_host_impl_linux
    pattern: re`can ?not run (?:elasticsearch|opensearch|logstash) as root|"root" execution of the PostgreSQL server is not permitted|initdb: (?:error: )?cannot be run as root|Running as root without --no-sandbox is not supported`,
    anyCase: true,
    example: `java.lang.RuntimeException: can not run elasticsearch as root`,
    means:
      "The other way round: the container was started as root, and this program refuses that. Its image, or the pod, has to name another user, which is what restricted wants too.",
    decides: [
      { file: "the image's Containerfile", field: "the last USER of the stage that ships" },
      { file: "%{where}", field: "%{at}.securityContext.runAsUser" },
    ],
    steps: [
      { do: "The image is yours: have an account made and named by its number.", run: "image-fix ./Containerfile" },
      { do: "It is not: set a uid.", run: "image-fix manifest --fix --run-as-user 65532 %{manifest}" },
    ],
    rules: ["root-user"],
  },
  {
    id: "data-directory-owner",
    from: "PostgreSQL",
    pattern: re`data directory "(?<path>/[^"]{1,512})" has (?:wrong ownership|invalid permissions)`,
    example: `FATAL: data directory "/var/lib/postgresql/data" has wrong ownership`,
    means:
      "PostgreSQL runs only as the owner of %{path}, with mode 0700 or 0750. fsGroup gives a volume a group, not an owner, so that the folder has to be made by the uid that the pod runs as.",
    decides: [
      { file: "%{where}", field: "%{at}.securityContext.runAsUser: the uid that made the folder" },
      { file: "%{where}", field: "%{at}.env PGDATA: a folder below the mount, which PostgreSQL makes itself" },
    ],
    steps: [{ do: "Let PGDATA name a folder below the mount, such as %{path}/pgdata, and keep one uid for good." }],
  },
  {
    id: "uid-without-name",
    from: "a program that asks who it is",
    pattern: re`cannot find name for (?:user|group) ID (?<uid>\d{1,10})|getpwuid\(\): uid not found: (?<uid2>\d{1,10})|No user exists for uid (?<uid3>\d{1,10})|I have no name!|user: unknown userid (?<uid4>\d{1,10})|You don't exist, go away!`,
    anyCase: true,
    example: `whoami: cannot find name for user ID 1000680000`,
    means:
      "The uid %{uid|of the process} has no line in the image's /etc/passwd. Kubernetes does not mind; programs that look their own name up do (ssh, git, Python's getpass, whoami).",
    decides: [
      { file: "the image's Containerfile", field: "the line of the account in /etc/passwd" },
      { file: "%{where}", field: "%{at}.securityContext.runAsUser: a uid that the image knows" },
    ],
    steps: [
      { do: "The image is yours: have an account made for its uid.", run: "image-fix ./Containerfile" },
      { do: "It is not: many programs are content with the variables HOME and USER." },
    ],
    rules: ["no-passwd-entry", "not-arbitrary-uid-ready"],
  },
  {
    id: "token-not-readable",
    from: "a program that asks the API server",
    // kubernetes/kubernetes#82573
    pattern: re`(?<path>/var/run/secrets/kubernetes\.io/serviceaccount/token)["']?: permission denied`,
    anyCase: true,
    example: `open /var/run/secrets/kubernetes.io/serviceaccount/token: permission denied`,
    means:
      "The token of the service account is root's, with mode 0600. The kubelet opens it to a group when the pod sets fsGroup, and to a uid when all containers of the pod set the same runAsUser.",
    decides: [{ file: "the pod template, for all its containers", field: "spec.securityContext.fsGroup" }],
    steps: [{ do: "Set a group for volumes.", run: "image-fix manifest --fix --run-as-user 65532 %{manifest}" }],
  },
  {
    id: "library-not-readable",
    from: "the dynamic loader",
    pattern: re`error while loading shared libraries: (?<path>[^\s:]{1,256}): cannot open shared object file: Permission denied`,
    example: `app: error while loading shared libraries: libssl.so.3: cannot open shared object file: Permission denied`,
    means:
      "The user may not read the library %{path}, or may not enter its folder: it was copied or installed for root alone (a umask of 077, mode 0700). On the node itself it can be an SELinux label.",
    decides: [{ file: "the image's Containerfile", field: "the COPY or RUN that brings the library: its mode" }],
    steps: [
      { do: "Give others the right to read (COPY --chmod=0755, or chmod -R a+rX in the same RUN)." },
      { do: "See whether the audit knows the line.", run: "image-fix audit ./Containerfile" },
    ],
    rules: ["workdir-not-traversable"],
  },
  {
    id: "needs-a-capability",
    from: "a program that administers the node or its network",
    pattern: re`(?<program>ip6?tables[a-z-]{0,12})(?: v[^"']{0,80}?|: )(?:Permission denied \(you must be root\)|Operation not permitted)|(?<program2>mount|umount): (?:[^\s:]{1,256}: )?(?:permission denied|must be superuser to (?:use )?(?:u?mount))|(?<program3>strace|gdb|perf|ptrace)[^"']{0,60}?ptrace[^"']{0,40}?Operation not permitted|(?<program4>sysctl): (?:error )?(?:setting key .{0,120}?(?:Read-only file system|Permission denied)|permission denied on key ["'][^"']{1,120}["'])|(?<program5>RTNETLINK) answers: Operation not permitted`,
    anyCase: true,
    example: `iptables v1.8.7 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)`,
    means:
      "%{program|The program} does what needs a capability (NET_ADMIN, SYS_ADMIN, SYS_PTRACE) or root of the node. Restricted drops all capabilities and lets only NET_BIND_SERVICE be added, so that no uid helps.",
    decides: [{ file: "%{where}", field: "%{at}.script, command or args" }],
    steps: [
      {
        do: "Do without it: settings of the node belong to the node, sysctls that are safe into the Pod's securityContext.",
      },
      { do: "Else run it in a namespace of its own that enforces privileged." },
    ],
    rules: ["cannot-run-restricted"],
  },
  {
    id: "package-manager-needs-root",
    from: "a package manager",
    pattern: re`(?:Could not open lock file|Unable to acquire the dpkg frontend lock|Unable to lock directory|List directory|could not open lock file) ?[^\s"']{0,120}[^"'\n]{0,80}?\(13: Permission denied\)|are you root\?|Unable to (?:lock database|open log): Permission denied|error: Failed to create: /var/cache/(?:yum|dnf)[^\s"']{0,120}|Failed to open apk database: Permission denied|This command has to be run with superuser privileges|You need to be root to perform this command`,
    anyCase: true,
    example: `E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)`,
    means:
      "The step installs packages while it runs, and only root may. In a build the same message means that the RUN stands behind USER.",
    decides: [
      { file: "%{where}", field: "%{at}.script, command or args" },
      { file: "the image's Containerfile", field: "a RUN that installs, above USER" },
    ],
    steps: [
      {
        do: "Install the packages in the image, above its USER line, and have the file checked.",
        run: "image-fix ./Containerfile",
      },
    ],
    rules: ["package-install-as-nonroot"],
  },
  {
    id: "chown-refused",
    from: "chown or chmod",
    pattern: re`${ownersTools}|(?:chown|chgrp|chmod): changing (?:ownership|group|permissions) of ["'‘]\.{1,2}["'’]: Operation not permitted|could not change permissions of directory "(?<path4>/[^"]{1,512})": Operation not permitted|(?:chown|chgrp|chmod): (?:changing (?:ownership|group|permissions) of )?${path}["'’]?: Operation not permitted|(?:lchown|chown|fchown) ${"(?<path2>/[^\\s\"':,]{1,512})"}: operation not permitted|chown\("(?<path3>/[^"]{1,512})", \d+\) failed \(1: Operation not permitted\)`,
    anyCase: true,
    example: `chown: changing ownership of '/data': Operation not permitted`,
    means:
      "Something changes the owner of %{path|a file} while the container runs; only root with CAP_CHOWN may. It belongs into the build. For a volume Kubernetes does it: fsGroup gives the mounted files a group that the process has.",
    decides: [
      { file: "the image's Containerfile", field: "the script that ENTRYPOINT or CMD starts; COPY --chown" },
      { file: "the pod or podTemplate", field: "securityContext.fsGroup, for volumes" },
    ],
    steps: [
      { do: "See what the entrypoint does as root.", run: "image-fix audit ./Containerfile" },
      { do: "Have the folder handed over in the build.", run: "image-fix --writable %{path|/data} ./Containerfile" },
      { do: "A volume: set a group for it.", run: "image-fix manifest --fix --run-as-user 65532 %{manifest}" },
    ],
    rules: ["entrypoint-needs-root", "writable-path-missing"],
  },
  {
    id: "home-not-writable",
    from: "a program that keeps files in its home",
    pattern: re`${denied(homeFile)}|(?<=cannot create (?:directory |file )?["'‘]?)(?<path0>${homeFile})|\$HOME not set|HOME is not defined|user\.home is not a directory|Couldn't create user preferences directory|npm ERR! Your cache folder contains root-owned files`,
    anyCase: true,
    example: `mkdir: cannot create directory '/.cache': Permission denied`,
    means:
      "The program keeps files in its home, and the home is / (%{path|no HOME is set}): the uid has no line in the image's /etc/passwd, and containerd then sets HOME=/, where only root writes.",
    decides: [
      { file: "the image's Containerfile", field: "the passwd line of its USER, or ENV HOME" },
      { file: "%{where}", field: "%{at}.env HOME" },
    ],
    steps: [
      { do: "The image is yours: have an account with a writable home made.", run: "image-fix ./Containerfile" },
      {
        do: `It is not: ${setHome}`,
      },
    ],
    rules: ["no-passwd-entry", "home-unset"],
  },
  {
    id: "home-nonexistent",
    from: "a program that keeps files in its home",
    pattern: re`${denied(re`/nonexistent${below}`)}|Could not create directory ["'‘]?(?<path0>/nonexistent${below})["'’]? \(No such file or directory\)`,
    anyCase: true,
    example: `mkdir: cannot create directory '/nonexistent': Permission denied`,
    means:
      "The home of the account is /nonexistent, which is not there and is not to be: Debian and Ubuntu give it to nobody and to accounts of services. The program wants to keep files in its home (%{path}).",
    decides: [
      { file: "the image's Containerfile", field: "the account of its USER, or ENV HOME" },
      { file: "%{where}", field: "%{at}.env HOME" },
    ],
    steps: [
      { do: "The image is yours: see what its account is.", run: "image-fix audit ./Containerfile" },
      {
        do: `Use an account with a home, or ${setHome}`,
      },
    ],
    rules: ["home-unset"],
  },
  {
    id: "root-home-used",
    from: "a program",
    pattern: denied(re`/root${below}`),
    anyCase: true,
    example: `open /root/.config/app.yaml: permission denied`,
    means:
      "%{path} lies in root's home, which others may not even enter (mode 0700). Files that the container needs must lie elsewhere, and HOME must be the user's own.",
    decides: [{ file: "the image's Containerfile", field: "COPY, RUN, WORKDIR and ENV lines with /root" }],
    steps: [
      { do: "See the lines.", run: "image-fix audit ./Containerfile" },
      { do: "Move the files to the application's folder or to /home/nonroot, and set HOME." },
    ],
    rules: ["uses-root-home"],
  },
  {
    id: "workspace-not-writable",
    from: "a program in a Tekton step",
    pattern: denied(re`/workspace${below}`),
    anyCase: true,
    example: `mkdir: cannot create directory '/workspace/source/bin': Permission denied`,
    means:
      "The workspace %{path} belongs to another user than the step's: a volume comes as root's unless the pod says otherwise, or an earlier step wrote it with another uid.",
    decides: [
      {
        file: "the TaskRun or PipelineRun",
        field: "podTemplate.securityContext.fsGroup (v1 PipelineRun: spec.taskRunTemplate.podTemplate)",
      },
      { file: "the Task", field: "securityContext.runAsUser, the same in every step" },
    ],
    steps: [
      {
        do: "Set a uid, its group, and fsGroup.",
        run: "image-fix manifest --fix --run-as-user 65532 taskrun.yaml task.yaml",
      },
      {
        do: "A taskRunSpecs entry with a podTemplate.securityContext of its own replaces the run's whole one, fsGroup included.",
      },
    ],
  },
  {
    id: "read-only-file-system",
    from: "a program",
    pattern: re`(?:["'‘]?(?<path>/[^\s"':,;)\]’]{1,512})["'’]?: ?)?Read-only file system|EROFS: read-only file system(?:, [a-z]{1,12} ["'‘](?<path2>/[^\s"':,;)\]’]{1,512}))?|\[Errno 30\] Read-only file system: ["'](?<path3>[^"']{1,512})`,
    anyCase: true,
    example: `touch: /tmp/x: Read-only file system`,
    means:
      "The container has readOnlyRootFilesystem: true and %{path|the folder} is no volume. That field is good practice, but no part of the Pod Security Standards: restricted does not ask for it.",
    decides: [
      { file: "%{where}", field: "%{at}.securityContext.readOnlyRootFilesystem" },
      { file: "%{where}", field: "%{at}.volumeMounts: an emptyDir for what the program writes" },
    ],
    steps: [
      { do: "Mount an emptyDir at the folder that holds %{path|the file}, or leave readOnlyRootFilesystem out." },
    ],
    rules: ["writable-path-missing"],
  },
  {
    id: "nginx-user-directive",
    from: "nginx",
    pattern: re`the "user" directive makes sense only if the master process runs with super-user privileges[^"']{0,40}`,
    example: `nginx: [warn] the "user" directive makes sense only if the master process runs with super-user privileges, ignored in /etc/nginx/nginx.conf:2`,
    means:
      "A warning without effect: nginx was started as a non-root user, which is what restricted wants, and has nobody to switch to.",
    decides: [{ file: "/etc/nginx/nginx.conf", field: "user" }],
    steps: [{ do: "Delete the line, or leave it." }],
  },
  {
    id: "ping-refused",
    from: "ping and other raw sockets",
    pattern: re`(?:ping: (?:socket|permission denied \(are you root\?\)|icmp open socket|Lacking privilege for raw socket)[^"'\n]{0,40}|socket: Operation not permitted|raw socket[^"'\n]{0,40}Operation not permitted)`,
    anyCase: true,
    example: `ping: socket: Operation not permitted`,
    means: "Raw sockets need NET_RAW, which restricted drops and lets nobody add.",
    decides: [{ file: "%{where}", field: "%{at}.securityContext.capabilities" }],
    steps: [{ do: "Ask by TCP or HTTP instead (a probe, nc -z, wget --spider)." }],
    rules: ["file-capabilities"],
  },
  {
    id: "folder-not-writable",
    from: "a program",
    pattern:
      denied(re`/[^\s"':,;)\]’]{1,300}`) +
      re`|FileNotFoundException: (?<path0>/[^\s"']{1,512}) \(Permission denied\)|\((?<path10>/[^\s()"']{1,300})\): failed to open stream: permission denied|stream or file "(?<path11>/[^"]{1,300})" could not be opened[^"]{0,60}?permission denied|\(13\)Permission denied: AH00023: Couldn't create the [a-z-]{1,20} mutex|^(?:[\w./-]{1,40}: )?permission denied\.?$`,
    anyCase: true,
    example: `mkdir: cannot create directory '/var/lib/app/data': Permission denied`,
    means:
      "The user that the container runs as may not write (or not even read) %{path|what the program wants}: in the image it is root's.",
    decides: [
      { file: "the image's Containerfile", field: "the COPY, RUN or WORKDIR that makes %{path|it}" },
      { file: "the pod or podTemplate", field: "securityContext.fsGroup, when it is a volume" },
    ],
    steps: [
      {
        do: "The image is yours: name the folder, so that it is handed to the account without a doubled layer.",
        run: "image-fix --writable %{folder|/data} ./Containerfile",
      },
      {
        do: "It is not: mount an emptyDir there; a volume that is there already gets a group by fsGroup.",
        run: "image-fix manifest --fix --run-as-user 65532 %{manifest}",
      },
    ],
    rules: ["writable-path-missing", "copy-root-owned", "workdir-owner-differs"],
  },
];
