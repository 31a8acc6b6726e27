/** What a recipe is once it was read and validated. */
import type { Family } from "../image/base-facts.ts";

/** How an account is made; a closed vocabulary, so that a recipe can do nothing that no step does. */
export type AccountStep =
  /** `highestUid`: what this build of BusyBox accepts; lines are appended for a uid above it. */
  | { readonly do: "busybox-adduser"; readonly highestUid?: number }
  | { readonly do: "shadow-useradd"; readonly shell: string }
  | { readonly do: "append-passwd"; readonly shell: string }
  | { readonly do: "numeric" }
  | { readonly do: "reuse"; readonly name: string; readonly uid: number; readonly gid: number; readonly home?: string };

export interface Recipe {
  /** Folder name. */
  readonly id: string;
  readonly title: string;
  readonly families: readonly Family[];
  /** Globs on normalised references (`registry.example.com/team/*`); only for recipes of a user's own. */
  readonly images: readonly string[];
  readonly account: AccountStep;
  readonly facts: readonly { readonly fact: string; readonly source: string }[];
  readonly notes?: string;
}
