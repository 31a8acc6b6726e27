/**
 * `report`: results of scans, shards and audits merged into one. What is in several files counts once; what a later run
 * could read replaces that an earlier one could not; what is missing is said, so that half a registry never passes for
 * the whole.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { isObject, parseJson } from "../core/json.ts";
import type { Failure } from "../core/errors.ts";
import { fileReasonOf } from "../core/file-reason.ts";
import { err, ok, type Result } from "../core/result.ts";
import { readJournalLine, type JournalLine } from "../scan/journal.ts";
import { linesOf } from "../scan/lines.ts";
import { identityOf, readTarget, type ReportedTarget } from "../results/reported.ts";

export interface MergedReport {
  /** Sorted by name, then platform. */
  readonly targets: readonly ReportedTarget[];
  /** Results that were in the files more than once, or were read by a later run. */
  readonly collapsed: number;
  /** Why the whole is not whole: scans that have not ended, shards that are missing, torn lines. */
  readonly gaps: readonly string[];
}

export interface ReportRequest {
  /** Files; `-` is standard input. */
  readonly files: readonly string[];
  readonly stdin: Readable;
}

/** Pretty-printed documents are read as a whole; beyond this they belong into NDJSON. */
const largestDocument = 256 * 1024 * 1024;

/** Merges the files. A line that is no result is a failure with its place; nothing is skipped silently. */
export async function mergeReports(request: ReportRequest): Promise<Result<MergedReport, Failure>> {
  const merge = new Merge();
  let isEmpty = true;
  for (const file of request.files) {
    const read = await readResults(file, file === "-" ? request.stdin : undefined, merge);
    if (!read.ok) return read;
    isEmpty &&= read.value.lines === 0;
  }
  // A shard may have had no image, but all of them together have something, or their scan has failed.
  return isEmpty
    ? err({
        code: "UNREADABLE",
        file: request.files.map((file) => (file === "-" ? "standard input" : file)).join(", "),
        message: request.files.length === 1 ? "it holds no results" : "they hold no results",
        hint: "either nothing was there to scan, or what was to write the results has failed: its exit code says which",
      })
    : ok(merge.result());
}

