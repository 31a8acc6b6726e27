/** Which parts of a script run only where somebody sets a variable that the image does not. */
import { writtenWords, type Flow } from "../shell/flow.ts";

/** Tells whether a variable is certainly unset, or empty, in a container that nobody gives it to. */
export type IsUnset = (name: string) => boolean;

/** The variables that a container starts with, by their names. */
export type Environment = Pick<ReadonlySet<string>, "has">;

const nothingUnset: IsUnset = () => false;

/** Ways to set variables whose names or values do not stand there. */
const hidden =
  /\b(?:eval|getopts|read|readarray|mapfile|source|declare|typeset)\b|(?:^|[;&|({\s])\.\s+[\w"'$./]|\bprintf\s+-v\b|\bexport\s+["']?\$|\bset\s+-[a-z]*a/m;
const assigning = /\b([A-Za-z_]\w*)\+?=|\bfor\s+([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*):?=|\bexport\s+([A-Za-z_]\w*)/g;
/** The shell's own, or those of everybody's environment. */
const everywhere =
  /^(?:PATH|HOME|HOSTNAME|PWD|OLDPWD|USER|LOGNAME|SHELL|TERM|LANG|TZ|SHLVL|PPID|UID|EUID|IFS|RANDOM|LINENO|SECONDS|OPTIND|OPTARG|BASH\w*|FUNCNAME|KUBERNETES_\w*|\d+|_)$/;

/**
 * @param environment what the image sets; `undefined` where that is not known.
 * @param texts the scripts that start together.
 */
export function unsetVariables(environment: Environment | undefined, texts: readonly string[]): IsUnset {
  if (environment === undefined || texts.some((text) => hidden.test(text))) return nothingUnset;
  const assigned = new Set(
    texts.flatMap((text) =>
      [...text.matchAll(assigning)].map(([, plain, each, or, out]) => plain ?? each ?? or ?? out),
    ),
  );
  return (name) => !environment.has(name) && !assigned.has(name) && !everywhere.test(name);
}

/** Whether a condition holds only where a variable is set that is not: `[ -n "$X" ]`, `[ "$X" = yes ] && …`. */
export function isOnlyWhenSet(text: string, condition: Flow, isUnset: IsUnset): boolean {
  const asks = (flow: Flow): boolean => isOnlyWhenSet(text, flow, isUnset);
  if (condition.kind === "command") return wantsSet(writtenWords(text, condition), isUnset);
  if (condition.kind === "list") return condition.parts.length === 1 && condition.parts.every(asks);
  if (condition.kind !== "chain") return false;
  const { parts, operators } = condition;
  if (operators.every((one) => one === "&&")) return parts.some(asks);
  return operators.every((one) => one === "||") && parts.every(asks);
}

/** `[ … ]`, `[[ … ]]` and `test …` of one variable. */
function wantsSet(words: readonly string[], isUnset: IsUnset): boolean {
  if (!/^(?:\[\[?|test)$/.test(words[0] ?? "")) return false;
  const isNegated = words[1] === "!";
  const [left = "", operator = "", right = "", ...more] = words
    .slice(isNegated ? 2 : 1)
    .filter((word) => !/^\]\]?$/.test(word));
  if (more.length > 0) return false;
  const isEmpty = (word: string): boolean => isOfUnset(word, isUnset);
  if (left === "-n") return !isNegated && isEmpty(operator) && right === "";
  if (left === "-z") return isNegated && isEmpty(operator) && right === "";
  if (operator === "") return !isNegated && isEmpty(left);
  const isEqual = operator === "=" || operator === "==" || operator === "-eq";
  return isEqual && !isNegated && ((isEmpty(left) && isText(right)) || (isEmpty(right) && isText(left)));
}

const isOfUnset = (word: string, isUnset: IsUnset): boolean => {
  const [, plain, braced] = /^"?\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-|:?\+[^{}$]*)?\})"?$/.exec(word) ?? [];
  const name = plain ?? braced;
  return name !== undefined && isUnset(name);
};

/** A literal that is not empty. */
const isText = (word: string): boolean => /^(?:[\w.:/-]+|"[^"$`]+"|'[^']+')$/.test(word);
