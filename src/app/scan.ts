/**
 * `scan`: every image of registries, repositories, layouts and lists, judged as `audit` judges one. Results leave as
 * they come and none is kept, so that memory does not grow with the registry; with a journal, a scan that was killed at
 * any moment goes on where it was.
 */
import { setMaxListeners } from "node:events";
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import {
  isWithoutTags,
  listReferences,
  taggedImages,
  type Listed,
  type ListingContext,
  type ListingMemory,
} from "../scan/list-references.ts";
import {
  catalogueEndLine,
  catalogueLine,
  completeLine,
  imageLine,
  openJournal,
  readJournalLine,
  tagsLine,
  type Journal,
  type ScanSettings,
} from "../scan/journal.ts";
import { readLines } from "../scan/lines.ts";
import type { NameFilter } from "../scan/name-filter.ts";
import { NameSet } from "../scan/name-set.ts";
import type { ScanOutcome } from "../results/scan-outcome.ts";
import { forEachOf } from "../scan/pool.ts";
import type { Lister } from "../scan/ports.ts";
import type { Shard } from "../scan/shard.ts";
import type { ScanSource } from "../scan/source.ts";
import type { TagChoice } from "../scan/tag-choice.ts";
import type { ExitPolicy } from "../results/exit-code.ts";
import { jsonLine } from "../report/json.ts";
import { interruption } from "./interruption.ts";
import { readTarget, reportedOf, type ReportedTarget } from "../results/reported.ts";
import { failedTarget, type TargetResult } from "../results/run-report.ts";
import { Tally } from "../results/tally.ts";

export interface ScanRequest {
  readonly sources: readonly ScanSource[];
  readonly filter: NameFilter;
  readonly tags: TagChoice;
  readonly shard: Shard;
  /** Images read at once. */
  readonly concurrency: number;
  /** `--state`: the journal's file. */
  readonly state?: string;
  /** What must be the same when the journal is gone on with. */
  readonly settings: ScanSettings;
  readonly policy: ExitPolicy;
  /** The tool's version, for the journal. */
  readonly version: string;
}

/** A result on its way out. */
export interface ScanResult {
  /** The target object as one line of JSON, without the line end. */
  readonly json: string;
  readonly target: ReportedTarget;
}

export interface ScanProgress {
  /** Images whose results are out, those of an earlier run among them. */
  readonly done: number;
  /** Of these, from an earlier run. */
  readonly replayed: number;
  readonly failed: number;
  /** Images there will be in the end, as far as it can be told; `null` while too little is listed. */
  readonly expected: number | null;
}

export interface ScanPorts {
  readonly lister: Lister;
  /** Judges one image on all its platforms; what could not be read is a result with an error. */
  judge(reference: string, signal: AbortSignal): Promise<readonly TargetResult[]>;
  /** A result as one line of JSON. */
  render(target: TargetResult): string;
  /** Takes a result when it is safe to tell it; the scan goes no faster than this. */
  write(result: ScanResult): Promise<void> | void;
  onProgress?(progress: ScanProgress): void;
}

/**
 * Runs a scan to its end, or until the signal. A failure is one of the run itself (a state that cannot be used or
 * written); an image or repository that cannot be read is a result.
 */
export async function scanImages(
  request: ScanRequest,
  ports: ScanPorts,
  signal: AbortSignal,
): Promise<Result<ScanOutcome, Failure>> {
  const past = await openPast(request);
  if (!past.ok) return past;
  const run = new ScanRun(request, ports, past.value, signal);
  try {
    return await run.toEnd();
  } finally {
    await past.value?.journal.close();
  }
}

/** What an earlier run of this scan left, and the journal that it is in; null without `--state`. */
interface Past {
  readonly file: string;
  readonly journal: Journal;
  readonly length: number;
  /** Images that were read. */
  readonly done: NameSet;
  /** Repositories whose tags were listed. */
  readonly listed: NameSet;
  /** Hosts whose catalogue was read to its end. */
  readonly catalogues: ReadonlySet<string>;
  readonly isComplete: boolean;
}

