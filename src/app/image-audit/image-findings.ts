/** From facts of a built image to findings: the ids of the rules for files, with words for images. Pure. */
import type { Applicability, Finding, Severity } from "../../core/finding.ts";
import { byGid, byName } from "../../image/accounts.ts";
import { isProcessId, judgeConfigUser, maxUid } from "../../image/config-user.ts";
import { portWords, privilegedPorts } from "../../rules/ports.ts";
import { notRead, type ImageFacts } from "./image-facts.ts";
import { lastUserStep, numericUser } from "./instruction.ts";
import { missingMessage, refusedFiles } from "./refused-files.ts";
import { needOfArgv, portOfArgv } from "./started-argv.ts";

/** What of the caller's wishes a finding depends on. */
export interface FindingOptions {
  readonly rules: Readonly<Record<string, "off" | Severity>>;
  readonly openshift: boolean;
  readonly deep: boolean;
}

interface Draft {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly fix?: { readonly title: string; readonly applicability?: Applicability };
  readonly isOpen?: boolean;
  readonly needsPerson?: boolean;
}

/** The findings of one image, the deciding one first. */
export function findingsOf(facts: ImageFacts, options: FindingOptions): readonly Finding[] {
  const drafts = facts.image.platform.startsWith("windows/")
    ? windows()
    : [
        ...deciding(facts),
        ...startable(facts),
        ...accountsAndGroups(facts, options),
        ...places(facts),
        ...starting(facts),
        ...privileges(facts, options),
        ...triggers(facts),
      ];
  return drafts.flatMap((draft): readonly Finding[] => {
    const severity = options.rules[draft.rule] ?? draft.severity;
    if (severity === "off") return [];
    return [
      {
        rule: draft.rule,
        severity,
        outcome: draft.isOpen === true ? "open" : "fail",
        message: draft.message,
        span: { start: 0, end: 0 },
        stage: "",
        fix: draft.fix === undefined ? null : { applicability: "manual", ...draft.fix },
        ...(draft.needsPerson === true ? { needsPerson: true } : {}),
      },
    ];
  });
}

const windows = (): readonly Draft[] => [
  {
    rule: "windows-image",
    severity: "info",
    message: "It is a Windows image: uids, passwd and runAsNonRoot's numeric check do not apply, so nothing is judged",
  },
];

/** Under runAsNonRoot the kubelet says: … */
const kubelet = ({ verdict }: ImageFacts): string =>
  verdict.kubeletMessage === null ? "" : `. Under runAsNonRoot the kubelet says: "${verdict.kubeletMessage}"`;

/** ` (USER app, step 7 of 9 of its history)`, or nothing. */
function where({ image }: ImageFacts): string {
  const step = lastUserStep(image.config.history, image.config.config.user);
  return step === undefined ? "" : ` (${step.text}, step ${step.number} of ${step.count} of its history)`;
}

function* deciding(facts: ImageFacts): Generator<Draft> {
  const { verdict, uid, account } = facts;
  const { user } = facts.image.config.config;
  const nonRoot = { title: "Run as a numeric non-root user: USER 65532", applicability: "manual" } as const;
  switch (verdict.verdict) {
    case "root":
      yield {
        rule: "root-user",
        severity: "error",
        message:
          user === ""
            ? `The image sets no user, so the container starts as root${kubelet(facts)}`
            : `The image's user "${user}" is uid 0${where(facts)}, so the container starts as root${kubelet(facts)}`,
        fix: nonRoot,
      };
      return;
    case "invalid":
      yield {
        rule: "invalid-uid",
        severity: "error",
        message: `uid ${verdict.userPart} lies outside 1 to ${maxUid}${where(facts)}, so no runtime starts the container${kubelet(facts)}`,
        fix: { title: "Write a uid between 1 and 2147483647: USER 65532" },
      };
      return;
    case "symbolic":
      if (uid.known && uid.value === 0) {
        yield {
          rule: "root-user",
          severity: "error",
          message: `The image's user "${user}" is the account with uid 0${where(facts)}, so the container starts as root${kubelet(facts)}`,
          fix: nonRoot,
        };
        return;
      }
      yield {
        rule: "symbolic-user",
        severity: "error",
        message: `The image's user is the name "${verdict.userPart}"${where(facts)}, which the kubelet does not look up${kubelet(facts)}`,
        fix: { title: symbolicFix(facts) },
      };
      if (account.known && account.value === undefined)
        yield {
          rule: "user-not-in-passwd",
          severity: "error",
          message: `The image has no account "${verdict.userPart}" (${account.from}), so no runtime can start a container from it`,
          fix: { title: "Write a number, or create the account" },
        };
      return;
    case "admit":
      if (user.split(":").length > 2)
        yield {
          rule: "invalid-uid",
          severity: "error",
          message: `The image's user "${user}" has more than one colon${where(facts)}: containerd by itself refuses it, while the kubelet takes what is before the first colon, and Docker and podman what is before the second`,
          fix: { title: `Write the uid and at most one group: USER ${verdict.userPart}` },
        };
      return;
  }
}

