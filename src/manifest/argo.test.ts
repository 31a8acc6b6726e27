import { describe, expect, test } from "vitest";
import { fix, fixOne, judge, judgeOne, ofRule, places, type TestOptions } from "./test-kit.ts";
import type { JudgedFile } from "./judged.ts";

const object = (kind: string, spec: string, name = "a"): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec:\n${spec}`;
const workflow = (spec: string): string => object("Workflow", spec);
const good =
  "{allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}";
const own = "allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}";
const four = ["allow-privilege-escalation", "run-as-non-root", "seccomp-profile", "unrestricted-capabilities"];

/** Rules of a text, but for what is said of Argo's own containers. */
const rules = (text: string, options: TestOptions = {}): readonly string[] => rulesOf(judgeOne(text, options));
const rulesOf = ({ findings }: JudgedFile): readonly string[] =>
  findings.map(({ rule }) => rule).filter((rule) => rule !== "added-container");
/** Pods with the containers of each. */
const pods = (text: string): readonly string[] =>
  judgeOne(text).templates.map(
    ({ template: { name, sources } }) => `${name}: ${sources.map(({ container }) => container.name).join(" ")}`,
  );

const deeper = (text: string, pad: string): string => text.replaceAll(/^(?=.)/gm, pad);
const templates = `  templates:
  - name: t
    container:
      image: registry.example.com/a:1
      args: [x]
  - name: s
    script:
      image: registry.example.com/a:1
      command: [python]
      source: |
        print("image: a")
`;
const context = `      securityContext:
        allowPrivilegeEscalation: false
        runAsNonRoot: true
        capabilities:
          drop: ["ALL"]
        seccompProfile:
          type: RuntimeDefault
