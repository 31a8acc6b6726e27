/** Where the workspaces of a Task are mounted: each by itself, and where no volume of a step is. */
import { resolvePath } from "../../facts/paths.ts";
import { type Value, field, items, text } from "../yaml/read.ts";
import type { Fault } from "./fault.ts";

/** Workspaces whose path another workspace above or a volume has. */
export function mountPathFaults(spec: Value | undefined): readonly Fault[] {
  const holders = [...items(field(spec, "steps")), field(spec, "stepTemplate")];
  const mounts = holders.flatMap((one) => items(field(one, "volumeMounts")));
  /** The workspace at each path; `""` for a volume. */
  const taken = new Map(mounts.map((mount) => [resolvePath("/", text(field(mount, "mountPath")) ?? ""), ""]));
  return items(field(spec, "workspaces")).flatMap((workspace) => {
    const name = text(field(workspace, "name")) ?? "";
    const path = resolvePath("/", text(field(workspace, "mountPath")) || `/workspace/${name}`);
    const other = taken.get(path);
    taken.set(path, name);
    // Of two with one name that name is told.
    if (other === undefined || other === name) return [];
    return [{ place: workspace, why: `workspace mount path ${JSON.stringify(path)} must be unique` }];
  });
}
