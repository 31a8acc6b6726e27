import { resolvePath } from "../../facts/paths.ts";
import { groupBy, pathsOf } from "../layers.ts";
import { indexPaths } from "../path-index.ts";
import { defineRule } from "../rule.ts";

interface DeclaredVolume {
  readonly path: string;
  /** Place of its VOLUME in the file; -1 when the base image declares it. */
  readonly index: number;
}

export const rule = defineRule({
  id: "volume-chown-discarded",
  title: "A volume's folder gets its owner before VOLUME declares it",
  severity: "warning",
  messages: {
    file: "{path} is a VOLUME since line {line}: podman and Docker's classic builder throw this {tool} away with the RUN, only BuildKit keeps it",
    base: "{path} is a VOLUME of the base image: podman and Docker's classic builder throw this {tool} away with the RUN, only BuildKit keeps it",
  },
  check: ({ model, effects }, report) => {
    if (effects.owners.length === 0) return;
    const lineOf = new Map<number, number>();
    const volumes = new Map<string, DeclaredVolume>();
    for (const { value, at } of model.after(model.graph.target).volumes) {
      if (at !== undefined) lineOf.set(at.index, at.startLine);
      const path = resolvePath("/", value);
      if (!volumes.has(path)) volumes.set(path, { path, index: at?.index ?? -1 });
    }
    if (volumes.size === 0) return;
    const index = indexPaths(volumes.values(), ({ path }) => path);
    for (const [run, changes] of groupBy(effects.owners, ({ at }) => at.instruction.index)) {
      for (const change of changes) {
        const volume = pathsOf(change)
          .flatMap((path) => [...index.around(path), ...(change.recursive ? index.below(path).slice(0, 1) : [])])
          .find((one) => one.index < run);
        if (volume === undefined) continue;
        report(volume.index === -1 ? "base" : "file", {
          at: change.command.span,
          stage: change.at.stage,
          data: { path: volume.path, line: lineOf.get(volume.index) ?? 0, tool: change.tool },
          fix: { title: "Move the chown above VOLUME", applicability: "manual" },
        });
        break;
      }
    }
  },
});
