import type { ModeChange } from "../../facts/effects.ts";
import { isWithin } from "../../facts/paths.ts";
import { endsNonRoot } from "../decided-user.ts";
import { handoverOf, handovers, indexHandovers } from "../handovers.ts";
import { isGlob, pathsOf } from "../layers.ts";
import { foldersWithMode } from "../made-modes.ts";
import { upwards } from "../path-index.ts";
import { defineRule, type RuleInput } from "../rule.ts";

/** Whether a mode keeps others from entering a folder: `700`, `0750`, `o-x`, `go-rwx`, `o=`. */
const closes = (mode: string | undefined): boolean =>
  mode !== undefined &&
  (/^[0-7]{3,4}$/.test(mode)
    ? (Number.parseInt(mode.slice(-1), 8) & 1) === 0
    : mode.split(",").some((clause) => /^[ug]*[oa][ugoa]*(?:-[rwX]*x|=[rw]*$)/.test(clause)));

/** Whether a mode that keeps others out lets the group in: `770`, `o-x`. */
const admitsGroup = (mode: string | undefined): boolean =>
  mode !== undefined &&
  (/^[0-7]{3,4}$/.test(mode)
    ? (Number.parseInt(mode.slice(-2, -1), 8) & 1) === 1
    : !mode.split(",").some((clause) => /^[uo]*[ga][ugoa]*(?:-[rwX]*x|=[rw]*$)/.test(clause)));

type Closing = Pick<ModeChange, "at" | "command" | "mode" | "recursive"> & { readonly paths: readonly string[] };

/** What gives folders their modes, in the order in which it runs. */
function modesInOrder(input: RuleInput): readonly Closing[] {
  const changed = input.effects.modes.map((change) => ({
    ...change,
    paths: change.paths.flatMap((one) => (one.path === undefined || isGlob(one) ? [] : [one.path])),
  }));
  const made = foldersWithMode(input).map((one) => ({ ...one, recursive: false, paths: [one.path] }));
  return [...changed, ...made].toSorted((one, other) => one.command.span.start - other.command.span.start);
}

export const rule = defineRule({
  id: "workdir-not-traversable",
  title: "The user can enter the working directory",
  severity: "info",
  messages: {
    closed:
      'Mode {mode} closes {path} to everybody but its owner, and it is on the way to the working directory {workdir}: "{user}" can open nothing there by its path',
  },
  check: (input, report) => {
    const { model, effects, user } = input;
    if (!endsNonRoot(input)) return;
    const workdir = model.after(model.graph.target).workdir.value;
    if (workdir.unknown.length > 0 || !workdir.value.startsWith("/")) return;
    const handed = indexHandovers(handovers(input));
    const onTheWay = new Set(upwards(workdir.value));
    const last = new Map<string, Closing>();
    for (const change of modesInOrder(input)) {
      for (const path of change.paths) {
        if (!onTheWay.has(path)) continue;
        for (const folder of change.recursive ? onTheWay : [path]) if (isWithin(path, folder)) last.set(folder, change);
      }
    }
    const groups = new Set<string>();
    for (const change of effects.owners) {
      const group = change.tool === "chgrp" ? change.owner : change.owner?.split(":")[1];
      if (group === undefined || group === "0" || group === "root") continue;
      for (const path of pathsOf(change)) groups.add(path);
    }
    // Without an account, and as OpenShift runs it, the user is in group 0, which has what nobody gave another group.
    const isInRootGroup = user.kubernetesGid.known && user.kubernetesGid.value === 0;
    for (const [path, change] of last) {
      if (!closes(change.mode) || groups.has(path) || handoverOf(handed, path)?.by === "owner") continue;
      if (isInRootGroup && admitsGroup(change.mode)) continue;
      report("closed", {
        at: change.command.span,
        stage: change.at.stage,
        data: { mode: change.mode ?? "", path, workdir: workdir.value, user: user.userPart ?? "the user" },
        fix: { title: "Give the folder to the user, or let others enter it", applicability: "manual" },
      });
      return;
    }
  },
});