async function openPast({ state, settings, version }: ScanRequest): Promise<Result<Past | null, Failure>> {
  if (state === undefined) return ok(null);
  const done = new NameSet();
  const listed = new NameSet();
  const catalogues = new Set<string>();
  let isComplete = false;
  const opened = await openJournal(state, settings, version, (line) => {
    if (line.kind === "image") done.add(line.name);
    else if (line.kind === "tags") listed.add(line.repository);
    else if (line.kind === "catalogueEnd") catalogues.add(line.host);
    isComplete = line.kind === "complete" || (isComplete && line.kind !== "image");
  });
  if (!opened.ok) return opened;
  const { journal, length } = opened.value;
  return ok({ file: state, journal, length, done, listed, catalogues, isComplete });
}

/**
 * Registries hold charts, signatures and build caches beside images, and images for other platforms than the one that is
 * asked for; that is no fault of anybody's.
 */
const withoutOther = (target: TargetResult): TargetResult =>
  target.error?.code === "NO_IMAGE"
    ? { ...target, verdict: "not-applicable", evidence: [target.error.message], error: null }
    : target;

/** A target with another failure where nothing was found. */
const whereMissing = (target: TargetResult, failure: (missing: NotFound) => Failure): TargetResult =>
  target.error?.code === "IMAGE_NOT_FOUND" ? { ...target, error: failure(target.error) } : target;

type NotFound = Extract<Failure, { code: "IMAGE_NOT_FOUND" }>;

const gone = ({ reference }: NotFound): Failure => ({
  code: "NO_IMAGE",
  reference,
  message: "it was deleted after the registry had listed it",
});

/** Nobody can pull it, whoever lists it. */
const stillListed = (missing: NotFound): Failure => ({
  ...missing,
  hint: "the registry lists its tag all the same: push the image again, or delete the tag",
});

/** Results that wait for the disk, for each hand: enough to keep reading meanwhile, few enough to lose at a kill. */
const waitingResults = 2;

class ScanRun {
  readonly #request: ScanRequest;
  readonly #ports: ScanPorts;
  readonly #past: Past | null;
  readonly #signal: AbortSignal;
  /** Ends the reading when results can no longer be told. */
  readonly #broken = new AbortController();
  readonly #tally: Tally;
  readonly #context: ListingContext;
  #images = 0;
  #replayed = 0;
  #failure: Failure | undefined;
  /** All sources gave their lists. */
  #isListed = true;

  constructor(request: ScanRequest, ports: ScanPorts, past: Past | null, signal: AbortSignal) {
    this.#request = request;
    this.#ports = ports;
    this.#past = past;
    this.#signal = AbortSignal.any([signal, this.#broken.signal]);
    setMaxListeners(0, this.#signal);
    this.#tally = new Tally(request.policy);
    this.#context = {
      lister: ports.lister,
      filter: request.filter,
      tags: request.tags,
      shard: request.shard,
      met: past?.done ?? new NameSet(),
      memory: past === null ? undefined : memoryOf(past),
      progress: { images: 0, repositoriesListed: 0, repositories: 0 },
      signal: this.#signal,
    };
  }

  async toEnd(): Promise<Result<ScanOutcome, Failure>> {
    const { concurrency, sources, filter } = this.#request;
    const commits = new Set<Promise<void>>();
    await forEachOf(this.#references(sources), concurrency, async (item) => {
      const results =
        item.kind === "image" ? await this.#judge(item) : [failedTarget(item.target, "image", item.error)];
      const targets = results.map(withoutOther);
      if (item.kind === "unlisted" && item.error.code !== "NO_IMAGE") this.#isListed = false;
      // What an interruption cut short is no result.
      if (this.#signal.aborted) return;
      const commit = this.#commit(item.kind === "image" ? item.name : item.target, targets).finally(() =>
        commits.delete(commit),
      );
      commits.add(commit);
      if (this.#past === null || commits.size > waitingResults * concurrency) await commit;
    });
    await Promise.all(commits);
    if (this.#failure !== undefined) return err(this.#failure);
    const interrupted = this.#signal.aborted ? interruption(this.#signal) : null;
    if (this.#past !== null && interrupted === null && !(this.#past.isComplete && this.#images === this.#replayed)) {
      const written = await this.#past.journal.append(completeLine(this.#images));
      if (!written.ok) return written;
    }
    return ok({
      tally: this.#tally,
      images: this.#images,
      replayed: this.#replayed,
      // Half a scan has not tried them all, and a resumed one tries only what is left.
      unusedPatterns: interrupted === null && this.#replayed === 0 && this.#isListed ? filter.unused : [],
      interrupted,
    });
  }

  /** What a registry has listed may be gone when it is read, which is nobody's fault; what was named has to be there. */
  async #judge({ reference, tag }: Extract<Listed, { kind: "image" }>): Promise<readonly TargetResult[]> {
    const first = await this.#ports.judge(reference, this.#signal);
    if (tag === undefined || first.every(({ error }) => error?.code !== "IMAGE_NOT_FOUND")) return first;
    const listed = await this.#ports.lister.tags(tag.host, tag.repository, this.#signal);
    const isGone = listed.ok ? !listed.value.includes(tag.tag) : isWithoutTags(listed.error);
    if (isGone) return first.map((target) => whereMissing(target, gone));
    // A tag that was pushed again meanwhile leads elsewhere now.
    const second = await this.#ports.judge(reference, this.#signal);
    return listed.ok ? second.map((target) => whereMissing(target, stillListed)) : second;
  }

