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

/** Everything that gives files an owner: chown, and COPY with --chown. */
function ownerships({
  effects,
}: RuleInput): readonly (Change & { readonly group: string | undefined; readonly owner: string })[] {
  const found: (Change & { group: string | undefined; owner: string })[] = [];
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
    });
  }
  return found;
}

const reaches = (index: PathIndex<Change>, path: string): boolean => {
  for (const one of index.around(path)) if (one.path === path || one.recursive) return true;
  return false;
};

export const rule = defineRule({
  id: "not-arbitrary-uid-ready",
  title: "What the user owns is group 0's too, with the owner's rights",
  severity: "info",
  messages: {
    group:
      "{path} is given to {owner} and not to group 0 with the owner's rights: the arbitrary uid that OpenShift assigns, a member of group 0, cannot write it",
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
    for (const { path, owner, group, at, stage } of all) {
      if (owner === "" || owner === "0" || owner === "root" || isSystemPath(path) || seen.has(path)) continue;
      if (reaches(grouped, path) && reaches(writable, path)) continue;
      seen.add(path);
      report("group", {
        at,
        stage,
        data: { path, owner: group === undefined ? owner : `${owner}:${group}` },
        fix: {
          title: "Give it to group 0 with the owner's rights (chgrp -R 0, chmod -R g=u)",
          applicability: "manual",
        },
      });
    }
  },
});
