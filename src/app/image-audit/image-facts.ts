/** What a built image is for the user it starts as; layers are read only for what is asked. */
import type { Failure } from "../../core/errors.ts";
import { known, unknown, type Fact } from "../../core/finding.ts";
import { err, ok, type Result } from "../../core/result.ts";
import {
  byName,
  byUid,
  parseGroup,
  parsePasswd,
  unreadableLine,
  type Accounts,
  type PasswdEntry,
} from "../../image/accounts.ts";
import { isProcessId, judgeConfigUser, type ConfigUserVerdict } from "../../image/config-user.ts";
import { closedFolder, mayDo, type Subject } from "../../image/layer/access.ts";
import { ImageFiles, type FoundFile } from "../../image/layer/image-files.ts";
import type { LayerEntry } from "../../image/layer/layer-index.ts";
import type { OpenImage } from "../../image/view.ts";
import { namedPaths, readStarted, type Started } from "./started-files.ts";

/** A folder that the user needs. */
export interface FolderFact {
  readonly path: string;
  /** `closed`: a folder on the way, or itself, cannot be entered; `missing`: the image does not have it. */
  readonly state: "writable" | "read-only" | "closed" | "missing" | "no-folder";
  /** The folder that cannot be entered. */
  readonly closedAt?: string;
}

/** Everything that the findings of an image stand on. */
export interface ImageFacts {
  readonly image: OpenImage;
  readonly verdict: ConfigUserVerdict;
  readonly accounts: Fact<Accounts>;
  /** Why no runtime can read `/etc/passwd`, and so starts no container; `undefined` where nothing keeps it from that. */
  readonly passwdFault: string | undefined;
  /** The process's uid. */
  readonly uid: Fact<number>;
  /** The account line that decides; known `undefined`: certainly none. */
  readonly account: Fact<PasswdEntry | undefined>;
  /** Of the passwd line, else 0. */
  readonly kubernetesGid: Fact<number>;
  readonly engineGid: Fact<number>;
  readonly home: Fact<FolderFact>;
  readonly workdir: Fact<FolderFact>;
  /** VOLUMEs and paths that the caller named. */
  readonly writable: Fact<readonly (FolderFact & { readonly kind: "volume" | "option" })[]>;
  readonly started: Fact<Started>;
  /** Setuid, setgid and capabilities, as far as layers were read. */
  readonly privileged: readonly { readonly path: string; readonly entry: LayerEntry }[];
  /** Every layer was read for them. */
  readonly isComplete: boolean;
  /** Why reading ended early: what is unknown is unknown because of it. */
  readonly failure: Failure | null;
}

/** How far layers are read. */
export interface ReadOptions {
  readonly facts: "user" | "accounts" | "all";
  readonly deep: boolean;
  readonly writable: readonly string[];
}

/** PATH_MAX of Linux. */
const longestPath = 4096;
/** Why a fact is unknown that nobody asked for. */
export const notRead = "the layers were not read for it";

/** Reads what the options ask for. A layer that cannot be read makes facts unknown and is told in `failure`. */
export async function readImageFacts(image: OpenImage, options: ReadOptions): Promise<ImageFacts> {
  return await new FactReader(image, options).read();
}

class FactReader {
  readonly #image: OpenImage;
  readonly #options: ReadOptions;
  readonly #files: ImageFiles;
  #failure: Failure | null = null;
  #passwdFault: string | undefined;

  constructor(image: OpenImage, options: ReadOptions) {
    this.#image = image;
    this.#options = options;
    this.#files = new ImageFiles(image.layers, options.facts === "all" ? namedPaths(image.config.config) : []);
  }

