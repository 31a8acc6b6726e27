import { describe, expect, test } from "vitest";
import { fixOne, judge, judgeOne, ofRule } from "./test-kit.ts";

const context =
  "{allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}";
const template = `{spec: {containers: [{name: a, image: x, securityContext: ${context}}]}}`;
const object = (apiVersion: string, kind: string, spec: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\nspec:\n${spec}`;

const reasons = "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile";
const added = (text: string): readonly string[] =>
  judgeOne(text).findings.map(
    ({ rule, severity, outcome, stage, message }) => `${rule} ${severity} ${outcome} ${stage}: ${message}`,
  );
const refused = (who: string): string => `${who}, and restricted:latest refuses the Pod for it: ${reasons}`;

const groups = (fields: string, pad = "  "): string =>
  `${pad}headGroupSpec: {template: ${template}}\n${pad}workerGroupSpecs: [{groupName: small, template: ${template}}]\n${fields}`;

const rayCluster = (fields: string): string => object("ray.io/v1", "RayCluster", groups(fields));
const rayJob = (fields: string): string =>
  object("ray.io/v1", "RayJob", `  rayClusterSpec:\n${groups("", "    ")}${fields}`);

describe("KubeRay's autoscaler in the head's Pod", () => {
  const on = "  enableInTreeAutoscaling: true\n";
  test("has no security context of its own", () => {
    const text = rayCluster(on);
    expect(judgeOne(text).templates.map((one) => one.template.name)).toEqual([
      "RayCluster a, headGroupSpec",
      "RayCluster a, small",
    ]);
    expect(added(text)).toEqual([
      `added-container error fail RayCluster a: ${refused('KubeRay adds the container "autoscaler" to the head')}`,
    ]);
    expect(fixOne(text)).toBe(text);
    expect(judgeOne(text, { level: "baseline" }).findings).toEqual([]);
  });
  test.each([
    ["is off", ""],
    ["is said to be off", "  enableInTreeAutoscaling: false\n"],
    ["has one by autoscalerOptions", `${on}  autoscalerOptions: {securityContext: ${context}}\n`],
  ])("nothing is said where it %s", (_, fields) => {
    expect(added(rayCluster(fields))).toEqual([]);
  });
  test("what the head's Pod gives all its containers counts", () => {
    const text = rayCluster(on).replace(
      "{spec: {",
      "{spec: {securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, ",
    );
    expect(ofRule(judgeOne(text), "added-container")).toMatchObject([
      {
        message: expect.stringMatching(
          /refuses the Pod for it: allowPrivilegeEscalation != false, unrestricted capabilities$/,
        ),
      },
    ]);
  });
  test.each([
    ["RayService", "  rayClusterConfig:\n"],
    ["RayJob", "  submissionMode: HTTPMode\n  rayClusterSpec:\n"],
    ["RayCronJob", "  jobTemplate: {submissionMode: HTTPMode, rayClusterSpec: {"],
  ])("so in a %s", (kind, head) => {
    const flow = kind === "RayCronJob";
    const spec = flow
      ? `${head}enableInTreeAutoscaling: true, headGroupSpec: {template: ${template}}}}\n`
      : head + groups(`  ${on}`, "    ");
    expect(added(object("ray.io/v1", kind, spec))).toHaveLength(1);
  });
});

describe("what submits a RayJob", () => {
  const sidecar = refused('KubeRay adds the container "ray-job-submitter" to the head');
  test.each([
    ["by default", "", [refused("KubeRay makes a Pod that submits the job")]],
    ["as a Job", "  submissionMode: K8sJobMode\n", [refused("KubeRay makes a Pod that submits the job")]],
    [
      "as a sidecar, which takes no template",
      `  submissionMode: SidecarMode\n  submitterPodTemplate: ${template}\n`,
      [sidecar],
    ],
    ["over HTTP", "  submissionMode: HTTPMode\n", []],
    ["as its template says", `  submitterPodTemplate: ${template}\n`, []],
  ])("%s", (_, fields, messages) => {
    expect(ofRule(judgeOne(rayJob(fields)), "added-container").map(({ message }) => message)).toEqual(messages);
  });
  test("its template is judged", () => {
    const text = rayJob("  submitterPodTemplate: {spec: {containers: [{name: b, image: x}]}}\n");
    expect(new Set(judgeOne(text).findings.map(({ stage }) => stage))).toEqual(
      new Set(["RayJob a, submitterPodTemplate"]),
    );
  });
});

const replicas = (name: string, ...kinds: readonly string[]): string =>
  `  ${name}: {${kinds.map((kind) => `${kind}: {template: ${template}}`).join(", ")}}\n`;
const kubeflowJob = (kind: string, ...kinds: readonly string[]): string =>
  object("kubeflow.org/v1", kind, replicas(kind === "MPIJob" ? "mpiReplicaSpecs" : "pytorchReplicaSpecs", ...kinds));

describe("init containers of Kubeflow's training operator", () => {
  test("a PyTorchJob's workers wait for the master in one, which the operator's settings may restrict", () => {
    expect(added(kubeflowJob("PyTorchJob", "Master", "Worker"))).toEqual([
      `added-container warning open PyTorchJob a: ${refused('the training operator adds the container "init-pytorch" to the workers, by default without a security context')}`,
    ]);
    expect(added(kubeflowJob("PyTorchJob", "Worker"))).toEqual([]);
    expect(added(kubeflowJob("PyTorchJob", "Master"))).toEqual([]);
  });
  test("an MPIJob's launcher gets kubectl by one, up to v1", () => {
    const text = kubeflowJob("MPIJob", "Launcher", "Worker");
    expect(added(text)).toEqual([
      `added-container error fail MPIJob a: ${refused('the training operator adds the container "kubectl-delivery" to the launcher, without a security context')}`,
    ]);
    expect(added(text.replace("/v1", "/v2beta1"))).toEqual([]);
  });
});

describe.each(["Sensor", "EventSource"])("the Pod that a %s is itself", (kind) => {
  const said = (inside: string): readonly string[] =>
    judgeOne(object("argoproj.io/v1alpha1", kind, `  template: {${inside}}\n`)).findings.map(({ message }) => message);
  test("has what its template says", () => {
    expect(said("serviceAccountName: a")).toEqual([
      refused('Argo Events makes a Pod of this with the container "main"'),
    ]);
    expect(said(`container: {securityContext: ${context}}`)).toEqual([]);
    expect(said(`securityContext: {runAsUser: 0}, container: {securityContext: ${context}}`)).toEqual([
      expect.stringMatching(/refuses the Pod for it: runAsUser=0$/),
    ]);
    expect(said(`volumes: [{name: a, hostPath: {path: /a}}], container: {securityContext: ${context}}`)).toEqual([
      expect.stringMatching(/refuses the Pod for it: restricted volume types$/),
    ]);
  });
});

const taskSteps = `steps: [{name: s, image: x, securityContext: ${context}}]`;
const claim = "  workspaces: [{name: w, persistentVolumeClaim: {claimName: c}}]\n";
const runWith = (fields: string): string =>
  object("tekton.dev/v1", "PipelineRun", `  pipelineSpec: {tasks: [{name: t, taskSpec: {${taskSteps}}}]}\n${fields}`);
const podTemplate = (fields: string): string => `  taskRunTemplate: {podTemplate: {${fields}}}\n`;
const configMap = (name: string, data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {${data}}\n`;
const flags = (isOn: boolean, more = ""): string =>
  configMap("feature-flags", `set-security-context: "${isOn}"${more}`);
