/** What judging is asked, and what it gives of each pod and file. */
import type { Finding } from "../core/finding.ts";
import type { Blocker } from "./blockers.ts";
import type { Ignored, Ignores } from "./ignores.ts";
import type { Policy } from "./namespaces.ts";
import type { ManifestObject } from "./objects.ts";
import type { Level } from "./pod-security/check.ts";
import type { CheckedRefusal } from "./pod-security/evaluate.ts";
import type { PodTemplate } from "./template.ts";
import type { PolicyVersion, TektonVersion } from "./versions.ts";
import type { YamlFile } from "./yaml/read.ts";

export interface JudgeOptions {
  /** Undefined: what the Namespace enforces where the files have it, else restricted. */
  readonly level: Level | undefined;
  readonly version: PolicyVersion | undefined;
  readonly tektonVersion: TektonVersion | undefined;
  /** `--run-as-user`, which replaces a `runAsUser: 0`. */
  readonly runAsUser: number | undefined;
}

/** One pod and what admission says of it. */
export interface JudgedTemplate {
  readonly template: PodTemplate;
  readonly policy: Policy;
  readonly refusals: readonly CheckedRefusal[];
  readonly blockers: readonly Blocker[];
}

export interface JudgedFile {
  readonly file: YamlFile;
  readonly objects: readonly ManifestObject[];
  readonly templates: readonly JudgedTemplate[];
  /** What the API server says of objects that it does not take, before any policy is asked. */
  readonly invalid: ReadonlyMap<ManifestObject, readonly string[]>;
  readonly findings: readonly Finding[];
  /** Findings that comments in the file say are meant. */
  readonly ignored: readonly Ignored[];
  readonly ignores: Ignores;
  /** Objects of kinds that have no part in this. */
  readonly passedOver: number;
  /** Whether the Pods hang on `set-security-context` too, of which neither the files nor a version say how it is set. */
  readonly flagOpen: boolean;
}
