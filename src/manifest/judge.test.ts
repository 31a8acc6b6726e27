import { describe, expect, test } from "vitest";
import { judge, judgeOne, ofRule, places } from "./test-kit.ts";

const good =
  "securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}";
const goodTask = (more = ""): string =>
  `apiVersion: tekton.dev/v1\nkind: Task\nmetadata:\n  name: t\nspec:\n  stepTemplate:\n    ${good}\n  steps:\n    - name: a\n      image: x\n${more}`;
const set = { tektonVersion: 10_016 };

const namesOf = (text: string, options = {}): readonly string[] =>
  judgeOne(text, options).templates.flatMap(({ template }) => template.sources.map(({ container }) => container.name));

describe("pods and their containers, as Tekton makes them", () => {
  test("steps and sidecars have their prefixes, steps without a name their number", () => {
    expect(namesOf(goodTask("    - image: y\n  sidecars:\n    - name: db\n      image: z\n"))).toEqual([
      "step-a",
      "step-unnamed-1",
      "sidecar-db",
    ]);
  });
  test("names are cut as Tekton cuts them", () => {
    const [, long] = namesOf(goodTask(`    - name: ${"x".repeat(57)}-yz\n      image: y\n`));
    expect(long).toBe(`step-${"x".repeat(57)}`);
  });
  test("Tekton's own containers count where they have no context", () => {
    const script = goodTask("      script: id\n      workingDir: sub\n");
    expect(namesOf(script, { tektonVersion: 48 })).toEqual([
      "prepare",
      "place-scripts",
      "working-dir-initializer",
      "step-a",
    ]);
    expect(namesOf(goodTask(), { tektonVersion: 48 })).toEqual(["prepare", "step-a"]);
    expect(namesOf(script, set)).toEqual(["step-a"]);
    const flags =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: feature-flags}\ndata: {set-security-context: "false"}\n';
    const [task] = judge([goodTask(), flags]);
    expect(task?.templates[0]?.refusals[0]?.detail).toBe(
      'container "prepare" must set securityContext.allowPrivilegeEscalation=false',
    );
  });
  test("a step wins over stepTemplate field by field, lists are taken whole", () => {
    const text = goodTask(
      "    - name: b\n      image: y\n      securityContext:\n        runAsNonRoot: false\n        capabilities: {add: [NET_BIND_SERVICE]}\n    - name: c\n      image: z\n      securityContext: {capabilities: {drop: [NET_RAW]}}\n",
    );
    expect(judgeOne(text, set).templates[0]?.refusals.map(({ detail }) => detail)).toEqual([
      'container "step-c" must set securityContext.capabilities.drop=["ALL"]',
      'container "step-b" must not set securityContext.runAsNonRoot=false',
    ]);
  });
  test("what is exported as status is no Pod", () => {
    const text =
      "apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: r}\nspec: {taskRef: {name: t}}\nstatus:\n  taskSpec: {steps: [{image: x}]}\n";
    expect(places(judgeOne(text, set))).toEqual(["not-given? at 4"]);
  });
});

const runOf = (spec: string, kind = "TaskRun", version = "v1"): string =>
  `apiVersion: tekton.dev/${version}\nkind: ${kind}\nmetadata:\n  name: r\nspec:\n${spec}`;

const pipelineRun = (version: string, common: string, own: string): string =>
  `apiVersion: tekton.dev/${version}\nkind: PipelineRun\nmetadata: {name: r}\nspec:\n  ${common}\n  taskRunSpecs:\n    - pipelineTaskName: x\n      ${own}: {securityContext: {fsGroup: 1}}\n  pipelineSpec:\n    tasks:\n      - {name: x, taskRef: {name: t}}\n      - {name: y, taskRef: {name: t}}\n`;

