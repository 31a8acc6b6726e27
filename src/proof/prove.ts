import { randomBytes } from "node:crypto";
import type { Proof } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import type { CallOptions, EmptyDirs, Engine, ImageRecord, Reply } from "../core/ports.ts";
import { err, ok, type Result } from "../core/result.ts";
import { shellWord } from "../core/shell-word.ts";
import { byUid, parseGroup, parsePasswd, type Accounts } from "../image/accounts.ts";
import { judgeConfigUser } from "../image/config-user.ts";
import { closedToUser, judgeStarts, probeFolder, startOrders, type JudgedStarts } from "./closed-programs.ts";
import { composeIdLine, readIdLine } from "./id-line.ts";
import { probeArguments, probeProgram, readProbe, type ProbeOrder } from "./probe/probe.ts";
import { readProcessStatus, type ProcessStatus } from "./process-status.ts";
import { silentProbe } from "./silent-probe.ts";

export interface ProofRequest {
  /** Name or id of an image that the engine has. */
  readonly image: string;
  /** The uid that was predicted; without it any numeric uid but 0 will do. */
  readonly expectedUid?: number;
  /** Such an account was predicted: the uid must have one. */
  readonly expectedName?: string;
  /** Run as `runAsUser` would, in place of the image's own user. */
  readonly user?: number;
  /** With a read-only root file system. */
  readonly readOnly?: boolean;
  /** With an `emptyDir` at each. */
  readonly emptyDirs?: EmptyDirs;
  /** Absolute paths inside that must be writable. */
  readonly writable: readonly string[];
  /** The home that was promised: must be writable. Without it the image's own is looked at and only reported. */
  readonly home?: string;
  /**
   * The programs that the image starts, each by the places where it may lie, as PATH has them. One that root may execute
   * and the image's user may not fails the proof, and so does one whose file capabilities cannot be had.
   */
  readonly starts?: readonly (readonly string[])[];
  /** A person has said that what is started gets the capabilities that it needs. */
  readonly grantsFileCapabilities?: boolean;
  readonly timeoutMs: number;
  /** Bytes of the image as it was, where it was built. */
  readonly sizeBefore?: number;
}

/** EACCES and its like say "no"; ENOTDIR on `path/.` says that the path is a file. */
const notDirectory = 20;
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Starts a container of the image once, under the restricted profile, and finds out who the process is.
 *
 * The container's first process is the static probe (probe/probe.ts), which has the kernel say uid, groups,
 * capabilities and no-new-privileges, tries the folders, and then becomes the image's own `id`. Without `id` in the
 * image its line is composed from the kernel's numbers and the image's passwd and group, and `method` says `probe`.
 *
 * @returns the proof; PROOF_FAILED when the image is not what was promised; an engine's failure as it is.
 */
