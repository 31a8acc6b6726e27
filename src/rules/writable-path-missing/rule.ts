import type { Span } from "../../core/finding.ts";
import type { Stage } from "../../containerfile/build-model.ts";
import { isSystemTree, isWithin, resolvePath } from "../../facts/paths.ts";
import { decidedUser, endsNonRoot } from "../decided-user.ts";
import { readGivenPaths } from "../given-paths.ts";
import { placeOf, stageOf } from "../placing.ts";
import { defineRule, type RuleInput } from "../rule.ts";
import { leftFolders } from "../left-folders.ts";
import { startedWrites } from "../started-writes.ts";

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

/** Files that the runtime mounts over those of the image: whose they are nobody can change there. */
const mountedFiles: ReadonlySet<string> = new Set(["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]);

/** What to do; not to give away the accounts and settings of the whole system for one file in them. */
function adviceFor(paths: readonly string[]): string {
  const own = paths.filter((path) => !isSystemTree(path) && !mountedFiles.has(path));
  if (own.length === 0 && paths.some((path) => mountedFiles.has(path)))
    return "Write it into the Pod (hostAliases, dnsConfig): each container gets these files mounted, as root's";
  if (own.length === 0) return "Let the script do this only when id -u is 0, or do it in a RUN";
  return `Run image-fix with ${own.map((path) => `--writable ${path}`).join(" ")}`;
}

export const rule = defineRule({
  id: "writable-path-missing",
  title: "Folders that the user writes exist and are the user's",
  severity: "info",
  messages: {
    volume: 'Nothing gives {path} to "{user}" before it becomes a VOLUME, so a container gets it as root\'s',
    option: 'Nothing gives {path} to "{user}", so a container cannot write it',
    script: 'Nothing gives {path} to "{user}", and {by}, which the container starts, writes there on line {line}',
    start: 'Nothing gives {path} to "{user}", and {by} writes there',
    left: 'Nothing gives {path} to "{user}": made as if for the application to write, left to root',
  },
  check: (input, report) => {
    if (!endsNonRoot(input)) return;
    const { isGiven, isThere, home } = readGivenPaths(input);
    const wanted = wantedPaths(input);
    const name = input.user.userPart ?? "the user";
    for (const { path, kind, at, stage } of wanted) {
      if (isThere(path, kind)) continue;
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
    // Of an image that its author had run as this user nobody knows that it fails.
    const written = input.options.startedAsRoot === true ? startedWrites(input) : [];
    for (const { by, at, isScript, line, places } of written) {
      const missing = places.filter((path) => !isOthers(path));
      if (missing.length === 0) continue;
      report(isScript ? "script" : "start", {
        at: placeOf(at),
        stage: stageOf(input.model, at),
        data: { path: missing.join(", "), user: name, by, line: String(line) },
        fix: { title: adviceFor(missing), applicability: "manual" },
      });
    }
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
      fix: { title: adviceFor(paths), applicability: "manual" },
    });
  },
});