async function readResults(
  file: string,
  stdin: Readable | undefined,
  merge: Merge,
): Promise<Result<SourceFile, Failure>> {
  const unreadable = (message: string, line?: number): Result<never, Failure> => {
    const hint = "give what scan wrote (NDJSON, a --state file) or a --format json document";
    if (line === undefined) return err({ code: "UNREADABLE", file, message, hint });
    return err({ code: "SYNTAX", file, line, column: 1, message, hint });
  };
  try {
    if (stdin === undefined && (await stat(file)).isDirectory()) return unreadable("it is a folder");
    let number = 0;
    let document: string[] | undefined;
    let size = 0;
    const source: SourceFile = { name: file, header: undefined, isComplete: false, lines: 0 };
    for await (const { text, whole } of linesOf(stdin ?? createReadStream(file, { highWaterMark: 256 * 1024 }))) {
      number++;
      if (document !== undefined) {
        size += text.length;
        if (size > largestDocument) return unreadable("the document is too large; write NDJSON with scan");
        document.push(text);
        continue;
      }
      if (text.trim() === "") continue;
      const value = parseJson(text);
      if (value === undefined) {
        // The first line of a document over several lines.
        if (source.lines === 0 && whole && /^[{[]\s*$/.test(text)) document = [text];
        else if (!whole && source.lines > 0)
          merge.gaps.push(`${file} ends in the middle of line ${number}: its scan was killed`);
        else return unreadable("this line is no JSON", number);
        continue;
      }
      source.lines++;
      if (!merge.add(value, source)) return unreadable("this line is no result of image-fix", number);
    }
    if (document !== undefined) {
      const value = parseJson(document.join("\n"));
      if (value === undefined) return unreadable("this is no JSON");
      if (!merge.add(value, source)) return unreadable("this is no document of image-fix");
      source.lines++;
    }
    merge.end(source);
    return ok(source);
  } catch (cause) {
    return unreadable(fileReasonOf(cause));
  }
}

/** A file while it is read. */
interface SourceFile {
  readonly name: string;
  /** Settings of the scan, where the file is a state. */
  header: Extract<JournalLine, { kind: "header" }> | undefined;
  isComplete: boolean;
  lines: number;
}

/** Shards that are missing, and those of an earlier run, whose files lie in the same folder. */
function* shardGaps(scan: ReadonlyMap<number, ReadonlySet<number>>): Generator<string> {
  for (const [count, met] of scan) {
    const missing = Array.from({ length: count }, (_, at) => at).filter((at) => !met.has(at));
    if (missing.length === 0) continue;
    const named = missing.slice(0, 20).map((at) => `${at}/${count}`);
    yield `shards are missing: ${named.join(", ")}${missing.length > 20 ? " and more" : ""}`;
  }
  if (scan.size > 1) {
    const counts = [...scan.keys()].toSorted((a, b) => a - b);
    yield `one scan is here in ${counts.join(" and in ")} shards, so some are of an earlier run: leave their files out`;
  }
}

class Merge {
  readonly gaps: string[] = [];
  readonly #read = new Map<string, ReportedTarget>();
  readonly #unread = new Map<string, ReportedTarget>();
  /** Shards that were met, by what was scanned and in how many. */
  readonly #scans = new Map<string, Map<number, Set<number>>>();
  #added = 0;

  /** Takes a line or a document; false when it is neither result nor state. */
  add(value: unknown, source: SourceFile): boolean {
    if (!isObject(value)) return false;
    const target = readTarget(value);
    if (target !== undefined) {
      this.#addTarget(target);
      return true;
    }
    if (value["schemaVersion"] !== undefined && Array.isArray(value["targets"])) {
      return value["targets"].every((one) => {
        const read = readTarget(one);
        if (read !== undefined) this.#addTarget(read);
        return read !== undefined;
      });
    }
    const line = readJournalLine(JSON.stringify(value));
    if (line === undefined) return false;
    if (line.kind === "header") source.header = line;
    else if (line.kind === "complete") source.isComplete = true;
    else if (line.kind === "image" || line.kind === "unread") {
      source.isComplete = false;
      for (const one of line.targets) {
        const read = readTarget(one);
        if (read === undefined) return false;
        this.#addTarget(read);
      }
    }
    return true;
  }

  end({ name, header, isComplete }: SourceFile): void {
    if (header === undefined) return;
    if (!isComplete) this.gaps.push(`${name}: its scan has not ended; run it again with --state ${name}`);
    const { shard = "", "run-id": _, ...rest } = header.settings;
    const [index, count] = shard.split("/").map(Number);
    if (index === undefined || count === undefined || !(count >= 1)) return;
    const key = JSON.stringify(rest);
    const scan = this.#scans.get(key) ?? new Map<number, Set<number>>();
    this.#scans.set(key, scan.set(count, (scan.get(count) ?? new Set<number>()).add(index)));
  }

  result(): MergedReport {
    for (const scan of this.#scans.values()) this.gaps.push(...shardGaps(scan));
    const targets = [...this.#read.values()];
    const wasRead = new Set(targets.flatMap(({ target, platform }) => [target, `${target}\n${platform ?? ""}`]));
    for (const failed of this.#unread.values()) {
      const key = failed.platform === null ? failed.target : `${failed.target}\n${failed.platform}`;
      if (!wasRead.has(key)) targets.push(failed);
    }
    return {
      targets: targets.toSorted((a, b) => compare(a.target, b.target) || compare(a.platform ?? "", b.platform ?? "")),
      collapsed: this.#added - targets.length,
      gaps: this.gaps,
    };
  }

  #addTarget(target: ReportedTarget): void {
    this.#added++;
    if (target.error === null) this.#read.set(identityOf(target), target);
    else this.#unread.set(`${target.target}\n${target.platform ?? ""}`, target);
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
