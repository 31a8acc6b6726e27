/** Pastes as people make them: whole outputs, several messages, the noise of terminals, YAML and JSON around the words. */
import { describe, expect, test } from "vitest";
import { explainText } from "./explain-text.ts";
import { foldPaste } from "./paste.ts";

const ids = (text: string): readonly string[] => explainText(text).map(({ id }) => id);
const runs = (text: string): readonly (string | null)[] =>
  explainText(text).flatMap(({ steps }) => steps.flatMap(({ run }) => (run === null ? [] : [run])));
const first = (text: string) => explainText(text)[0];

const tail = '(pod: "ci-pod_build(5f1e3b52-8a56-4f5a-9a52-3f6b1a1b2c3d)", container: step-build)';

describe("the kubelet's four texts", () => {
  const texts = [
    ["run-as-user-zero", "container's runAsUser breaks non-root policy"],
    ["image-runs-as-root", "container has runAsNonRoot and image will run as root"],
    [
      "image-user-is-a-name",
      "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root",
    ],
    [
      "image-uid-out-of-range",
      "container has runAsNonRoot and image has an invalid user id (2147483648). (Must be 1-(2147483647)): must be between 0 and 2147483647, inclusive",
    ],
  ] as const;
  test.each(texts)("%s, as old kubelets print it", (id, text) => expect(ids(text)).toEqual([id]));
  test.each(texts)("%s, with pod and container", (id, text) => {
    expect(ids(`${text} ${tail}`)).toEqual([id]);
    expect(first(`${text} ${tail}`)?.names).toMatchObject({
      pod: "ci-pod",
      namespace: "build",
      container: "step-build",
    });
    expect(JSON.stringify(first(`${text} ${tail}`))).toContain("spec.steps[name=build]");
  });
  test.each(texts)("%s, wrapped by Tekton", (id, text) => {
    const wrapped = `the step "build" in TaskRun "ci" failed to start. The pod errored with the message: "${text} ${tail}."`;
    expect(ids(wrapped)).toEqual([id]);
    expect(first(wrapped)?.names).toMatchObject({ step: "build", taskRun: "ci" });
    // Old kubelets name no container; Tekton's frame does.
    expect(JSON.stringify(first(wrapped.replace(` ${tail}`, "")))).toContain("spec.steps[name=build]");
  });
  test.each(texts)("%s, in folded YAML with doubled quotes", (id, text) => {
    const yaml = `status:\n  conditions:\n  - message: '${`the step "build" in TaskRun "ci" failed to start. The pod errored with the message: "${text} ${tail}."`.replaceAll("'", "''").replaceAll(" and ", "\n      and ")}'\n    reason: CreateContainerConfigError\n    status: "False"`;
    expect(ids(yaml)).toEqual([id]);
  });
  test.each(texts)("%s, in JSON", (id, text) => {
    expect(ids(JSON.stringify({ message: `${text} ${tail}`, reason: "CreateContainerConfigError" }, null, 2))).toEqual([
      id,
    ]);
  });

  test("users that are hard to read", () => {
    for (const user of ["root:root", "$USER", " 1000", "1000 # c", '"1000"', "a(b)c", "٠", "9223372036854775808"]) {
      const text = `container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root ${tail}`;
      expect(ids(text)).toEqual(["image-user-is-a-name"]);
      expect(first(text)?.names["user"]).toBe(user);
    }
  });

  test("USER root is its own case: there is no number to keep", () => {
    expect(
      ids(`container has runAsNonRoot and image has non-numeric user (root), cannot verify user is non-root ${tail}`),
    ).toEqual(["image-user-is-root-by-name"]);
  });

  test.each([
    "prepare",
    "place-scripts",
    "working-dir-initializer",
    "sidecar-tekton-log-results",
    "affinity-assistant",
  ])("Tekton's own %s is not the author's to fix", (container) => {
    const text = `container has runAsNonRoot and image will run as root (pod: "ci-pod_build(5f1e3b52)", container: ${container})`;
    expect(ids(text)).toEqual(["tekton-image-user"]);
  });
});

/** An event of a pod in the namespace shop. */
const one = (pod: string, container: string) =>
  `Error: container has runAsNonRoot and image will run as root (pod: "${pod}_shop(1)", container: ${container})\n`;

