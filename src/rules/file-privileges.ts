/** File capabilities and setuid bits that files of the image have in the end, and the chown that took them away again. */
import type { Stage } from "../containerfile/build-model.ts";
import type { Instruction } from "../containerfile/model.ts";
import type { Span } from "../core/finding.ts";
import type { FilePrivilege } from "./privileged-files.ts";
import { PrivilegeWalk, type ReadBuild } from "./privilege-walk.ts";
import { setsSetuid } from "../facts/setuid-modes.ts";

/**
 * Every privilege that a RUN has given a file of the image, in the order of the file; a path set twice counts with the last
 * one. COPY brings those of other stages.
 * @param builders The stages that the build carries out beside what ships.
 */
export function filePrivileges(shipped: ReadBuild, builders: readonly ReadBuild[]): readonly FilePrivilege[] {
  const builds = [shipped, ...builders];
  const isAny = builds.some(
    ({ effects: { capabilities, modes } }) => capabilities.length > 0 || modes.some(({ mode }) => setsSetuid(mode)),
  );
  return isAny ? new PrivilegeWalk(shipped.model.graph, builds).atTheEnd() : [];
}

/** Where in what ships a file gets its privilege: at the command, or at the COPY that brings it. */
export const placeOfPrivilege = ({
  by,
  via,
}: FilePrivilege): { readonly at: Span | Instruction; readonly stage: Stage } =>
  via === undefined ? { at: by.command.span, stage: by.at.stage } : { at: via.instruction, stage: via.stage };
