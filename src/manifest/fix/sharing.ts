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

/** What an edit may change, of a file whose shared values are known. */
export class Sharing {
  readonly #bad: readonly SharedNode[];

  /** @param fixable places of the objects that are being fixed */
  constructor(file: YamlFile, fixable: readonly Span[]) {
    this.#bad = file.shared.filter((node) => !mayChange(node, fixable));
  }

  /** Whether what stands at a place is shared with others that do not want the same. */
  isHeldBack(place: Span): boolean {
    return this.#within(place) !== undefined;
  }

  /** Takes out the edits that shared values do not allow. */
  allowed(edits: readonly Edit[]): { readonly edits: readonly Edit[]; readonly heldBack: readonly HeldBack[] } {
    const anchors = new Set(edits.flatMap(({ span }) => this.#within(span)?.anchor ?? []));
    return {
      edits: edits.filter(({ span }) => !this.isHeldBack(span)),
      heldBack: [...anchors].map((anchor) => ({ anchor })),
    };
  }

  #within({ start, end }: Span): SharedNode | undefined {
    return this.#bad.find(({ span }) => span.start <= start && end <= span.end);
  }
}

function mayChange({ span, role, aliases }: SharedNode, fixable: readonly Span[]): boolean {
  return [{ span, role }, ...aliases].every(
    (use) =>
      use.role !== "" &&
      use.role === role &&
      fixable.some(({ start, end }) => start <= use.span.start && use.span.end <= end),
  );
}
