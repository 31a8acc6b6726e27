/** Manifests to fix, and the pods that they make, put together here by the words of Tekton's and Kubernetes' documents alone. */
import { parseAllDocuments } from "yaml";
import { get, text } from "./cluster.ts";
import { good, type JsonObject } from "./pods.ts";

const workload = (apiVersion: string, kind: string, spec: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: web\nspec:\n${spec}`;
const template = (indent: string): string =>
  [
    "template:",
    "  metadata:",
    "    labels: { app: web } # a comment",
    "  spec:",
    "    initContainers:",
    "      - name: first",
    "        image: registry.invalid/none:1",
    "    containers:",
    "      - name: web",
    "        image: registry.invalid/none:1",
    "        securityContext:",
    "          capabilities: { drop: [all] }",
    "      - { name: proxy, image: registry.invalid/none:1 }",
    "",
  ]
    .map((line) => (line === "" ? line : indent + line))
    .join("\n");

/** Each can be made to run restricted. */
export const fixable: Readonly<Record<string, string>> = {
  Pod: `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext:
    runAsNonRoot: true
  containers:
  - name: web
    image: registry.invalid/none:1
    securityContext: {allowPrivilegeEscalation: true}
`,
  Deployment: workload("apps/v1", "Deployment", `  selector: {matchLabels: {app: web}}\n${template("  ")}`),
  StatefulSet: workload(
    "apps/v1",
    "StatefulSet",
    `  serviceName: web\n  selector: {matchLabels: {app: web}}\n${template("  ")}`,
  ),
  DaemonSet: workload("apps/v1", "DaemonSet", `  selector: {matchLabels: {app: web}}\n${template("  ")}`),
  Job: workload("batch/v1", "Job", template("  ").replace("  spec:\n", "  spec:\n      restartPolicy: Never\n")),
  CronJob: workload(
    "batch/v1",
    "CronJob",
    `  schedule: "* * * * *"\n  jobTemplate:\n    spec:\n${template("      ").replace("  spec:\n", "  spec:\n          restartPolicy: Never\n")}`,
  ),
  Task: `apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: build
spec:
  stepTemplate:
    securityContext:
      runAsUser: 1000
  sidecars:
    - name: db
      image: registry.invalid/none:1
  steps:
    - name: clone
      image: registry.invalid/none:1
    - image: registry.invalid/none:1
      securityContext:
        capabilities: { drop: [NET_RAW] }
      script: |
        # not YAML: { [
        id
`,
  "Task, v1beta1": `apiVersion: tekton.dev/v1beta1
kind: Task
metadata: { name: build }
spec:
  steps:
  - { name: a, image: "registry.invalid/none:1", securityContext: &context { runAsNonRoot: true } }
  - { name: b, image: "registry.invalid/none:1", securityContext: *context }
`,
};

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Pod specs of a file, as the cluster would come to them. */
export function podSpecsOf(manifest: string): readonly JsonObject[] {
  return parseAllDocuments(manifest).flatMap((document): readonly JsonObject[] => {
    const object: unknown = document.toJS();
    switch (get(object, "kind")) {
      case "Pod":
        return [get(object, "spec")].filter(isObject);
      case "CronJob":
        return [get(object, "spec", "jobTemplate", "spec", "template", "spec")].filter(isObject);
      case "Task":
        return [taskPod(get(object, "spec"))];
      default:
        return [get(object, "spec", "template", "spec")].filter(isObject);
    }
  });
}

const container = (value: unknown, name: string, context: unknown): JsonObject => ({
  name,
  image: text(value, "image"),
  ...(isObject(context) ? { securityContext: context } : {}),
});
/** A container that Tekton makes, with set-security-context. */
const own = (name: string): JsonObject => ({ name, image: "registry.invalid/tekton:1", securityContext: good });

/** The pod of a TaskRun: Tekton's own init containers, the steps with stepTemplate under them, the sidecars. */
function taskPod(spec: unknown): JsonObject {
  const under = get(spec, "stepTemplate", "securityContext");
  return {
    initContainers: [own("prepare"), own("place-scripts")],
    containers: [
      ...list(get(spec, "steps")).map((step, index) =>
        container(
          step,
          `step-${text(step, "name") || `unnamed-${index}`}`,
          merged(under, get(step, "securityContext")),
        ),
      ),
      ...list(get(spec, "sidecars")).map((sidecar) =>
        container(sidecar, `sidecar-${text(sidecar, "name")}`, get(sidecar, "securityContext")),
      ),
    ],
  };
}

/** Field by field, the step's wins; lists whole. */
function merged(under: unknown, over: unknown): unknown {
  if (!isObject(under) || !isObject(over)) return over ?? under;
  return Object.fromEntries(
    [...new Set([...Object.keys(under), ...Object.keys(over)])].map((key) => [key, merged(under[key], over[key])]),
  );
}
