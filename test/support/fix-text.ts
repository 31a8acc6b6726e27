/** Audits and fixes a text as a user without an engine does: bases by the table of known images, nothing built. */
import { analyseWith, type Analysis, type AnalysisRequest } from "../../src/app/analyse.ts";
import { makeCandidate, type Candidate } from "../../src/app/candidate.ts";
import { parseContainerfile } from "../../src/containerfile/parse.ts";
import type { Containerfile } from "../../src/containerfile/model.ts";
import { resolveStages } from "../../src/containerfile/stages.ts";
import type { FixOptions } from "../../src/fix/options.ts";
import { shippedBook } from "../../src/recipe/recipe-book.ts";
import { baseOf, contextOf, listerOf } from "../../src/rules/test-kit.ts";

export interface FixSetup {
  /** Files of the build context by their path. */
  readonly context?: Readonly<Record<string, string>>;
  readonly options?: Partial<FixOptions>;
  readonly rules?: AnalysisRequest["rules"];
}

/** What the documentation says holds when nothing is asked for. */
export const defaultOptions: FixOptions = {
  uid: 65532,
  gid: 65532,
  uidGiven: false,
  userName: "nonroot",
  home: "/home/nonroot",
  writable: [],
  openshift: false,
  comments: true,
  canObserve: false,
  toObserve: "with an engine",
};

const requestFor = (text: string, { context = {}, options = {}, rules = {} }: FixSetup): AnalysisRequest => ({
  name: "Containerfile",
  text,
  build: {},
  openshift: options.openshift ?? false,
  writable: options.writable ?? [],
  rules,
  readContext: contextOf({ context }),
  listContext: listerOf({ context }),
});

/** Whether the builder would take the text: it parses and its stages can be built. */
export function isBuildable(file: Containerfile): boolean {
  return file.errors.length === 0 && resolveStages(file, {}).ok;
}

/** Audits a text that {@link isBuildable}. */
export const analyseText = (text: string, setup: FixSetup = {}): Analysis =>
  analyseWith(requestFor(text, setup), parseContainerfile(text), (stage) => baseOf(stage, {}));

/** Plans the fix of a text that {@link isBuildable}. */
export function fixText(text: string, setup: FixSetup = {}): { readonly analysis: Analysis; readonly fix: Candidate } {
  const analysis = analyseText(text, setup);
  const request = requestFor(text, setup);
  const options = { ...defaultOptions, ...setup.options };
  return { analysis, fix: makeCandidate({ request, analysis, recipes: shippedBook(), options }) };
}

/** The text after the fix; the text itself where nothing is changed. */
export function fixedText(text: string, setup: FixSetup = {}): string {
  const { fix } = fixText(text, setup);
  return fix.kind === "edits" ? fix.text : text;
}
