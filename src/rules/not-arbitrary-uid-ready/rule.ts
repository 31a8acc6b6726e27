import type { Span } from "../../core/finding.ts";
import type { Stage } from "../../containerfile/build-model.ts";
import { isSystemPath, resolvePath } from "../../facts/paths.ts";
import { endsNonRoot } from "../decided-user.ts";
import { opensToAll } from "../handovers.ts";
import { indexPaths, type PathIndex } from "../path-index.ts";
import { defineRule, type RuleInput } from "../rule.ts";

interface Change {
  readonly path: string;
  readonly recursive: boolean;
  readonly at: Span;
  readonly stage: Stage;
}

const isRootGroup = (group: string | undefined): boolean => group === "0" || group === "root";

/** Whether a mode gives the group what the owner has: `g=u`, `g+rwX`, `775`, `770`. */
const isGroupWritable = (mode: string | undefined): boolean =>
  mode !== undefined &&
  (opensToAll(mode) ||
    (/^[0-7]{3,4}$/.test(mode)
      ? (Number.parseInt(mode.slice(-2, -1), 8) & 2) !== 0
      : /(?:^|,)[uo]*[ga][ugoa]*(?:=u|[+=][rxXst]*w)/.test(mode)));

interface Ownership extends Change {
  readonly group: string | undefined;
  readonly owner: string;
  /** COPY or ADD: what it puts there has the modes that it had before. */
  readonly copiedBy?: string;
}

/** Everything that gives files an owner: chown, and COPY with --chown. */
function ownerships({ effects }: RuleInput): readonly Ownership[] {
  const found: Ownership[] = [];
  for (const { tool, owner, paths, recursive, at, command } of effects.owners) {
    const [first = "", second] = owner?.split(":") ?? [];
    for (const { path } of paths) {
      if (path === undefined || owner === undefined) continue;
      const group = tool === "chgrp" ? first : second;
      found.push({ path, recursive, group, owner: tool === "chgrp" ? "" : first, at: command.span, stage: at.stage });
    }
  }
  for (const { destination, chown, at } of effects.copies) {
    if (destination === undefined || chown === undefined) continue;
    const [owner = "", group] = chown.split(":");
    found.push({
      path: resolvePath("/", destination),
      recursive: true,
      group: group ?? owner,
      owner,
      at: at.instruction.span,
      stage: at.stage,
      copiedBy: at.instruction.keyword,
    });
  }
  return found;
}

const reaches = (index: PathIndex<Change>, path: string): boolean => {
  for (const one of index.around(path)) if (one.path === path || one.recursive) return true;
  return false;
};

/** Whether a tree's modes are changed with it; those of a copied one by itself, or by something behind it. */
function areModesGiven(index: PathIndex<Change>, { path, recursive, at, copiedBy }: Ownership): boolean {
  if (!recursive) return reaches(index, path);
  for (const one of index.around(path)) {
    if (one.recursive && (copiedBy === undefined || one.at.start >= at.start)) return true;
  }
  return false;
}

export const rule = defineRule({
  id: "not-arbitrary-uid-ready",
  title: "What the user owns is group 0's too, with the owner's rights",
  severity: "info",
  messages: {
    group:
      "{path} is given to {owner} and not to group 0 with the owner's rights: the arbitrary uid that OpenShift assigns, a member of group 0, cannot write it",
    modes:
      "{path} is given to {owner} without the owner's rights for its group: the arbitrary uid that OpenShift assigns, a member of group 0, may read what lies there and not write it",
    copied:
      "What {keyword} puts into {path} keeps its modes: the arbitrary uid that OpenShift assigns, a member of group 0, can change there only what its group may write",
  },
  check: (input, report) => {
    const { options, effects } = input;
    if (!options.openshift || !endsNonRoot(input)) return;
    const all = ownerships(input);
    const grouped = indexPaths(
      all.filter(({ group }) => isRootGroup(group)),
      ({ path }) => path,
    );
    const modes = [
      ...effects.modes.flatMap(({ mode, paths, recursive, at, command }) =>
        paths.flatMap(({ path }) =>
          path === undefined || !isGroupWritable(mode) ? [] : [{ path, recursive, at: command.span, stage: at.stage }],
        ),
      ),
      ...effects.copies.flatMap(({ destination, at }) => {
        const mode = at.instruction.flags.find(({ name }) => name === "chmod")?.value;
        if (destination === undefined || !isGroupWritable(mode)) return [];
        return [{ path: resolvePath("/", destination), recursive: true, at: at.instruction.span, stage: at.stage }];
      }),
    ];
    const writable = indexPaths(modes, ({ path }) => path);
    const seen = new Set<string>();
    for (const one of all) {
      const { path, owner, group, at, stage, copiedBy } = one;
      if (owner === "" || owner === "0" || owner === "root" || isSystemPath(path) || seen.has(path)) continue;
      const isGrouped = reaches(grouped, path);
      if (isGrouped && areModesGiven(writable, one)) continue;
      seen.add(path);
      const isCopied = isGrouped && copiedBy !== undefined;
      report(isCopied ? "copied" : isGrouped ? "modes" : "group", {
        at,
        stage,
        data: {
          path,
          owner: group === undefined ? owner : `${owner}:${group}`,
          keyword: copiedBy ?? "",
        },
        fix: {
          title: isCopied
            ? "Where the application writes these files, chmod -R g=u them before they are copied"
            : "Give it to group 0 with the owner's rights (chgrp -R 0, chmod -R g=u)",
          applicability: "manual",
        },
      });
    }
  },
});
