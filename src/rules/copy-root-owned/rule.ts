import { isSystemPath, isWithin, resolvePath } from "../../facts/paths.ts";
import { endsNonRoot } from "../decided-user.ts";
import { handoverOf, indexHandovers, usableHome } from "../handovers.ts";
import { indexPaths } from "../path-index.ts";
import { defineRule, type RuleInput } from "../rule.ts";

interface Area {
  readonly path: string;
  readonly what: string;
}

/** Folders that the user is meant to write, with the reason for it. */
function writableAreas(input: RuleInput): readonly Area[] {
  const { model, options } = input;
  const home = usableHome(input);
  return [
    ...model.after(model.graph.target).volumes.map(({ value }) => ({ path: resolvePath("/", value), what: `the volume ${value}` })),
    ...options.writable.map((path) => ({ path: resolvePath("/", path), what: `${path}, which is to be writable` })),
    ...(home === undefined || isSystemPath(home) ? [] : [{ path: home, what: `${home}, the user's home` }]),
  ];
}

export const rule = defineRule({
  id: "copy-root-owned",
  title: "Files copied to where the user writes belong to the user",
  severity: "info",
  messages: {
    root: '{keyword} without --chown puts files of root into {what}, where "{user}" cannot change them',
  },
  check: (input, report) => {
    const { effects, user } = input;
    if (!endsNonRoot(input) || effects.copies.every(({ chown }) => chown !== undefined)) return;
    const areas = indexPaths(
      new Map(writableAreas(input).map((area) => [area.path, area])).values(),
      ({ path }) => path,
    );
    const handed = indexHandovers(input);
    for (const { destination, chown, at } of effects.copies) {
      if (destination === undefined || chown !== undefined) continue;
      const path = resolvePath("/", destination);
      const start = at.instruction.span.start;
      if (handoverOf(handed, path, start) !== undefined) continue;
      const given = [...handed.around(path)].find(({ by, instruction }) => by === "owner" && instruction.keyword === "RUN");
      const [area] = areas.around(path);
      const what = area?.what ?? (given === undefined || !isWithin(given.path, path) ? undefined : `${given.path}, which is the user's`);
      if (what === undefined) continue;
      report("root", {
        at: at.instruction.span,
        stage: at.stage,
        data: { keyword: at.instruction.keyword, what, user: user.userPart ?? "the user" },
        fix: { title: "Give the copied files to the user with --chown", applicability: "manual" },
      });
    }
  },
});
