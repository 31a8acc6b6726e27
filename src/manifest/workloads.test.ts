import { describe, expect, test } from "vitest";
import { fix, judgeOne, places } from "./test-kit.ts";

const object = (apiVersion: string, kind: string, spec: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\nspec:\n${spec}`;
const template = `  template:
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
`;
const fixedTemplate = `${template}          securityContext:
            allowPrivilegeEscalation: false
            runAsNonRoot: true
            capabilities:
              drop: ["ALL"]
            seccompProfile:
              type: RuntimeDefault
`;

const inside = (text: string): string => `  jobTargetRef:\n${text.replaceAll(/^/gm, "  ").trimEnd()}\n`;

describe("kinds of other APIs that hold a whole Pod template are judged and fixed as Kubernetes' own", () => {
  test.each([
    ["argoproj.io/v1alpha1", "Rollout"],
    ["apps.openshift.io/v1", "DeploymentConfig"],
    ["apps.kruise.io/v1alpha1", "CloneSet"],
    ["apps.kruise.io/v1beta1", "StatefulSet"],
    ["apps.kruise.io/v1alpha1", "DaemonSet"],
    ["apps.kruise.io/v1alpha1", "BroadcastJob"],
    ["actions.github.com/v1alpha1", "AutoscalingRunnerSet"],
    ["kubeflow.org/v1", "Notebook"],
    ["sources.knative.dev/v1", "ContainerSource"],
  ])("%s %s", (apiVersion, kind) => {
    const text = object(apiVersion, kind, template);
    expect(places(judgeOne(text))).toEqual([
      "allow-privilege-escalation at 8",
      "run-as-non-root at 8",
      "seccomp-profile at 8",
      "unrestricted-capabilities at 8",
    ]);
    expect(fix([text])).toEqual([object(apiVersion, kind, fixedTemplate)]);
  });

  test("KEDA's ScaledJob has its template deeper", () => {
    const text = object("keda.sh/v1alpha1", "ScaledJob", inside(template));
    expect(fix([text])).toEqual([object("keda.sh/v1alpha1", "ScaledJob", inside(fixedTemplate))]);
  });

  test("a Rollout that names a Deployment has no template, and no fault", () => {
    const text = object("argoproj.io/v1alpha1", "Rollout", "  workloadRef: {kind: Deployment, name: web}\n");
    expect(judgeOne(text).findings).toEqual([]);
  });
});

const entry = (name: string, text: string): string =>
  `  - name: ${name}\n    replicas: 2\n${text.replaceAll(/^(?=.)/gm, "  ")}`;
const deeper = (text: string): string => text.replaceAll(/^(?=.)/gm, "    ");
const volcano = (text: string): string => `  tasks:\n${entry("master", text)}${entry("worker", text)}`;
const pods = (fields: string): string =>
  `  - template: {spec: {podSecurityContext: {}, containers: [{name: a, securityContext: {${fields}}}]}}\n`;

const replicas =
  (name: string) =>
  (text: string): string =>
    `  ${name}:\n    Master:\n      replicas: 1\n${deeper(text)}    Worker:\n      replicas: 2\n${deeper(text)}`;
const leaders = (text: string): string => {
  const inner = text.replaceAll(/^(?=.)/gm, "  ");
  return `  leaderWorkerTemplate:\n${inner.replace("template", "leaderTemplate")}${inner.replace("template", "workerTemplate")}`;
};
const wholeJob = "{spec: {template: {spec: {containers: [{name: a, image: x}]}}}}";
const runtime = `  template: {spec: {replicatedJobs: [{name: node, template: ${wholeJob}}]}}\n`;

describe("kinds that hold several Pod templates", () => {
  test.each([
    [
      "jobset.x-k8s.io/v1alpha2",
      "JobSet",
      (text: string) => {
        const job = (name: string): string => entry(name, `  template:\n    spec:\n${deeper(text)}`);
        return `  replicatedJobs:\n${job("master")}${job("worker")}`;
      },
    ],
    [
      "operators.coreos.com/v1alpha1",
      "ClusterServiceVersion",
      (text: string) => {
        const deployment = (name: string): string => entry(name, `  spec:\n${deeper(text)}`);
        return `  install:\n    spec:\n${deeper(`  deployments:\n${deployment("master")}${deployment("worker")}`)}`;
      },
    ],
    ["batch.volcano.sh/v1alpha1", "Job", volcano],
    ["batch.volcano.sh/v1alpha1", "CronJob", (text: string) => `  jobTemplate:\n    spec:\n${deeper(volcano(text))}`],
  ])("%s %s: each is judged and fixed under its name", (apiVersion, kind, spec) => {
    const text = object(apiVersion, kind, spec(template));
    const judged = judgeOne(text);
    expect(judged.templates.map(({ template: { name } }) => name)).toEqual([`${kind} a, master`, `${kind} a, worker`]);
    expect(judged.findings).toHaveLength(8);
    expect(fix([text])).toEqual([object(apiVersion, kind, spec(fixedTemplate))]);
    expect(judgeOne(object(apiVersion, kind, spec(fixedTemplate))).findings).toEqual([]);
  });

  test.each([
    ["JAXJob", "jaxReplicaSpecs"],
    ["MXJob", "mxReplicaSpecs"],
    ["PaddleJob", "paddleReplicaSpecs"],
    ["TFJob", "tfReplicaSpecs"],
    ["XGBoostJob", "xgbReplicaSpecs"],
  ])("kubeflow.org/v1 %s: by the key of each", (kind, name) => {
    const spec = replicas(name);
    const text = object("kubeflow.org/v1", kind, spec(template));
    const judged = judgeOne(text);
    expect(judged.templates.map((one) => one.template.name)).toEqual([`${kind} a, Master`, `${kind} a, Worker`]);
    expect(fix([text])).toEqual([object("kubeflow.org/v1", kind, spec(fixedTemplate))]);
    expect(judgeOne(object("kubeflow.org/v1", kind, spec(fixedTemplate))).findings).toEqual([]);
  });

  test("leaders and workers stand in fields of their own", () => {
    const text = object("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", leaders(template));
    expect(judgeOne(text).templates.map((one) => one.template.name)).toEqual([
      "LeaderWorkerSet a, leaderTemplate",
      "LeaderWorkerSet a, workerTemplate",
    ]);
    expect(fix([text])).toEqual([object("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", leaders(fixedTemplate))]);
  });

  test.each([
    ["trainer.kubeflow.org/v1alpha1", "TrainingRuntime", runtime, "TrainingRuntime a, node"],
    ["trainer.kubeflow.org/v1alpha1", "ClusterTrainingRuntime", runtime, "ClusterTrainingRuntime a, node"],
    ["sinks.knative.dev/v1alpha1", "JobSink", `  job: ${wholeJob}\n`, "JobSink a"],
  ])("%s %s holds whole Jobs", (apiVersion, kind, spec, name) => {
    expect(judgeOne(object(apiVersion, kind, spec)).templates.map((one) => one.template.name)).toEqual([name]);
  });

  test("a fault is said of each where it stands, and an entry without a name by its number", () => {
    const judged = judgeOne(
      object("batch.volcano.sh/v1alpha1", "Job", `  tasks:\n${pods("privileged: true")}${pods("runAsNonRoot: x")}`),
      { level: "baseline" },
    );
    expect(places(judged)).toEqual([
      "misplaced-field at 6",
      "cannot-run-restricted at 6",
      "privileged-container at 6",
      "misplaced-field at 7",
      "wrong-type at 7",
    ]);
    expect(judged.findings[2]?.stage).toBe("Job a, 0");
  });
});

describe("a Pod template without containers is not taken for well", () => {
  test.each([
    ["[]", "the API server refuses a Pod of this: spec.containers: Required value"],
    ["web", 'containers must be a list; the API server does not take "web"'],
  ])("%s", (containers, message) => {
    const bad = `  template: {spec: {containers: ${containers}}}\n`;
    const judged = judgeOne(object("argoproj.io/v1alpha1", "Rollout", bad));
    expect(judged.findings).toMatchObject([{ severity: "error", message }]);
    expect(judged.invalid.size).toBe(1);
  });
  test("one of several", () => {
    const judged = judgeOne(
      object(
        "batch.volcano.sh/v1alpha1",
        "Job",
        `  tasks:\n  - template: {spec: {containers: []}}\n${entry("a", template)}`,
      ),
      { level: "privileged" },
    );
    expect(places(judged)).toEqual(["no-containers at 6"]);
  });
  test("none at all may be a patch's", () => {
    const judged = judgeOne(object("argoproj.io/v1alpha1", "Rollout", "  template: {spec: {volumes: []}}\n"));
    expect(judged.findings).toMatchObject([{ rule: "no-containers", severity: "info" }]);
  });
});

test.each(["constructor", "toString", "__proto__", "valueOf"])("a kind or an API group may be called %s", (word) => {
  for (const apiVersion of ["v1", `${word}/v1`])
    expect(judgeOne(object(apiVersion, word, template))).toMatchObject({ templates: [], passedOver: 1 });
});
