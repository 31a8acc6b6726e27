import { describe, expect, test } from "vitest";
import { judgeOne } from "./test-kit.ts";

const notJudged = (text: string): readonly string[] =>
  judgeOne(text)
    .findings.filter(({ rule }) => rule === "not-judged")
    .map(({ severity, outcome, stage, message }) => `${severity} ${outcome} ${stage}: ${message.split(" are ")[0]}`);

const object = (apiVersion: string, kind: string, spec: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\nspec: ${spec}\n`;
const pod = "{template: {spec: {containers: [{name: a, image: x}]}}}";

describe("an object of another kind that holds containers is not taken for well", () => {
  test.each([
    ["source.example.com/v1", "ContainerSource", pod, "spec.template.spec.containers"],
    ["example.com/v1", "Workflow", "{templates: [{name: m, container: {image: x}}]}", "spec.templates[].container"],
    ["example.com/v1", "WorkflowTemplate", "{templates: [{script: {image: x}}]}", "spec.templates[].script"],
    [
      "example.com/v1",
      "Cluster",
      "{workerGroupSpecs: [{template: {spec: {initContainers: [{image: x}]}}}]}",
      "spec.workerGroupSpecs[].template.spec.initContainers",
    ],
    ["example.com/v1", "Deployment", pod, "spec.template.spec.containers"],
  ])("%s %s", (apiVersion, kind, spec, where) => {
    expect(notJudged(object(apiVersion, kind, spec))).toEqual([`warning open ${kind} a: its containers (${where})`]);
  });
});

test.each(["Task", "Pipeline", "PipelineRun", "TaskRun", "StepAction"])(
  "Tekton's fields are not asked of another API's %s",
  (kind) => {
    const spec = "{securityContext: {runAsUser: 1}, podTemplate: {}, taskRunTemplate: {}}";
    expect(judgeOne(object("example.com/v1", kind, spec)).findings).toEqual([]);
  },
);

describe("nothing is said of", () => {
  test.each([
    ["a kind that is judged", object("argoproj.io/v1alpha1", "Rollout", pod)],
    [
      "a pattern that a policy shows",
      object("kyverno.io/v1", "ClusterPolicy", "{rules: [{validate: {pattern: {spec: {containers: [{image: x}]}}}}]}"),
    ],
    ["a kind of Kubernetes that is misspelt, which is unknown-kind", object("v1", "pod", "{containers: [{image: x}]}")],
    [
      "lists that are no containers",
      object("example.com/v1", "Ship", "{containers: [{size: 20}], container: {size: 40}, script: run}"),
    ],
    ["an object without any", object("cert-manager.io/v1", "Certificate", "{dnsNames: [a]}")],
  ])("%s", (_, text) => {
    expect(notJudged(text)).toEqual([]);
  });

  test("one whose file says that it is known", () => {
    const meant = `# image-fix ignore=not-judged -- the operator sets the fields\n${object("example.com/v1", "Ship", pod)}`;
    expect(notJudged(meant)).toEqual([]);
  });
});