/** What of a non-root user's lines keeps the runtimes from starting a container, whether the user is a number or a name. */
function* startable(facts: ImageFacts): Generator<Draft> {
  const { verdict, uid, account, accounts, passwdFault } = facts;
  if (verdict.verdict === "root" || verdict.verdict === "invalid" || (uid.known && uid.value === 0)) return;
  const { userPart, groupPart } = verdict;
  if (passwdFault !== undefined)
    yield {
      rule: "user-not-in-passwd",
      severity: "error",
      message: `No runtime can look "${userPart}" up: ${passwdFault}`,
      fix: { title: "Repair the file" },
    };
  const line = account.known ? account.value : undefined;
  // An uid above the limit starts where a name asks for it, and so does a gid that has a line of its own.
  if (line !== undefined && line.uid < 0) yield badAccount(line.name, "uid", line.uid);
  if (line !== undefined && accounts.known && !isProcessId(line.gid) && byGid(accounts.value, line.gid) === undefined)
    yield badAccount(line.name, "gid", line.gid);
  // Without an account nobody comes to the group.
  if (!groupPart || (account.known && line === undefined && verdict.verdict === "symbolic")) return;
  const alone = { title: `Write the uid alone: USER ${uid.known ? uid.value : 65532}` };
  if (/^[+-]?[0-9]+$/.test(groupPart)) {
    if (!isProcessId(BigInt(groupPart)))
      yield {
        rule: "invalid-uid",
        severity: "error",
        message: `gid ${BigInt(groupPart)} lies outside 0 to ${maxUid}${where(facts)}: Kubernetes drops it, while Docker and podman refuse to start the container`,
        fix: alone,
      };
  } else if (accounts.known && byName(accounts.value.group, groupPart) === undefined)
    yield {
      rule: "user-not-in-passwd",
      severity: "error",
      message: `The image has no group "${groupPart}"${where(facts)}: Docker and podman cannot start a container from it, and Kubernetes drops the group`,
      fix: alone,
    };
}

const badAccount = (name: string, kind: "uid" | "gid", id: number): Draft => ({
  rule: "invalid-uid",
  severity: "error",
  message: `/etc/passwd gives "${name}" the ${kind} ${id}, which lies outside 0 to ${maxUid}, so a container that takes it from there does not start`,
  fix: { title: `Give the account a ${kind} between 1 and ${maxUid}` },
});

/** A symbolic finding always shows the line to write. */
function symbolicFix(facts: ImageFacts): string {
  const line = numericUser(facts);
  const { userPart } = facts.verdict;
  if (line !== undefined) return `Write the number: USER ${line}`;
  if (facts.account.known && facts.account.value !== undefined)
    return `Write a number, and another than its uid ${facts.account.value.uid}, which lies outside 1 to ${maxUid}: USER 65532`;
  if (facts.account.known) return "Create the account, or write a number that needs none: USER 65532";
  return /^[A-Za-z0-9._-]+$/.test(userPart)
    ? `Write the number that "id -u ${userPart}" prints in the image: USER UID`
    : "Write a number: USER 65532";
}

/** Whether the accounts were needed and are not known, where neither a failure nor another finding says so. */
const isMissed = ({ accounts, failure, passwdFault, verdict }: ImageFacts): boolean =>
  !accounts.known &&
  accounts.why !== notRead &&
  failure === null &&
  passwdFault === undefined &&
  verdict.verdict === "admit";

const unknownAccount = ({ verdict }: ImageFacts, why: string): Draft => ({
  rule: verdict.groupPart ? "group-dropped" : "no-passwd-entry",
  severity: "warning",
  message: `Nobody can tell here whether uid ${verdict.userPart} has an account, and so which group Kubernetes gives it: ${why}`,
  fix: { title: "Make /etc/passwd and /etc/group as small as they are elsewhere" },
  isOpen: true,
});