export async function prove(engine: Engine, request: ProofRequest, options: CallOptions): Reply<Proof> {
  const record = await engine.inspect(request.image, options);
  if (!record.ok) return record;
  const verdict = judgeConfigUser(record.value.config.user);
  // With runAsUser the kubelet does not look at the image's user.
  if (request.user === undefined && verdict.verdict !== "admit") {
    const message = verdict.kubeletMessage ?? "the image is not admitted";
    return failed(
      message,
      "a numeric Config.User that is not 0",
      `Config.User is ${JSON.stringify(record.value.config.user)}`,
    );
  }
  const accounts = await readAccounts(engine, record.value, options);
  if (!accounts.ok) return accounts;
  const observed = await observe(engine, record.value, accounts.value, request, options);
  if (!observed.ok) return observed;
  const reason = judge(request, request.user ?? Number(verdict.uid), observed.value);
  if (reason !== undefined) return err(reason);
  const { status, id, method, writable } = observed.value;
  const uid = status.uids[1] ?? 0;
  const account = byUid(accounts.value, uid);
  if (account === undefined && request.expectedName !== undefined)
    return failed(`uid ${uid} has no account in the image`, `uid=${uid}(${request.expectedName})`, id);
  const closed = await closedToUser(engine, record.value, observed.value.refused, request.timeoutMs, options);
  if (!closed.ok) return closed;
  if (closed.value !== undefined) {
    return failed(
      `uid ${uid} may not execute ${closed.value}, which the image starts`,
      `${closed.value} can be executed`,
      "permission denied",
      `let others read and execute it and enter its folders: COPY --chmod=755, or chmod a+rx in a RUN`,
    );
  }
  const [capable] = request.grantsFileCapabilities === true ? [] : observed.value.capable;
  if (capable !== undefined) {
    return failed(
      `${capable}, which the image starts, has file capabilities, and nothing grants them with all capabilities dropped`,
      `${capable} can be executed`,
      "operation not permitted",
      `do without setcap (a port of 1024 or more needs none), or take it back in a RUN: setcap -r ${shellWord(capable)}`,
    );
  }
  return ok({
    engine: engine.name === "docker" ? "docker" : "podman",
    engineDescription: engine.builder === "" ? engine.describe : `${engine.describe} (${engine.builder})`,
    imageId: record.value.id,
    uid,
    gid: status.gids[1] ?? 0,
    kubernetesGid: account?.gid ?? 0,
    groups: allGroups(status),
    userName: account?.name ?? null,
    id,
    method,
    capEff: status.capEff,
    noNewPrivs: status.noNewPrivs,
    seccomp: status.seccomp,
    writable,
    ...(request.user === undefined ? {} : { runAsUser: request.user }),
    ...(request.readOnly === true ? { readOnly: true } : {}),
    ...(request.emptyDirs === undefined ? {} : { emptyDirs: request.emptyDirs.paths }),
    sizeBefore: request.sizeBefore ?? null,
    sizeAfter: record.value.sizeBytes,
  });
}

interface Observation extends JudgedStarts {
  readonly status: ProcessStatus;
  readonly id: string;
  readonly method: Proof["method"];
  readonly writable: Readonly<Record<string, boolean>>;
}

async function readAccounts(
  engine: Engine,
  image: ImageRecord,
  options: CallOptions,
): Promise<Result<Accounts, Failure>> {
  // Out of the image and not out of the container: podman adds lines to a container's passwd.
  const files = await engine.readFiles(image.id, { contents: ["/etc/passwd", "/etc/group"] }, options);
  if (!files.ok) return files;
  const text = (path: string): string => new TextDecoder().decode(files.value.get(path)?.content);
  return ok({ passwd: parsePasswd(text("/etc/passwd")), group: parseGroup(text("/etc/group")) });
}

async function observe(
  engine: Engine,
  image: ImageRecord,
  accounts: Accounts,
  request: ProofRequest,
  options: CallOptions,
): Promise<Result<Observation, Failure>> {
  const program = probeProgram(image.platform);
  if (program === undefined) {
    return err({
      code: "ENGINE_FAILED",
      engine: engine.name,
      message: `cannot prove an image for ${image.platform}: the probe is written for linux/amd64 and linux/arm64`,
    });
  }
  const marker = randomBytes(16).toString("hex");
  const folders = foldersToTry(image, accounts, request);
  const starts = request.starts ?? [];
  const orders: ProbeOrder[] = [
    { copy: "/proc/self/status" },
    // Asked as `path/.` too: to make a file in a folder one must be able to enter it.
    ...folders.flatMap((path) => [{ writable: path }, { writable: `${path}/.` }]),
    ...startOrders(starts),
    ...commandPlaces(image, "id").map((path) => ({ execute: path })),
  ];
  const reply = await engine.run(
    {
      image: image.id,
      argv: [`${probeFolder}/probe`, ...probeArguments(marker, orders)],
      files: new Map([[`${probeFolder}/probe`, program]]),
      ...(request.user === undefined ? {} : { user: String(request.user) }),
      ...(request.readOnly === true ? { readOnly: true } : {}),
      ...(request.emptyDirs === undefined ? {} : { emptyDirs: request.emptyDirs }),
      timeoutMs: request.timeoutMs,
    },
    options,
  );
  if (!reply.ok) return reply;
  const { answers, rest } = readProbe(marker, reply.value.stdout);
  const status = readProcessStatus(answers[0]?.output ?? "");
  if (status === undefined || answers.length < 1 + 2 * folders.length + startOrders(starts).length) {
    return err(silentProbe(engine, reply.value));
  }
  const writable = Object.fromEntries(
    folders.map((path, index) => {
      const itself = answers[1 + 2 * index]?.errno;
      const within = answers[2 + 2 * index]?.errno;
      return [path, itself === 0 && (within === 0 || within === notDirectory)];
    }),
  );
  const { refused, capable } = judgeStarts(starts, answers.slice(1 + 2 * folders.length));
  const line = rest.split("\n").find((text) => readIdLine(text) !== undefined);
  const effective = { uid: status.uids[1] ?? 0, gid: status.gids[1] ?? 0 };
  const composed = composeIdLine(effective.uid, effective.gid, allGroups(status), accounts);
  const seen = { status, writable, refused, capable };
  if (line === undefined) return ok({ ...seen, method: "probe", id: composed });
  const said = readIdLine(line);
  if (said?.uid !== effective.uid || said.gid !== effective.gid) {
    return failed(
      "the image's id does not say what the kernel says",
      `uid=${effective.uid} gid=${effective.gid}`,
      line,
    );
  }
  // A name that the image's passwd does not have is the engine's, which adds a line to the container's: the image would
  // show none elsewhere.
  const invented = said.name !== undefined && byUid(accounts, effective.uid) === undefined;
  return ok({ ...seen, method: "id", id: invented ? composed : line });
}

