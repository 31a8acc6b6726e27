import type { Span } from "../../core/finding.ts";
import type { Stage } from "../../containerfile/build-model.ts";
import { isWithin, resolvePath } from "../../facts/paths.ts";
import { judgeConfigUser } from "../../image/config-user.ts";
import { writesAsRoot } from "../copied-owners.ts";
import { decidedUser, endsNonRoot } from "../decided-user.ts";
import { handoverOf, handovers, indexHandovers, usableHome } from "../handovers.ts";
import { madeFolders } from "../layers.ts";
import { indexPaths } from "../path-index.ts";
import { placeOf, stageOf } from "../placing.ts";
import { defineRule, type RuleInput } from "../rule.ts";
import { leftFolders } from "../left-folders.ts";

interface Wanted {
  readonly path: string;
  readonly kind: "volume" | "option";
  readonly at: Span;
  readonly stage: Stage;
}

function wantedPaths(input: RuleInput): readonly Wanted[] {
  const { model, options } = input;
  const { span, stage } = decidedUser(input);
  const volumes = model
    .after(model.graph.target)
    .volumes.flatMap(({ value, at, stage: where }): Wanted[] =>
      at === undefined ? [] : [{ path: resolvePath("/", value), kind: "volume", at: placeOf(at), stage: where }],
    );
  const asked = options.writable.map((path): Wanted => ({
    path: resolvePath("/", path),
    kind: "option",
    at: span,
    stage,
  }));
  return [...new Map([...volumes, ...asked].map((one) => [`${one.kind} ${one.path}`, one])).values()];
}

/** Folders that a command makes while a non-root USER is in force, so that they are that user's. */
function ownFolders({ model, effects }: RuleInput): readonly string[] {
  const users = new Map<number, boolean>();
  const isNonRoot = (index: number): boolean => {
    const there = users.get(index);
    if (there !== undefined) return there;
    const instruction = model.graph.file.instructions[index];
    const value = instruction === undefined ? undefined : model.before(instruction).user.value.value;
    const answer = value !== undefined && judgeConfigUser(value).verdict !== "root" && value !== "root";
    users.set(index, answer);
    return answer;
  };
  const made = madeFolders(effects).flatMap(({ path, index }) => (isNonRoot(index) ? [path] : []));
  const workdirs = model.shipped.flatMap(({ instruction }) => {
    if (instruction.keyword !== "WORKDIR" || !isNonRoot(instruction.index)) return [];
    const next = model.graph.file.instructions[instruction.index + 1];
    const state = next === undefined || next.keyword === "FROM" ? model.after(model.graph.target) : model.before(next);
    return [state.workdir.value.value];
  });
  return [...made, ...workdirs];
}

/** Folders that another stage or image may bring as somebody's, with what is in them. */
function broughtFolders({ effects, model }: RuleInput): readonly string[] {
  const isOfRoot = writesAsRoot(model);
  return effects.copies.flatMap(({ destination, chown, at }) =>
    destination === undefined || chown !== undefined || isOfRoot(at) ? [] : [resolvePath("/", destination)],
  );
}

/** Where packages put folders of their own. */
const packageFolders = ["/var", "/srv", "/opt", "/usr", "/etc"];

/**
 * Whether something that cannot be looked into may make a path: a package, or a program of somebody's own that is told
 * the path or a folder around it.
 */
function mayBeMade({ effects }: RuleInput, path: string): boolean {
  if (effects.opaque.length > 0) return true;
  if (effects.packages.length > 0 && packageFolders.some((folder) => isWithin(folder, path))) return true;
  return effects.commands.some(
    ({ command }) =>
      command.words[0]?.value?.startsWith("/") === true &&
      command.words.slice(1).some(({ value }) => value?.startsWith("/") === true && isWithin(value, path)),
  );
}

/** Always writable for everybody. */
const publicFolders = ["/tmp", "/var/tmp", "/dev/shm"];

export const rule = defineRule({
  id: "writable-path-missing",
  title: "Folders that the user writes exist and are the user's",
  severity: "info",
  messages: {
    volume: 'Nothing gives {path} to "{user}" before it becomes a VOLUME, so a container gets it as root\'s',
    option: 'Nothing gives {path} to "{user}", so a container cannot write it',
    left: 'Nothing gives {path} to "{user}": made as if for the application to write, left to root',
  },
  check: (input, report) => {
    if (!endsNonRoot(input)) return;
    const wanted = wantedPaths(input);
    const { user, base } = input;
    const handed = indexHandovers(handovers(input));
    const brought = indexPaths(wanted.length === 0 ? [] : broughtFolders(input), (path) => path);
    const own = indexPaths(ownFolders(input), (path) => path);
    const home = usableHome(input);
    const name = user.userPart ?? "the user";
    const isGiven = (path: string): boolean =>
      handoverOf(handed, path) !== undefined ||
      handed.below(path).length > 0 ||
      own.below(path).length > 0 ||
      [...publicFolders, ...base.writable].some((folder) => isWithin(resolvePath("/", folder), path));
    for (const { path, kind, at, stage } of wanted) {
      const there =
        isGiven(path) ||
        (home !== undefined && (path === home || (kind === "option" && isWithin(home, path)))) ||
        !brought.around(path).next().done ||
        (kind === "volume" && mayBeMade(input, path));
      if (there) continue;
      report(kind, {
        at,
        stage,
        data: { path, user: name },
        fix: { title: `Make ${path} and give it to the user`, applicability: "manual" },
      });
    }
    const isOthers = (path: string): boolean =>
      isGiven(path) ||
      (home !== undefined && isWithin(home, path)) ||
      wanted.some((one) => isWithin(one.path, path) || isWithin(path, one.path));
    const left = leftFolders(input, isOthers);
    const [first] = left;
    if (first === undefined) return;
    const paths = left.map(({ path }) => path);
    const instruction = input.model.graph.file.instructions[first.index];
    if (instruction === undefined) return;
    report("left", {
      at: first.command.span,
      stage: stageOf(input.model, instruction),
      data: { path: paths.join(", "), user: name },
      fix: {
        title: `Run image-fix with ${paths.map((path) => `--writable ${path}`).join(" ")}`,
        applicability: "manual",
      },
    });
  },
});
