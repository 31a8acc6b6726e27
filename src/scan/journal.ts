/**
 * `--state FILE`: what a scan has done, so that it goes on where it was killed. One JSON object a line, appended only and
 * synced to the disk before the result it holds is told to anybody:
 *
 *     {"imageFixScan":1,"tool":"0.1.0","settings":{…}}       first line
 *     {"catalogue":"host","repositories":[…]}                one page of a registry's catalogue
 *     {"catalogueEnd":"host"}
 *     {"tags":"host/team/app","chosen":["1.2","1.1"]}        a repository that was listed, after the filters
 *     {"image":"host/team/app:1.2","targets":[…]}            an image that was read: its result
 *     {"unread":"host/team/app:1.1","targets":[…]}           one that could not be, to be tried again
 *     {"complete":{"images":2}}                              the scan came to its end
 *
 * A line that a kill tore apart is cut off when the file is opened again; what it said is done again.
 */
import { open, type FileHandle } from "node:fs/promises";
import { asObject, asText, asTexts, parseJson, type JsonObject } from "../core/json.ts";
import { fileReasonOf } from "../core/file-reason.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Failure } from "../core/errors.ts";
import { readLines } from "./lines.ts";

/** Grows when a line changes its meaning. */
const journalVersion = 1;

/** What a scan was asked for, as texts to compare. `run-id` says which of many scans of one kind it is. */
export type ScanSettings = Readonly<Record<string, string>>;

export type JournalLine =
  | { readonly kind: "header"; readonly settings: ScanSettings; readonly tool: string }
  | { readonly kind: "catalogue"; readonly host: string; readonly repositories: readonly string[] }
  | { readonly kind: "catalogueEnd"; readonly host: string }
  | { readonly kind: "tags"; readonly repository: string; readonly chosen: readonly string[] }
  | { readonly kind: "image" | "unread"; readonly name: string; readonly targets: readonly JsonObject[] }
  | { readonly kind: "complete"; readonly images: number };

/** Reads a line of a journal; undefined when it is none. */
export function readJournalLine(text: string): JournalLine | undefined {
  const value = asObject(parseJson(text));
  if (value["imageFixScan"] === journalVersion) {
    const settings = Object.entries(asObject(value["settings"])).map(
      ([key, setting]) => [key, asText(setting)] as const,
    );
    return { kind: "header", settings: Object.fromEntries(settings), tool: asText(value["tool"]) };
  }
  if (typeof value["catalogue"] === "string") {
    return { kind: "catalogue", host: value["catalogue"], repositories: asTexts(value["repositories"]) };
  }
  if (typeof value["catalogueEnd"] === "string") return { kind: "catalogueEnd", host: value["catalogueEnd"] };
  if (typeof value["tags"] === "string") {
    return { kind: "tags", repository: value["tags"], chosen: asTexts(value["chosen"]) };
  }
  for (const kind of ["image", "unread"] as const) {
    const name = value[kind];
    const targets = value["targets"];
    if (typeof name === "string" && Array.isArray(targets)) return { kind, name, targets: targets.map(asObject) };
  }
  const complete = value["complete"];
  if (complete !== undefined) {
    const images = asObject(complete)["images"];
    return { kind: "complete", images: typeof images === "number" ? images : 0 };
  }
  return undefined;
}

export const headerLine = (settings: ScanSettings, tool: string): string =>
  JSON.stringify({ imageFixScan: journalVersion, tool, settings });
export const catalogueLine = (host: string, repositories: readonly string[]): string =>
  JSON.stringify({ catalogue: host, repositories });
export const catalogueEndLine = (host: string): string => JSON.stringify({ catalogueEnd: host });
export const tagsLine = (repository: string, chosen: readonly string[]): string =>
  JSON.stringify({ tags: repository, chosen });
/** @param targets target objects as JSON text */
export const imageLine = (name: string, targets: readonly string[], read: boolean): string =>
  `{${read ? '"image"' : '"unread"'}:${JSON.stringify(name)},"targets":[${targets.join(",")}]}`;
export const completeLine = (images: number): string => JSON.stringify({ complete: { images } });

/** Lines that are written and synced together. */
interface Batch {
  readonly lines: string[];
  readonly written: Promise<Result<void, Failure>>;
}

/** Appends lines; those that come while others are written go together as the next batch. */
export class Journal {
  readonly #file: FileHandle;
  readonly #path: string;
  #last: Promise<Result<void, Failure>> = Promise.resolve(ok(undefined));
  #next: Batch | undefined;

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** Resolves when the line is on the disk. After a failure nothing more is written. */
  append(line: string): Promise<Result<void, Failure>> {
    if (this.#next === undefined) {
      const lines: string[] = [];
      const written = this.#last.then((before) => {
        this.#next = undefined;
        return before.ok ? this.#write(lines) : before;
      });
      this.#next = { lines, written };
      this.#last = written;
    }
    this.#next.lines.push(`${line}\n`);
    return this.#next.written;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }

  async #write(lines: readonly string[]): Promise<Result<void, Failure>> {
    try {
      await this.#file.appendFile(lines.join(""));
      await this.#file.datasync();
      return ok(undefined);
    } catch (cause) {
      return err(writeFailure(this.#path, cause));
    }
  }
}