/** `/` belongs to root everywhere; the others are homes that stand for none (Debian policy 9.2.3). */
const untold: ReadonlySet<string> = new Set(["/", "/nonexistent", "/dev/null"]);

/** The working folder, the home and what was asked for, but for what says nothing. */
function foldersToTry(image: ImageRecord, accounts: Accounts, request: ProofRequest): string[] {
  const uid = request.user ?? Number(judgeConfigUser(image.config.user).uid);
  // HOME as runc sets it: the image's own, else the account's, else "/".
  const fromEnv = image.config.env.findLast((entry) => entry.startsWith("HOME="))?.slice("HOME=".length);
  const home = request.home ?? (fromEnv === undefined || fromEnv === "" ? byUid(accounts, uid)?.home : fromEnv);
  const all = [image.config.workingDir, home ?? "", ...request.writable];
  return [...new Set(all)].filter((path) => path.startsWith("/") && !untold.has(path));
}

/** Where a command would be found: the folders of the image's PATH. */
function commandPlaces(image: ImageRecord, command: string): string[] {
  const path = image.config.env.findLast((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? defaultPath;
  return [...new Set(path.split(":").filter((folder) => folder.startsWith("/")))].map(
    (folder) => `${folder.replace(/\/+$/, "")}/${command}`,
  );
}

/** What is not as promised; `undefined` when all is. */
function judge(request: ProofRequest, configured: number, { status, writable }: Observation): Failure | undefined {
  const uid = status.uids[1] ?? 0;
  const expected = request.expectedUid ?? configured;
  if (uid === 0 || status.uids.includes(0))
    return failure("the container runs as root", `uid=${expected}`, `uid=${status.uids.join(" ")}`);
  if (uid !== expected)
    return failure("the container runs as another user than expected", `uid=${expected}`, `uid=${uid}`);
  if (!/^0+$/.test(status.capEff))
    return failure("the process has capabilities", "CapEff 0000000000000000", `CapEff ${status.capEff}`);
  if (!status.noNewPrivs) return failure("the process may gain privileges", "NoNewPrivs 1", "NoNewPrivs 0");
  const promised = [...request.writable, ...(request.home === undefined ? [] : [request.home])];
  const denied = promised.filter((path) => writable[path] === false);
  if (denied.length > 0)
    return failure(
      `uid ${uid} cannot write where it has to`,
      `writable: ${denied.join(" ")}`,
      `not writable: ${denied.join(" ")}`,
    );
  return undefined;
}

const allGroups = (status: ProcessStatus): number[] => [...new Set([status.gids[1] ?? 0, ...status.groups])];

const failure = (message: string, expected: string, actual: string): Failure => ({
  code: "PROOF_FAILED",
  message,
  expected,
  actual,
});
const failed = (message: string, expected: string, actual: string, hint?: string): Result<never, Failure> =>
  err({ ...failure(message, expected, actual), ...(hint === undefined ? {} : { hint }) });
