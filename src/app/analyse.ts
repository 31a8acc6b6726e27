/** One Containerfile from text to findings: parse, stages, base facts, effects, the final user, the rules. */
import { computeBuild } from "../containerfile/state.ts";
import { mountOverRoot } from "../containerfile/mounts-over-root.ts";
import { parseContainerfile } from "../containerfile/parse.ts";
import { positionAt } from "../containerfile/position.ts";
import { resolveStages, type StageFault } from "../containerfile/stages.ts";
import type { Containerfile } from "../containerfile/model.ts";
import type { BuildModel, BuildOptions, Stage, StageGraph } from "../containerfile/build-model.ts";
import type { Failure } from "../core/errors.ts";
import type { Severity } from "../core/finding.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { BaseFacts } from "../image/base-facts.ts";
import { findContextScripts } from "../facts/context.ts";
import { findContextSettings } from "../facts/context-settings.ts";
import { readEffects } from "../facts/read-effects.ts";
import { readFinalUser } from "../facts/read-final-user.ts";
import { findSoftware } from "../recipe/find-software.ts";
import type { RuleInput, RuleResults } from "../rules/rule.ts";
import { readHints } from "../rules/hints.ts";
import { runRules } from "../rules/run-rules.ts";
import { gatherBases, type GatherOptions } from "./gather-bases.ts";

export interface AnalysisRequest {
  /** As the user named it. */
  readonly name: string;
  readonly text: string;
  readonly build: BuildOptions;
  readonly openshift: boolean;
  readonly writable: readonly string[];
  readonly rules: Readonly<Record<string, "off" | Severity>>;
  /** It is the candidate of a file whose image started as root. */
  readonly startedAsRoot?: boolean;
  /** Reads a file of the build context; undefined when it is not there or is ignored. */
  readonly readContext: (path: string) => string | undefined;
  /** Tells what is right in a folder of the build context. */
  readonly listContext: (folder: string) => readonly string[];
}

export interface Analysis {
  readonly file: Containerfile;
  readonly input: RuleInput;
  readonly results: RuleResults;
  readonly hints: readonly { readonly line: number; readonly text: string }[];
  /** Where facts about the base came from, for people. */
  readonly evidence: readonly string[];
  /** The facts of every stage's base, for judging a candidate with the same eyes. */
  readonly baseOf: (stage: Stage) => BaseFacts;
}

/** Parses a file; one that BuildKit would refuse whatever it builds of it is refused here, with its place. */
export function parseOrRefuse(name: string, text: string): Result<Containerfile, Failure> {
  const file = parseContainerfile(text);
  const fault = file.errors.find(({ whenBuilt }) => whenBuilt !== true);
  return fault === undefined ? ok(file) : err(refusalOf(name, text, fault));
}

/** Finds the stages of a file; stages that cannot be built as asked are refused, with their place where they have one. */
export function resolveOrRefuse(name: string, file: Containerfile, build: BuildOptions): Result<StageGraph, Failure> {
  const graph = resolveStages(file, build);
  return graph.ok ? graph : err(refusalOf(name, file.text, graph.error));
}

function refusalOf(name: string, text: string, { span, message, hint }: StageFault): Failure {
  const advice = hint === undefined ? {} : { hint };
  // Without a place it is no fault of the file but of what was asked of it: the target.
  if (span === undefined) return { code: "USAGE", message, ...advice };
  const { line, column } = positionAt(text, span.start);
  return { code: "SYNTAX", file: name, line, column, message, ...advice };
}

/** Analyses one file. The engine is asked only for what `gather` allows. */
export async function analyse(request: AnalysisRequest, gather: GatherOptions): Promise<Result<Analysis, Failure>> {
  const parsed = parseOrRefuse(request.name, request.text);
  if (!parsed.ok) return parsed;
  const graph = resolveOrRefuse(request.name, parsed.value, request.build);
  if (!graph.ok) return graph;
  const baseOf = await gatherBases(graph.value, gather);
  const model = computeBuild(graph.value, baseOf);
  const fault = mountOverRoot(model);
  if (fault !== undefined) return err(refusalOf(request.name, request.text, fault));
  return ok(analyseBuild(request, model, baseOf));
}

/** The part of {@link analyse} that needs nobody: a candidate is judged again with the facts of the original. */
export function analyseWith(
  request: AnalysisRequest,
  file: Containerfile,
  baseOf: (stage: Stage) => BaseFacts,
): Analysis {
  const graph = resolveStages(file, request.build);
  // The caller has resolved the same stages before; a candidate never adds or renames one.
  if (!graph.ok) throw new Error(`stages of ${request.name} are gone: ${graph.error.message}`);
  return analyseBuild(request, computeBuild(graph.value, baseOf), baseOf);
}

function analyseBuild(request: AnalysisRequest, model: BuildModel, baseOf: (stage: Stage) => BaseFacts): Analysis {
  const { file } = model.graph;
  const effects = readEffects(model, request);
  const user = readFinalUser(model, model.base, effects);
  const input: RuleInput = {
    model,
    base: model.base,
    effects,
    user,
    scripts: findContextScripts(model, effects, request.readContext),
    settings: findContextSettings(model, effects, request.readContext, request.listContext),
    software: findSoftware(model, effects, request.listContext),
    options: {
      openshift: request.openshift,
      writable: request.writable,
      startedAsRoot: request.startedAsRoot === true,
    },
  };
  return {
    file,
    input,
    results: runRules(input, { severities: request.rules }),
    hints: readHints(file),
    evidence: evidenceOf(input),
    baseOf,
  };
}

function evidenceOf({ base }: RuleInput): readonly string[] {
  const { reference, user, family } = base;
  if (reference === "scratch") return [];
  if (!user.known && !family.known && user.why === family.why)
    return [`base ${reference}: user and family unknown: ${user.why}`];
  const who = user.known
    ? `user ${user.value === "" ? "root (none set)" : user.value}: ${user.from}`
    : `user unknown: ${user.why}`;
  const what = family.known ? `family ${family.value}: ${family.from}` : `family unknown: ${family.why}`;
  return [`base ${reference}: ${who}; ${what}`];
}
