import type { BuildModel, Stage } from "../../containerfile/build-model.ts";
import type { CopyEffect } from "../../facts/effects.ts";
import { isSystemPath, resolvePath } from "../../facts/paths.ts";
import { judgeConfigUser } from "../../image/config-user.ts";
import { endsNonRoot } from "../decided-user.ts";
import { handoverOf, indexHandovers, usableHome } from "../handovers.ts";
import { indexPaths } from "../path-index.ts";
import { defineRule, type RuleInput } from "../rule.ts";

interface Area {
  readonly path: string;
  readonly what: string;
}

/** A home to work in, not the folder that a service account is registered with (`/var/www` of www-data). */
const isPersonal = (home: string, { user }: RuleInput): boolean =>
  home.startsWith("/home/") || (user.uid.known && user.uid.value >= 1000);

/** Folders that the user is meant to write, with the reason for it. */
function writableAreas(input: RuleInput): readonly Area[] {
  const { model, options } = input;
  const home = usableHome(input);
  return [
    ...model
      .after(model.graph.target)
      .volumes.map(({ value }) => ({ path: resolvePath("/", value), what: `the volume ${value}` })),
    ...options.writable.map((path) => ({ path: resolvePath("/", path), what: `${path}, which is to be writable` })),
    ...(home === undefined || isSystemPath(home) || !isPersonal(home, input)
      ? []
      : [{ path: home, what: `${home}, the user's home` }]),
  ];
}

/** What gives files to somebody else than root. */
const givesAway = /\b(?:chown|chgrp|useradd|adduser)\b|\binstall\s.*(?:-o|--owner)\b/;

/** Whether a stage's files are root's: it runs as root, and nothing in it or below it gives any to somebody. */
function isAllOfRoot(stage: Stage, model: BuildModel): boolean {
  const { base, instructions } = stage;
  const { text } = model.graph.file;
  return (
    (base.kind === "stage" ? isAllOfRoot(base.stage, model) : runsAsRoot(model, stage)) &&
    instructions.every(({ keyword, span }) => keyword !== "USER" && !givesAway.test(text.slice(span.start, span.end)))
  );
}

const runsAsRoot = (model: BuildModel, stage: Stage): boolean => {
  const { value } = model.after(stage).user;
  return value.unknown.length === 0 && judgeConfigUser(value.value).verdict === "root";
};

/** Whether a COPY or ADD writes files of root: with `--from`, files keep the owner that they have there. */
function writesAsRoot({ instruction, stage }: CopyEffect["at"], model: BuildModel): boolean {
  const from = instruction.flags.find(({ name }) => name === "from")?.value?.toLowerCase();
  if (from === undefined) return true;
  const source = stage.uses.find(({ name, index }) => name === from || String(index) === from);
  return source !== undefined && isAllOfRoot(source, model);
}

export const rule = defineRule({
  id: "copy-root-owned",
  title: "Files copied to where the user writes belong to the user",
  severity: "info",
  messages: {
    root: '{keyword} without --chown puts files of root into {what}, where "{user}" cannot change them',
  },
  check: (input, report) => {
    const { effects, model, user } = input;
    if (!endsNonRoot(input) || effects.copies.every(({ chown }) => chown !== undefined)) return;
    const areas = indexPaths(
      new Map(writableAreas(input).map((area) => [area.path, area])).values(),
      ({ path }) => path,
    );
    const handed = indexHandovers(input);
    // A working directory that this very stage gives to the user. One that an earlier stage gave may be meant otherwise.
    const workdir = model.after(model.graph.target).workdir.value.value;
    for (const { destination, chown, at } of effects.copies) {
      if (destination === undefined || chown !== undefined) continue;
      const path = resolvePath("/", destination);
      const start = at.instruction.span.start;
      if (handoverOf(handed, path, start) !== undefined) continue;
      const [area] = areas.around(path);
      const isGiven = path === workdir && handed.at(path).some(({ by, stage }) => by === "owner" && stage === at.stage);
      const what = area?.what ?? (isGiven ? `${path}, which is the user's` : undefined);
      if (what === undefined || !writesAsRoot(at, model)) continue;
      report("root", {
        at: at.instruction.span,
        stage: at.stage,
        data: { keyword: at.instruction.keyword, what, user: user.userPart ?? "the user" },
        fix: { title: "Give the copied files to the user with --chown", applicability: "manual" },
      });
    }
  },
});