describe("whole outputs", () => {
  const describeOutput = `Name:             web-1
Namespace:        shop
Containers:
  web:
    Image:          registry.example.com/team/app:1.4
    State:          Waiting
      Reason:       CreateContainerConfigError
Events:
  Type     Reason     Age               From               Message
  ----     ------     ----              ----               -------
  Normal   Pulled     7s (x3 over 22s)  kubelet            Container image "registry.example.com/team/app:1.4" already present on machine
  Warning  Failed     7s (x3 over 22s)  kubelet            Error: container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root (pod: "web-1_shop(5f1e3b52-8a56-4f5a-9a52-3f6b1a1b2c3d)", container: web)
`;

  test("kubectl describe: the message once, its reason not again, image and names filled in", () => {
    expect(ids(describeOutput)).toEqual(["image-user-is-a-name"]);
    expect(runs(describeOutput)).toEqual([
      "image-fix audit registry.example.com/team/app:1.4",
      "image-fix ./Containerfile",
      "image-fix manifest --fix --run-as-user 65532 manifest.yaml",
    ]);
  });

  test("two images: neither is filled in", () => {
    const text = describeOutput.replace("Events:", "  db:\n    Image:  postgres:16\nEvents:");
    expect(runs(text)).toContain("image-fix audit IMAGE");
  });

  test("several messages, each once, in order", () => {
    const log = `[build : clone] 2024/05/01 10:00:00 warning: unsuccessful cred copy: ".docker" from "/tekton/creds" to "/": unable to create destination directory: mkdir /.docker: permission denied
[build : run] nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)
[build : run] mkdir: cannot create directory '/data/cache': Permission denied
[build : run] nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)
Error: container has runAsNonRoot and image will run as root ${tail}
`;
    expect(ids(log)).toEqual([
      "unsuccessful-cred-copy",
      "port-below-1024",
      "folder-not-writable",
      "image-runs-as-root",
    ]);
    expect(explainText(log)[1]?.names["step"]).toBe("run");
  });

  test("the same message of two containers is two explanations, of two replicas one", () => {
    expect(explainText(one("web-1", "web") + one("web-2", "web"))).toHaveLength(1);
    expect(explainText(one("web-1", "web") + one("web-1", "db"))).toHaveLength(2);
  });

  test("colours, frames of terminal programs, typographic quotes", () => {
    const plain = `container has runAsNonRoot and image will run as root ${tail}`;
    expect(ids(`\u001b[1;31mError:\u001b[0m ${plain.replace(" and ", "\u001b[33m and \u001b[0m")}`)).toEqual([
      "image-runs-as-root",
    ]);
    expect(ids(`\u001b]8;;http://x\u0007${plain}\u001b]8;;\u0007`)).toEqual(["image-runs-as-root"]);
    expect(ids(`│ ${plain.replace("image will", "image  │\n│ will")} │`)).toEqual(["image-runs-as-root"]);
    expect(first(plain.replaceAll('"', "“").replaceAll("'", "’"))?.names["namespace"]).toBe("build");
  });

  test("the kubelet's journal, with its quotes in quotes", () => {
    const journal = String.raw`E0305 10:11:12.123456    1234 pod_workers.go:965] "Error syncing pod, skipping" err="failed to \"StartContainer\" for \"web\" with CreateContainerConfigError: \"container has runAsNonRoot and image will run as root (pod: \\\"web-1_shop(5f1e3b52)\\\", container: web)\"" pod="shop/web-1" podUID="5f1e3b52"`;
    expect(ids(journal)).toEqual(["image-runs-as-root"]);
    expect(first(journal)?.names).toMatchObject({ pod: "web-1", namespace: "shop", container: "web" });
  });

  test("Tekton's frame does not hide whose message stands in it", () => {
    expect(
      ids(
        'failed to create task run pod "ci": pods "ci-pod" is forbidden: PodSecurityPolicy: unable to admit pod: [spec.containers[1].securityContext.privileged: Invalid value: true: Privileged containers are not allowed]. Maybe missing or invalid Task default/ci',
      ),
    ).toEqual(["psp-refused"]);
  });

  test.each([
    [
      "gatekeeper-denied",
      "psp-pods-allowed-user-ranges",
      'admission webhook "validation.gatekeeper.sh" denied the request: [denied by psp-pods-allowed-user-ranges] Container nginx is attempting to run without a required securityContext/runAsNonRoot',
    ],
    [
      "kyverno-denied",
      "require-run-as-nonroot",
      'admission webhook "vpol.validate.kyverno.svc-fail" denied the request: Policy require-run-as-nonroot failed: Running as root is not allowed.',
    ],
    [
      "kyverno-denied",
      "disallow-capabilities-strict",
      "resource Deployment/default/web was blocked due to the following policies\n\ndisallow-capabilities-strict:\n  autogen-require-drop-all: 'validation failure: Containers must drop `ALL` capabilities.'",
    ],
  ])("policies of a cluster: %s names %s", (id, rule, text) => {
    expect(ids(text)).toEqual([id]);
    expect(first(text)?.names["rule"]).toBe(rule);
  });

  test("only reasons: the weak explanation asks for the message", () => {
    expect(ids("web-1   0/1   CreateContainerConfigError   0   12s")).toEqual(["create-container-config-error"]);
    expect(ids("ci   False   PodAdmissionFailed   3s")).toEqual(["pod-admission-failed"]);
    expect(ids("ci   False   CouldntGetTask   3s")).toEqual(["pod-admission-failed"]);
  });
});

