/** Which text decides who the image runs as, for the rules about the final user. */
import type { Span } from "../core/finding.ts";
import type { ArgumentInstruction, Instruction } from "../containerfile/model.ts";
import type { Stage } from "../containerfile/build-model.ts";
import { ownChain } from "../containerfile/stages.ts";
import { placeOf, stageOf } from "./placing.ts";
import type { RuleInput } from "./rule.ts";

export interface DecidedUser {
  /** The argument of the USER that decides, else the image of the target's FROM. */
  readonly span: Span;
  /** The stage that `span` stands in. */
  readonly stage: Stage;
  /** The deciding USER; `undefined` when the user comes from the base image or from nobody. */
  readonly at: ArgumentInstruction | undefined;
  /** What that USER's argument says in the file; `""` without one. */
  readonly written: string;
  /** ` (inherited from stage "base")` where the USER stands in another stage than the target, else `""`. */
  readonly where: string;
}

/** The place that decides the final user. */
export function decidedUser({ model, user }: RuleInput): DecidedUser {
  const { target, file } = model.graph;
  if (user.at?.keyword !== "USER") {
    return { span: placeOf(target.from), stage: target, at: undefined, written: "", where: "" };
  }
  const stage = stageOf(model, user.at);
  const { span } = user.at.argument;
  return {
    span,
    stage,
    at: user.at,
    written: file.text.slice(span.start, span.end),
    where: stage === target ? "" : ` (inherited from stage "${stage.label}")`,
  };
}

/**
 * The ONBUILD trigger that sets the final user: its instruction in this file, or `base` when it comes with the base
 * image; `undefined` when no trigger decides.
 */
export function decidingTrigger({ model, user }: RuleInput): Instruction | "base" | undefined {
  const { file } = model.graph;
  if (user.at !== undefined) {
    const written = file.instructions[user.at.index];
    return written?.keyword === "ONBUILD" ? written : undefined;
  }
  const [outermost] = ownChain(model.graph);
  const isFromBase = model.triggers.some(
    ({ stage, span, text }) => stage === outermost && span === undefined && /^\s*user\s/i.test(text),
  );
  return isFromBase ? "base" : undefined;
}

/** Whether the process certainly starts as uid 0. */
export const runsAsRoot = ({ user }: RuleInput): boolean =>
  user.verdict === "root" ||
  (user.verdict === "symbolic" && (user.userPart === "root" || (user.uid.known && user.uid.value === 0)));

/** Whether the image is meant to run as somebody other than root: a number, or a name that is not uid 0. */
export const endsNonRoot = (input: RuleInput): boolean =>
  input.user.verdict === "admit" || (input.user.verdict === "symbolic" && !runsAsRoot(input));

/** Whether its author has the image run as somebody other than root: what it starts was tried as that user. */
export const wasRunNonRoot = (input: RuleInput): boolean => endsNonRoot(input) && input.options.startedAsRoot !== true;

/** Names of the variables in the user part (before the first colon outside braces) of a USER argument. */
function userPartVariables(argument: string): readonly string[] {
  let depth = 0;
  let end = argument.length;
  for (let index = 0; index < argument.length; index++) {
    const character = argument[index];
    if (character === "{") depth++;
    else if (character === "}") depth--;
    else if (character === ":" && depth === 0) {
      end = index;
      break;
    }
  }
  return [...argument.slice(0, end).matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].map((match) => match[1] ?? "");
}

export interface EmptyVariables {
  /** Unset variables whose emptiness leaves the user part of USER empty. */
  readonly names: readonly string[];
  /** One of them is an ARG without a default: a build may give it. */
  readonly declared: boolean;
}

/**
 * Why the user part of the deciding USER is empty although it was written: variables without a value. `undefined` when
 * that is not so.
 */
export function emptyVariables({ model, user }: RuleInput): EmptyVariables | undefined {
  if (user.at?.keyword !== "USER") return undefined;
  const { at } = user;
  const expansion = model.expand(at, at.argument.value);
  if (expansion.unknown.length > 0 || expansion.value.split(":")[0] !== "") return undefined;
  const inUserPart = new Set(userPartVariables(at.argument.value));
  const names = expansion.unset.filter((name) => inUserPart.has(name));
  if (names.length === 0) return undefined;
  return { names, declared: names.some((name) => isDeclared(model.graph.chain, at, name)) };
}

/** Whether an ARG of that name stands above the instruction in a stage that ships. */
const isDeclared = (chain: readonly Stage[], before: Instruction, name: string): boolean =>
  chain.some((stage) =>
    stage.instructions.some(
      (one) =>
        one.keyword === "ARG" &&
        one.index < before.index &&
        one.declarations.some((declaration) => declaration.name.value === name),
    ),
  );

/** `UID`, `A and B`, `A, B and C`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