describe("references among the files", () => {
  test("a run of a Task that is fine is admitted", () => {
    const [one] = judge([runOf("  taskRef:\n    name: t\n"), goodTask()], set);
    expect(one?.templates.map(({ template, refusals }) => [template.name, refusals.length])).toEqual([
      ["TaskRun r", 0],
    ]);
    expect(one?.findings).toEqual([]);
  });
  test("a run of a Task that is not is refused where it refers to it", () => {
    const bare = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\nspec: {steps: [{name: a, image: x}]}\n";
    const [one] = judge([runOf("  taskRef:\n    name: t\n"), bare], set);
    expect(one === undefined ? [] : places(one)).toEqual(["refused-reference at 6"]);
    expect(one?.findings[0]?.message).toMatch(
      /^the Pod of this run is refused: violates PodSecurity "restricted:latest": /,
    );
  });
  test("another namespace's Task is another Task; a resolver's is not among the files", () => {
    const other = goodTask().replace("  name: t", "  name: t\n  namespace: b");
    const mine = runOf("  taskRef:\n    name: t\n").replace("  name: r", "  name: r\n  namespace: a");
    expect(judge([mine, other], set)[0]?.findings.map(({ rule }) => rule)).toEqual(["not-given"]);
    const resolver = runOf("  taskRef:\n    resolver: git\n    name: t\n");
    // A name beside it, which the webhook does not take, makes it none of the files'.
    expect(judge([resolver, goodTask()], set)[0]?.findings.map(({ rule }) => rule)).toEqual([
      "not-given",
      "refused-by-tekton",
    ]);
  });
  test("a PipelineRun reaches its Pipeline, and that its Tasks", () => {
    const pipeline =
      "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n  tasks: [{name: x, taskRef: {name: t}}]\n  finally: [{name: y, taskRef: {name: gone}}]\n";
    const [one] = judge([runOf("  pipelineRef: {name: p}\n", "PipelineRun"), pipeline, goodTask()], set);
    expect(
      one?.templates.map(({ template, refusals }) => [
        template.name,
        refusals.length,
        template.unknown.map(({ what }) => what),
      ]),
    ).toEqual([
      ["PipelineRun r, task x", 0, []],
      ["PipelineRun r, task y", 0, ["Task gone"]],
    ]);
  });
  test("a securityContext beside ref is lost", () => {
    const action = `apiVersion: tekton.dev/v1beta1\nkind: StepAction\nmetadata: {name: s}\nspec:\n  image: x\n`;
    const text = `apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\nspec:\n  steps:\n    - name: a\n      ref: {name: s}\n      ${good}\n`;
    const [one] = judge([text, action], set);
    expect(one === undefined ? [] : ofRule(one, "step-action-context-lost").map(({ severity }) => severity)).toEqual([
      "error",
    ]);
    expect(one?.templates[0]?.refusals).toHaveLength(4);
    const [fine] = judge([text, `${action}  ${good}\n`], set);
    expect(fine === undefined ? [] : ofRule(fine, "step-action-context-lost").map(({ severity }) => severity)).toEqual([
      "warning",
    ]);
    expect(fine?.templates[0]?.refusals).toEqual([]);
  });
  test("podTemplates: a task's takes the place of the run's whole", () => {
    const task = goodTask().replace("runAsNonRoot: true, ", "").replace(", seccompProfile: {type: RuntimeDefault}", "");
    const context = "podTemplate: {securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}}";
    for (const run2 of [
      pipelineRun("v1", `taskRunTemplate: {${context}}`, "podTemplate"),
      pipelineRun("v1beta1", context, "taskPodTemplate"),
    ]) {
      const [one] = judge([run2, task], set);
      expect(one?.templates.map(({ refusals }) => refusals.map(({ check }) => check))).toEqual([
        ["runAsNonRoot", "seccompProfile_restricted"],
        [],
      ]);
      expect(one === undefined ? [] : ofRule(one, "pod-template-replaced").map(({ message }) => message)).toEqual([
        "this securityContext takes the place of that of the run's podTemplate whole: runAsNonRoot, seccompProfile are lost",
      ]);
    }
  });
  test("default-pod-template is the weakest", () => {
    const defaults =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config-defaults}\ndata:\n  default-pod-template: |\n    securityContext:\n      runAsNonRoot: true\n      allowPrivilegeEscalation: false\n";
    const run2 = runOf("  podTemplate: {securityContext: {fsGroup: 1}}\n  taskRef: {name: t}\n");
    const [one, , config] = judge([run2, goodTask(), defaults], set);
    expect(one?.findings.map(({ rule }) => rule)).toEqual(["pod-template-replaced"]);
    expect(config?.findings.map(({ message }) => message)).toEqual([
      "allowPrivilegeEscalation does nothing in default-pod-template.securityContext: it exists on containers only: a step, the stepTemplate, a sidecar or an entry of containers",
    ]);
  });
  test("a podTemplate alone is not enough", () => {
    const bare = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\nspec: {steps: [{name: a, image: x}]}\n";
    const guide = runOf(
      "  taskRef: {name: t}\n  podTemplate:\n    securityContext:\n      runAsUser: 65532\n      runAsNonRoot: true\n      fsGroup: 65532\n",
    );
    const [one] = judge([guide, bare], set);
    expect(one?.findings.map(({ rule }) => rule)).toEqual([
      "refused-reference",
      "pod-template-not-enough",
      "run-as-user-without-group",
    ]);
  });
});