const assistant = (texts: readonly string[], level?: "baseline"): readonly string[] =>
  judge(texts, level === undefined ? {} : { level })
    .flatMap((file) => ofRule(file, "added-container"))
    .map(({ message }) =>
      message.replace("Tekton makes a Pod of its own for the run, the affinity assistant, and ", ""),
    );
const allRefused = `restricted:latest refuses the Pod for it: ${reasons}`;

describe("Tekton's affinity assistant", () => {
  test("has no security context where the flag is off", () => {
    expect(assistant([runWith(claim), flags(false)])).toEqual([allRefused]);
    expect(
      assistant([
        runWith(claim.replace("persistentVolumeClaim: {claimName: c}", "volumeClaimTemplate: {spec: {}}")),
        flags(false),
      ]),
    ).toEqual([allRefused]);
    expect(assistant([runWith(claim), flags(false)], "baseline")).toEqual([]);
  });
  test.each([
    ["the flag is on", [runWith(claim), flags(true)]],
    ["nothing is known of the flag", [runWith(claim)]],
    ["no workspace is a claim", [runWith("  workspaces: [{name: w, emptyDir: {}}]\n"), flags(false)]],
    ["coschedule is disabled", [runWith(claim), flags(false, ", coschedule: disabled")]],
    ["it is switched off by the older flag", [runWith(claim), flags(false, ', disable-affinity-assistant: "true"')]],
  ])("nothing is said where %s", (_, texts) => expect(assistant(texts)).toEqual([]));
  test("there is one for every run where coschedule says so", () => {
    expect(assistant([runWith(""), flags(false, ", coschedule: pipelineruns")])).toEqual([allRefused]);
  });
  test("has the run's podTemplate, and nothing of taskRunSpecs", () => {
    const root = podTemplate("securityContext: {runAsUser: 0}");
    const other =
      "  taskRunSpecs: [{pipelineTaskName: t, podTemplate: {securityContext: {runAsUser: 5, runAsGroup: 5}}}]\n";
    expect(assistant([runWith(claim + root + other), flags(true)])).toEqual([
      "restricted:latest refuses the Pod for it: runAsUser=0",
    ]);
  });
  test("… and what its own default has", () => {
    const defaults = configMap(
      "config-defaults",
      'default-affinity-assistant-pod-template: "securityContext: {runAsUser: 0}"',
    );
    expect(assistant([runWith(claim), flags(true), defaults])).toEqual([
      "restricted:latest refuses the Pod for it: runAsUser=0",
    ]);
    const own = podTemplate("securityContext: {fsGroup: 5}");
    expect(assistant([runWith(claim + own), flags(true), defaults])).toEqual([]);
  });
  test("on Windows nodes it has runAsNonRoot alone", () => {
    const windows = podTemplate("nodeSelector: {kubernetes.io/os: windows}");
    expect(assistant([runWith(claim + windows), flags(true)])).toEqual([
      allRefused.replace(", runAsNonRoot != true", ""),
    ]);
  });
});
