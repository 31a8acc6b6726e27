/** Reads, merges and writes a report; loaded when the command runs. */
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { ExitPolicy } from "../results/exit-code.ts";
import { mergeReports, type MergedReport } from "../app/report.ts";
import { Tally } from "../results/tally.ts";
import { exitCodes, type ExitCode, type Failure } from "../core/errors.ts";
import { fileReasonOf } from "../core/file-reason.ts";
import { err, ok, type Result } from "../core/result.ts";
import { renderHtml } from "../report/html/page.ts";
import { renderCsv } from "../report/registry/csv.ts";
import { renderNdjson, renderRegistryJson } from "../report/registry/json.ts";
import { renderRegistryJunit } from "../report/registry/junit.ts";
import { renderRegistryMarkdown } from "../report/registry/markdown.ts";
import { overviewOf } from "../report/registry/overview.ts";
import { renderRegistrySarif } from "../report/registry/sarif.ts";
import { renderRegistryText } from "../report/registry/text.ts";
import type { Tool } from "../report/standing.ts";

export interface ReportRun {
  readonly files: readonly string[];
  readonly format: "text" | "json" | "ndjson" | "sarif" | "junit" | "markdown" | "csv" | "html";
  readonly output?: string;
  readonly title: string;
  readonly rows: number;
  readonly colour: boolean;
  readonly columns: number;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly policy: ExitPolicy;
  readonly tool: Tool;
  readonly time: string;
}

export interface ReportStreams {
  readonly stdin: Readable;
  readonly out: (text: string) => void;
  readonly note: (text: string) => void;
}

/** Writes the report; the exit code is that of the merged results. */
export async function writeReport(run: ReportRun, streams: ReportStreams): Promise<Result<ExitCode, Failure>> {
  const merged = await mergeReports({ files: run.files, stdin: streams.stdin });
  if (!merged.ok) return merged;
  const tally = new Tally(run.policy);
  for (const target of merged.value.targets) tally.add(target);
  const pieces = await render(run, merged.value, tally);
  if (run.output === undefined || run.output === "-") for (const piece of pieces) streams.out(piece);
  else {
    const written = await writeWhole(run.output, pieces);
    if (!written.ok) return written;
  }
  if (run.format !== "text") for (const gap of merged.value.gaps) streams.note(`image-fix: not whole: ${gap}\n`);
  const isWhole = merged.value.gaps.length === 0;
  return ok(isWhole || tally.exitCode === exitCodes.usage ? tally.exitCode : exitCodes.engine);
}

async function render(run: ReportRun, merged: MergedReport, tally: Tally): Promise<Iterable<string>> {
  const { targets, gaps } = merged;
  const { unread } = tally;
  switch (run.format) {
    case "text":
      return run.quiet ? [] : [renderRegistryText(overviewOf(targets, run.policy), unread, gaps, run)];
    case "json":
      return renderRegistryJson(targets, tally.summary, gaps, run.tool);
    case "ndjson":
      return renderNdjson(targets);
    case "sarif": {
      const { sarifRules } = await import("./sarif-rules.ts");
      return [renderRegistrySarif(targets, { tool: run.tool, rules: await sarifRules(), unread, gaps })];
    }
    case "junit":
      return renderRegistryJunit(targets, gaps, run.policy);
    case "markdown":
      return [renderRegistryMarkdown(overviewOf(targets, run.policy), unread, gaps)];
    case "csv":
      return renderCsv(targets);
    case "html": {
      const { title, tool, time, rows } = run;
      return renderHtml(targets, overviewOf(targets, run.policy), { title, tool, time, unread, gaps, mostRows: rows });
    }
  }
}

/** Writes a file as a whole or not at all. */
async function writeWhole(file: string, pieces: Iterable<string>): Promise<Result<void, Failure>> {
  const temporary = `${file}.${process.pid}.tmp`;
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, "wx");
    let waiting: string[] = [];
    let size = 0;
    for (const piece of pieces) {
      waiting.push(piece);
      size += piece.length;
      if (size < 1 << 20) continue;
      await handle.appendFile(waiting.join(""));
      waiting = [];
      size = 0;
    }
    await handle.appendFile(waiting.join(""));
    await handle.close();
    handle = undefined;
    await rename(temporary, file);
    return ok(undefined);
  } catch (cause) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    return err({
      code: "WRITE_FAILED",
      file,
      message: fileReasonOf(cause, "write"),
      hint: "name another file with --output",
    });
  }
}