`;
const fixedTemplates = templates.replaceAll("      image: registry.example.com/a:1\n", (line) => line + context);
const podContext = "{runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}";
const podContextLine = `  securityContext: ${podContext}\n`;

describe("the kinds of Argo Workflows are judged and fixed", () => {
  test.each([
    ["Workflow", templates, fixedTemplates],
    ["WorkflowTemplate", templates, fixedTemplates],
    ["ClusterWorkflowTemplate", templates, fixedTemplates],
    ["CronWorkflow", `  workflowSpec:\n${deeper(templates, "  ")}`, `  workflowSpec:\n${deeper(fixedTemplates, "  ")}`],
  ])("%s", (kind, before, after) => {
    const text = object(kind, before);
    expect(pods(text)).toEqual([`${kind} a, template t: main`, `${kind} a, template s: main`]);
    expect(new Set(rules(text))).toEqual(new Set(four));
    expect(fixOne(text)).toBe(object(kind, after));
    expect(rules(object(kind, after))).toEqual([]);
  });

  test("another API's kinds of these names are none of them", () => {
    expect(judgeOne(workflow(templates).replace("argoproj.io", "example.com")).templates).toEqual([]);
    expect(judgeOne(object("Sensor", "  template: {container: {image: x}}\n")).templates).toEqual([]);
  });
});

const scriptRules = (command: string, source: string): readonly string[] =>
  rules(workflow(`  templates: [{name: t, script: {image: x, command: [${command}], source: '${source}'}}]\n`));

describe("containers of a template", () => {
  test("are those of a set, those that go ahead and those beside, under their names", () => {
    const text = workflow(
      "  templates: [{name: t, containerSet: {containers: [{name: a, image: x}, {image: x}]}, initContainers: [{name: i, image: x}], sidecars: [{name: c, image: x}]}]\n",
    );
    expect(pods(text)).toEqual(["Workflow a, template t: i a main c"]);
    expect(fixOne(text).match(/runAsNonRoot: true/g)).toHaveLength(4);
  });
  test("steps, graphs, pauses and requests have none, and those in a line of a step are its own", () => {
    const text = workflow(
      `  templates: [{name: a, steps: [[{name: one, inline: {container: {image: x}}}]]}, {name: b, dag: {tasks: [{name: two, inline: {script: {image: x, command: [sh], source: ls}}}]}}, {name: c, suspend: {}}, {name: d, http: {url: x}}]\n`,
    );
    expect(pods(text)).toEqual(["Workflow a, template a, step one: main", "Workflow a, template b, step two: main"]);
  });
  test("run programs that cannot run restricted, also in a script", () => {
    expect(scriptRules("bash", "buildah bud .")).toContain("cannot-run-restricted");
    expect(scriptRules("sh", "echo buildah bud")).not.toContain("cannot-run-restricted");
    expect(scriptRules("python", 'os.system("buildah bud .")')).toContain("cannot-run-restricted");
  });
});

const withPod = (spec: string, template = ""): string =>
  workflow(`${spec}  templates:\n  - {name: t, ${template}container: {image: x, securityContext: {${own}}}}\n`);

describe("the Pod's securityContext", () => {
  test("is the Workflow's", () => {
    expect(rules(withPod(`  securityContext: ${podContext}\n`))).toEqual([]);
  });
  test("is the template's whole where it has one", () => {
    expect(rules(withPod("", `securityContext: ${podContext}, `))).toEqual([]);
    const text = withPod(`  securityContext: ${podContext}\n`, "securityContext: {fsGroup: 1}, ");
    expect(rules(text)).toEqual(["run-as-non-root", "seccomp-profile"]);
  });
  test("of templateDefaults is joined with the template's, field by field", () => {
    const defaults =
      "  templateDefaults: {securityContext: {runAsNonRoot: true, seccompProfile: {type: Unconfined}}}\n";
    expect(rules(withPod(defaults, "securityContext: {seccompProfile: {type: RuntimeDefault}}, "))).toEqual([]);
    expect(rules(withPod(defaults))).toContain("seccomp-profile");
  });
  test("is corrected where it stands", () => {
    const text = withPod("  securityContext: {runAsNonRoot: false, seccompProfile: {type: Unconfined}}\n");
    expect(fixOne(text)).toBe(withPod(`  securityContext: ${podContext}\n`));
  });
  test("hostNetwork is the Workflow's field", () => {
    expect(places(judgeOne(withPod("  hostNetwork: true\n")))).toContain("host-namespaces at 5");
  });
});

const withDefaults = (template: string): string =>
  workflow(
    `  templateDefaults: {container: {image: x, securityContext: ${good}}, sidecars: [{name: c, image: x, securityContext: ${good}}, {name: d, image: x}]}\n  templates: [{name: t, ${template}}]\n`,
  );

describe("templateDefaults", () => {
  test("lie under the container of the same type, and add sidecars", () => {
    const text = withDefaults(
      "container: {args: [x], securityContext: {runAsUser: 5}}, sidecars: [{name: d, args: [y], securityContext: {privileged: true}}]",
    );
    expect(pods(text)).toEqual(["Workflow a, template t: main d c"]);
    expect(judgeOne(text).templates[0]?.refusals.map(({ containers }) => containers.map(({ name }) => name))).toEqual(
      Array.from({ length: 5 }, () => ["d"]),
    );
  });
  test("of a container do not reach a script", () => {
    const text = withDefaults(
      "script: {image: z, command: [sh], source: ls}, sidecars: [{name: d, securityContext: {}}]",
    );
    expect(new Set(rules(text))).toEqual(new Set(four));
    expect(judgeOne(text).templates[0]?.refusals[0]?.containers.map(({ name }) => name)).toEqual(["main", "d"]);
  });
});

const withVolumes = (mounts: string): string =>
  workflow(
    `  volumes: [{name: h, hostPath: {path: /x}}]\n  templates: [{name: t, container: {image: x, securityContext: ${good}, volumeMounts: [${mounts}]}}]\n`,
  );

describe("volumes", () => {
  test("of the Workflow are the Pod's where a container mounts them", () => {
    expect(places(judgeOne(withVolumes("{name: h, mountPath: /x}")))).toContain("restricted-volume at 5");
    expect(rules(withVolumes(""))).toEqual([]);
  });
  test("of the template are the Pod's", () => {
    const text = workflow(
      `  templates: [{name: t, volumes: [{name: h, hostPath: {path: /x}}], container: {image: x, securityContext: ${good}}}]\n`,
    );
    expect(rules(text)).toContain("restricted-volume");
  });
});

const library = (pod = ""): string =>
  object(
    "WorkflowTemplate",
    `${pod}  templates: [{name: t, steps: [[{name: one, template: u}]]}, {name: u, container: {image: x, securityContext: {${own}}}}]\n`,
    "lib",
  );
const stepRun = (spec = ""): string =>
  workflow(`${spec}  templates: [{name: m, steps: [[{name: s, templateRef: {name: lib, template: t}}]]}]\n`);
const wholeRun = (spec = ""): string => workflow(`${spec}  workflowTemplateRef: {name: lib}\n`);
const second = (texts: readonly string[]): readonly string[] =>
  judge(texts)
    .slice(1)
    .flatMap((one) => rulesOf(one));

describe("templates of other objects", () => {
  test("that nobody gave are said", () => {
    expect(ofRule(judgeOne(stepRun()), "not-given")).toMatchObject([{ outcome: "open" }]);
    expect(ofRule(judgeOne(wholeRun()), "not-given")).toMatchObject([{ outcome: "open" }]);
    expect(judgeOne(wholeRun()).flagOpen).toBe(false);
  });
  test("that a step leads to run under the Workflow's own settings", () => {
    expect(second([library(podContextLine), stepRun()])).toEqual(["refused-reference"]);
    expect(second([library(), stepRun(podContextLine)])).toEqual([]);
  });
  test("that a Workflow takes whole keep theirs, under the Workflow's", () => {
    expect(second([library(podContextLine), wholeRun()])).toEqual([]);
    expect(second([library(), wholeRun(podContextLine)])).toEqual([]);
    expect(second([library(podContextLine), wholeRun("  securityContext: {runAsNonRoot: false}\n")])).toEqual([
      "run-as-non-root",
    ]);
  });
  test("of a cluster are of another kind, and circles end", () => {
    const ring = object(
      "ClusterWorkflowTemplate",
      `  templates: [{name: t, steps: [[{name: s, templateRef: {name: lib, template: t, clusterScope: true}}], [{name: o, inline: {container: {image: x}}}]]}]\n`,
      "lib",
    );
    const reference = stepRun().replace("template: t}", "template: t, clusterScope: true}");
    expect(second([ring, reference])).toEqual(["refused-reference"]);
    expect(second([library(), reference])).toEqual(["not-given"]);
  });
  test("are fixed where they stand", () => {
    const [lib, run] = fix([library(), stepRun()]);
    expect(lib).toContain("runAsNonRoot: true");
    expect(run).toBe(stepRun());
  });
});

const patched = (patch: string, template = ""): string =>
  workflow(`  podSpecPatch: '${patch}'\n  templates: [{name: t, ${template}container: {image: x}}]\n`);

describe("podSpecPatch", () => {
  test.each([
    '{"containers":[{"name":"main", "resources":{"limits":{{inputs.parameters.limits}}}}]}',
    "{nodeSelector: {a: b}, terminationGracePeriodSeconds: 5}",
    "{initContainers: [{name: init, env: []}], containers: [{name: wait, resources: {}}]}",
  ])("that gives resources changes nothing: %s", (patch) => {
    expect(new Set(rules(patched(patch)))).toEqual(new Set(four));
  });
  test.each([
    "{securityContext: {runAsNonRoot: true}}",
    "{containers: [{name: main, securityContext: {}}]}",
    "{containers: [{name: other, image: x}]}",
    "{{workflow.parameters.patch}}",
    "{hostNetwork: true}",
  ])("that changes what is judged leaves the template unjudged: %s", (patch) => {
    const text = patched(patch);
    expect(places(judgeOne(text))).toEqual(["not-judged? at 5"]);
    expect(fixOne(text)).toBe(text);
  });
  test("of a template is its own", () => {
    const text = workflow(
      `  templates:\n  - {name: t, podSpecPatch: "{securityContext: {}}", container: {image: x}}\n  - {name: u, container: {image: x}}\n`,
    );
    expect(pods(text)).toEqual(["Workflow a, template u: main"]);
  });
});

const said = (template: string, options: TestOptions = {}): number =>
  ofRule(judgeOne(workflow(`  templates: [{name: t, ${template}}]\n`), options), "added-container").length;

describe("Argo's own containers", () => {
  test("have what the controller is set to, which is nothing by default", () => {
    expect(said(`container: {image: x, securityContext: ${good}}`)).toBe(1);
    expect(said(`container: {image: x}`, { level: "baseline" })).toBe(0);
    expect(said("data: {source: {}}")).toBe(1);
  });
  test("have what a podSpecPatch gives each of them", () => {
    const container = `container: {image: x, securityContext: ${good}}`;
    const patch = (list: string, name: string, given = good): string =>
      `${list}: [{name: ${name}, securityContext: ${given}}]`;
    const both = `podSpecPatch: '{${patch("initContainers", "init")}, ${patch("containers", "wait")}}'`;
    expect(said(`${both}, ${container}`)).toBe(0);
    expect(said(`podSpecPatch: '{${patch("containers", "wait")}}', ${container}`)).toBe(1);
    expect(said(`podSpecPatch: '{${patch("containers", "wait", "{runAsNonRoot: true}")}}', ${container}`)).toBe(2);
    const text = workflow(`  ${both}\n  templates: [{name: t, container: {image: x}}]\n`);
    expect(pods(text)).toEqual(["Workflow a, template t: main"]);
    expect(rules(text)).not.toContain("added-container");
    expect(rules(text)).not.toContain("not-judged");
  });
  test("of several templates are said once", () => {
    const one = `{name: NAME, container: {image: x, securityContext: ${good}}}`;
    const text = workflow(`  templates: [${one.replace("NAME", "t")}, ${one.replace("NAME", "u")}]\n`);
    expect(ofRule(judgeOne(text), "added-container")).toHaveLength(1);
  });
  test("are restricted in a resource's Pod", () => {
    expect(said("resource: {action: get, manifest: x}")).toBe(0);
  });
});

const imageIn = (name: string): unknown =>
  judgeOne(
    workflow(
      `  arguments: {parameters: [{name: tag, value: "1"}]}\n  templates: [{name: t, container: {image: '${name}'}}]\n`,
    ),
  ).templates[0]?.template.sources[0]?.image;

test("images with the Workflow's parameters in their names are known, those with a template's are not", () => {
  expect(imageIn("x:{{workflow.parameters.tag}}")).toMatchObject({ known: true, name: "x:1" });
  expect(imageIn("x:{{ inputs.parameters.tag }}")).toMatchObject({
    known: false,
    why: "{{ inputs.parameters.tag }} has no value here",
  });
});

describe("--run-as-user writes into containers, and keeps the user that the Pod has", () => {
  test("where there is none", () => {
    const user = "        runAsUser: 65532\n        runAsGroup: 65532\n";
    expect(fixOne(workflow(templates), { runAsUser: 65_532 })).toBe(
      workflow(fixedTemplates.replaceAll("securityContext:\n", (line) => line + user)),
    );
  });
  test("where the Workflow has one for all", () => {
    const pod = "  securityContext: {runAsUser: 8737, runAsGroup: 8737}\n";
    expect(fixOne(workflow(pod + templates), { runAsUser: 65_532 })).toBe(workflow(pod + fixedTemplates));
  });
});

describe("what is none", () => {
  test.each([
    ["  templates: [{name: t, runAsNonRoot: true, container: {image: x, privileged: true}}]\n", "misplaced-field", 2],
    ["  runAsUser: 5\n  templates: []\n", "misplaced-field", 1],
    ["  securityContext: {privileged: true}\n", "misplaced-field", 1],
    ["  templateDefaults: {container: {securityContext: {fsGroup: 1}}}\n", "misplaced-field", 1],
    ["  templates: web\n", "wrong-type", 1],
    ["  templates: [{name: t, container: x, sidecars: y}]\n", "wrong-type", 2],
    ["  templates: [{name: t, container: {image: x, securityContext: {runAsNonRoot: 'true'}}}]\n", "wrong-type", 1],
    ["  templates: [{name: t, containerSet: {containers: []}}]\n", "no-containers", 1],
  ])("%s", (spec, rule, count) => {
    expect(ofRule(judgeOne(workflow(spec)), rule)).toHaveLength(count);
  });
});

const controllerConfig = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\ndata:\n${data}`;

