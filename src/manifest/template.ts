/** Pods that a manifest makes, with where each part of them is written. */
import { field, text, texts, type Value } from "./yaml/read.ts";
import type { ManifestObject } from "./objects.ts";
import type { Container, Pod } from "./pod-security/pod.ts";

/** What a container is to the one who wrote it. `tekton`: put in by Tekton itself. */
export type ContainerRole = "container" | "step" | "sidecar" | "tekton";

/** One container of a pod, and where it comes from. */
export interface ContainerSource {
  readonly container: Container;
  readonly role: ContainerRole;
  /** The map that holds the container, its step or its StepAction's spec; undefined where no file has it. */
  readonly value: Value | undefined;
  /** The object that holds it. */
  readonly owner: ManifestObject | undefined;
  /** Security contexts that take part, the strongest first. */
  readonly contexts: readonly Value[];
  readonly image: ImageUse;
  /** To recognise builders by. */
  readonly program: Invocation;
  /** The step refers to a StepAction: what stands beside `ref` is lost. */
  readonly reference?: Value;
}

/** The image of a container with its parameters filled in, or why its name is not known. */
export type ImageUse =
  | { readonly known: true; readonly name: string; readonly value: Value | undefined }
  | { readonly known: false; readonly why: string; readonly value: Value | undefined };

/** A Pod that an object holds whole. */
export interface WorkloadHome {
  readonly kind: "workload";
  /** What has the Pod's `metadata` and `spec`. */
  readonly template: Value;
  readonly spec: Value;
  /** Whether fields may be written into the Pod's own security context: not every kind takes one. */
  readonly takesPodContext: boolean;
}

/** Where the fields of a pod can be written. */
export type TemplateHome =
  | WorkloadHome
  | {
      readonly kind: "task";
      /** The TaskSpec. */
      readonly spec: Value;
      /** The map that has or may get a `podTemplate`; undefined where none is possible (a Task). */
      readonly run: Value | undefined;
    }
  | { readonly kind: "step-action"; readonly spec: Value }
  /** A template of Argo Workflows, and the WorkflowSpec that counts for it. */
  | { readonly kind: "argo"; readonly template: Value; readonly spec: Value }
  /** The containers stand in another object; this one only refers to it. */
  | { readonly kind: "reference"; readonly run: Value | undefined };

/** What a pod is made of and was not read. */
export interface Unread {
  /** `Task build`. */
  readonly what: string;
  /** Where it is referred to. */
  readonly reference: Value;
}

/** A pod as it would come to be. */
export interface PodTemplate {
  /** `Deployment web`, `Pipeline ci, task build`. */
  readonly name: string;
  readonly object: ManifestObject;
  /** What a finding about the whole pod points at. */
  readonly place: Value;
  readonly pod: Pod;
  /** In the order in which admission visits the containers. */
  readonly sources: readonly ContainerSource[];
  readonly home: TemplateHome;
  /** Pod-level security context as it is written; undefined where there is none or another file has it. */
  readonly podContext: Value | undefined;
  readonly unknown: readonly Unread[];
}

/** What a container is told to run, as it is written. */
export interface Invocation {
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** Of a step; `""` where there is none. */
  readonly script: string;
}

/** What a container, step or StepAction says that it runs. */
export const invocationOf = (value: Value | undefined): Invocation => ({
  command: texts(field(value, "command")),
  args: texts(field(value, "args")),
  script: text(field(value, "script")) ?? "",
});
