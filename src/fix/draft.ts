import type { Edit } from "../core/finding.ts";

/** Collects edits and the words for them. */
export class Draft {
  readonly edits: Edit[] = [];
  readonly steps: string[] = [];
  add(step: string, ...edits: readonly Edit[]): void {
    this.edits.push(...edits);
    this.steps.push(step);
  }
}
