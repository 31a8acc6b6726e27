/** Helm charts in a folder that is searched: what their templates make only Helm knows, and that is said once a chart. */
import { basename, dirname, join } from "node:path";
import { shellWord } from "../core/shell-word.ts";
import type { Failure } from "../core/errors.ts";

/** Why a manifest was not read; a text that is no YAML is there for the excerpt of its fault. */
export interface UnreadManifest {
  readonly name: string;
  readonly failure: Failure;
  readonly text: string | null;
}

/**
 * Templates of one chart that are no YAML, told as one.
 * @param found all files of the folders that were searched, those too that are no manifests
 */
export function chartsTogether<Read extends { readonly name: string }>(
  read: readonly (Read | UnreadManifest)[],
  found: ReadonlySet<string>,
): readonly (Read | UnreadManifest)[] {
  const templates = new Map<string, (Read | UnreadManifest)[]>();
  for (const one of read) {
    const isBroken = "failure" in one && one.failure.code === "SYNTAX" && found.has(one.name);
    const chart = isBroken ? chartOf(one.name, found) : undefined;
    if (chart !== undefined) templates.set(chart, [...(templates.get(chart) ?? []), one]);
  }
  const told = new Map(
    [...templates].flatMap(([chart, ones]) =>
      ones.map((one, index) => [one, index === 0 ? [failed(chart, ones)] : []]),
    ),
  );
  return read.flatMap((one) => told.get(one) ?? [one]);
}

const failed = (chart: string, templates: readonly unknown[]): UnreadManifest => ({
  name: chart,
  failure: {
    code: "UNREADABLE",
    file: chart,
    message: `a Helm chart, whose templates (${templates.length} here) are no YAML before Helm has filled them in`,
    hint: `give its output: helm template ${shellWord(chart)} | image-fix manifest -`,
  },
  text: null,
});

/** The chart whose template a file is; the one around a chart that lies in its `charts`. */
function chartOf(name: string, found: ReadonlySet<string>): string | undefined {
  const isChart = (folder: string): boolean => found.has(join(folder, "Chart.yaml"));
  for (let folder = dirname(name); folder !== dirname(folder); folder = dirname(folder)) {
    let chart = dirname(folder);
    if (basename(folder) !== "templates" || !isChart(chart)) continue;
    while (basename(dirname(chart)) === "charts" && isChart(dirname(dirname(chart)))) chart = dirname(dirname(chart));
    return chart;
  }
  return undefined;
}