describe("variants of programs", () => {
  test.each([
    ["privilege-switch-failed", "su-exec: setgroups: Operation not permitted"],
    ["privilege-switch-failed", "su-exec: setgroups(1000): Operation not permitted"],
    ["privilege-switch-failed", "su: must be suid to work properly"],
    ["privilege-switch-failed", "su: cannot set groups: Operation not permitted"],
    ["privilege-switch-failed", "su: Authentication failure"],
    ["privilege-switch-failed", "sudo: effective uid is not 0, is sudo installed setuid root?"],
    ["privilege-switch-failed", 'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.'],
    ["privilege-switch-failed", "setpriv: setresuid failed: Operation not permitted"],
    ["privilege-switch-failed", "runuser: may not be used by non-root users"],
    [
      "privilege-switch-failed",
      "s6-applyuidgid: fatal: unable to set supplementary group list: Operation not permitted",
    ],
    ["port-below-1024", "listen tcp :80: bind: permission denied"],
    ["port-below-1024", "Error: listen EACCES: permission denied 0.0.0.0:80"],
    ["port-below-1024", "(13)Permission denied: AH00072: make_sock: could not bind to address [::]:80"],
    ["port-below-1024", "panic: listen tcp 0.0.0.0:443: bind: permission denied"],
    ["folder-not-writable", "PermissionError: [Errno 13] Permission denied: '/app/out.txt'"],
    ["folder-not-writable", "Error: EACCES: permission denied, mkdir '/app/dist'"],
    ["folder-not-writable", 'mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)'],
    ["folder-not-writable", "java.nio.file.AccessDeniedException: /var/lib/app/x"],
    ["folder-not-writable", "java.io.FileNotFoundException: /var/lib/app/x.log (Permission denied)"],
    ["folder-not-writable", "touch: cannot touch '/data/x': Permission denied"],
    ["folder-not-writable", "can't create /data/x: Permission denied"],
    ["home-not-writable", "EACCES: permission denied, mkdir '/.npm'"],
    ["home-not-writable", "error: could not lock config file //.gitconfig: Permission denied"],
    ["root-home-used", "cp: cannot stat '/root/.ssh/id_rsa': Permission denied"],
    ["workspace-not-writable", "open /workspace/output/x: permission denied"],
    ["exec-operation-not-permitted", "exec /usr/bin/caddy: operation not permitted"],
    ["exec-operation-not-permitted", "standard_init_linux.go:228: exec user process caused: operation not permitted"],
    ["exec-operation-not-permitted", 'exec: "/usr/bin/ping": operation not permitted'],
    ["exec-operation-not-permitted", "fork/exec /usr/local/bin/vault: operation not permitted"],
    ["exec-operation-not-permitted", "/bin/sh: 1: /usr/bin/caddy: Operation not permitted"],
    ["exec-permission-denied", 'exec: "/entrypoint.sh": permission denied'],
    ["exec-permission-denied", "/bin/sh: 1: /app/run.sh: Permission denied"],
    ["exec-permission-denied", "bash: line 3: ./gradlew: Permission denied"],
    ["exec-permission-denied", "[FATAL tini (7)] exec /entrypoint.sh failed: Permission denied"],
    ["chown-refused", "chown: changing ownership of 'storage/logs': Operation not permitted"],
    ["chown-refused", "cp: failed to preserve ownership for 'x': Operation not permitted"],
    ["chown-refused", "install: cannot change owner and permissions of '/data': Operation not permitted"],
    ["chown-refused", 'rsync: [receiver] chown "/data/.x" failed: Operation not permitted (1)'],
    ["chown-refused", "tar: ./.git: Cannot utime: Operation not permitted"],
    ["privilege-switch-failed", "nginx: [emerg] setgid(101) failed (1: Operation not permitted)"],
    ["privilege-switch-failed", "crond: can't set groups: Operation not permitted"],
    ["privilege-switch-failed", "Error: Can't drop privilege as nonroot user"],
    ["home-nonexistent", "Could not create directory '/nonexistent/.ssh' (No such file or directory)."],
    ["id-not-mapped", "setup user: cannot set uid to unmapped user in user namespace: unknown"],
    ["needs-a-capability", "iptables: Permission denied (you must be root)."],
    ["folder-not-writable", "file_put_contents(/var/www/html/x.log): Failed to open stream: Permission denied"],
    ["working-folder-not-writable", "file_put_contents(storage/x.log): Failed to open stream: Permission denied"],
    ["working-folder-not-writable", "Permission denied @ rb_sysopen - tmp/pids/server.pid (Errno::EACCES)"],
    ["folder-not-writable", "(13)Permission denied: AH00023: Couldn't create the mpm-accept mutex"],
    ["working-folder-not-writable", "sh: 1: cannot create out.txt: Permission denied"],
    ["working-folder-not-writable", "/tekton/scripts/script-0-x2xkl: line 3: out.txt: Permission denied"],
    ["working-folder-not-writable", "touch: a: Permission denied"],
    ["working-folder-not-writable", "error: cannot open .git/FETCH_HEAD: Permission denied"],
    ["working-folder-not-writable", "fatal: could not create work tree dir 'src': Permission denied"],
    ["working-folder-not-writable", "open cache/x.db: permission denied"],
    ["working-folder-not-writable", "Error: EACCES: permission denied, mkdir 'node_modules/.cache'"],
    ["working-folder-not-writable", "OSError: [Errno 13] Permission denied: 'dist'"],
    ["user-not-in-passwd", "unable to find user app: no matching entries in passwd file"],
    ["user-not-in-passwd", "Error: no users found"],
    ["chown-refused", "chown: /data: Operation not permitted"],
    ["chown-refused", "chmod: changing permissions of '/data': Operation not permitted"],
    ["chown-refused", 'nginx: [emerg] chown("/var/cache/nginx/client_temp", 101) failed (1: Operation not permitted)'],
    ["package-manager-needs-root", "ERROR: Unable to lock database: Permission denied"],
    [
      "package-manager-needs-root",
      "E: List directory /var/lib/apt/lists/partial is missing. - Acquire (13: Permission denied)",
    ],
    [
      "package-manager-needs-root",
      "Error: This command has to be run with superuser privileges (under the root user on most systems).",
    ],
    ["unshare-refused", "cannot clone: Operation not permitted"],
    ["unshare-refused", "user namespaces are not enabled in /proc/sys/user/max_user_namespaces"],
    ["newuidmap-refused", 'Error: cannot set up namespace using "/usr/bin/newuidmap": exit status 1'],
    [
      "newuidmap-refused",
      'time="…" level=warning msg="Using rootless single mapping into the namespace. This might break some images."',
    ],
    ["guide-forbidden-capabilities", 'TaskRun failed: "Forbidden: cannot set securityContext.capabilities"'],
    ["read-only-file-system", "touch: /tmp/x: Read-only file system"],
    ["dubious-ownership", "fatal: detected dubious ownership in repository at '/workspace/source'"],
    ["dubious-ownership", "fatal: unsafe repository ('/workspace/source' is owned by someone else)"],
    ["folder-not-writable", "nested: AccessDeniedException[/usr/share/elasticsearch/data/nodes];"],
    ["folder-not-writable", "System.UnauthorizedAccessException: Access to the path '/app/logs' is denied."],
    [
      "folder-not-writable",
      "mysqld: Can't create/write to file '/var/lib/mysql/is_writable' (Errcode: 13 - Permission denied)",
    ],
    [
      "folder-not-writable",
      "(13)Permission denied: AH00091: httpd: could not open error log file /usr/local/apache2/logs/error_log.",
    ],
    ["home-not-writable", "npm ERR! code EACCES\nnpm ERR! syscall mkdir\nnpm ERR! path /.npm"],
    ["home-not-writable", "java.lang.IllegalArgumentException: user.home is not a directory: ?"],
    ["port-below-1024", "Unhandled exception. System.Net.Sockets.SocketException (13): Permission denied"],
    ["chown-refused", "chown: changing ownership of '.': Operation not permitted"],
    [
      "chown-refused",
      'initdb: error: could not change permissions of directory "/var/lib/postgresql/data/pgdata": Operation not permitted',
    ],
    ["package-manager-needs-root", "ERROR: Unable to open log: Permission denied"],
    ["package-manager-needs-root", "error: Failed to create: /var/cache/yum/metadata"],
    ["accounts-are-fixed", "groupadd: Permission denied.\ngroupadd: cannot lock /etc/group; try again later."],
    ["accounts-are-fixed", "adduser: /etc/passwd: Permission denied"],
    ["s6-needs-root", "s6-mkdir: warning: unable to mkdir /var/run/s6: Permission denied"],
    ["refuses-root", '"root" execution of the PostgreSQL server is not permitted.'],
    ["uid-without-name", "KeyError: 'getpwuid(): uid not found: 1000'"],
    ["uid-without-name", "No user exists for uid 1000680000"],
    ["needs-a-capability", "mount: /mnt: permission denied."],
    ["needs-a-capability", "strace: attach: ptrace(PTRACE_SEIZE, 1): Operation not permitted"],
    ["needs-a-capability", "sysctl: error setting key 'vm.max_map_count': Read-only file system"],
    ["exec-permission-denied", "Error: crun: open executable: Permission denied: OCI permission denied"],
    ["exec-operation-not-permitted", "crun: open executable: Operation not permitted: OCI permission denied"],
    [
      "exec-permission-denied",
      'Error: container create failed: time="2024-07-30T18:39:52Z" level=error msg="runc create failed: unable to start container process: exec: \\"./instrument.sh\\": permission denied"',
    ],
    ["workdir-not-entered", "Error: crun: chdir to `/app`: Permission denied: OCI permission denied"],
    [
      "apparmor-profile-missing",
      "Error: failed to create containerd container: apparmor profile not found k8s-example",
    ],
  ])("%s: %s", (id, text) => expect(ids(text ?? "")).toEqual([id]));

  test("the path is the one that was refused", () => {
    expect(
      first('The stream or file "/app/storage/x.log" could not be opened in append mode: Permission denied')?.names,
    ).toEqual({ path: "/app/storage/x.log" });
    expect(first("touch: a: Permission denied")?.names).toEqual({ path: "a" });
  });

  test("the folder to hand over is the one that could not be written", () => {
    expect(runs("mkdir: cannot create directory '/var/lib/app/data': Permission denied")[0]).toBe(
      "image-fix --writable /var/lib/app/data ./Containerfile",
    );
    expect(runs("PermissionError: [Errno 13] Permission denied: '/app/out.txt'")[0]).toBe(
      "image-fix --writable /app ./Containerfile",
    );
  });
});

