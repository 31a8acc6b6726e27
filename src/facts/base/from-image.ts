/** What an image that an engine has says of itself, read out of it without running it. */
import { known, unknown, type Fact } from "../../core/finding.ts";
import type { ImageRecord, WantedFiles } from "../../core/ports.ts";
import { byName, parseGroup, parsePasswd, unreadableLine } from "../../image/accounts.ts";
import type { BaseFacts, Family } from "../../image/base-facts.ts";

/** Tools by the places they may be found at. */
const toolPaths: Readonly<Record<string, readonly string[]>> = {
  useradd: ["/usr/sbin/useradd", "/sbin/useradd", "/usr/bin/useradd"],
  groupadd: ["/usr/sbin/groupadd", "/sbin/groupadd", "/usr/bin/groupadd"],
  adduser: ["/usr/sbin/adduser", "/sbin/adduser", "/bin/adduser", "/usr/bin/adduser"],
  addgroup: ["/usr/sbin/addgroup", "/sbin/addgroup", "/bin/addgroup", "/usr/bin/addgroup"],
  find: ["/usr/bin/find", "/bin/find"],
  getent: ["/usr/bin/getent", "/bin/getent"],
  chown: ["/usr/bin/chown", "/bin/chown"],
  microdnf: ["/usr/bin/microdnf"],
};
const shellPaths = ["/bin/sh", "/usr/bin/sh", "/busybox/sh"];

/** The files that {@link baseFactsFromImage} looks at. */
export const filesToRead: WantedFiles = {
  contents: ["/etc/os-release", "/usr/lib/os-release", "/etc/passwd", "/etc/group"],
  present: [...shellPaths, ...Object.values(toolPaths).flat()],
};

/**
 * Facts of an image from its configuration and files.
 * @param contents the files of {@link filesToRead} that are there.
 * @param table what the table of known images says: it alone knows which account is meant for applications.
 */
export function baseFactsFromImage(
  record: ImageRecord,
  contents: ReadonlyMap<string, Uint8Array>,
  table: BaseFacts | undefined,
): BaseFacts {
  const from = "the local image";
  const text = (path: string): string | undefined => {
    const bytes = contents.get(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  };
  const tools = new Set(
    Object.entries(toolPaths)
      .filter(([, paths]) => paths.some((path) => contents.has(path)))
      .map(([tool]) => tool),
  );
  const shell = shellPaths.some((path) => contents.has(path));
  const passwd = parsePasswd(text("/etc/passwd") ?? "");
  const group = parseGroup(text("/etc/group") ?? "");
  const long = unreadableLine(text("/etc/passwd") ?? "");
  const isWindows = record.platform.startsWith("windows");
  const family = isWindows
    ? known<Family>("windows", "its platform")
    : familyOf(text("/etc/os-release") ?? text("/usr/lib/os-release"), tools, shell);
  const designated = table?.designatedUser.known === true ? table.designatedUser.value : undefined;
  const entry = designated === undefined ? undefined : byName(passwd, designated.name);
  return {
    reference: record.names[0] ?? record.id,
    family: family.known || table === undefined ? family : table.family,
    user: known(record.config.user, from),
    config: known(record.config, from),
    accounts:
      long === undefined
        ? known({ passwd, group, complete: true }, `${from}'s /etc/passwd`)
        : unknown(`line ${long} of its /etc/passwd is longer than 64 KiB, so no runtime starts a container of it`),
    shell: known(shell, from),
    tools: known(tools, from),
    designatedUser: known(
      entry === undefined ? undefined : { name: entry.name, uid: entry.uid, gid: entry.gid, home: entry.home },
      from,
    ),
    startNeedsRoot: table?.startNeedsRoot ?? unknown("its entrypoint was not read"),
    writable: table?.writable ?? [],
    evidence: "engine",
  };
}

/** `ID=` of os-release to a family; the UBI variants are told apart by what they carry. */
function familyOf(osRelease: string | undefined, tools: ReadonlySet<string>, shell: boolean): Fact<Family> {
  const from = "its os-release";
  const fields = new Map<string, string>();
  for (const line of (osRelease ?? "").split("\n")) {
    const match = /^([A-Z_]+)=(["']?)(.*?)\2\s*$/.exec(line.trim());
    if (match?.[1] !== undefined) fields.set(match[1], match[3] ?? "");
  }
  const ids = [fields.get("ID") ?? "", ...(fields.get("ID_LIKE") ?? "").split(/\s+/)];
  if (osRelease !== undefined && !shell) return known("distroless", `${from}, and it has no shell`);
  for (const id of ids) {
    const found = byOsId(id, tools);
    if (found !== undefined) return known(found, `${from} (ID=${fields.get("ID") ?? ""})`);
  }
  if (shell)
    return tools.has("adduser") || osRelease === undefined
      ? known("busybox", "it has a shell and no os-release")
      : unknown(`no family is known for ID=${fields.get("ID") ?? ""}`);
  return known("scratch", "it has neither os-release nor a shell");
}

function byOsId(id: string, tools: ReadonlySet<string>): Family | undefined {
  switch (id) {
    case "alpine":
      return "alpine";
    case "wolfi":
    case "chainguard":
      return "wolfi";
    case "debian":
    case "raspbian":
      return "debian";
    case "ubuntu":
      return "ubuntu";
    case "rhel":
      return tools.has("useradd") ? "ubi" : tools.has("microdnf") ? "ubi-minimal" : "ubi-micro";
    case "fedora":
      return "fedora";
    case "centos":
      return "centos";
    case "rocky":
      return "rocky";
    case "almalinux":
      return "alma";
    case "amzn":
      return "amazonlinux";
    case "ol":
      return "oraclelinux";
    case "opensuse":
    case "opensuse-leap":
    case "opensuse-tumbleweed":
    case "sles":
    case "suse":
      return "opensuse";
    case "azurelinux":
    case "mariner":
      return "azurelinux";
    case "photon":
      return "photon";
    case "arch":
    case "archarm":
      return "arch";
    default:
      return undefined;
  }
}
