/** What has to be written so that one pod is admitted: the four fields where they work, and what is exactly wrong. */
import type { YAMLMap } from "yaml";
import type { Span } from "../../core/finding.ts";
import type { JudgedTemplate } from "../judged.ts";
import { capabilityName } from "../blockers.ts";
import type { Ignores } from "../ignores.ts";
import { knativeFsGroup } from "../knative.ts";
import { keyAndValue, placeInContainer } from "../place.ts";
import type { Container, PodSecurityContext } from "../pod-security/pod.ts";
import type { ManifestRuleId } from "../rules.ts";
import type { ContainerSource } from "../template.ts";
import type { Leaf } from "../yaml/edit.ts";
import {
  at,
  bool,
  field,
  integer,
  isList,
  isPlain,
  items,
  mapNode,
  mergedMaps,
  text,
  type Value,
} from "../yaml/read.ts";
import type { WritePlan } from "./write-plan.ts";

export interface FixOptions {
  /** Where a Task gets what its steps lack. */
  readonly style: "stepTemplate" | "step";
  readonly runAsUser: number | undefined;
}

/** What the plan does, in words. A change is only made where its place is not held back, as a shared value may be. */
export interface Note {
  readonly head: string;
  readonly changes: readonly { readonly words: string; readonly place: Span }[];
  readonly tail: string;
}

/** A field of a container's security context that may be missing. */
interface Missing {
  readonly source: ContainerSource;
  readonly path: readonly string[];
  readonly leaf: Leaf;
}

/** The rule that says a field is missing or wrong. */
const ruleOfField: Readonly<Record<string, ManifestRuleId>> = {
  allowPrivilegeEscalation: "allow-privilege-escalation",
  capabilities: "unrestricted-capabilities",
  runAsNonRoot: "run-as-non-root",
  runAsUser: "run-as-user-zero",
  seccompProfile: "seccomp-profile",
};

const contextPlace = { after: ["image", "ref", "name"] };
const podPlace = { before: ["containers", "initContainers"] };
const templatePlace = { before: ["steps"] };

/**
 * Plans one pod, and says in words what the plan does. Pods that cannot run restricted are not planned, nor what comments
 * in their file say is meant.
 */
export function planTemplate(
  judged: JudgedTemplate,
  options: FixOptions,
  plan: WritePlan,
  ignores: Ignores,
): readonly Note[] {
  const planner = new TemplatePlanner(judged, options, plan, ignores);
  return planner.run();
}

/** The containers into which `<<` merges a map, by that map. */
function receiversOf(sources: readonly ContainerSource[]): ReadonlyMap<YAMLMap, readonly ContainerSource[]> {
  const receivers = new Map<YAMLMap, ContainerSource[]>();
  for (const source of sources) {
    for (const map of mergedMaps(source.value)) {
      const those = receivers.get(map);
      if (those === undefined) receivers.set(map, [source]);
      else those.push(source);
    }
  }
  return receivers;
}

class TemplatePlanner {
  readonly #judged: JudgedTemplate;
  readonly #options: FixOptions;
  readonly #plan: WritePlan;
  readonly #ignores: Ignores;
  readonly #notes: Note[] = [];
  readonly #restricted: boolean;
  readonly #pod: PodSecurityContext | undefined;
  readonly #receivers: ReadonlyMap<YAMLMap, readonly ContainerSource[]>;

  constructor(judged: JudgedTemplate, options: FixOptions, plan: WritePlan, ignores: Ignores) {
    this.#judged = judged;
    this.#options = options;
    this.#plan = plan;
    this.#ignores = ignores;
    this.#restricted = judged.policy.level === "restricted";
    this.#pod = judged.template.pod.securityContext;
    this.#receivers = receiversOf(judged.template.sources);
  }

