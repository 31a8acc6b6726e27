/**
 * Containers that Tekton itself adds to the Pod of a task, seen at 1.15.
 * @see https://github.com/tektoncd/pipeline/blob/main/pkg/pod/pod.go Build
 */
import { resolvePath } from "../facts/paths.ts";
import type { SecurityContext } from "./pod-security/pod.ts";
import type { TektonSettings } from "./tekton-settings.ts";
import { invocationOf, type ContainerSource } from "./template.ts";
import { bool, field, items, text, type Value } from "./yaml/read.ts";

/** A task as its Pod is made of it. */
export interface OwnTask {
  readonly spec: Value;
  readonly steps: readonly ContainerSource[];
  readonly sidecars: readonly ContainerSource[];
  /** `workingDir` of the steps, filled in as far as it is known. */
  readonly folders: readonly string[];
  /** A breakpoint has scripts too. */
  readonly hasBreakpoints: boolean;
  /** The node selector of its Pod. */
  readonly nodeSelector: Value | undefined;
}

/** What Tekton adds, in the order in which it stands in the Pod. */
export interface OwnContainers {
  readonly init: readonly ContainerSource[];
  readonly sidecars: readonly ContainerSource[];
}

/**
 * What Tekton gives its own containers on Windows where `set-security-context` is on; on Linux all that restricted asks for.
 * @see https://github.com/tektoncd/pipeline/blob/main/pkg/pod/security_context_config.go
 */
const windowsContext: SecurityContext = { runAsNonRoot: true };
const linuxContext: SecurityContext = {
  ...windowsContext,
  allowPrivilegeEscalation: false,
  capabilities: { add: [], drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** What Tekton gives its own containers; on Linux, where nothing is known of the flag, as if it were on. */
export function ownContext(
  { setsContext }: Pick<TektonSettings, "setsContext">,
  nodeSelector: Value | undefined,
): SecurityContext | undefined {
  if (setsContext === false) return undefined;
  return text(field(nodeSelector, "kubernetes.io/os")) === "windows" ? windowsContext : linuxContext;
}

/** The containers of a task that are Tekton's own; none where they are restricted, or nothing is known of them. */
export function ownContainers(task: OwnTask, settings: TektonSettings): OwnContainers {
  const context = ownContext(settings, task.nodeSelector);
  if (context === linuxContext) return { init: [], sidecars: [] };
  const own = (name: string): ContainerSource => ownContainer(name, context);
  const init = [
    "prepare",
    ...(hasScripts(task) ? ["place-scripts"] : []),
    ...(task.folders.some(isMade) ? ["working-dir-initializer"] : []),
  ];
  const reads = settings.resultsFromSidecar && givesResults(task);
  return { init: init.map(own), sidecars: reads ? [own("sidecar-tekton-log-results")] : [] };
}

const ownContainer = (name: string, context: SecurityContext | undefined): ContainerSource => ({
  container: { name, ports: [], hosts: [], ...(context === undefined ? {} : { securityContext: context }) },
  role: "tekton",
  value: undefined,
  owner: undefined,
  contexts: [],
  image: { known: false, why: "it is Tekton's own", value: undefined },
  program: invocationOf(undefined),
});

const hasScripts = ({ steps, sidecars, hasBreakpoints }: OwnTask): boolean =>
  hasBreakpoints || [...steps, ...sidecars].some(({ program }) => program.script !== "");

/** @see https://github.com/tektoncd/pipeline/blob/main/pkg/pod/workingdir_init.go */
const isMade = (folder: string): boolean =>
  folder !== "" && (!folder.startsWith("/") || resolvePath("/", folder).startsWith("/workspace/"));

/** Whether there is something for the sidecar to read: results of the task, or a step that writes what it made of what. */
const givesResults = ({ spec, steps }: OwnTask): boolean =>
  items(field(spec, "results")).length > 0 ||
  steps.some(({ value, program: { command, args, script } }) =>
    [...command, ...args, script, ...items(field(value, "env")).map((one) => text(field(one, "value")) ?? "")].some(
      (written) => written.includes("$(step.artifacts.path)"),
    ),
  );

/**
 * Paths of a task's workspaces, by how they are referred to. An optional one that a run does not bind has none.
 * @param user the step, which may have one elsewhere
 * @param bound what the run binds; undefined where there is no run
 * @see https://github.com/tektoncd/pipeline/blob/main/pkg/reconciler/taskrun/resources/apply.go ApplyWorkspaces
 */
export function workspacePaths(
  spec: Value,
  user: Value | undefined,
  bound: ReadonlySet<string> | undefined,
): ReadonlyMap<string, string> {
  const elsewhere = new Map(
    items(field(user, "workspaces")).map((one) => [text(field(one, "name")), text(field(one, "mountPath"))]),
  );
  const names = items(field(spec, "workspaces")).map((one) => {
    const name = text(field(one, "name")) ?? "";
    const isBound = bound === undefined || bound.has(name) || bool(field(one, "optional")) !== true;
    const path = elsewhere.get(name) ?? text(field(one, "mountPath")) ?? `/workspace/${name}`;
    return [`workspaces.${name}.path`, isBound ? path : ""] as const;
  });
  return new Map(names);
}