describe("workflow-controller-configmap among the files", () => {
  const text = workflow(`  templates: [{name: t, container: {image: x, securityContext: ${good}}}]\n`);
  const outcomes = (data: string): readonly string[] =>
    judge([controllerConfig(data), text]).flatMap(({ findings }) =>
      findings.map(({ severity, outcome }) => `${severity} ${outcome}`),
    );
  test.each([
    ["gives them one", `  executor: |\n    securityContext: ${good}\n`, []],
    ["gives them one, as of old", `  config: |\n    executor: {securityContext: ${good}}\n`, []],
    ["gives them none", "  executor: |\n    resources: {}\n", ["error fail"]],
    ["gives them one that is not enough", `  executor: "securityContext: {runAsNonRoot: true}"\n`, ["error fail"]],
    ["says nothing of them, as a patch may", "  parallelism: '5'\n", ["warning open"]],
    ["is not readable", "  executor: '{'\n", ["warning open"]],
  ])("%s", (_, data, found) => {
    expect(outcomes(data)).toEqual(found);
  });
});

const resourceWith = (action: string, manifest: string): readonly string[] =>
  places(
    judgeOne(
      workflow(`  templates:\n  - name: t\n    resource:\n      action: ${action}\n      manifest: |\n${manifest}`),
    ),
  );

