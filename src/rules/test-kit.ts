/**
 * Runs rules on the text of a Containerfile through the real pipeline, without an engine: what a rule's table test and the
 * examples on its page need. Not part of the package.
 */
import { describe, expect, test } from "vitest";
import { parseContainerfile } from "../containerfile/parse.ts";
import { lineIndex, positionAt } from "../containerfile/position.ts";
import { resolveStages } from "../containerfile/stages.ts";
import { computeBuild } from "../containerfile/state.ts";
import type { Stage } from "../containerfile/build-model.ts";
import { known } from "../core/finding.ts";
import type { BaseFacts } from "../image/base-facts.ts";
import { mergeFacts, unknownBase } from "../facts/base/merge.ts";
import { scratchFacts } from "../facts/base/scratch.ts";
import { findContextScripts } from "../facts/context.ts";
import { findContextSettings } from "../facts/context-settings.ts";
import { findSoftware } from "../recipe/find-software.ts";
import { readEffects } from "../facts/read-effects.ts";
import { readFinalUser } from "../facts/read-final-user.ts";
import { runRules, type RunRulesOptions } from "./run-rules.ts";
import type { Rule, RuleInput, RuleResults } from "./rule.ts";

/** One Containerfile and what surrounds it. */
export interface Setup {
  readonly text: string;
  /** Files of the build context by their path. */
  readonly context?: Readonly<Record<string, string>>;
  /** `config.User` of the base image, as if an engine had said so. */
  readonly baseUser?: string;
  /** More facts of the base image, as if an engine had said so. */
  readonly base?: Partial<BaseFacts>;
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly openshift?: boolean;
  readonly writable?: readonly string[];
  /** As in the text that a fix has changed. */
  readonly startedAsRoot?: boolean;
  /** Known software instead of what the recipes say. */
  readonly software?: RuleInput["software"];
}

/** Facts of a stage's base without an engine. */
export function baseOf(stage: Stage, { baseUser, base }: Pick<Setup, "baseUser" | "base">): BaseFacts {
  const given = { ...(baseUser !== undefined && { user: known(baseUser, "test") }), ...base };
  switch (stage.base.kind) {
    case "scratch":
      return scratchFacts();
    case "unknown":
      return { ...unknownBase(stage.from.image.value, stage.base.why), ...given };
    case "stage":
      return baseOf(stage.base.stage, {
        ...(baseUser !== undefined && { baseUser }),
        ...(base !== undefined && { base }),
      });
    case "image":
      return { ...mergeFacts(stage.base.reference, { stage }), ...given };
  }
}

/** Reads the context of a test. */
export const contextOf =
  ({ context = {} }: Pick<Setup, "context">) =>
  (path: string): string | undefined =>
    Object.hasOwn(context, path) ? context[path] : undefined;

/** Tells what is right in a folder of it. */
export const listerOf =
  ({ context = {} }: Pick<Setup, "context">) =>
  (folder: string): readonly string[] => {
    const prefix = folder === "" ? "" : `${folder}/`;
    const below = Object.keys(context).filter((path) => path.startsWith(prefix));
    return [...new Set(below.map((path) => path.slice(prefix.length).split("/", 1)[0] ?? ""))];
  };

/** Everything that rules see of a Containerfile. Throws for a text that does not parse: a test's own mistake. */
export function inputOf(setup: Setup): RuleInput {
  const file = parseContainerfile(setup.text);
  const [fault] = file.errors;
  if (fault !== undefined)
    throw new Error(`the Containerfile of this test does not parse: ${fault.message}\n${setup.text}`);
  const graph = resolveStages(file, {
    ...(setup.target !== undefined && { target: setup.target }),
    ...(setup.buildArgs !== undefined && { buildArgs: new Map(Object.entries(setup.buildArgs)) }),
  });
  if (!graph.ok) throw new Error(`the stages of this test do not resolve: ${graph.error.message}\n${setup.text}`);
  const model = computeBuild(graph.value, (stage) => baseOf(stage, setup));
  const readContext = contextOf(setup);
  const effects = readEffects(model, { readContext, listContext: listerOf(setup) });
  return {
    model,
    base: model.base,
    effects,
    user: readFinalUser(model, model.base, effects),
    scripts: findContextScripts(model, effects, readContext),
    settings: findContextSettings(model, effects, readContext, listerOf(setup)),
    software: setup.software ?? findSoftware(model, effects, listerOf(setup)),
    options: {
      openshift: setup.openshift ?? false,
      writable: setup.writable ?? [],
      startedAsRoot: setup.startedAsRoot ?? false,
    },
  };
}

/** Runs all rules. */
export const judge = (setup: Setup, options?: RunRulesOptions): RuleResults => runRules(inputOf(setup), options);

/** `rule:line` of every finding, in order: short enough for tables. */
export function found(setup: Setup): readonly string[] {
  const lines = lineIndex(setup.text);
  return judge(setup).findings.map(({ rule, span }) => `${rule}:${positionAt(lines, span.start).line}`);
}

export interface ValidCase extends Setup {
  readonly name: string;
}

export interface InvalidCase extends ValidCase {
  /** The lines on which the rule's findings begin, in order. */
  readonly lines: readonly number[];
  /** The source text that each finding marks. */
  readonly marks?: readonly string[];
  /** Parts of the messages, one for each finding. */
  readonly says?: readonly (string | RegExp)[];
  readonly outcome?: "fail" | "open";
  readonly needsPerson?: boolean;
  readonly dependsOnPlace?: boolean;
}

/** A rule's table: files in which it finds nothing, and files in which it finds exactly what is told. */
export function testRule(
  rule: Rule,
  cases: { readonly valid: readonly ValidCase[]; readonly invalid: readonly InvalidCase[] },
): void {
  const findingsOf = (setup: Setup) => judge(setup).findings.filter((finding) => finding.rule === rule.id);
  describe(rule.id, () => {
    for (const one of cases.valid) {
      test(`finds nothing: ${one.name}`, () => {
        expect(findingsOf(one)).toEqual([]);
      });
    }
    for (const one of cases.invalid) {
      test(`finds: ${one.name}`, () => {
        const findings = findingsOf(one);
        const lines = lineIndex(one.text);
        expect(findings.map(({ span }) => positionAt(lines, span.start).line)).toEqual(one.lines);
        if (one.marks !== undefined) {
          expect(findings.map(({ span }) => one.text.slice(span.start, span.end))).toEqual(one.marks);
        }
        for (const [index, part] of (one.says ?? []).entries()) {
          if (typeof part === "string") expect(findings[index]?.message).toContain(part);
          else expect(findings[index]?.message).toMatch(part);
        }
        for (const finding of findings) {
          expect(finding.outcome).toBe(one.outcome ?? "fail");
          expect(finding.needsPerson ?? false).toBe(one.needsPerson ?? false);
          if (one.dependsOnPlace !== undefined) expect(finding.dependsOnPlace ?? false).toBe(one.dependsOnPlace);
          expect(finding.message).not.toMatch(/(?<!\$)\{\w+\}/);
        }
      });
    }
  });
}