  run(): readonly Note[] {
    const { template } = this.#judged;
    this.#correctPod();
    const missing: Missing[] = [];
    for (const source of template.sources) {
      // What another object holds is planned there; stepTemplate reaches a step whose StepAction nobody gave all the same.
      if (source.role === "tekton" || (source.value === undefined && source.reference === undefined)) continue;
      if (source.owner === template.object) this.#correct(source);
      if (this.#restricted && template.home.kind !== "reference") missing.push(...this.#missing(source));
    }
    this.#write(missing);
    if (this.#options.runAsUser !== undefined) this.#writeUser(this.#options.runAsUser);
    return this.#notes;
  }

  /** Notes a change of one value. */
  #note(place: Span, words: string): void {
    this.#noteAll("", [{ words, place }]);
  }

  #noteAll(head: string, changes: Note["changes"], tail = ""): void {
    if (changes.length > 0) this.#notes.push({ head: `${this.#judged.template.name}: ${head}`, changes, tail });
  }

  /** Fields of the pod's own context that are wrong, where they stand in this object. */
  #correctPod(): void {
    const { podContext, object } = this.#judged.template;
    if (podContext === undefined || podContext.file.text !== object.file.text) return;
    this.#correctShared(podContext, "the Pod's securityContext", (name) => {
      const found = field(podContext, name);
      return found === undefined || this.#ignores.reasonFor(ruleOfField[name] ?? "", keyAndValue(found)) === undefined;
    });
  }

  /** Whether a comment in the object's file says that a field of a container is meant as it is. */
  #isMeant(name: string, source: ContainerSource): boolean {
    const { object, home } = this.#judged.template;
    const rule = ruleOfField[name];
    if (rule === undefined) return false;
    const own = source.owner === object && source.value !== undefined;
    const places = [
      ...(own ? [placeInContainer(source, name), source.value.span] : []),
      ...(home.kind === "task" && source.reference !== undefined ? [source.reference.span] : []),
    ];
    return this.#ignores.reasonFor(rule, ...places) !== undefined;
  }

  /** Whether a field is left: it is meant, or written where a container gets it too that means it. */
  #leaves(name: string, source: ContainerSource): boolean {
    const value = deciding(source, name);
    return this.#judged.template.sources.some(
      (one) =>
        (one === source || (value !== undefined && sameValue(deciding(one, name), value))) && this.#isMeant(name, one),
    );
  }

  #correct(source: ContainerSource): void {
    const { container, contexts, value } = source;
    for (const context of contexts) {
      // Only the context that decides a field is corrected; a weaker one may be right for other containers.
      this.#correctShared(
        context,
        `container ${container.name}`,
        (name) =>
          (deciding(source, name) === undefined || sameValue(deciding(source, name), field(context, name))) &&
          !this.#leaves(name, source),
      );
    }
    if (value === undefined) return;
    const escalation = deciding(source, "allowPrivilegeEscalation");
    if (
      this.#restricted &&
      escalation !== undefined &&
      bool(escalation) !== false &&
      !this.#leaves("allowPrivilegeEscalation", source)
    ) {
      this.#note(
        this.#plan.replace(escalation, false),
        `container ${container.name}: allowPrivilegeEscalation ${asWritten(escalation)} → false`,
      );
    }
    if (!this.#leaves("capabilities", source)) this.#correctCapabilities(container, contexts);
  }

  /** `runAsNonRoot` and `seccompProfile`, which pods and containers have alike, and the user. */
  #correctShared(context: Value, who: string, decides: (name: string) => boolean): void {
    const { policy } = this.#judged;
    const nonRoot = field(context, "runAsNonRoot");
    if (
      this.#restricted &&
      nonRoot !== undefined &&
      bool(nonRoot) !== true &&
      decides("runAsNonRoot") &&
      this.#needsNonRoot()
    ) {
      this.#note(this.#plan.replace(nonRoot, true), `${who}: runAsNonRoot ${asWritten(nonRoot)} → true`);
    }
    const profile = field(context, "seccompProfile");
    const type = field(profile, "type");
    if (policy.level !== "privileged" && profile !== undefined && decides("seccompProfile")) {
      const written = text(type);
      // RuntimeDefault takes no profile's name: which of the two is meant, a person has to say.
      const isNamed = field(profile, "localhostProfile") !== undefined;
      if (written !== "RuntimeDefault" && written !== "Localhost" && !isNamed) {
        const place =
          type === undefined
            ? this.#plan.set(context, ["seccompProfile", "type"], "RuntimeDefault")
            : this.#plan.replace(type, "RuntimeDefault");
        this.#note(place, `${who}: seccompProfile.type ${written ?? "(none)"} → RuntimeDefault`);
      }
    }
    const user = field(context, "runAsUser");
    const replaces = this.#options.runAsUser !== undefined && this.#judged.template.pod.os !== "windows";
    if (replaces && user !== undefined && integer(user) === 0 && decides("runAsUser")) {
      const place = this.#plan.set(context, ["runAsUser"], this.#options.runAsUser);
      this.#note(place, `${who}: runAsUser 0 → ${this.#options.runAsUser}`);
      const group = field(context, "runAsGroup");
      if (group === undefined || integer(group) === 0) this.#plan.set(context, ["runAsGroup"], this.#options.runAsUser);
    }
  }

  #correctCapabilities(container: Container, contexts: readonly Value[]): void {
    if (!this.#restricted) return;
    const list = (name: "add" | "drop"): Value | undefined =>
      contexts
        .map((context) => at(context, "capabilities", name))
        .find((found) => found !== undefined && (!isList(found) || items(found).length > 0));
    const drop = list("drop");
    if (drop !== undefined && !isList(drop)) {
      this.#note(
        this.#plan.replace(drop, ["ALL"]),
        `container ${container.name}: capabilities.drop becomes a list with ALL`,
      );
    } else if (drop !== undefined && !items(drop).some((item) => text(item) === "ALL")) {
      const misspelt = items(drop).find((item) => capabilityName(text(item) ?? "") === "ALL");
      this.#note(
        misspelt === undefined ? this.#plan.append(drop, "ALL") : this.#plan.replace(misspelt, "ALL"),
        `container ${container.name}: capabilities.drop ${misspelt === undefined ? "gets ALL" : `${text(misspelt)} → ALL`}`,
      );
    }
    for (const item of items(list("add"))) {
      const written = text(item) ?? "";
      if (written === "NET_BIND_SERVICE" || capabilityName(written) !== "NET_BIND_SERVICE") continue;
      this.#note(
        this.#plan.replace(item, "NET_BIND_SERVICE"),
        `container ${container.name}: capabilities.add ${written} → NET_BIND_SERVICE`,
      );
    }
  }

  /** Pods in user namespaces are let off runAsNonRoot from 1.35 on, and may well run as root in there. */
  #needsNonRoot(): boolean {
    const { policy, template } = this.#judged;
    return !(template.pod.hostUsers === false && (policy.version === "latest" || policy.version >= 35));
  }

  #missing(source: ContainerSource): readonly Missing[] {
    const { container, contexts } = source;
    const windows = this.#judged.template.pod.os === "windows";
    const context = container.securityContext;
    const pod = this.#pod;
    const missing: Missing[] = [];
    const node = mapNode(source.value);
    const receivers = [source, ...(node === undefined ? [] : (this.#receivers.get(node) ?? []))];
    const add = (path: readonly string[], leaf: Leaf): void => {
      if (!receivers.some((one) => this.#isMeant(path[0] ?? "", one))) missing.push({ source, path, leaf });
    };
    // A field of a wrong type is there and is corrected; it is not missing.
    const absent = (name: string): boolean => contexts.every((one) => field(one, name) === undefined);
    if (!windows && absent("allowPrivilegeEscalation")) add(["allowPrivilegeEscalation"], false);
    if (
      this.#needsNonRoot() &&
      absent("runAsNonRoot") &&
      field(this.#judged.template.podContext, "runAsNonRoot") === undefined
    ) {
      add(["runAsNonRoot"], true);
    }
    const drops = contexts.map((one) => at(one, "capabilities", "drop"));
    if (!windows && drops.every((drop) => drop === undefined || (isList(drop) && items(drop).length === 0))) {
      add(["capabilities", "drop"], ["ALL"]);
    }
    if (
      !windows &&
      absent("seccompProfile") &&
      pod?.seccompProfile === undefined &&
      context?.seccompProfile === undefined
    ) {
      add(["seccompProfile", "type"], "RuntimeDefault");
    }
    return missing;
  }

  /** Writes what is missing: for steps where the style says, for others beside them. */
  #write(missing: readonly Missing[]): void {
    const { template } = this.#judged;
    const steps = missing.filter(({ source }) => source.role === "step");
    const others = missing.filter(({ source }) => source.role !== "step");
    const byField = new Map<string, Missing[]>();
    for (const one of steps) {
      const key = one.path.join(".");
      byField.set(key, [...(byField.get(key) ?? []), one]);
    }
    const templated: Note["changes"][number][] = [];
    for (const [name, group] of byField) {
      const [first] = group;
      if (first === undefined) continue;
      const isWanted =
        this.#options.style === "stepTemplate" || group.some(({ source }) => source.reference !== undefined);
      // A stepTemplate would give the field to the step that is to stay without.
      const isMeant =
        template.sources.some((one) => one.role === "step" && this.#isMeant(first.path[0] ?? "", one)) ||
        (name === "runAsGroup" && typeof first.leaf === "number" && this.#keepsGroup(first.leaf));
      if (template.home.kind === "task" && isWanted && !isMeant) {
        const path = ["stepTemplate", "securityContext", ...first.path];
        templated.push({ words: name, place: this.#plan.set(template.home.spec, path, first.leaf, templatePlace) });
      } else {
        others.push(...group.filter(({ source }) => source.owner === template.object));
      }
    }
    this.#noteAll("stepTemplate gets ", templated);
    const byContainer = new Map<ContainerSource, Note["changes"]>();
    for (const { source, path, leaf } of others) {
      if (source.value === undefined) continue;
      const place = this.#plan.set(source.value, ["securityContext", ...path], leaf, contextPlace);
      byContainer.set(source, [...(byContainer.get(source) ?? []), { words: path.join("."), place }]);
    }
    for (const [{ container }, changes] of byContainer) this.#noteAll(`container ${container.name} gets `, changes);
  }

  /** `--run-as-user`: user and group where none is set, and the group of volumes on the Pod. Windows has no such numbers. */
  #writeUser(uid: number): void {
    const { template } = this.#judged;
    const { home, podContext, object, sources, pod } = template;
    if (pod.os === "windows") return;
    const own = podContext?.file.text === object.file.text ? podContext : undefined;
    const holder = podHolder(home, object.version);
    if (home.kind === "workload" ? !home.takesPodContext : holder === undefined) {
      this.#writeUserOfContainers(uid);
      return;
    }
    const written: Note["changes"][number][] = [];
    const set = (name: string): void => {
      const place =
        own !== undefined
          ? this.#plan.set(own, [name], uid)
          : home.kind === "workload"
            ? this.#plan.set(home.spec, ["securityContext", name], uid, podPlace)
            : holder === undefined
              ? undefined
              : this.#plan.set(holder.value, [...holder.path, "securityContext", name], uid, holder.placement);
      if (place !== undefined) written.push({ words: name, place });
    };
    const podUser = this.#pod?.runAsUser;
    const isUserless =
      podUser === undefined &&
      (sources.length === 0 || sources.some(({ container }) => container.securityContext?.runAsUser === undefined));
    if (isUserless) set("runAsUser");
    if ((isUserless || podUser === uid) && this.#pod?.runAsGroup === undefined) {
      if (this.#keepsGroup(uid)) this.#write(sources.flatMap((source) => this.#missingGroup(source, uid)));
      else set("runAsGroup");
    }
    if (this.#pod?.fsGroup === undefined) set("fsGroup");
    this.#noteAll("the Pod gets ", written, ` ${uid}`);
  }

  /** Whether a container has another user and leaves its group to the image: a group for all would change it. */
  #keepsGroup(uid: number): boolean {
    return this.#judged.template.sources.some(({ container: { securityContext: { runAsUser, runAsGroup } = {} } }) => {
      const isReplaced = runAsUser === undefined || runAsUser === 0 || runAsUser === uid;
      return !isReplaced && runAsGroup === undefined;
    });
  }

  /** The group of a container that has no other user, and none yet. */
  #missingGroup(source: ContainerSource, uid: number): readonly Missing[] {
    const { runAsUser = uid, runAsGroup } = source.container.securityContext ?? {};
    return source.role === "tekton" ||
      source.owner !== this.#judged.template.object ||
      runAsUser !== uid ||
      runAsGroup !== undefined
      ? []
      : [{ source, path: ["runAsGroup"], leaf: uid }];
  }

  /**
   * A Task, a Pipeline or a StepAction has no Pod of its own to set it on, Knative takes no such fields of a Pod, and a
   * Workflow's Pods are of several templates, whose containers may have users of their own.
   */
  #writeUserOfContainers(uid: number): void {
    const { home, sources } = this.#judged.template;
    if (home.kind === "reference") return;
    const missing = sources.flatMap((source): readonly Missing[] => {
      const context = source.container.securityContext;
      if (source.role === "tekton" || source.value === undefined) return [];
      // A Workflow may have a Pod's user for all its templates.
      const user = context?.runAsUser ?? this.#pod?.runAsUser;
      if (user !== undefined && user !== uid) return [];
      return [
        ...(user === undefined ? [{ source, path: ["runAsUser"], leaf: uid }] : []),
        ...this.#missingGroup(source, uid),
      ];
    });
    if (missing.length === 0) return;
    this.#write(missing);
    const noteOfKind = { workload: knativeFsGroup, argo: argoFsGroup, task: taskFsGroup, "step-action": taskFsGroup };
    this.#note(this.#judged.template.place.span, noteOfKind[home.kind]);
  }
}

const fsGroupIn = (place: string): string =>
  `fsGroup exists on Pods only: set it in the ${place} where volumes are written`;
const taskFsGroup = fsGroupIn("podTemplate.securityContext of the run");
const argoFsGroup = fsGroupIn("spec.securityContext of the Workflow");

/** The map in which a run's podTemplate stands or would stand. */
function podHolder(
  home: JudgedTemplate["template"]["home"],
  version: string,
):
  | {
      readonly value: Value;
      readonly path: readonly string[];
      readonly placement: { readonly before: readonly string[] };
    }
  | undefined {
  if ((home.kind !== "task" && home.kind !== "reference") || home.run === undefined) return undefined;
  const { run } = home;
  const isPipelineRun = ["pipelineSpec", "pipelineRef", "taskRunSpecs"].some((name) => field(run, name) !== undefined);
  const path = isPipelineRun && version === "v1" ? ["taskRunTemplate", "podTemplate"] : ["podTemplate"];
  return { value: run, path, placement: { before: ["taskSpec", "taskRef", "pipelineSpec", "pipelineRef"] } };
}

/** The value of a field that counts: the strongest context's. */
const deciding = ({ contexts }: ContainerSource, name: string): Value | undefined =>
  contexts.map((context) => field(context, name)).find((found) => found !== undefined);

const sameValue = (left: Value | undefined, right: Value | undefined): boolean => left?.node === right?.node;

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** A value in what is said of it: in quotes where they are what is wrong with it. */
const asWritten = (value: Value): string => {
  const written = text(value) ?? "(none)";
  return isPlain(value) ? written : JSON.stringify(written);
};
