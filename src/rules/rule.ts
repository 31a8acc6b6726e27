/**
 * What a rule is. A rule is pure and synchronous: everything that needs waiting (engine, files) was gathered as facts.
 */
import type { Finding, FixHint, Severity, Span } from "../core/finding.ts";
import type { BuildModel, Stage } from "../containerfile/build-model.ts";
import type { Instruction } from "../containerfile/model.ts";
import type { BaseFacts } from "../image/base-facts.ts";
import type { ContextScript } from "../facts/context.ts";
import type { ContextSettings } from "../facts/context-settings.ts";
import type { Effects } from "../facts/effects.ts";
import type { FinalUser } from "../facts/final-user.ts";
import type { FoundSoftware } from "../recipe/find-software.ts";
import type { FilePrivilege } from "./privileged-files.ts";

export interface RuleInput {
  readonly model: BuildModel;
  readonly base: BaseFacts;
  readonly effects: Effects;
  readonly user: FinalUser;
  /** Scripts that ENTRYPOINT/CMD start, where the context has them. */
  readonly scripts: readonly ContextScript[];
  /** Configuration files that COPY/ADD bring, where the context has them. */
  readonly settings: readonly ContextSettings[];
  /** Known software that the shipped RUNs install or the base brings, with the place. */
  readonly software: readonly FoundSoftware[];
  readonly options: {
    readonly openshift: boolean;
    readonly writable: readonly string[];
    /** A fix has put the user in: what the image starts was written for root. */
    readonly startedAsRoot?: boolean;
  };
  /** Setuid bits and capabilities of the image's files; there where the rules are run (`file-privileges.ts`). */
  readonly privileges?: readonly FilePrivilege[];
}

export interface ReportOptions {
  readonly at: Span | Instruction;
  readonly stage: Stage;
  readonly data?: Readonly<Record<string, string | number>>;
  readonly fix?: FixHint;
  readonly severity?: Severity;
  readonly open?: boolean;
  readonly needsPerson?: boolean;
  readonly dependsOnPlace?: boolean;
}

export interface Rule<M extends string = string> {
  /** Folder name. */
  readonly id: string;
  /** One line for lists: what must hold. */
  readonly title: string;
  readonly severity: Severity;
  /** Ids of other tools' rules for the same thing (`DL3002`). */
  readonly aliases?: readonly string[];
  /** Judges Windows images too. Without it a rule never sees one: what it knows of users does not hold there. */
  readonly windows?: true;
  /**
   * Judges every stage that the build carries out, not only what ships, because the build stops at what it finds. Of a
   * builder stage (`model.isBuilder`) it may say nothing else.
   */
  readonly everyStage?: true;
  readonly messages: Readonly<Record<M, string>>;
  /** `report` takes a message id; `{name}` in the message is filled from `data`. */
  readonly check: (input: RuleInput, report: (message: NoInfer<M>, options: ReportOptions) => void) => void;
}

/** Makes message ids a type, so that a misspelt one does not compile. */
export const defineRule = <const M extends string>(rule: Rule<M>): Rule<M> => rule;

/** What running the rules gives: findings in text order, and those that an ignore comment silenced. */
export interface RuleResults {
  readonly findings: readonly Finding[];
  readonly ignored: readonly { readonly finding: Finding; readonly reason: string }[];
}