  async read(): Promise<ImageFacts> {
    const { user } = this.#image.config.config;
    const verdict = judgeConfigUser(user);
    const wantsAccounts =
      (this.#options.facts !== "user" && verdict.verdict === "symbolic") ||
      (this.#options.facts === "all" && verdict.verdict === "admit");
    const accounts = wantsAccounts ? await this.#accounts() : unknown(notRead);
    const account = accountOf(verdict, accounts);
    const uid = uidOf(verdict, account);
    const gids = gidsOf(verdict, account, accounts);
    const common = {
      image: this.#image,
      verdict,
      accounts,
      passwdFault: this.#passwdFault,
      uid,
      account,
      ...gids,
    };
    const isWanted = this.#options.facts === "all" && uid.known && uid.value > 0;
    const subject = isWanted ? subjectOf(uid.value, gids.kubernetesGid, account, accounts) : undefined;
    const home = subject === undefined ? unknown(notRead) : await this.#home(subject, account);
    const workdir =
      subject === undefined
        ? unknown(notRead)
        : await this.#folder(this.#image.config.config.workingDir || "/", subject);
    const writable = subject === undefined ? unknown(notRead) : await this.#writable(subject);
    const started = subject === undefined ? unknown(notRead) : await this.#started(subject);
    const privileged = this.#failure === null ? await this.#files.privileged(this.#options.deep) : ok([]);
    if (!privileged.ok) this.#failure = privileged.error;
    return {
      home,
      workdir,
      writable,
      started,
      privileged: privileged.ok ? privileged.value : [],
      isComplete: privileged.ok && this.#failure === null && this.#files.layersRead === this.#image.layers.length,
      failure: this.#failure,
      ...common,
    };
  }

  async #accounts(): Promise<Fact<Accounts>> {
    const passwd = await this.#text("/etc/passwd");
    if (!passwd.ok) return unknown(passwd.error);
    const fault = await this.#faultOf(passwd.value);
    if (!fault.ok) return unknown(fault.error);
    this.#passwdFault = fault.value;
    if (fault.value !== undefined) return unknown(fault.value);
    const group = await this.#text("/etc/group");
    if (!group.ok) return unknown(group.error);
    const files = [passwd.value === undefined ? "no /etc/passwd" : "/etc/passwd"];
    return known(
      { passwd: parsePasswd(passwd.value ?? ""), group: parseGroup(group.value ?? "") },
      `${files.join(", ")} of the image`,
    );
  }

  /** What of `/etc/passwd` the runtimes cannot read: they end with an error then, also for a number. */
  async #faultOf(passwd: string | undefined): Promise<Result<string | undefined, string>> {
    if (passwd !== undefined) {
      const line = unreadableLine(passwd);
      return ok(
        line === undefined
          ? undefined
          : `line ${line} of /etc/passwd is longer than the 65535 bytes that runtimes read`,
      );
    }
    const found = await this.#find("/etc/passwd");
    return found.ok ? ok(found.value?.entry.kind === "directory" ? "/etc/passwd is a folder" : undefined) : found;
  }

  /** A file as text; the error says why it does not count. */
  async #text(path: string): Promise<Result<string | undefined, string>> {
    if (this.#failure !== null) return err("a layer cannot be read");
    const content = await this.#files.content(path);
    if (!content.ok) {
      this.#failure = content.error;
      return err("a layer cannot be read");
    }
    if (content.value === undefined) return ok(undefined);
    const { bytes, isCut } = content.value;
    return isCut ? err(`${path} is larger than ${bytes.length} bytes`) : ok(Buffer.from(bytes).toString("utf8"));
  }

  async #find(path: string): Promise<Result<FoundFile | undefined, string>> {
    if (this.#failure !== null) return err("a layer cannot be read");
    const found = await this.#files.find(path);
    if (found.ok) return found;
    this.#failure = found.error;
    return err("a layer cannot be read");
  }

