/** What the parts of a plan hand each other. */
import type { Finding } from "../core/finding.ts";
import type { Accounts } from "../image/accounts.ts";
import type { RecipeBook } from "../recipe/recipe-book.ts";
import type { RuleInput } from "../rules/rule.ts";
import type { FixOptions } from "./options.ts";

/** What it is decided by which account the image runs as. */
export interface DecisionInput extends Omit<RuleInput, "options"> {
  readonly options: FixOptions;
  /** Accounts of the built original, when it was needed. */
  readonly observed?: Accounts;
}

/** What a plan is made of. */
export interface PlanInput extends DecisionInput {
  readonly findings: readonly Finding[];
  /** Findings that a comment in the file silences. */
  readonly ignored: readonly Finding[];
  readonly recipes: RecipeBook;
  readonly options: FixOptions;
  /** Reads a text file of the build context; `undefined` when it is not there. */
  readonly readContext: (path: string) => string | undefined;
}

/** The account the image will run as. `gid` is what files are given; `name` is undefined without a passwd line. */
export interface ChosenAccount {
  readonly uid: number;
  readonly gid: number;
  readonly name: string | undefined;
  readonly home: string | undefined;
}

/** A folder the application shall be able to write, and why. */
export interface WritableFolder {
  readonly path: string;
  readonly why: "workdir" | "volume" | "asked" | "home" | "mount" | "software" | "start";
  /** Place of the instruction that makes it, where one is known to. */
  readonly at?: number;
  /** Files that are written over, and that the base image may have as root's: in it, or itself where it is one. */
  readonly files?: readonly string[];
}
