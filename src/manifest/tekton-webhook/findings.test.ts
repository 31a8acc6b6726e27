import { describe, expect, test } from "vitest";
import { judgeOne, ofRule } from "../test-kit.ts";

const object = (kind: string, spec: string, version = "v1", name = "a"): string =>
  `apiVersion: tekton.dev/${version}\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
const step = "{name: s, image: x}";
const taskRef = "taskRef: {name: t}";

/** What the webhook refuses, without the first words. */
const refused = (text: string): readonly string[] =>
  ofRule(judgeOne(text), "refused-by-tekton").map(({ message, severity }) =>
    severity === "warning" ? message.replace("Tekton refuses this: ", "") : `${severity}: ${message}`,
  );

describe("Tekton's webhook refuses", () => {
  test.each<readonly [kind: string, spec: string, ...why: readonly string[]]>([
    ["Task", `{steps: [${step}, ${step}]}`, 'there is another step "s" above'],
    ["Task", "{steps: [{image: x, script: a, command: [b]}]}", "script cannot be used with command"],
    ["Task", "{steps: [{name: s}]}", "the step has no image"],
    ["Task", `{steps: [${step}], sidecars: [{name: c}]}`, "the sidecar has no image"],
    [
      "Task",
      `{steps: [${step}], sidecars: [{image: x, script: a, command: [b]}]}`,
      "script cannot be used with command",
    ],
    ["Task", "{steps: [{ref: {name: r}, image: x}]}", "image cannot be used with ref"],
    ["Task", "{steps: [{ref: {name: r}, env: [{name: a, value: b}]}]}", "env cannot be used with ref"],
    ["Task", "{steps: [{image: x, params: [{name: p, value: v}]}]}", "params cannot be used without ref"],
    ["Task", `{steps: [{image: x, onError: ignore}]}`, "onError is continue or stopAndFail, not ignore"],
    ["Task", "{steps: [{image: x, workspaces: [{name: w}]}]}", 'undefined workspace "w"'],
    [
      "Task",
      "{steps: [{image: x, volumeMounts: [{name: v, mountPath: /tekton/results}]}]}",
      "a volume cannot be mounted under /tekton/",
    ],
    ["Task", `{steps: [${step}], volumes: [{name: v}, {name: v}]}`, 'there is another volume "v" above'],
    ["Task", `{steps: [${step}], params: [{name: p}, {name: p}]}`, 'there is another parameter "p" above'],
    ["Task", `{steps: [${step}], workspaces: [{name: w}, {name: w}]}`, 'there is another workspace "w" above'],
    ["Task", "{steps: [{image: $(params.i)}]}", 'there is no parameter "i"'],
    ["Task", "{params: [{name: a}], steps: [{image: x, args: ['$(params[\"a.b\"])']}]}", 'there is no parameter "a.b"'],
    [
      "Task",
      "{params: [{name: a}], steps: [{image: x, script: 'echo $(params.a) $(params.b[0])'}]}",
      'there is no parameter "b"',
    ],
    ["TaskRun", `{${taskRef}, params: [{name: p, value: }]}`, "the parameter has no value"],
    ["Pipeline", `{tasks: [{name: a, ${taskRef}, params: [{name: p}]}]}`, "the parameter has no value"],
    [
      "TaskRun",
      `{taskSpec: {params: [{name: p, value: a}], steps: [${step}]}}`,
      "a parameter of a taskSpec has no value: it is called default there",
    ],
    ["Task", "{stepTemplate: {command: [a]}, steps: [{image: x, script: b}]}", "script cannot be used with command"],
    ["Task", "{steps: [{image: x, script: 'echo > $(results.r.path)'}]}", 'there is no result "r"'],
    ["Task", "{steps: [{ref: {name: r}, results: [{name: x}]}]}", "results cannot be used with ref"],
    ["Task", `{params: [{name: p, type: text}], steps: [${step}]}`, "there is no type text"],
    [
      "Task",
      `{params: [{name: p, type: array, default: a}], steps: [${step}]}`,
      '"array" type does not match default value\'s type: "string"',
    ],
    ["Pipeline", `{finally: [{name: a, ${taskRef}}]}`, "there is finally, and no tasks"],
    [
      "Pipeline",
      `{tasks: [{name: a, ${taskRef}, params: [{name: p, value: $(tasks.b.results.r)}]}, {name: b, ${taskRef}, runAfter: [a]}]}`,
      "cycle detected: this task waits for itself",
    ],
    [
      "Pipeline",
      `{tasks: [{name: a, ${taskRef}}], results: [{name: r, value: $(tasks.b.results.r)}]}`,
      'there is no task "b" in the pipeline',
    ],
    ["StepAction", "{script: a}", "the StepAction has no image"],
    ["StepAction", "{image: x, script: a, command: [b]}", "script cannot be used with command"],
    [
      "StepAction",
      "{image: x, params: [{name: p}], script: 'echo $(params.p)'}",
      "param substitution in scripts is not allowed: give the parameter by env",
    ],
    ["StepAction", "{image: x, args: [$(params.p)]}", 'there is no parameter "p"'],
    ["TaskRun", `{${taskRef}, taskSpec: {steps: [${step}]}}`, "it has both taskRef and taskSpec, and only one may be"],
    ["TaskRun", `{taskSpec: {steps: [${step}, ${step}]}}`, 'there is another step "s" above'],
    ["TaskRun", "{taskSpec: {steps: [{image: $(params.i)}]}}", 'there is no parameter "i"'],
    [
      "TaskRun",
      `{${taskRef}, workspaces: [{name: w}]}`,
      "a workspace is one of volumeClaimTemplate, persistentVolumeClaim, emptyDir, configMap, secret, projected, csi, not none",
    ],
    [
      "TaskRun",
      `{${taskRef}, workspaces: [{name: w, emptyDir: {}, secret: {secretName: s}}]}`,
      "a workspace is one of volumeClaimTemplate, persistentVolumeClaim, emptyDir, configMap, secret, projected, csi, not several",
    ],
    [
      "TaskRun",
      `{${taskRef}, workspaces: [{name: w, secret: {name: s}}]}`,
      "the secret of a workspace has no secretName",
    ],
    ["Pipeline", `{tasks: [{name: a, ${taskRef}}, {name: a, ${taskRef}}]}`, 'there is another task "a" above'],
    [
      "Pipeline",
      `{tasks: [{name: a, ${taskRef}, taskSpec: {steps: [${step}]}}]}`,
      "it has both taskRef and taskSpec, and only one may be",
    ],
    ["Pipeline", "{tasks: [{name: a}]}", "there is neither taskRef nor taskSpec"],
    [
      "Pipeline",
      `{tasks: [{name: A_b, ${taskRef}}]}`,
      'the task\'s name "A_b" is no DNS label: at most 63 small letters, digits and -, a letter or digit at both ends',
    ],
    ["Pipeline", `{tasks: [{name: a, ${taskRef}, runAfter: [b]}]}`, 'there is no task "b" in the pipeline'],
    [
      "Pipeline",
      `{tasks: [{name: a, ${taskRef}, params: [{name: p, value: $(tasks.b.results.r)}]}]}`,
      'there is no task "b" in the pipeline',
    ],
    [
      "Pipeline",
      `{tasks: [{name: a, ${taskRef}}], finally: [{name: b, ${taskRef}, runAfter: [a]}]}`,
      "no runAfter allowed under finally",
    ],
    [
      "Pipeline",
      `{tasks: [{name: a, ${taskRef}, workspaces: [{name: w, workspace: v}]}]}`,
      'there is no workspace "v" in the pipeline\'s spec',
    ],
    [
      "Pipeline",
      `{tasks: [{name: a, ${taskRef}, params: [{name: p, value: [$(params.q)]}]}]}`,
      'there is no parameter "q"',
    ],
    [
      "Pipeline",
      `{tasks: [{name: a, taskSpec: {apiVersion: tekton.dev/v1, steps: [${step}]}}]}`,
      "apiVersion cannot be specified when using taskSpec.steps",
    ],
    [
      "Pipeline",
      `{tasks: [{name: a, taskSpec: {steps: [{name: s, image: $(params.i)}]}}]}`,
      'there is no parameter "i"',
    ],
    [
      "PipelineRun",
      `{pipelineRef: {name: p}, pipelineSpec: {tasks: [{name: a, ${taskRef}}]}}`,
      "it has both pipelineRef and pipelineSpec, and only one may be",
    ],
    [
      "PipelineRun",
      `{pipelineRef: {name: p}, workspaces: [{name: w, emptyDir: {}}, {name: w, emptyDir: {}}]}`,
      'there is another workspace "w" above',
    ],
    [
      "Task",
      `{workspaces: [{name: v, mountPath: /c}, {name: w, mountPath: /c/}], steps: [${step}]}`,
      'workspace mount path "/c" must be unique',
    ],
    [
      "Task",
      "{workspaces: [{name: w}], steps: [{image: x, volumeMounts: [{name: v, mountPath: /workspace/w}]}]}",
      'workspace mount path "/workspace/w" must be unique',
    ],
    [
      "Task",
      "{params: [{name: a, type: array}], steps: [{image: x, script: 'echo $(params.a[*])'}]}",
      'the parameter "a" is an array, which stands in command and args alone',
    ],
    [
      "Task",
      "{params: [{name: a, default: []}], steps: [{image: x, args: ['--all=$(params.a[*])']}]}",
      'the parameter "a" is an array, and has to be an entry of command or args by itself',
    ],
    [
      "Task",
      "{params: [{name: o, properties: {k: {}}}], steps: [{image: x, args: [$(params.o.z)]}]}",
      'the parameter "o" has no property "z"',
    ],
    [
      "Task",
      "{params: [{name: o, type: object, properties: {k: {}}}], steps: [{image: x, args: ['$(params.o[*])']}]}",
      'the parameter "o" is an object, which is asked for by its keys',
    ],
    [
      "Task",
      `{params: [{name: o, type: object}], steps: [${step}]}`,
      "a parameter of the type object has no properties",
    ],
    [
      "Task",
      `{params: [{name: o, type: object, properties: {k: {type: array}}}], steps: [${step}]}`,
      "a property of an object is a string, not array",
    ],
    ["Task", `{stepTemplate: {env: [{name: e, value: $(params.q)}]}, steps: [${step}]}`, 'there is no parameter "q"'],
    [
      "Task",
      "{steps: [{image: x, results: [{name: r}], script: 'echo > $(step.results.q.path)'}]}",
      'there is no result "q"',
    ],
    ["StepAction", "{image: x, script: 'echo > $(step.results.q.path)'}", 'there is no result "q"'],
    [
      "Pipeline",
      "{tasks: [{name: a, taskRef: {name: t, kind: ClusterTask}}]}",
      "ClusterTasks are gone since 1.0: the resolver cluster gives a Task of another namespace",
    ],
    [
      "Pipeline",
      "{tasks: [{name: a, taskRef: {name: t, kind: task}}]}",
      "custom task ref must specify apiVersion: Tekton's own kind is Task, not task",
    ],
    [
      "Pipeline",
      "{tasks: [{name: a, taskRef: {name: t, resolver: hub}}]}",
      "name cannot be used with resolver: the resolver's params say what it is called",
    ],
    ["TaskRun", "{taskRef: {kind: Task}}", "there is neither name nor resolver"],
    ["PipelineRun", "{pipelineRef: {params: [{name: p, value: v}]}}", "params cannot be used without resolver"],
    [
      "Pipeline",
      `{tasks: [{name: a, ${taskRef}}], results: [{name: r}]}`,
      "the value of a pipeline's result is $(tasks.TASK.results.RESULT)",
    ],
    [
      "Pipeline",
      `{tasks: [{name: a, ${taskRef}, when: [{input: a, operator: is, values: [b]}]}]}`,
      'operator "is" is not recognized: it is in or notin',
    ],
    [
      "Pipeline",
      `{tasks: [{name: a, ${taskRef}, when: [{input: a, operator: in}]}]}`,
      "there are no values to compare",
    ],
  ])("%s %s", (kind, spec, ...why) => {
    expect(refused(object(kind, spec, kind === "StepAction" ? "v1beta1" : "v1"))).toEqual(why);
  });

  test("a name that is none", () => {
    const why = 'invalid resource name "My_Task": must be a valid DNS label';
    expect(refused(object("Task", `{steps: [${step}]}`, "v1", "My_Task"))).toEqual([why]);
  });
  test("PipelineResources, which v1 drops", () => {
    const spec = `{resources: {inputs: [{name: s, type: git}]}, steps: [${step}]}`;
    expect(refused(object("Task", spec, "v1beta1"))).toEqual([
      "must not set the field resources: PipelineResources are gone since 0.44",
    ]);
    expect(refused(object("Task", spec))).toEqual([]);
  });
  test("which leaves what Pod Security says of the Pod", () => {
    const judged = judgeOne(object("Task", `{steps: [${step}, ${step}]}`));
    expect(judged.invalid.size).toBe(0);
    expect(judged.templates.flatMap(({ refusals }) => refusals)).not.toEqual([]);
  });
});

describe("Tekton's webhook takes", () => {
  test.each([
    ["Task", `{steps: [${step}, {image: y}, {image: z}], sidecars: [{name: c, image: x}, {name: c, image: x}]}`],
    ["Task", "{stepTemplate: {image: x, command: [a]}, steps: [{name: s, ref: {name: r}}], results: [{name: r}]}"],
    ["Task", "{results: [{name: r}], steps: [{image: x, script: 'echo > $(results.r.path) $(step.results.s.path)'}]}"],
    [
      "Task",
      `{params: [{name: p, type: object, properties: {k: {}}, default: {k: v}}, {name: q, default: [a]}, {name: n, type: string, default: 5}], steps: [${step}]}`,
    ],
    [
      "PipelineRun",
      `{pipelineSpec: {tasks: [{name: a, ${taskRef}}], finally: [{name: b, ${taskRef}, params: [{name: p, value: $(params.q)}]}]}}`,
    ],
    ["Task", "{steps: [{name: s, ref: {name: r}, params: [{name: p, value: v}]}]}"],
    [
      "Task",
      "{params: [{name: o, type: object, properties: {k: {type: string}}}, {name: l, type: array}], steps: [{image: $(params.o.k), args: ['$(params.l[*])', '$(params[\"l\"][0])', '$(inputs.params.q)', '$(context.task.name)']}]}",
    ],
    ["Task", "{params: [{name: e}], steps: [{image: x, onError: $(params.e)}]}"],
    ["TaskRun", "{params: [{name: i, value: x}], taskSpec: {steps: [{image: $(params.i)}]}}"],
    ["TaskRun", `{${taskRef}, workspaces: [{name: w, emptyDir: {}}, {name: v, secret: {secretName: s}}]}`],
    [
      "Pipeline",
      `{params: [{name: q}], tasks: [{name: a, taskSpec: {params: [{name: i}], steps: [{image: $(params.i), args: [$(params.q)]}]}}]}`,
    ],
    [
      "Pipeline",
      `{workspaces: [{name: w}], tasks: [{name: a, ${taskRef}, workspaces: [{name: w}]}, {name: b, ${taskRef}, runAfter: [a]}], finally: [{name: c, ${taskRef}, params: [{name: p, value: $(tasks.a.results.r)}]}]}`,
    ],
    ["Pipeline", "{tasks: [{name: a, taskSpec: {apiVersion: example.dev/v1, kind: Wait, spec: {a: b}}}]}"],
    [
      "PipelineRun",
      `{params: [{name: q, value: x}], pipelineSpec: {tasks: [{name: a, taskSpec: {steps: [{image: x, args: [$(params.q)]}]}}]}}`,
    ],
    [
      "Task",
      "{params: [{name: a, type: array}], steps: [{image: x, command: ['$(params.a[*])'], args: [$(params.a)], script: ''}, {image: x, script: '$(params.a[0])'}]}",
    ],
    ["Task", "{params: [{name: p}], stepTemplate: {env: [{name: e, value: $(params.p)}]}, steps: [{image: x}]}"],
    ["Task", "{workspaces: [{name: v}, {name: w}], steps: [{image: x, script: 'echo > $(step.results.q.path)'}]}"],
    [
      "Pipeline",
      `{tasks: [{name: a, taskRef: {resolver: hub, params: [{name: n, value: v}]}, when: [{cel: a}, {input: a, operator: notin, values: $(params.q)}]}], params: [{name: q, type: array}], finally: [{name: b, ${taskRef}}], results: [{name: r, value: $(finally.b.results.r)}, {name: s, value: {k: $(tasks.a.results.r.k)}}]}`,
    ],
    ["Pipeline", "{tasks: [{name: a, taskRef: {apiVersion: example.dev/v1, kind: Wait}}]}"],
  ])("%s %s", (kind, spec) => expect(refused(object(kind, spec))).toEqual([]));

  test("what a template fills in", () => {
    const run = object(
      "TaskRun",
      "{taskSpec: {steps: [{name: $(tt.params.n), image: x}, {name: $(tt.params.n), image: x}]}}",
    );
    expect(refused(run.replace("name: a", "name: '${NAME}'"))).toEqual([]);
  });
  test("what a TriggerTemplate fills in by parameters of its own", () => {
    const run = "{apiVersion: tekton.dev/v1, kind: TaskRun, spec: {taskSpec: {steps: [{image: $(params.i)}]}}}";
    const template = `apiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerTemplate\nmetadata: {name: t}\nspec: {params: [{name: i}], resourcetemplates: [${run}]}\n`;
    expect(refused(template)).toEqual([]);
  });
  test("what another file may complete", () => {
    expect(refused(object("TaskRun", "{serviceAccountName: s}"))).toEqual([
      "info: there is neither taskRef nor taskSpec: fine in a patch, refused by Tekton elsewhere",
    ]);
  });
  test("v1alpha1, of which nothing is known here", () => {
    expect(refused(object("Task", `{steps: [${step}, ${step}]}`, "v1alpha1"))).toEqual([]);
  });
});

const taken = (reference: string): readonly string[] =>
  ofRule(judgeOne(object("Pipeline", `{tasks: [{name: a, taskRef: {${reference}}}]}`)), "task-taken-for-custom").map(
    ({ stage, severity }) => `${severity} ${stage}`,
  );

describe("a pipeline's taskRef with an apiVersion is a custom task's", () => {
  test.each(["apiVersion: tekton.dev/v1, kind: Task, name: t", "apiVersion: tekton.dev/v1, name: t"])(
    "%s",
    (reference) => expect(taken(reference)).toEqual(["error Pipeline a, task a"]),
  );
  test.each([
    "kind: Task, name: t",
    "apiVersion: example.dev/v1, kind: Wait, name: t",
    "apiVersion: tekton.dev/v1, resolver: git",
  ])("not: %s", (reference) => expect(taken(reference)).toEqual([]));
  test("a TaskRun may have one", () => {
    const run = object("TaskRun", "{taskRef: {apiVersion: tekton.dev/v1, kind: Task, name: t}}");
    expect(ofRule(judgeOne(run), "task-taken-for-custom")).toEqual([]);
  });
});
