/** Images and processes that the tests of proofs run. */
import type { RunRequest, RunResult } from "../core/ports.ts";
import { createFakeEngine, type FakeImage } from "../engine/fake/fake.ts";

export interface Process {
  readonly uid?: number;
  readonly gid?: number;
  readonly groups?: string;
  readonly capEff?: string;
  readonly noNewPrivs?: number;
  /** Paths it may write. */
  readonly writable?: readonly string[];
  /** Files that it may not execute; the others that are asked for are not there. */
  readonly closed?: readonly string[];
  /** Files that everybody may execute. */
  readonly open?: readonly string[];
  /** Files that nobody may execute, root included. */
  readonly never?: readonly string[];
  /** Files with capabilities that the process cannot have. */
  readonly capable?: readonly string[];
  /** What the image's `id` prints; `undefined` where it has none. */
  readonly id?: string | undefined;
}

const ids = (value: number): string => Array(4).fill(value).join("\t");

/** What the probe would print in a container of such a process. */
export function probed(request: RunRequest, process: Process): RunResult {
  const { uid = 65532, gid = 65532, groups = "", capEff = "0".repeat(16), noNewPrivs = 1, writable = [], id } = process;
  const [, marker = "", ...orders] = request.argv ?? [];
  let stdout = "";
  for (const order of orders) {
    const path = order.slice(1);
    if (order.startsWith("c")) {
      stdout += `Uid:\t${ids(uid)}\nGid:\t${ids(gid)}\nGroups:\t${groups}\nCapEff:\t${capEff}\nNoNewPrivs:\t${noNewPrivs}\nSeccomp:\t2\n\n${marker} @@\n`;
    } else if (order.startsWith("w"))
      stdout += `\n${marker} ${writable.includes(path.replace(/\/\.$/, "")) ? "@@" : "@M"}\n`;
    else if (order.startsWith("f")) stdout += `\n${marker} ${process.capable?.includes(path) === true ? "@A" : "CM"}\n`;
    else if (order.startsWith("e")) stdout += `\n${marker} ${execution(path, request.user === "0", process)}\n`;
    else if (id !== undefined && path === "/usr/bin/id") return { exitCode: 0, stdout: `${stdout}${id}\n`, stderr: "" };
    else stdout += `\n${marker} @B\n`;
  }
  return { exitCode: 0, stdout, stderr: "" };
}

/** access(2)'s answer: 0, EACCES or ENOENT. */
function execution(path: string, asRoot: boolean, { closed = [], open = [], never = [] }: Process): string {
  if (open.includes(path) || (asRoot && closed.includes(path))) return "@@";
  return closed.includes(path) || never.includes(path) ? "@M" : "@B";
}

const passwd = "root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n";
const group = "root:x:0:\nnonroot:x:65532:\n";
export const image: FakeImage = {
  config: { user: "65532", workingDir: "/app", env: ["PATH=/usr/bin:/bin"] },
  files: { "/etc/passwd": passwd, "/etc/group": group },
  sizeBytes: 2000,
};
export const idLine = "uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)";
/** An engine whose image `candidate` runs as such a process. */
export const engineWith = (process: Process, given: FakeImage = image) =>
  createFakeEngine({ images: { candidate: given }, run: (asked) => probed(asked, process) });