function* accountsAndGroups(facts: ImageFacts, { openshift }: FindingOptions): Generator<Draft> {
  const { accounts, account, verdict, uid, kubernetesGid, engineGid } = facts;
  if (!accounts.known) {
    if (isMissed(facts)) yield unknownAccount(facts, accounts.why);
    return;
  }
  const numeric = accounts.value.passwd.find(({ name }) => /^[+-]?[0-9]+$/.test(name));
  if (numeric !== undefined)
    yield {
      rule: "numeric-user-name",
      severity: "warning",
      message: `/etc/passwd has an account named "${numeric.name}" (uid ${numeric.uid}): some runtimes look a number up as a name first, so USER ${numeric.name} may run as uid ${numeric.uid}`,
      fix: { title: "Give the account a name that begins with a letter" },
    };
  if (verdict.verdict !== "admit" || !uid.known || !account.known) return;
  const { groupPart, userPart } = verdict;
  const line = account.value;
  if (line === undefined && groupPart === undefined && !openshift)
    yield {
      rule: "no-passwd-entry",
      severity: "warning",
      message: `uid ${uid.value} has no line in /etc/passwd${where(facts)}, so the process runs with group 0 and HOME=/, and programs that ask for the user's name fail`,
      fix: { title: `Create an account for uid ${uid.value}, or write its group too` },
    };
  if (groupPart === undefined || !engineGid.known || !kubernetesGid.known) return;
  const isRoot = groupPart === "" || engineGid.value === 0;
  if (isRoot && kubernetesGid.value === 0 && line === undefined && !openshift)
    yield {
      rule: "root-group",
      severity: "warning",
      message: `The image's user "${facts.image.config.config.user}" asks for group 0${where(facts)}, so the process may touch whatever root's group may`,
      fix: { title: `Write a group of its own: USER ${userPart}:${userPart}` },
    };
  else if (
    groupPart !== "" &&
    engineGid.value !== kubernetesGid.value &&
    (line !== undefined || engineGid.value !== uid.value)
  )
    yield {
      rule: "group-dropped",
      severity: "warning",
      message:
        line === undefined
          ? `The image's user asks for group ${groupPart}${where(facts)}, but Kubernetes drops it and uid ${uid.value} has no account: it runs with group 0, Docker and podman with ${engineGid.value}`
          : `The image's user asks for group ${groupPart}${where(facts)}, but Kubernetes takes the group from the passwd line of "${line.name}": it runs with group ${kubernetesGid.value}, Docker and podman with ${engineGid.value}`,
      fix: { title: `Make ${groupPart} the account's group, or set runAsGroup in the Pod` },
    };
}

function* places({ home, workdir, writable, account, uid }: ImageFacts): Generator<Draft> {
  if (!uid.known) return;
  const who = `uid ${uid.value}`;
  if (home.known && home.value.state !== "writable" && account.known && account.value !== undefined) {
    const { path, state, closedAt } = home.value;
    const why =
      state === "missing"
        ? "does not exist"
        : state === "closed"
          ? `cannot be entered (${closedAt ?? ""})`
          : "cannot be written";
    yield {
      rule: "home-unset",
      severity: "warning",
      message: `The home ${path} of ${who} ${why}, so programs that keep something below HOME fail`,
      fix: { title: "Set ENV HOME to a folder that the user owns, or make the home" },
    };
  }
  if (workdir.known && (workdir.value.state === "closed" || workdir.value.state === "no-folder"))
    yield {
      rule: "workdir-not-traversable",
      severity: "info",
      message:
        workdir.value.state === "closed"
          ? `The working directory ${workdir.value.path} cannot be entered by ${who}: ${workdir.value.closedAt ?? ""} is closed to it`
          : `The working directory ${workdir.value.path} is no folder`,
      fix: { title: "Give the folder to the user, or let others enter it" },
    };
  for (const { path, state, kind } of writable.known ? writable.value : []) {
    if (state === "writable") continue;
    yield {
      rule: "writable-path-missing",
      severity: "info",
      message: `${path}${kind === "volume" ? ", a VOLUME," : ""} ${state === "missing" ? "does not exist" : "cannot be written"}, so ${who} cannot write there`,
      fix: { title: `Make ${path} and give it to the user` },
    };
  }
}

