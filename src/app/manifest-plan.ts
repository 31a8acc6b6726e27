/** What `manifest` prints instead of judging: a Kyverno Policy, Tekton's patch, the plan that proves a Task. */
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import { visible } from "../core/terminal-text.ts";
import type { ManifestObject } from "../manifest/objects.ts";
import type { RunOptions } from "./requests.ts";

export interface PlanRequest {
  readonly what:
    | { readonly kind: "kyverno"; readonly namespace?: string; readonly runAsUser?: number }
    | { readonly kind: "tekton-config" }
    | { readonly kind: "verify-plan"; readonly namespace: string };
  /** Files, folders, or `-` for `stdin`. */
  readonly targets: readonly string[];
  readonly stdin?: string | Uint8Array;
}

/** The text to print. Files are read only where they say something: the namespace, the kind of installation, the Task. */
export async function planText(request: PlanRequest, options: RunOptions): Promise<Result<string, Failure>> {
  const objects = request.targets.length === 0 ? ok([]) : await readObjects(request, options);
  if (!objects.ok) return objects;
  const { what } = request;
  switch (what.kind) {
    case "kyverno": {
      const { kyvernoPolicy } = await import("../manifest/kyverno.ts");
      const namespace = what.namespace ?? onlyNamespace(objects.value.map(({ object }) => object));
      return ok(
        kyvernoPolicy({
          ...(namespace === undefined ? {} : { namespace }),
          ...(what.runAsUser === undefined ? {} : { runAsUser: what.runAsUser }),
        }),
      );
    }
    case "tekton-config": {
      const { tektonConfigObjects, tektonConfigPatch } = await import("../manifest/tekton-config.ts");
      const found = tektonConfigObjects.find((wanted) =>
        objects.value.some(({ object }) => holdsSettings(object, wanted)),
      );
      return ok(found === undefined ? tektonConfigPatch() : tektonConfigPatch([found]));
    }
    case "verify-plan":
      return verifyPlanText(objects.value, what.namespace);
  }
}

interface FoundObject {
  readonly file: string;
  readonly object: ManifestObject;
}

async function readObjects(
  request: PlanRequest,
  options: RunOptions,
): Promise<Result<readonly FoundObject[], Failure>> {
  const [{ readManifests }, { objectsOf }] = await Promise.all([
    import("./read-manifests.ts"),
    import("../manifest/objects.ts"),
  ]);
  const read = await readManifests(request, options);
  if (!read.ok) return read;
  const objects: FoundObject[] = [];
  for (const one of read.value) {
    if (!("yaml" in one)) return err(one.failure);
    for (const object of objectsOf(one.yaml)) objects.push({ file: one.name, object });
  }
  return ok(objects);
}

/** The namespace of all objects that have one, where it is the same. */
function onlyNamespace(objects: readonly ManifestObject[]): string | undefined {
  const [namespace, ...more] = new Set(objects.flatMap((object) => object.namespace ?? []));
  return more.length === 0 && namespace !== undefined && /^[a-z0-9-]{1,63}$/.test(namespace) ? namespace : undefined;
}

function holdsSettings({ group, kind, name }: ManifestObject, wanted: string): boolean {
  return wanted === "ConfigMap"
    ? group === "" && kind === "ConfigMap" && name === "feature-flags"
    : group === "operator.tekton.dev" && kind === wanted;
}

async function verifyPlanText(objects: readonly FoundObject[], namespace: string): Promise<Result<string, Failure>> {
  const { tasksOf, verifyPlan } = await import("../manifest/verify-plan.ts");
  const tasks = objects.filter(({ object }) => tasksOf([object]).length > 0);
  if (tasks.length === 0) {
    return err({
      code: "USAGE",
      message: objects.length === 0 ? "--verify-plan needs the file of a Task" : "the files hold no Task with a name",
      hint: `name one, such as: image-fix manifest --verify-plan ${namespace} task.yaml`,
    });
  }
  const unnamed = tasks.find(({ file }) => file === "-" || hasControl(file));
  if (unnamed !== undefined) {
    return err({
      code: "USAGE",
      message:
        unnamed.file === "-"
          ? "a plan names the file that kubectl is to apply, and standard input has no name"
          : "the file's name holds a control character, which no plan can show",
      hint: `save it and name it: image-fix manifest --verify-plan ${namespace} task.yaml`,
    });
  }
  const elsewhere = tasks.find(({ object }) => object.namespace !== undefined && object.namespace !== namespace);
  if (elsewhere !== undefined) {
    return err({
      code: "USAGE",
      message: `Task ${elsewhere.object.name} names the namespace ${elsewhere.object.namespace}, and kubectl applies it nowhere else`,
      hint: "plan for that namespace, or take metadata.namespace out of the file",
    });
  }
  return ok(verifyPlan(tasks, namespace));
}

/** Control characters and what reorders text: `visible` changes such a name, and a shell needs it as it is. */
const hasControl = (name: string): boolean => visible(name) !== name || /[\n\t]/.test(name);