describe("an object in a resource's manifest", () => {
  const pod =
    "        kind: Job\n        spec: {template: {spec: {containers: [{image: '{{inputs.parameters.image}}'}]}}}\n";
  test("that holds containers is said", () => {
    expect(resourceWith("create", pod)).toEqual(["not-judged? at 9"]);
    expect(resourceWith("apply", "        {{inputs.parameters.object}}: [\n")).toEqual(["not-judged? at 9"]);
  });
  test("that holds none, or is only asked for, is not", () => {
    expect(resourceWith("create", "        kind: ConfigMap\n        data: {a: b}\n")).toEqual([]);
    expect(resourceWith("get", pod)).toEqual([]);
  });
});

test.each(["argoWorkflow", "k8s"])("what a Sensor makes (%s) is judged and fixed", (trigger) => {
  const sensor = (containers: string): string =>
    object(
      "Sensor",
      `  triggers:\n  - template:\n      name: t\n      ${trigger}:\n        source:\n          resource:\n${deeper(
        `apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n${containers}`,
        "            ",
      )}`,
    );
  expect(pods(sensor(templates))).toEqual([
    "Sensor a, Workflow, template t: main",
    "Sensor a, Workflow, template s: main",
  ]);
  expect(fixOne(sensor(templates))).toBe(sensor(fixedTemplates));
});
