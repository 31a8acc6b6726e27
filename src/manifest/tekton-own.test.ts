/** Tekton's own containers, as its controller of 1.15 put them into Pods on a cluster that enforced restricted. */
import { describe, expect, test } from "vitest";
import { judge, judgeOne, places } from "./test-kit.ts";

const off = { tektonVersion: 48 } as const;
const on = { tektonVersion: 10_016 } as const;
const restricted =
  "{allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}";

/** A TaskRun of one step; what is added to the step, the task and the run. */
const run = (step: string, task = "", spec = ""): string =>
  `apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: r}\nspec:\n${lines(spec, 2)}  taskSpec:\n${lines(task, 4)}    steps:\n      - name: a\n        image: x\n        securityContext: ${restricted}\n${lines(step, 8)}`;

const lines = (text: string, by: number): string =>
  text === "" ? "" : `${text.replaceAll(/^/gm, " ".repeat(by)).trimEnd()}\n`;

const flags = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: feature-flags}\ndata: {set-security-context: "false", ${data}}\n`;

const containersOf = (texts: readonly string[], options = {}): readonly string[] | undefined =>
  judge(texts, options)[0]?.templates[0]?.template.sources.map(({ container }) => container.name);

const workspace = (declared: string): string => `workspaces: [{name: src${declared}}]`;

const pipelineWith = (given: string): string =>
  `apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n  tasks:\n    - name: b\n      taskRef: {name: t}\n      workspaces: [${given}]\n`;

const stepWith = (given: string): string =>
  `apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: r}\nspec:\n  taskSpec:\n    steps:\n      - name: a\n        ref: {name: s}\n        params: [${given}]\n`;

describe("working-dir-initializer comes where a folder has to be made", () => {
  const bound = "workspaces: [{name: src, emptyDir: {}}]";
  test.each([
    ["relative", run("workingDir: sub"), true],
    ["below the workspaces", run("workingDir: /workspace/sub"), true],
    ["the workspaces themselves", run("workingDir: /workspace/"), false],
    ["out of the workspaces", run("workingDir: /workspace/../tmp"), false],
    ["anywhere else", run("workingDir: /tmp"), false],
    ["a parameter's default", run("workingDir: $(params.d)", "params: [{name: d, default: sub}]"), true],
    ["… that is absolute", run("workingDir: $(params.d)", "params: [{name: d, default: /tmp}]"), false],
    ["… that is empty", run("workingDir: $(params.d)", 'params: [{name: d, default: ""}]'), false],
    [
      "a parameter's value",
      run("workingDir: $(params.d)", "params: [{name: d, default: sub}]", "params: [{name: d, value: /opt}]"),
      false,
    ],
    ["one that nobody knows", run("workingDir: $(params.d)"), true],
    ["a workspace", run("workingDir: $(workspaces.src.path)", workspace(""), bound), true],
    [
      "a workspace elsewhere",
      run("workingDir: $(workspaces.src.path)/sub", workspace(", mountPath: /data"), bound),
      false,
    ],
    [
      "a workspace that a step has elsewhere",
      run("workingDir: $(workspaces.src.path)\nworkspaces: [{name: src, mountPath: /data}]", workspace(""), bound),
      false,
    ],
    ["an optional one", run("workingDir: $(workspaces.src.path)", workspace(", optional: true"), bound), true],
    ["an optional one, not bound", run("workingDir: $(workspaces.src.path)", workspace(", optional: true")), false],
    ["the stepTemplate's", run("", "stepTemplate: {workingDir: sub}"), true],
    ["the step's before the stepTemplate's", run("workingDir: /tmp", "stepTemplate: {workingDir: sub}"), false],
  ])("%s", (_, text, isThere) => {
    expect(containersOf([text], off)).toEqual(["prepare", ...(isThere ? ["working-dir-initializer"] : []), "step-a"]);
  });

  test("of a Task alone an optional workspace counts as bound", () => {
    const task = `apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\nspec:\n  workspaces: [{name: src, optional: true}]\n  steps: [{name: a, image: x, workingDir: $(workspaces.src.path)}]\n`;
    expect(containersOf([task], off)).toContain("working-dir-initializer");
    expect(containersOf([pipelineWith("{name: src, workspace: all}"), task], off)).toContain("working-dir-initializer");
    expect(containersOf([pipelineWith(""), task], off)).not.toContain("working-dir-initializer");
  });

  test("the folder of a StepAction is filled in with the step's parameters", () => {
    const action = `apiVersion: tekton.dev/v1beta1\nkind: StepAction\nmetadata: {name: s}\nspec:\n  params: [{name: d, default: sub}]\n  image: x\n  workingDir: $(params.d)\n`;
    expect(containersOf([stepWith(""), action], off)).toContain("working-dir-initializer");
    expect(containersOf([stepWith("{name: d, value: /opt}"), action], off)).not.toContain("working-dir-initializer");
  });
});

test("a breakpoint has scripts to place", () => {
  expect(containersOf([run("", "", "debug: {breakpoints: {onFailure: enabled}}")], off)).toContain("place-scripts");
});

describe("what Tekton is set to", () => {
  const sidecar = `sidecars: [{name: db, image: x}]`;
  test("results that a sidecar reads", () => {
    const read = flags("results-from: sidecar-logs");
    expect(containersOf([run("", `results: [{name: a}]\n${sidecar}`), read])).toEqual([
      "prepare",
      "step-a",
      "sidecar-db",
      "sidecar-tekton-log-results",
    ]);
    expect(containersOf([run('args: ["$(step.artifacts.path)"]'), read])).toContain("sidecar-tekton-log-results");
    expect(containersOf([run("results: [{name: of-the-step}]"), read])).toEqual(["prepare", "step-a"]);
    expect(containersOf([run("", "results: [{name: a}]"), flags("results-from: termination-message")])).toEqual([
      "prepare",
      "step-a",
    ]);
  });
  test("sidecars as init containers", () => {
    expect(containersOf([run("", sidecar), flags('enable-kubernetes-sidecar: "true"')])).toEqual([
      "prepare",
      "sidecar-db",
      "step-a",
    ]);
  });
  test("in the operator's words", () => {
    const config =
      "apiVersion: operator.tekton.dev/v1alpha1\nkind: TektonConfig\nmetadata: {name: config}\nspec:\n  pipeline: {set-security-context: false, results-from: sidecar-logs, enable-kubernetes-sidecar: true}\n";
    expect(containersOf([run("", `results: [{name: a}]\n${sidecar}`), config])).toEqual([
      "prepare",
      "sidecar-db",
      "sidecar-tekton-log-results",
      "step-a",
    ]);
  });
});

describe("on Windows nodes Tekton gives its containers runAsNonRoot alone", () => {
  const windows = "podTemplate: {nodeSelector: {kubernetes.io/os: windows}}";
  const details = [
    'container "prepare" must set securityContext.allowPrivilegeEscalation=false',
    'container "prepare" must set securityContext.capabilities.drop=["ALL"]',
    'pod or container "prepare" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
  ];
  test.each([[on], [{}]])("where the flag is on, or nothing is known of it: %j", (options) => {
    const judged = judgeOne(run("", "", windows), options);
    expect(judged.templates[0]?.refusals.map(({ detail }) => detail)).toEqual(details);
    expect(places(judged)).toContain("cannot-run-restricted at 6");
  });
  test("the flag is not what helps, and no field of the steps", () => {
    const bare = run("", "", windows).replace(restricted, "{}");
    const hints = judgeOne(bare, on).findings.flatMap(({ fix }) => fix?.title ?? []);
    expect(new Set(hints)).toEqual(
      new Set(["Run it in a namespace of its own labelled pod-security.kubernetes.io/enforce=baseline"]),
    );
  });
  test("other nodes are Linux", () => {
    const linux = run("", "", "podTemplate: {nodeSelector: {kubernetes.io/os: linux}}");
    expect(judgeOne(linux, on).templates[0]?.refusals).toEqual([]);
  });
});