describe("what is nothing of ours", () => {
  test.each([
    "",
    "hello world",
    "Back-off pulling image nginx",
    "container is healthy",
    "created /.docker/config.json",
    "open /root/x",
    "Permission granted",
    "permission denied while trying to pull: unauthorized",
    "forbidden",
    "privileged",
    "exit status 1",
    "Back-off restarting failed container web in pod web-1_shop(5f1e3b52)",
    "Last State: Terminated Reason: OOMKilled Exit Code: 137",
    'Error from server (Forbidden): pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods" in API group ""',
    'pods "web-1" is forbidden: exceeded quota: compute-resources, requested: limits.cpu=2',
    'Failed to pull image "x": pull access denied for x, repository does not exist',
  ])("%j", (text) => expect(ids(text)).toEqual([]));

  test("text that is made to hurt", () => {
    const begin = performance.now();
    for (const part of [
      "(",
      "[",
      '"',
      "a: ",
      "/",
      "exec /",
      "container ",
      "PodSecurity ",
      'x (container "',
      "\\",
      "\u001b]",
      "su: ",
    ]) {
      explainText(part.repeat(20_000));
    }
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  test("values from the paste are quoted in commands", () => {
    const text = `mkdir: cannot create directory '/data;reboot$(x)': Permission denied`;
    for (const run of runs(text)) expect(run).not.toMatch(/[^'];reboot/);
    const named = `container has runAsNonRoot and image will run as root (pod: "a;b_c;d(1)", container: x)`;
    expect(runs(named)[0]).toContain(`-n 'c;d' 'a;b'`);
  });

  test("a folded paste holds no control character", () => {
    expect(foldPaste("a\u0000b\u001b[2Jc\u009b1md\u202ee\u0007")).toBe("abcde");
  });
});
