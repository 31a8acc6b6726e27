/** The shell lines that prove a Task on a cluster: label, run, expected output. */
import { shellWord } from "../core/shell-word.ts";
import type { ManifestObject } from "./objects.ts";
import { at, bool, field, items, text, type Value } from "./yaml/read.ts";

/** A Task to prove. */
export interface PlannedTask {
  /** The file to apply, as the user named it. */
  readonly file: string;
  readonly object: ManifestObject;
}

/** The Tasks among objects. */
export const tasksOf = (objects: readonly ManifestObject[]): readonly ManifestObject[] =>
  objects.filter(({ group, kind, name }) => group === "tekton.dev" && kind === "Task" && isName(name));

/** Names as the API has them (RFC 1123); anything else could not be created, and does not go into a plan. */
const isName = (name: string): boolean => name.length <= 253 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(name);

/** A namespace as the API has it: a label of at most 63 characters. */
export const isNamespace = (name: string): boolean => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name);

/** The plan for all Tasks, as text for a shell. */
export function verifyPlan(tasks: readonly PlannedTask[], namespace: string): string {
  const files = [...new Set(tasks.map(({ file }) => file))];
  const ns = shellWord(namespace);
  const names = files.map(fileWord).join(" ");
  return `# Proves ${tasks.map(({ object }) => `Task ${object.name}`).join(", ")} in the namespace ${namespace}, under restricted.
# Run it line by line; what each line is to answer stands below it.

# 1. What the cluster would say, without a cluster: the Pods, then their images.
image-fix manifest ${names}
# exit code 0
image-fix manifest --images ${names}
# exit code 0

# 2. A namespace that enforces restricted.
kubectl get namespace ${ns} || kubectl create namespace ${ns}
kubectl label namespace ${ns} pod-security.kubernetes.io/enforce=restricted --overwrite
# namespace/${namespace} labeled
# (A "Warning: existing pods in namespace …" names Pods that will be refused the next time they are made.)

# 3. Tekton's own containers: this has to say true.
kubectl get configmap feature-flags -n tekton-pipelines -o jsonpath='{.data.set-security-context}{"\\n"}'
# true
# (If not: image-fix manifest --tekton-config. On OpenShift the namespace is openshift-pipelines.)

# 4. The ${tasks.length === 1 ? "Task" : "Tasks"}.
kubectl apply -n ${ns} ${files.map((file) => `-f ${fileWord(file)}`).join(" ")}
${tasks.map(({ object }) => `# task.tekton.dev/${object.name} created`).join("\n")}
${tasks.map((task, index) => runOf(task, namespace, index + 5)).join("")}`;
}

function runOf({ object }: PlannedTask, namespace: string, number: number): string {
  const ns = shellWord(namespace);
  const steps = stepNames(object.value);
  return `
# ${number}. A run of Task ${object.name}.${paramsNote(object.value)}
run=$(kubectl create -n ${ns} -o name -f - <<'EOF'
${taskRun(object)}EOF
)
echo "$run"
# taskrun.tekton.dev/${object.name}-…
kubectl wait -n ${ns} --for=condition=Succeeded --timeout=10m "$run"
# taskrun.tekton.dev/${object.name}-… condition met
kubectl get -n ${ns} "$run"
# NAME … SUCCEEDED True, REASON Succeeded
# Anything else: kubectl get -n ${ns} "$run" -o yaml | image-fix explain -

# Who the steps ran as, as the node saw it (Kubernetes 1.33 and later; older ones print nothing behind the names).
kubectl get pod -n ${ns} -l "tekton.dev/taskRun=\${run#*/}" -o jsonpath='{range .items[*].status.containerStatuses[*]}{.name}{" "}{.user.linux.uid}{"\\n"}{end}'
${steps.map((step) => `# step-${step} followed by a number that is not 0`).join("\n")}
`;
}

/** A TaskRun with all that the Task asks for: parameters without a default, workspaces that are not optional. */
function taskRun({ name, version, value }: ManifestObject): string {
  const params = requiredParams(value);
  const workspaces = items(at(value, "spec", "workspaces"))
    .filter((workspace) => bool(field(workspace, "optional")) !== true)
    .flatMap((workspace) => text(field(workspace, "name")) ?? []);
  return [
    `apiVersion: tekton.dev/${version === "v1beta1" ? "v1beta1" : "v1"}`,
    "kind: TaskRun",
    "metadata:",
    `  generateName: ${name}-`,
    "spec:",
    "  taskRef:",
    `    name: ${yamlText(name)}`,
    ...(params.length === 0 ? [] : ["  params:"]),
    ...params.flatMap(({ name: param, type }) => [
      `    - name: ${yamlText(param)}`,
      `      value: ${placeholder(type)}`,
    ]),
    ...(workspaces.length === 0 ? [] : ["  workspaces:"]),
    ...workspaces.flatMap((workspace) => [`    - name: ${yamlText(workspace)}`, "      emptyDir: {}"]),
    "",
  ].join("\n");
}

function requiredParams(task: Value): readonly { readonly name: string; readonly type: string }[] {
  return items(at(task, "spec", "params")).flatMap((param) => {
    const name = text(field(param, "name"));
    if (name === undefined || field(param, "default") !== undefined) return [];
    return [{ name, type: text(field(param, "type")) ?? "string" }];
  });
}

const paramsNote = (task: Value): string =>
  requiredParams(task).length === 0 ? "" : ` Replace VALUE: these parameters have no default.`;

const placeholder = (type: string): string =>
  type === "array" ? "[VALUE]" : type === "object" ? "{KEY: VALUE}" : "VALUE";

/** Steps as Tekton names their containers. */
function stepNames(task: Value): readonly string[] {
  return items(at(task, "spec", "steps")).map((step, index) => {
    const name = text(field(step, "name"));
    return name !== undefined && isName(name) ? name : `unnamed-${index}`;
  });
}

/** A text in YAML; what is not plain is written as JSON, which YAML reads too. */
const yamlText = (value: string): string =>
  /^[A-Za-z][\w-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value);

/** A file for a command line; one that begins with `-` is no option. */
const fileWord = (file: string): string => shellWord(file.startsWith("-") ? `./${file}` : file);
