/** What reaches the Pods of Tekton's runs, as its controller of 1.15 made them on a cluster that enforced restricted. */
import { describe, expect, test } from "vitest";
import { judge, judgeOne, ofRule, places } from "./test-kit.ts";

const on = { tektonVersion: 10_016 } as const;
const restricted =
  "{allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}";
const step = (context = restricted): string => `{name: a, image: x, securityContext: ${context}}`;

/** What admission says of the Pods of the first text's object, by their names. */
const said = (texts: readonly string[], options = on): Readonly<Record<string, string>> =>
  Object.fromEntries(
    judge(texts, options)[0]?.templates.map(({ template, refusals }) => [
      template.name,
      refusals.map(({ reason, detail }) => `${reason} (${detail})`).join(", "),
    ]) ?? [],
  );

const object = (kind: string, name: string, body: string, annotations = "", version = "v1"): string =>
  `apiVersion: tekton.dev/${version}\nkind: ${kind}\nmetadata: {name: ${name}, annotations: {${annotations}}}\nspec:\n${body.replaceAll(/^/gm, "  ")}\n`;

const taskWith = (context: string, annotations = ""): string =>
  object("Task", "t", `steps: [${step(context)}]`, annotations);

const templated = (context: string, own: string): string =>
  object("TaskRun", "r", `taskSpec:\n  stepTemplate: {securityContext: ${context}}\n  steps: [${step(own)}]`);

const tasksInline = `tasks: [{name: b, taskSpec: {steps: [${step()}]}}]`;

const inline = (context: string): string => `{name: b, taskSpec: {steps: [${step(context)}]}}`;

const images = (texts: readonly string[]): readonly string[] =>
  judge(texts, on).flatMap(({ templates }) =>
    templates.flatMap(({ template }) =>
      template.sources.map(({ image }) => (image.known ? image.name : `? ${image.why}`)),
    ),
  );

const runOf = (task: string): string =>
  object("PipelineRun", "r", `params: [{name: i, value: new}]\npipelineSpec: {tasks: [{name: b, ${task}}]}`);

const spec = "{params: [{name: i, default: old}], steps: [{name: a, image: $(params.i)}]}";

const matrix = (rows: string): string =>
  object("Pipeline", "p", `tasks: [{name: b, matrix: {${rows}}, taskSpec: ${spec}}]`);

describe("annotations reach the Pod", () => {
  const unconfined = "container.apparmor.security.beta.kubernetes.io/step-a: unconfined";
  // Word for word the API server's, which copies the annotation into the container's field before admission looks.
  const refused =
    'forbidden AppArmor profiles (container "step-a" and annotation must not set AppArmor profile type to "Unconfined", "container.apparmor.security.beta.kubernetes.io/step-a="unconfined"")';
  test.each([
    ["of a TaskRun", [object("TaskRun", "r", `taskSpec: {steps: [${step()}]}`, unconfined)], "TaskRun r"],
    ["of a Task", [taskWith(restricted, unconfined)], "Task t"],
    [
      "of the Task that a TaskRun refers to",
      [object("TaskRun", "r", "taskRef: {name: t}"), taskWith(restricted, unconfined)],
      "TaskRun r",
    ],
    [
      "of a PipelineRun",
      [object("PipelineRun", "r", `pipelineSpec: {${tasksInline}}`, unconfined)],
      "PipelineRun r, task b",
    ],
    ["of a Pipeline", [object("Pipeline", "p", tasksInline, unconfined)], "Pipeline p, task b"],
    [
      "of the Pipeline that a PipelineRun refers to",
      [object("PipelineRun", "r", "pipelineRef: {name: p}"), object("Pipeline", "p", tasksInline, unconfined)],
      "PipelineRun r, task b",
    ],
    [
      "of a taskSpec",
      [
        object(
          "PipelineRun",
          "r",
          `pipelineSpec: {tasks: [{name: b, taskSpec: {metadata: {annotations: {${unconfined}}}, steps: [${step()}]}}]}`,
        ),
      ],
      "PipelineRun r, task b",
    ],
    [
      "of taskRunSpecs",
      [
        object(
          "PipelineRun",
          "r",
          `taskRunSpecs: [{pipelineTaskName: b, metadata: {annotations: {${unconfined}}}}]\npipelineSpec: {${tasksInline}}`,
        ),
      ],
      "PipelineRun r, task b",
    ],
  ])("%s", (_, texts, pod) => {
    expect(said(texts)).toEqual({ [pod]: refused });
  });

  test("a run's goes before the Task's", () => {
    const own = unconfined.replace("unconfined", "runtime/default");
    const texts = [object("TaskRun", "r", "taskRef: {name: t}", own), taskWith(restricted, unconfined)];
    expect(said(texts)).toEqual({ "TaskRun r": "" });
  });
});

describe("steps", () => {
  test("ports and probes of v1beta1 have no effect", () => {
    const old = `{name: a, image: x, ports: [{containerPort: 80, hostPort: 80}], livenessProbe: {tcpSocket: {port: 80, host: h}}, securityContext: ${restricted}}`;
    expect(said([object("TaskRun", "r", `taskSpec: {steps: [${old}]}`, "", "v1beta1")])).toEqual({ "TaskRun r": "" });
    const car = `taskSpec: {steps: [${step()}], sidecars: [${old}]}`;
    expect(said([object("TaskRun", "r", car)])["TaskRun r"]).toContain('container "sidecar-a" uses hostPort 80');
  });

  const local = restricted.replace("RuntimeDefault", "Localhost, localhostProfile: p.json");
  test("a profile's name stays where the step says another type, and the API server refuses that", () => {
    const judged = judgeOne(templated(local, "{seccompProfile: {type: RuntimeDefault}}"), on);
    expect(places(judged)).toEqual(["invalid-security-context at 7"]);
    expect(ofRule(judged, "invalid-security-context")[0]?.message).toContain(
      "localhostProfile can only be set when seccomp type is Localhost",
    );
    expect(judged.invalid.size).toBe(1);
  });
  test("a type without a name is well where the step has another", () => {
    const nameless = restricted.replace("RuntimeDefault", "Localhost");
    expect(places(judgeOne(templated(nameless, "{seccompProfile: {localhostProfile: p.json}}"), on))).toEqual([]);
    expect(places(judgeOne(templated(nameless, "{}"), on))).toEqual(["invalid-security-context at 6"]);
  });
});