const writeFailure = (file: string, cause: unknown): Failure => ({
  code: "WRITE_FAILED",
  file,
  message: `the state of the scan cannot be written: ${fileReasonOf(cause, "write")}`,
  hint: "free some room or name another --state FILE; what is in it stays usable",
});

/** What an earlier run of the same scan left. */
export interface JournalState {
  readonly journal: Journal;
  /** Nothing was in it. */
  readonly isNew: boolean;
  /** Bytes that an earlier run left. */
  readonly length: number;
}

/**
 * Opens a journal for appending; a new one gets its first line. A torn last line is cut off, and so is all that a scan
 * with another `run-id` left.
 * @param onLine called for every line that an earlier run left, in their order
 */
export async function openJournal(
  path: string,
  settings: ScanSettings,
  tool: string,
  onLine: (line: JournalLine) => void,
): Promise<Result<JournalState, Failure>> {
  let file: FileHandle;
  try {
    file = await open(path, "a+", 0o644);
  } catch (cause) {
    return err(writeFailure(path, cause));
  }
  const read = await readWhole(path, settings, onLine);
  if (!read.ok) {
    await file.close();
    return read;
  }
  const journal = new Journal(file, path);
  const { length, isNew } = read.value;
  try {
    if ((await file.stat()).size > length) await file.truncate(length);
  } catch (cause) {
    await file.close();
    return err(writeFailure(path, cause));
  }
  if (isNew) {
    const written = await journal.append(headerLine(settings, tool));
    if (!written.ok) {
      await journal.close();
      return written;
    }
  }
  return ok({ journal, isNew, length });
}

/** Reads all lines; `length` is where the good ones end, in bytes. */
async function readWhole(
  path: string,
  settings: ScanSettings,
  onLine: (line: JournalLine) => void,
): Promise<Result<{ readonly length: number; readonly isNew: boolean }, Failure>> {
  let length = 0;
  let number = 0;
  let bad: number | undefined;
  for await (const { text, end, whole } of readLines(path)) {
    number++;
    const line = whole ? readJournalLine(text) : undefined;
    if (number === 1 && line !== undefined && line.kind !== "header") return err(notOurs(path));
    if (line === undefined) {
      // A first line that is not ours, nor torn from one of ours, is another file's, which must not be cut.
      if (number === 1 && (whole || !isTornHeader(text))) return err(notOurs(path));
      bad ??= number;
      continue;
    }
    if (bad !== undefined) return err(damaged(path, bad));
    if (line.kind === "header") {
      if (isOfAnotherRun(settings, line.settings)) break;
      const different = differences(settings, line.settings);
      if (different !== null) return err(otherSettings(path, different));
    } else onLine(line);
    length = end;
  }
  return ok({ length, isNew: length === 0 });
}

/** Whether a journal is good for nothing: a scheduled scan is to see what has come since the last one. */
const isOfAnotherRun = (now: ScanSettings, then: ScanSettings): boolean =>
  (now["run-id"] ?? "") !== "" && now["run-id"] !== then["run-id"];

const headerStart = `{"imageFixScan":${journalVersion},`;
const isTornHeader = (text: string): boolean =>
  text.startsWith(headerStart) || headerStart.startsWith(text) || /^\0+$/.test(text);

const notOurs = (file: string): Failure => ({
  code: "CONFIG_INVALID",
  file,
  message: "this is no state of a scan; it is left as it is",
  hint: "name a new file with --state FILE",
});

const damaged = (file: string, line: number): Failure => ({
  code: "CONFIG_INVALID",
  file,
  line,
  column: 1,
  message: "the state of the scan is damaged here, with good lines behind",
  hint: "remove the file and scan anew; if two scans wrote to it, give each its own",
});

const otherSettings = (file: string, difference: string): Failure => ({
  code: "CONFIG_INVALID",
  file,
  message: `this is the state of a scan with other settings: ${difference}`,
  hint: "run the same command as before, or name another --state FILE",
});

const shown = (value: string | undefined): string => (value === undefined || value === "" ? "not set" : value);

function differences(now: ScanSettings, then: ScanSettings): string | null {
  const keys = [...new Set([...Object.keys(now), ...Object.keys(then)])];
  const found = keys.filter((key) => (now[key] ?? "") !== (then[key] ?? ""));
  return found.length === 0
    ? null
    : found.map((key) => `${key} was ${shown(then[key])}, now is ${shown(now[key])}`).join("; ");
}