describe("fields that do nothing where they stand", () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ["a Task's own", goodTask("  securityContext: {runAsNonRoot: true}\n"), "stepTemplate.securityContext"],
    ["a Task's podTemplate", goodTask("  podTemplate: {}\n"), "TaskRun or PipelineRun"],
    ["beside the image", goodTask("    - image: y\n      runAsNonRoot: true\n"), "its securityContext"],
    ["fsGroup on a step", goodTask("    - image: y\n      securityContext: {fsGroup: 1}\n"), "on the Pod only"],
    ["one that is unknown", goodTask("    - image: y\n      securityContext: {runAsRoot: false}\n"), "no such field"],
    [
      "a Deployment's",
      `apiVersion: apps/v1\nkind: Deployment\nspec:\n  securityContext: {}\n  template: {spec: {containers: [{name: a, ${good}}]}}\n`,
      "template.spec.securityContext",
    ],
    [
      "a template's",
      `apiVersion: apps/v1\nkind: Deployment\nspec:\n  template: {securityContext: {}, spec: {containers: [{name: a, ${good}}]}}\n`,
      "a Pod template has no securityContext",
    ],
    [
      "a TaskRun's stepSpecs",
      `apiVersion: tekton.dev/v1\nkind: TaskRun\nspec:\n  stepSpecs: [{name: a, securityContext: {runAsUser: 4}}]\n  taskSpec: {steps: [{name: a, ${good}}]}\n`,
      "stepSpecs have no securityContext",
    ],
    [
      "capabilities on a Pod",
      `apiVersion: v1\nkind: Pod\nspec:\n  securityContext: {capabilities: {drop: [ALL]}}\n  containers: [{name: a, ${good}}]\n`,
      "on containers only",
    ],
    [
      "spec.podTemplate in v1",
      "apiVersion: tekton.dev/v1\nkind: PipelineRun\nspec: {podTemplate: {}, pipelineSpec: {tasks: []}}\n",
      "taskRunTemplate",
    ],
    [
      "taskRunTemplate in v1beta1",
      "apiVersion: tekton.dev/v1beta1\nkind: PipelineRun\nspec: {taskRunTemplate: {}, pipelineSpec: {tasks: []}}\n",
      "spec.podTemplate",
    ],
    [
      "taskPodTemplate in v1",
      "apiVersion: tekton.dev/v1\nkind: PipelineRun\nspec: {taskRunSpecs: [{taskPodTemplate: {}}], pipelineSpec: {tasks: []}}\n",
      "called podTemplate",
    ],
  ];
  test.each(rows)("%s", (_, text, where) => {
    const found = ofRule(judgeOne(text, set), "misplaced-field");
    expect(found.map(({ message }) => message.includes(where))).toEqual([true]);
  });
  test.each([
    ["a quoted truth value", '{runAsNonRoot: "true"}', "wrong-type"],
    ["a quoted number", '{runAsUser: "1000", runAsGroup: 1}', "wrong-type"],
    ["a number out of range", "{runAsUser: 2147483648, runAsGroup: 1}", "invalid-security-context"],
    ["drop that is no list", "{capabilities: {drop: ALL}}", "wrong-type"],
    [
      "privileged without escalation",
      "{privileged: true, allowPrivilegeEscalation: false}",
      "invalid-security-context",
    ],
    [
      "CAP_SYS_ADMIN without escalation",
      "{capabilities: {add: [CAP_SYS_ADMIN]}, allowPrivilegeEscalation: false}",
      "invalid-security-context",
    ],
    ["a user without a group", "{runAsUser: 7}", "run-as-user-without-group"],
  ])("%s", (_, context, rule) => {
    const judged = judgeOne(
      `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      securityContext: ${context}\n`,
    );
    expect(ofRule(judged, rule)).toHaveLength(1);
  });
});

