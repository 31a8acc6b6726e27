import { describe, expect, test } from "vitest";
import { changes, fixOne, judgeOne, ofRule } from "./test-kit.ts";

const spec = "spec: {containers: [{name: a, image: x}]}";
const podNames = (text: string): readonly string[] => judgeOne(text).templates.map(({ template }) => template.name);
const said = (text: string): readonly string[] =>
  ofRule(judgeOne(text), "unknown-kind").map(({ severity, message, stage }) => `${severity}: ${stage}: ${message}`);

describe("lists", () => {
  test.each([
    ["a PodList", `apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: p}\n  ${spec}\n`, ["Pod p"]],
    [
      "a DeploymentList",
      `apiVersion: apps/v1\nkind: DeploymentList\nitems: [{metadata: {name: d}, spec: {template: {${spec}}}}]\n`,
      ["Deployment d"],
    ],
    [
      "items that say their kind",
      `apiVersion: v1\nkind: PodList\nitems:\n- {apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {template: {${spec}}}}\n- {metadata: {name: p}, ${spec}}\n`,
      ["Job j", "Pod p"],
    ],
    [
      "objects in a list at the top",
      `- {apiVersion: v1, kind: Pod, metadata: {name: p}, ${spec}}\n- apiVersion: v1\n  kind: PodList\n  items: [{metadata: {name: q}, ${spec}}]\n`,
      ["Pod p", "Pod q"],
    ],
    ["objects in a list of JSON", '[{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"a"}]}}]', ["Pod"]],
    ["a list of a kind that makes no Pod", `apiVersion: v1\nkind: ConfigMapList\nitems: [{data: {a: b}}]\n`, []],
    ["a list of plays", "- hosts: all\n  tasks: [{name: a}]\n", []],
  ])("%s", (_, text, expected) => {
    expect(podNames(text)).toEqual(expected);
    expect(said(text)).toEqual([]);
  });

  test("are fixed in their place", async () => {
    const text =
      "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: p}\n  spec:\n    containers:\n    - name: a\n";
    expect(await changes(text, fixOne(text))).toContain("+        runAsNonRoot: true");
  });
});

describe("what looks like an object and is none to the API", () => {
  test.each([
    [
      "a kind in the wrong case",
      `apiVersion: v1\nkind: pod\nmetadata: {name: p}\n${spec}\n`,
      ['error: pod p: the API server refuses this: no matches for kind "pod" in version "v1"; it is spelt Pod'],
    ],
    [
      "a Task in the wrong case",
      "apiVersion: tekton.dev/v1\nkind: task\nspec: {steps: [{image: x}]}\n",
      [
        'error: task: the API server refuses this: no matches for kind "task" in version "tekton.dev/v1"; it is spelt Task',
      ],
    ],
    [
      "no apiVersion",
      `kind: Pod\nmetadata: {name: p}\n${spec}\n`,
      ["error: Pod p: the API server refuses this: apiVersion not set; no Pod is judged"],
    ],
    [
      "no kind",
      `apiVersion: v1\nmetadata: {name: p}\n${spec}\n`,
      ["error: p: the API server refuses this: kind not set; no Pod is judged"],
    ],
    [
      "neither, in a List",
      `apiVersion: v1\nkind: List\nitems: [{metadata: {name: p}, ${spec}}]\n`,
      ["error: p: the API server refuses this: apiVersion not set, kind not set; no Pod is judged"],
    ],
    [
      "neither, in a document: what kubectl patch takes",
      `spec: {template: {${spec}}}\n`,
      [
        "info: : apiVersion and kind are not set, so that there is no Pod to judge: fine in a patch, refused by the API server elsewhere",
      ],
    ],
  ])("%s", (_, text, expected) => {
    expect(said(text)).toEqual(expected);
    expect(podNames(text)).toEqual([]);
  });

  test.each([
    ["values of a chart", "kind: DaemonSet\nimage: {tag: v1}\nreplicas: 3\n"],
    ["a kind of others that differs by its case only", `apiVersion: example.dev/v1\nkind: pod\n${spec}\n`],
    ["another kind", "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n"],
    ["a workflow", "on: push\njobs: {a: {steps: [{run: x}]}}\n"],
    ["a Kustomization without its kind", "resources: [a.yaml]\n"],
  ])("not %s", (_, text) => expect(said(text)).toEqual([]));
});
