import { describe, expect, test } from "vitest";
import { judgeOne } from "./test-kit.ts";

const object = (kind: string, rest: string): string =>
  `apiVersion: ${apiVersions[kind] ?? "v1"}\nkind: ${kind}\n${rest}`;
const apiVersions: Readonly<Record<string, string>> = {
  CronJob: "batch/v1",
  Deployment: "apps/v1",
  Pipeline: "tekton.dev/v1",
  PipelineRun: "tekton.dev/v1",
  Task: "tekton.dev/v1",
  TaskRun: "tekton.dev/v1",
};
const rules = ["no-containers", "wrong-type", "misplaced-field"];

/** `rule at line: severity`. */
const found = (text: string): readonly string[] =>
  judgeOne(text)
    .findings.filter(({ rule }) => rules.includes(rule))
    .map(({ rule, severity, span }) => `${rule} at ${text.slice(0, span.start).split("\n").length}: ${severity}`);

const messages = (text: string): readonly string[] =>
  judgeOne(text)
    .findings.filter(({ rule }) => rules.includes(rule))
    .map(({ message }) => message);

describe("what the API server refuses", () => {
  test.each([
    ["containers that are a text", "Pod", "spec: {containers: c}\n", ["wrong-type at 3: error"]],
    ["containers that are a mapping", "Pod", "spec: {containers: {name: a}}\n", ["wrong-type at 3: error"]],
    ["an entry that is a text", "Pod", "spec:\n  containers:\n    - c\n", ["wrong-type at 5: error"]],
    ["an empty list", "Pod", "spec: {containers: []}\n", ["no-containers at 3: error"]],
    ["nothing", "Pod", "spec:\n  containers:\n", ["no-containers at 4: error"]],
    ["an empty spec", "Pod", "spec:\n", ["no-containers at 3: error"]],
    ["a spec without fields", "Pod", "spec: {}\n", ["no-containers at 3: error"]],
    ["a spec that is a text", "Pod", "spec: c\n", ["wrong-type at 3: error"]],
    [
      "initContainers that are no list",
      "Pod",
      "spec: {initContainers: x, containers: [{name: a}]}\n",
      ["wrong-type at 3: error"],
    ],
    ["containers beside spec", "Pod", "containers: [{name: a}]\n", ["misplaced-field at 3: error"]],
    [
      "containers right under a Deployment's spec",
      "Deployment",
      "spec:\n  containers: [{name: a}]\n",
      ["misplaced-field at 4: error"],
    ],
    [
      "an empty list deep inside",
      "CronJob",
      "spec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers: []\n",
      ["no-containers at 8: error"],
    ],
    ["steps that are a text", "Task", "spec: {steps: nope}\n", ["wrong-type at 3: error"]],
    ["no steps", "Task", "spec: {steps: []}\n", ["no-containers at 3: error"]],
    ["sidecars that are a text", "Task", "spec: {steps: [{image: x}], sidecars: x}\n", ["wrong-type at 3: error"]],
    ["steps of a run that are a text", "TaskRun", "spec: {taskSpec: {steps: nope}}\n", ["wrong-type at 3: error"]],
    ["tasks that are a text", "Pipeline", "spec: {tasks: nope}\n", ["wrong-type at 3: error"]],
    [
      "no steps in a run's pipeline",
      "PipelineRun",
      "spec: {pipelineSpec: {tasks: [{name: t, taskSpec: {steps: []}}]}}\n",
      ["no-containers at 3: error"],
    ],
  ])("%s", (_, kind, rest, expected) => expect(found(object(kind, rest))).toEqual(expected));

  test("its words have the whole path", () => {
    expect(messages(object("Deployment", "spec: {template: {spec: {containers: }}}\n"))).toEqual([
      "the API server refuses this: spec.template.spec.containers: Required value",
    ]);
    expect(messages(object("Deployment", "spec: {containers: [{name: a}]}\n"))).toEqual([
      "containers does nothing here: it belongs into spec.template.spec.containers",
    ]);
  });

  test("beside a Pod that is well", () => {
    const text = `${object("Pod", "spec: {containers: [{name: a}]}\n")}---\n${object("Pod", "spec: {containers: []}\n")}`;
    expect(found(text)).toEqual(["no-containers at 7: error"]);
  });
});

test.each([
  ["a Deployment's replicas", "Deployment", "spec: {replicas: 3}\n"],
  ["a Deployment's labels", "Deployment", "metadata: {name: web, labels: {a: b}}\n"],
  ["a Pod template's annotations", "Deployment", "spec: {template: {metadata: {annotations: {a: b}}}}\n"],
  ["a node selector", "Deployment", "spec: {template: {spec: {nodeSelector: {a: b}}}}\n"],
  ["a Task's parameters", "Task", "spec: {params: [{name: a}]}\n"],
])("a patch is told to be none that can be judged, and is no fault: %s", (_, kind, rest) => {
  expect(found(object(kind, rest))).toEqual(["no-containers at 2: info"]);
});

test.each([
  ["a Pod", "Pod", "spec: {containers: [{name: a}]}\n"],
  ["null where nothing is needed", "Pod", "spec: {initContainers: null, containers: [{name: a}]}\n"],
  ["a patch of one container", "Deployment", "spec: {template: {spec: {containers: [{name: a, image: b}]}}}\n"],
  ["a list that is merged in", "Pod", "x: &x {containers: [{name: a}]}\nspec: {<<: *x, hostNetwork: false}\n"],
  ["a custom task", "TaskRun", "spec: {taskSpec: {apiVersion: example.dev/v1, kind: Wait, spec: {}}}\n"],
  ["a Pipeline without tasks", "Pipeline", "spec: {tasks: []}\n"],
  ["another kind", "Service", "spec: {containers: []}\n"],
])("%s is well", (_, kind, rest) => expect(found(object(kind, rest))).toEqual([]));