const namespaceWith = (labels: string): string =>
  `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: build\n  labels:\n${labels}`;

describe("namespaces", () => {
  const label = "    pod-security.kubernetes.io/";
  test("a Pod is judged by what its namespace enforces", () => {
    const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: build}\nspec: {containers: [{name: a}]}\n";
    const [, one] = judge([namespaceWith(`${label}enforce: baseline\n${label}enforce-version: v1.30\n`), pod]);
    expect(one?.templates[0]?.policy).toEqual({ level: "baseline", version: 30 });
    expect(one?.findings).toEqual([]);
    const [, asked] = judge([namespaceWith(`${label}enforce: baseline\n`), pod], { level: "restricted" });
    expect(asked?.templates[0]?.refusals).toHaveLength(4);
  });
  test.each([
    ["enforce: strict\n", "error"],
    ["enforce-version: 1.30\n", "error"],
    ["enforce-version: v1.30.2\n", "error"],
    ["enforced: restricted\n", "warning"],
  ])("%s", (labels, severity) => {
    expect(ofRule(judgeOne(namespaceWith(label + labels)), "namespace-label").map((one) => one.severity)).toEqual([
      severity,
    ]);
  });
});

test("other kinds are passed over, and counted", () => {
  const judged = judgeOne(
    "apiVersion: v1\nkind: Service\n---\napiVersion: cert-manager.io/v1\nkind: Certificate\nspec: {a: 1}\n---\nx: 1\n---\napiVersion: v1\nkind: Namespace\n",
  );
  expect([judged.objects.length, judged.templates.length, judged.passedOver, judged.findings.length]).toEqual([
    3, 0, 2, 0,
  ]);
});

test("Tekton's flag: a finding, once a file, where the version has it off; else no finding", () => {
  const two = `${goodTask()}---\n${goodTask()}`;
  expect(judgeOne(two)).toMatchObject({ findings: [], flagOpen: true });
  const old = judgeOne(two, { tektonVersion: 10_015 });
  expect(places(old)).toEqual(["set-security-context? at 2"]);
  expect(old).toMatchObject({ findings: [{ severity: "warning" }], flagOpen: false });
  expect(judgeOne(two, set)).toMatchObject({ findings: [], flagOpen: false });
  expect(judgeOne(goodTask(), { level: "baseline" })).toMatchObject({ findings: [], flagOpen: false });
});

const defaultsWith = (key: string, template: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config-defaults}\ndata:\n  ${key}: |\n    ${template}\n`;
const messagesOf = (text: string, options = {}): readonly string[] =>
  judgeOne(text, options).findings.map(({ rule, message }) => `${rule}: ${message}`);

describe("default pod templates", () => {
  test("what every Pod would be refused for", () => {
    const bad = "{hostNetwork: true, securityContext: {runAsUser: 0}, volumes: [{name: v, hostPath: {path: /}}]}";
    expect(messagesOf(defaultsWith("default-pod-template", bad))).toEqual([
      "host-namespaces: restricted:latest refuses every Pod of Tekton that starts from default-pod-template: host namespaces (hostNetwork=true)",
      'restricted-volume: restricted:latest refuses every Pod of Tekton that starts from default-pod-template: restricted volume types (volume "v" uses restricted volume type "hostPath")',
      "run-as-user-zero: restricted:latest refuses every Pod of Tekton that starts from default-pod-template: runAsUser=0 (pod must not set runAsUser=0)",
    ]);
    expect(
      messagesOf(defaultsWith("default-pod-template", "{securityContext: {runAsUser: 0}}"), { level: "baseline" }),
    ).toEqual([]);
  });
  test("an affinity assistant takes the security context alone", () => {
    const bad = "{hostNetwork: true, securityContext: {runAsNonRoot: false}}";
    expect(messagesOf(defaultsWith("default-affinity-assistant-pod-template", bad))).toEqual([
      "run-as-non-root: restricted:latest refuses every affinity assistant that starts from default-affinity-assistant-pod-template: runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)",
    ]);
  });
  test("what is well says nothing", () => {
    const well = "{securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}}";
    expect(messagesOf(defaultsWith("default-pod-template", well))).toEqual([]);
  });
});