function* starting(facts: ImageFacts): Generator<Draft> {
  const { config } = facts.image.config;
  const need = needOfArgv(config);
  const started = facts.started.known ? facts.started.value : undefined;
  const withoutSwitch = { title: "Start the program itself as the final user, without a switch" };
  const direct = need ?? started?.need;
  const script = started?.files.find((file) => file.need !== undefined);
  if (direct !== undefined)
    yield {
      rule: "entrypoint-needs-root",
      severity: "warning",
      message: `${need?.keyword ?? (config.cmd.length > 0 ? "CMD" : "ENTRYPOINT")} starts ${direct.tool}, which ${direct.why}: in a container without root and capabilities it fails and the container exits`,
      fix: withoutSwitch,
      needsPerson: true,
    };
  else if (script?.need !== undefined)
    yield {
      rule: "entrypoint-needs-root",
      severity: "warning",
      message: `${script.place} starts ${script.need.tool}, which ${script.need.why}: in a container without root and capabilities it fails`,
      fix: { title: "Let the script do this only when id -u is 0, or do it in a RUN" },
      needsPerson: true,
    };
  const who = facts.uid.known ? `uid ${facts.uid.value}` : "the user";
  for (const { rule, message, title } of started === undefined ? [] : refusedFiles(started, who))
    yield { rule, severity: "warning", message, fix: { title }, needsPerson: true };
  if (started?.missing !== undefined)
    yield {
      rule: "entrypoint-needs-root",
      severity: "warning",
      message: missingMessage(started.missing),
      fix: {
        title: started.missing.path.endsWith("\r")
          ? "Write the script with the line ends of Unix (LF)"
          : "Bring the file into the image, or name another one",
      },
    };
  const exposed = config.exposedPorts.flatMap(privilegedPorts);
  const port = portOfArgv(config);
  const ports = [...new Set([...exposed, ...(port === undefined ? [] : [String(port.port)])])];
  const words = portWords(ports.slice(0, 20));
  if (ports.length > 0)
    yield {
      rule: "privileged-port",
      severity: "warning",
      message: `${words.Ports} ${words.are} below 1024: without root and NET_BIND_SERVICE a process may bind ${words.them} only where the node allows that (net.ipv4.ip_unprivileged_port_start)`,
      fix: { title: "Listen on a port of 1024 or more, and map it in the Service" },
      needsPerson: true,
    };
}

/**
 * Whether the kernel refuses to start a file with these capabilities (`vfs_cap_data`) where they cannot be had: it does
 * for those that are effective and permitted. Without either the program starts, and just lacks them.
 */
const isRefused = (capabilities: Uint8Array | undefined): boolean =>
  capabilities !== undefined &&
  ((capabilities[0] ?? 0) & 1) === 1 &&
  [...capabilities.subarray(4, 8), ...capabilities.subarray(12, 16)].some((byte) => byte !== 0);

function* privileges(facts: ImageFacts, { deep }: FindingOptions): Generator<Draft> {
  if (facts.uid.known && facts.uid.value === 0 && !deep) return;
  const started = (facts.started.known ? facts.started.value.files : []).filter(({ capabilities }) =>
    isRefused(capabilities),
  );
  for (const { place } of started)
    yield {
      rule: "file-capabilities",
      severity: "warning",
      message: `${place}, which the container starts, has file capabilities: with all capabilities dropped, starting it fails with "operation not permitted"`,
      fix: { title: "Do without setcap (a port of 1024 or more needs none)" },
      needsPerson: true,
    };
  const others = facts.privileged.filter(
    ({ entry, path }) => entry.capabilities !== undefined && !started.some(({ place }) => place === path),
  );
  if (others.length > 0)
    yield {
      rule: "file-capabilities",
      severity: "warning",
      message: `${named(others, deep)} ${others.length === 1 ? "has" : "have"} file capabilities: with all capabilities dropped, starting ${others.length === 1 ? "it" : "them"} fails or goes without`,
      fix: { title: "Do without setcap" },
    };
  const setuid = facts.privileged.filter(({ entry }) => (entry.mode & 0o6000) !== 0);
  if (setuid.length > 0)
    yield {
      rule: "setuid-binary",
      severity: "info",
      message: `${named(setuid, deep)} ${setuid.length === 1 ? "is" : "are"} setuid or setgid: with allowPrivilegeEscalation false the bit does nothing, and the program runs as its caller`,
      fix: { title: "Do without the setuid bit" },
    };
}

function named(files: readonly { readonly path: string }[], all: boolean): string {
  const most = all ? files.length : 3;
  const shown = files.slice(0, most).map(({ path }) => path);
  return files.length > most
    ? `${shown.join(", ")} and ${files.length - most} more (--deep names all)`
    : shown.join(", ");
}

function* triggers({ image }: ImageFacts): Generator<Draft> {
  const last = image.config.config.onBuild.findLast((trigger) => /^\s*USER\s/i.test(trigger));
  if (last === undefined) return;
  const user = last.replace(/^\s*USER\s+/i, "").trim();
  // As in files: a trigger that leaves children with a number changes nothing.
  if (judgeConfigUser(user.replace(/^(["'])(.*)\1$/, "$2")).verdict === "admit") return;
  yield {
    rule: "onbuild-user",
    severity: "warning",
    message: `ONBUILD USER ${user} runs right behind FROM of every image built on this one: under Docker the child starts as ${user}, podman drops the trigger`,
    fix: { title: "Drop the trigger and write USER in the image that runs" },
  };
}