  /** What is left to read: first from what an earlier run has listed, then from the sources. */
  async *#references(sources: readonly ScanSource[]): AsyncGenerator<Listed> {
    if (this.#past !== null && this.#past.length > 0) yield* this.#replay(this.#past);
    yield* listReferences(sources, this.#context);
  }

  /** Tells the results of an earlier run, and lists again what it had listed but not read. */
  async *#replay({ file, length }: Past): AsyncGenerator<Listed> {
    const { progress } = this.#context;
    // Two scans at once may have left an image twice.
    const told = new NameSet();
    for await (const { text } of readLines(file, length)) {
      if (this.#signal.aborted) return;
      const line = readJournalLine(text);
      if (line?.kind === "image") {
        if (!told.add(line.name)) continue;
        this.#images++;
        this.#replayed++;
        progress.images++;
        for (const value of line.targets) {
          const target = readTarget(value);
          if (target !== undefined) await this.#tell({ json: jsonLine(value), target });
        }
        this.#report();
      } else if (line?.kind === "tags") {
        const slash = line.repository.indexOf("/");
        const [host, repository] = [line.repository.slice(0, slash), line.repository.slice(slash + 1)];
        yield* taggedImages(host, repository, line.chosen, this.#context);
      }
    }
  }

  /** Journal first, then out: who has seen a result can rely on its not coming differently after a kill. */
  async #commit(name: string, targets: readonly TargetResult[]): Promise<void> {
    const results = targets.map((target): ScanResult => ({
      json: this.#ports.render(target),
      target: reportedOf(target),
    }));
    if (this.#past !== null) {
      const isRead = targets.every(({ error }) => error === null);
      const json = results.map((result) => result.json);
      const written = await this.#past.journal.append(imageLine(name, json, isRead));
      if (!written.ok) return this.#fail(written.error);
    }
    this.#images++;
    try {
      for (const result of results) await this.#tell(result);
    } catch (cause) {
      this.#broken.abort(cause);
      throw cause;
    }
    this.#report();
  }

  async #tell(result: ScanResult): Promise<void> {
    this.#tally.add(result.target);
    await this.#ports.write(result);
  }

  #fail(failure: Failure): void {
    this.#failure ??= failure;
    this.#broken.abort();
  }

  #report(): void {
    this.#ports.onProgress?.({
      done: this.#images,
      replayed: this.#replayed,
      failed: this.#tally.failed,
      expected: this.#expected(),
    });
  }

  /** The images that are listed, and for each repository that is not yet listed as many as the others had. */
  #expected(): number | null {
    const { images, repositories, repositoriesListed } = this.#context.progress;
    if (repositories === repositoriesListed) return images;
    if (repositoriesListed < Math.min(3, repositories)) return null;
    return Math.round((images / repositoriesListed) * repositories);
  }
}

function memoryOf(past: Past): ListingMemory {
  // A note that cannot be written shows when the next result cannot be.
  const note = (line: string): void => void past.journal.append(line);
  return {
    async repositories(host) {
      if (!past.catalogues.has(host)) return undefined;
      const names: string[] = [];
      for await (const { text } of readLines(past.file, past.length)) {
        const line = text.startsWith('{"catalogue"') ? readJournalLine(text) : undefined;
        if (line?.kind === "catalogue" && line.host === host) names.push(...line.repositories);
      }
      return names;
    },
    hasTags: (repository) => past.listed.has(repository),
    noteCatalogue: (host, repositories) => note(catalogueLine(host, repositories)),
    noteCatalogueEnd: (host) => note(catalogueEndLine(host)),
    noteTags: (repository, chosen) => note(tagsLine(repository, chosen)),
  };
}
