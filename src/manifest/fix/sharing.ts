/**
 * Anchors: an edit of a value that aliases refer to changes every place at once. It is made only where all these places
 * are alike and all of them are being fixed; else the value is left for a person.
 */
import type { Edit, Span } from "../../core/finding.ts";
import type { SharedNode, YamlFile } from "../yaml/read.ts";

/** A value that is left because it is shared. */
export interface HeldBack {
  readonly anchor: string;
}

/**
 * Takes out the edits that shared values do not allow.
 * @param fixable places of the objects that are being fixed
 */
export function withoutShared(
  file: YamlFile,
  edits: readonly Edit[],
  fixable: readonly Span[],
): { readonly edits: readonly Edit[]; readonly heldBack: readonly HeldBack[] } {
  const bad = file.shared.filter((node) => !mayChange(node, fixable));
  const within = ({ span }: Edit): SharedNode | undefined =>
    bad.find(({ span: shared }) => shared.start <= span.start && span.end <= shared.end);
  const anchors = new Set(edits.flatMap((edit) => within(edit)?.anchor ?? []));
  return {
    edits: edits.filter((edit) => within(edit) === undefined),
    heldBack: [...anchors].map((anchor) => ({ anchor })),
  };
}

function mayChange({ span, role, aliases }: SharedNode, fixable: readonly Span[]): boolean {
  return [{ span, role }, ...aliases].every(
    (use) =>
      use.role !== "" &&
      use.role === role &&
      fixable.some(({ start, end }) => start <= use.span.start && use.span.end <= end),
  );
}
