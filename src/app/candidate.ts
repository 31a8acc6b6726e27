/** The candidate text: planned, applied, read again and judged again before anybody builds it. */
import { applyEdits, swallowingInstruction } from "../containerfile/edits.ts";
import type { Instruction } from "../containerfile/model.ts";
import { parseContainerfile } from "../containerfile/parse.ts";
import type { Finding } from "../core/finding.ts";
import type { FixOptions } from "../fix/options.ts";
import { planFix, type Plan, type Prediction } from "../fix/plan.ts";
import type { Accounts } from "../image/accounts.ts";
import type { RecipeBook } from "../recipe/recipe-book.ts";
import { endsNonRoot } from "../rules/decided-user.ts";
import { analyseWith, type Analysis, type AnalysisRequest } from "./analyse.ts";
import { fileCapabilities, type PlacedScripts } from "./started-programs.ts";

export interface CandidateRequest {
  readonly request: AnalysisRequest;
  readonly analysis: Analysis;
  readonly recipes: RecipeBook;
  readonly options: FixOptions;
  readonly observed?: Accounts;
}

export type Candidate =
  | Exclude<Plan, { kind: "edits" }>
  | {
      readonly kind: "edits";
      readonly text: string;
      readonly steps: readonly string[];
      readonly remaining: readonly Finding[];
      readonly predicted: Prediction | undefined;
      readonly predictedId: string | null;
      readonly writable: readonly string[];
      /** Scripts of the context that its image starts. */
      readonly scripts: PlacedScripts;
      /** The finding about file capabilities was silenced: whoever runs the image sees to them. */
      readonly grantsFileCapabilities: boolean;
      /** Why it may not be written although it is what was planned: the two builders would read it differently. */
      readonly heldBack: string | null;
    };

/**
 * Plans and applies a fix, then holds the result to what was promised: it parses, says nothing new, and a second run
 * would change nothing.
 * @throws when the candidate breaks one of these: that is a bug of ours, and nothing is written.
 */
export function makeCandidate({ request, analysis, recipes, options, observed }: CandidateRequest): Candidate {
  const plan = (of: Analysis): Plan =>
    planFix({
      ...of.input,
      findings: of.results.findings,
      ignored: of.results.ignored.map(({ finding }) => finding),
      recipes,
      options,
      readContext: request.readContext,
      ...(observed === undefined ? {} : { observed }),
    });
  const first = plan(analysis);
  if (first.kind !== "edits") return first;
  const text = applyEdits(request.text, first.edits);
  const file = parseContainerfile(text);
  const fault = file.errors.find(({ whenBuilt }) => whenBuilt !== true);
  if (fault !== undefined) throw new Error(`the fixed ${request.name} does not parse: ${fault.message}\n${text}`);
  const again = analyseWith({ ...request, text, startedAsRoot: !endsNonRoot(analysis.input) }, file, analysis.baseOf);
  const second = plan(again);
  if (second.kind === "edits") {
    throw new Error(`fixing ${request.name} twice would change it again (${second.steps.join("; ")})\n${text}`);
  }
  const before = new Set(
    [...analysis.results.findings, ...analysis.results.ignored.map(({ finding }) => finding)].map(({ rule }) => rule),
  );
  const added = again.results.findings.filter(
    ({ rule, needsPerson }) => !before.has(rule) && needsPerson !== true && rule !== "no-passwd-entry",
  );
  if (added.some(({ severity }) => severity === "error")) {
    throw new Error(
      `the fixed ${request.name} has new findings: ${added.map(({ rule, message }) => `${rule}: ${message}`).join("; ")}\n${text}`,
    );
  }
  const swallowing = swallowingInstruction(analysis.file, first.edits);
  return {
    kind: "edits",
    text,
    steps: first.steps,
    remaining: again.results.findings,
    predicted: first.predicted,
    predictedId: first.predicted === undefined ? null : idLine(first.predicted),
    writable: first.writable,
    scripts: again.input.scripts,
    grantsFileCapabilities:
      request.rules[fileCapabilities] === "off" ||
      again.results.ignored.some(({ finding }) => finding.rule === fileCapabilities),
    heldBack: swallowing === undefined ? null : whySwallowed(swallowing),
  };
}

const whySwallowed = ({ endLine }: Instruction): string =>
  `line ${endLine} ends in a doubled escape character: BuildKit ends the instruction there, Buildah takes the line behind it for a part of it; let the line end otherwise first`;

/** The line `id` will print, as far as it is known. */
function idLine({ uid, gid, name, isAlone }: Prediction): string {
  const label = name === undefined ? "" : `(${name})`;
  if (gid === undefined) return `uid=${uid}${label}`;
  const group = name === undefined || gid !== uid ? `${gid}` : `${gid}${label}`;
  return `uid=${uid}${label} gid=${group}${isAlone ? ` groups=${group}` : ""}`;
}