describe("pipelines", () => {
  const bare = 'container "step-a" must set securityContext.allowPrivilegeEscalation=false';
  const pod = "{runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}";
  const half = "{allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}";

  test("a custom task makes no Pod of Tekton's", () => {
    const custom = "{name: c, taskRef: {apiVersion: example.dev/v1, kind: Wait, name: w}}";
    const judged = judgeOne(
      object("PipelineRun", "r", `pipelineSpec: {tasks: [${custom}, ${inline(restricted)}]}`),
      on,
    );
    expect(judged.templates.map(({ template }) => template.name)).toEqual(["PipelineRun r, task b"]);
    expect(judged.findings).toEqual([]);
    const task = "{name: c, taskRef: {apiVersion: tekton.dev/v1, kind: Task, name: w}}";
    expect(places(judgeOne(object("Pipeline", "p", `tasks: [${task}]`), on))).toEqual([
      "not-given? at 5",
      "task-taken-for-custom at 5",
    ]);
  });

  test("a pipeline within a pipeline is looked up, and said where it is not there", () => {
    const outer = object("PipelineRun", "r", "pipelineSpec: {tasks: [{name: o, pipelineRef: {name: p}}]}");
    const inner = object("Pipeline", "p", `tasks: [${inline("{}")}]`);
    expect(said([outer, inner])["PipelineRun r, task o, task b"]).toContain(bare);
    expect(judge([outer, inner], on).map(places)).toEqual([
      ["refused-reference at 5"],
      expect.arrayContaining(["allow-privilege-escalation at 5"]),
    ]);
    expect(places(judgeOne(outer, on))).toEqual(["not-given? at 5"]);
    const whole = object("PipelineRun", "r", "pipelineRef: {name: q}");
    const middle = object("Pipeline", "q", "tasks: [{name: o, pipelineRef: {name: p}}]");
    expect(said([whole, middle, inner])["PipelineRun r, task o, task b"]).toContain(bare);
    expect(places(judge([whole, middle], on)[0] ?? judgeOne(""))).toEqual(["not-given? at 5"]);
  });

  test("… has the run's podTemplate, and nothing of its taskRunSpecs", () => {
    const run = `taskRunTemplate: {podTemplate: {securityContext: ${pod}}}\ntaskRunSpecs: [{pipelineTaskName: b, podTemplate: {securityContext: {fsGroup: 1}}}]\npipelineSpec: {tasks: [${inline(half)}, {name: o, pipelineSpec: {tasks: [${inline(half)}]}}]}`;
    expect(said([object("PipelineRun", "r", run)])).toEqual({
      "PipelineRun r, task b": expect.stringContaining("runAsNonRoot != true"),
      "PipelineRun r, task o, task b": "",
    });
  });

  test("of several taskRunSpecs for a task later ones are laid over the others", () => {
    const run = `taskRunSpecs: [{pipelineTaskName: b, podTemplate: {hostNetwork: true, securityContext: {fsGroup: 1}}}, {pipelineTaskName: b, podTemplate: {securityContext: ${pod}}}]\npipelineSpec: {tasks: [${inline(half)}]}`;
    expect(said([object("PipelineRun", "r", run)])).toEqual({
      "PipelineRun r, task b": "host namespaces (hostNetwork=true)",
    });
  });

  test("default-pod-template reaches the Pods of a Pipeline too", () => {
    const defaults = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config-defaults}\ndata:\n  default-pod-template: "securityContext: ${pod}"\n`;
    expect(said([object("Pipeline", "p", `tasks: [${inline(half)}]`), defaults])).toEqual({ "Pipeline p, task b": "" });
  });
});

describe("images", () => {
  test("a task that is written in a pipeline has its parameters", () => {
    expect(images([runOf("taskSpec: {steps: [{name: a, image: $(params.i)}]}")])).toEqual(["new"]);
    expect(images([runOf(`taskSpec: ${spec}`)])).toEqual(["new"]);
    expect(images([runOf(`params: [{name: i, value: own}], taskSpec: ${spec}`)])).toEqual(["own"]);
  });
  test("… and one that it refers to has what it is given", () => {
    const run = object(
      "PipelineRun",
      "r",
      "params: [{name: i, value: new}]\npipelineSpec: {tasks: [{name: b, taskRef: {name: t}}]}",
    );
    expect(
      images([run, object("Task", "t", `params: [{name: i, default: old}]\nsteps: [{name: a, image: $(params.i)}]`)]),
    ).toEqual(["old", "old"]);
  });
  test("a matrix hides the default", () => {
    const open = ["? $(params.i) has no value here"];
    expect(images([matrix("params: [{name: i, value: [x, y]}]")])).toEqual(open);
    expect(images([matrix("include: [{name: one, params: [{name: i, value: x}]}]")])).toEqual(open);
  });
});