  async #folder(path: string, subject: Subject): Promise<Fact<FolderFact>> {
    const absolute = path.startsWith("/") ? path : `/${path}`;
    const found = await this.#find(absolute);
    if (!found.ok) return unknown(found.error);
    if (found.value !== undefined) return known(stateOf(absolute, found.value, subject), "its layers");
    const isBelowFile = await this.#isBelowFile(absolute);
    if (!isBelowFile.ok) return unknown(isBelowFile.error);
    return known({ path: absolute, state: isBelowFile.value ? "no-folder" : "missing" }, "its layers");
  }

  /** Of a path that leads nowhere: what is missing below a folder can still be made, below a file it cannot. */
  async #isBelowFile(path: string): Promise<Result<boolean, string>> {
    if (path.length > longestPath) return ok(false);
    for (let end = path.indexOf("/", 1); end !== -1; end = path.indexOf("/", end + 1)) {
      const found = await this.#find(path.slice(0, end));
      if (!found.ok) return found;
      if (found.value === undefined) return ok(false);
      if (found.value.entry.kind !== "directory") return ok(true);
    }
    return ok(false);
  }

  async #home(subject: Subject, account: Fact<PasswdEntry | undefined>): Promise<Fact<FolderFact>> {
    const set = this.#image.config.config.env.findLast((entry) => entry.startsWith("HOME="))?.slice("HOME=".length);
    // The runtimes take an empty one for none.
    if (set) return await this.#folder(set, subject);
    if (!account.known) return account;
    return await this.#folder(account.value?.home || "/", subject);
  }

  async #writable(subject: Subject): Promise<ImageFacts["writable"]> {
    const wanted = [
      ...this.#image.config.config.volumes.map((path) => ({ path, kind: "volume" as const })),
      ...this.#options.writable.map((path) => ({ path, kind: "option" as const })),
    ];
    const states: (FolderFact & { readonly kind: "volume" | "option" })[] = [];
    for (const { path, kind } of wanted) {
      const state = await this.#folder(path, subject);
      if (!state.known) return state;
      states.push({ ...state.value, kind });
    }
    return known(states, "its layers");
  }

  async #started(subject: Subject): Promise<Fact<Started>> {
    if (this.#failure !== null) return unknown("a layer cannot be read");
    const started = await readStarted(this.#image.config.config, this.#files, subject);
    if (started.ok) return known(started.value, "its layers");
    this.#failure = started.error;
    return unknown("a layer cannot be read");
  }
}

function stateOf(path: string, found: FoundFile, subject: Subject): FolderFact {
  if (found.entry.kind !== "directory") return { path, state: "no-folder" };
  const closed = closedFolder(found, subject) ?? (mayDo(found.entry, subject, "execute") ? undefined : found.place);
  if (closed !== undefined) return { path, state: "closed", closedAt: closed };
  return { path, state: mayDo(found.entry, subject, "write") ? "writable" : "read-only" };
}

function accountOf(verdict: ConfigUserVerdict, accounts: Fact<Accounts>): Fact<PasswdEntry | undefined> {
  if (!accounts.known) return accounts;
  const { userPart, uid } = verdict;
  const found = uid === null ? byName(accounts.value.passwd, userPart || "root") : byUid(accounts.value, Number(uid));
  return known(found, accounts.from);
}

const processId = (id: number | bigint, from: string): Fact<number> =>
  isProcessId(id) ? known(Number(id), from) : unknown(`${id} is no id that a process can have`);

function uidOf(verdict: ConfigUserVerdict, account: Fact<PasswdEntry | undefined>): Fact<number> {
  if (verdict.verdict === "root") return known(0, "config.User");
  if (verdict.uid !== null) return processId(verdict.uid, "config.User");
  if (!account.known) return account;
  return account.value === undefined
    ? unknown(`no account "${verdict.userPart}"`)
    : processId(account.value.uid, account.from);
}

/** The gid of Kubernetes is the account's, whatever `config.User` says; the engines take the group that it names. */
function gidsOf(
  { groupPart, verdict }: ConfigUserVerdict,
  account: Fact<PasswdEntry | undefined>,
  accounts: Fact<Accounts>,
): { readonly kubernetesGid: Fact<number>; readonly engineGid: Fact<number> } {
  const own: Fact<number> =
    verdict === "root" && !account.known
      ? known(0, "root")
      : account.known
        ? processId(account.value?.gid ?? 0, account.from)
        : account;
  if (groupPart === undefined || groupPart === "") return { kubernetesGid: own, engineGid: own };
  if (/^[+-]?[0-9]+$/.test(groupPart))
    return { kubernetesGid: own, engineGid: processId(BigInt(groupPart), "config.User") };
  if (!accounts.known) return { kubernetesGid: own, engineGid: accounts };
  const named = byName(accounts.value.group, groupPart);
  return {
    kubernetesGid: own,
    engineGid: named === undefined ? unknown(`no group "${groupPart}"`) : processId(named.gid, "/etc/group"),
  };
}

/** As Kubernetes runs it: the account's groups count. */
function subjectOf(
  uid: number,
  gid: Fact<number>,
  account: Fact<PasswdEntry | undefined>,
  accounts: Fact<Accounts>,
): Subject {
  const name = account.known ? account.value?.name : undefined;
  const groups =
    accounts.known && name !== undefined
      ? accounts.value.group.filter(({ members }) => members.includes(name)).map((group) => group.gid)
      : [];
  return { uid, gid: gid.known ? gid.value : 0, groups };
}
