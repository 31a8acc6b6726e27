import { describe, expect, test } from "vitest";
import { fixJudged } from "./fix-judged.ts";
import { changes, fix, fixOne, judgeOne, ofRule, places } from "../test-kit.ts";

const task = (spec: string): string => `apiVersion: tekton.dev/v1\nkind: Task\nmetadata:\n  name: t\nspec:\n${spec}`;
const pod = (spec: string): string => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n${spec}`;

const four = (indent: number): readonly string[] =>
  [
    "securityContext:",
    "  allowPrivilegeEscalation: false",
    "  runAsNonRoot: true",
    "  capabilities:",
    '    drop: ["ALL"]',
    "  seccompProfile:",
    "    type: RuntimeDefault",
  ].map((line) => `+${" ".repeat(indent)}${line}`);

describe("a Task", () => {
  const text = task("  # what it runs\n  steps:\n    - name: a\n      image: x # c\n    - image: y\n");
  test("gets its fields once, in stepTemplate, above the comment of steps", async () => {
    const fixed = fixOne(text);
    expect(await changes(text, fixed)).toEqual(["+  stepTemplate:", ...four(4)]);
    expect(fixed).toContain("RuntimeDefault\n  # what it runs\n  steps:");
  });
  test("gets them in each step where that is wanted, behind the image and its comment", async () => {
    const fixed = fixOne(text, { style: "step" });
    expect(await changes(text, fixed)).toEqual([...four(6), ...four(6)]);
    expect(fixed).toContain("image: x # c\n      securityContext:");
  });
  test("an existing stepTemplate gets what it lacks", async () => {
    const there = task(
      "  stepTemplate:\n    securityContext:\n      runAsNonRoot: true\n    env: []\n  steps:\n    - image: x\n",
    );
    expect(await changes(there, fixOne(there))).toEqual([
      "+      allowPrivilegeEscalation: false",
      "+      capabilities:",
      '+        drop: ["ALL"]',
      "+      seccompProfile:",
      "+        type: RuntimeDefault",
    ]);
  });
  test("sidecars get their own, for stepTemplate does not reach them", async () => {
    const there = task("  steps:\n    - image: x\n  sidecars:\n    - name: db\n      image: y\n");
    expect(await changes(there, fixOne(there))).toEqual(["+  stepTemplate:", ...four(4), ...four(6)]);
  });
  test("what steps set wrong is corrected in the step, for a step wins over its template", async () => {
    const there = task(
      "  steps:\n    - image: x\n      securityContext:\n        allowPrivilegeEscalation: true\n        runAsNonRoot: false\n        capabilities: {drop: [all], add: [CAP_NET_BIND_SERVICE]}\n        seccompProfile: {type: 'Unconfined'}\n",
    );
    expect(await changes(there, fixOne(there))).toEqual([
      "-        allowPrivilegeEscalation: true",
      "-        runAsNonRoot: false",
      "-        capabilities: {drop: [all], add: [CAP_NET_BIND_SERVICE]}",
      "-        seccompProfile: {type: 'Unconfined'}",
      "+        allowPrivilegeEscalation: false",
      "+        runAsNonRoot: true",
      "+        capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}",
      "+        seccompProfile: {type: 'RuntimeDefault'}",
    ]);
  });
  test("a step that refers to a StepAction is reached by stepTemplate, whatever the style", async () => {
    const there = task("  steps:\n    - name: a\n      ref:\n        name: git\n");
    const fixed = fixOne(there, { style: "step" });
    expect(await changes(there, fixed)).toEqual(["+  stepTemplate:", ...four(4)]);
    expect(ofRule(judgeOne(fixed), "not-given")).toHaveLength(1);
  });
  test("a Task without steps is left alone", () => {
    const there = task("  params: []\n");
    expect(fixOne(there)).toBe(there);
  });
});

test("comments further in than a field stay with it, at its end", () => {
  const there = pod(
    "  containers:\n    - name: a\n      securityContext:\n        allowPrivilegeEscalation: false\n        capabilities:\n          drop:\n            - NET_RAW\n              # of NET_RAW\n          # of capabilities\n        # of all\n",
  );
  expect(fixOne(there)).toBe(
    there
      .replace("          # of capabilities", "            - ALL\n          # of capabilities")
      .replace(
        "        # of all",
        "        runAsNonRoot: true\n        seccompProfile:\n          type: RuntimeDefault\n        # of all",
      ),
  );
});
test("any number of comments is gone over", () => {
  const comments = "            # one more\n".repeat(30_000);
  const there = pod(
    `  containers:\n    - name: a\n      securityContext:\n        runAsNonRoot: true\n${comments}    - name: b\n`,
  );
  expect(fixOne(there)).toContain(`${comments}        allowPrivilegeEscalation: false\n`);
});
test("a value with a tag is left", () => {
  const there = pod(
    "  containers:\n    - {name: a, securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: !!str true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}}\n",
  );
  expect(fixOne(there)).toBe(there);
  expect(ofRule(judgeOne(there), "wrong-type")).toHaveLength(1);
});

describe("where the fields go", () => {
  const rows: readonly (readonly [title: string, text: string, changes: readonly string[]])[] = [
    [
      "a StepAction",
      "apiVersion: tekton.dev/v1beta1\nkind: StepAction\nmetadata: {name: s}\nspec:\n  image: x\n  script: |\n    id\n",
      four(2),
    ],
    [
      "both task and finally of a Pipeline",
      "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n  tasks:\n    - name: a\n      taskSpec:\n        steps:\n          - image: x\n  finally:\n    - name: b\n      taskSpec:\n        steps:\n          - image: y\n",
      ["+        stepTemplate:", ...four(10), "+        stepTemplate:", ...four(10)],
    ],
    [
      "a PipelineRun within a TriggerTemplate",
      "apiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerTemplate\nmetadata: {name: tt}\nspec:\n  resourcetemplates:\n    - apiVersion: tekton.dev/v1\n      kind: PipelineRun\n      spec:\n        pipelineSpec:\n          tasks:\n            - name: a\n              taskSpec:\n                steps:\n                  - image: $(tt.params.i)\n",
      ["+                stepTemplate:", ...four(18)],
    ],
    [
      "a CronJob, with lists that are not indented",
      "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n          - name: a\n            image: x\n",
      four(12),
    ],
    [
      "init containers and ephemeral ones",
      pod(
        "  initContainers:\n    - {name: i, image: x}\n  containers:\n    - name: a\n  ephemeralContainers:\n    - name: e\n",
      ),
      [
        "-    - {name: i, image: x}",
        '+    - {name: i, image: x, securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: ["ALL"]}, seccompProfile: {type: RuntimeDefault}}}',
        ...four(6),
        ...four(6),
      ],
    ],
    [
      "what the pod sets is not repeated",
      pod(
        "  securityContext:\n    runAsNonRoot: true\n    seccompProfile: {type: RuntimeDefault}\n  containers:\n    - name: a\n",
      ),
      [
        "+      securityContext:",
        "+        allowPrivilegeEscalation: false",
        "+        capabilities:",
        '+          drop: ["ALL"]',
      ],
    ],
    [
      "what the pod sets wrong is corrected on the pod",
      pod("  securityContext: {runAsNonRoot: no}\n  containers:\n    - name: a\n"),
      [
        "-  securityContext: {runAsNonRoot: no}",
        "+  securityContext: {runAsNonRoot: true}",
        "+      securityContext:",
        "+        allowPrivilegeEscalation: false",
        "+        capabilities:",
        '+          drop: ["ALL"]',
        "+        seccompProfile:",
        "+          type: RuntimeDefault",
      ],
    ],
    [
      "an empty context, a null one, and one on the next line",
      pod(
        "  containers:\n    - name: a\n      securityContext: {} # none\n    - name: b\n      securityContext:\n      image: x\n    - name: c\n      securityContext: ~\n",
      ),
      [
        "-      securityContext: {} # none",
        "+      securityContext: # none",
        ...four(6).slice(1),
        ...four(6).slice(1),
        "-      securityContext: ~",
        ...four(6),
      ],
    ],
    [
      "fields without a value, with their comments",
      pod(
        "  containers:\n    - name: a\n      securityContext:\n        allowPrivilegeEscalation: # why\n        runAsNonRoot:\n        capabilities: # c\n        seccompProfile: {type:}\n",
      ),
      [
        "-        allowPrivilegeEscalation: # why",
        "-        runAsNonRoot:",
        "+        allowPrivilegeEscalation: false # why",
        "+        runAsNonRoot: true",
        "-        seccompProfile: {type:}",
        '+          drop: ["ALL"]',
        "+        seccompProfile: {type: RuntimeDefault}",
      ],
    ],
    [
      "a list of capabilities gets ALL in its own style",
      pod(
        "  containers:\n    - name: a\n      securityContext:\n        allowPrivilegeEscalation: false\n        runAsNonRoot: true\n        capabilities:\n          drop:\n          - 'NET_RAW'\n        seccompProfile: {type: RuntimeDefault}\n",
      ),
      ["+          - 'ALL'"],
    ],
    [
      "texts in place of truth values",
      pod(
        '  containers:\n    - name: a\n      securityContext:\n        allowPrivilegeEscalation: "false"\n        runAsNonRoot: true\n        capabilities: {drop: ALL}\n        seccompProfile: {type: RuntimeDefault}\n',
      ),
      [
        '-        allowPrivilegeEscalation: "false"',
        "+        allowPrivilegeEscalation: false",
        "-        capabilities: {drop: ALL}",
        '+        capabilities: {drop: ["ALL"]}',
      ],
    ],
    [
      "four blanks of indentation where the file has four",
      "apiVersion: v1\nkind: Pod\nspec:\n    containers:\n        - name: a\n",
      [
        "+          securityContext:",
        "+              allowPrivilegeEscalation: false",
        "+              runAsNonRoot: true",
        "+              capabilities:",
        '+                  drop: ["ALL"]',
        "+              seccompProfile:",
        "+                  type: RuntimeDefault",
      ],
    ],
    [
      "each object of a List",
      "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec:\n    containers:\n    - name: a\n- apiVersion: v1\n  kind: Service\n",
      four(6),
    ],
  ];
  test.each(rows)("%s", async (_, text, expected) => {
    const fixed = fixOne(text);
    expect(await changes(text, fixed)).toEqual(expected);
    expect(judgeOne(fixed).templates.flatMap(({ refusals }) => refusals)).toEqual([]);
  });
});

test("JSON stays JSON, in its own layout", () => {
  const text = `${JSON.stringify({ apiVersion: "v1", kind: "Pod", spec: { containers: [{ name: "a" }] } }, null, "\t")}\n`;
  const fixed = fixOne(text);
  expect(JSON.parse(fixed)).toEqual({
    apiVersion: "v1",
    kind: "Pod",
    spec: {
      containers: [
        {
          name: "a",
          securityContext: {
            allowPrivilegeEscalation: false,
            runAsNonRoot: true,
            capabilities: { drop: ["ALL"] },
            seccompProfile: { type: "RuntimeDefault" },
          },
        },
      ],
    },
  });
  expect(fixed).toContain('\t\t\t\t"securityContext": {\n\t\t\t\t\t"allowPrivilegeEscalation": false,\n');
  const short = '{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"a","securityContext":{}}]}}';
  expect(JSON.parse(fixOne(short))).toEqual(JSON.parse(fixed));
});

test("JSON objects one after the other stay so, each fixed in its place", () => {
  const object = { apiVersion: "v1", kind: "Pod", spec: { containers: [{ name: "a" }] } };
  const fixed = fixOne(`${JSON.stringify(object)}\n${JSON.stringify(object)}\n`);
  const [first, second, rest] = fixed.split("\n");
  expect(JSON.parse(first ?? "")).toMatchObject({
    spec: { containers: [{ securityContext: { runAsNonRoot: true } }] },
  });
  expect([second, rest]).toEqual([first, ""]);
});

test("the text around stays: CRLF, byte order mark, a missing last line break", () => {
  const text = `\ufeff${pod("  containers:\n    - name: a").replaceAll("\n", "\r\n")}`;
  const fixed = fixOne(text);
  expect(fixed.startsWith(text)).toBe(true);
  expect(fixed.endsWith("type: RuntimeDefault")).toBe(true);
  expect(fixed.replaceAll("\r\n", "")).not.toContain("\n");
});

describe("anchors", () => {
  test("a context that all containers share is completed once", async () => {
    const text = task(
      "  steps:\n    - image: x\n      securityContext: &sc\n        runAsNonRoot: true\n    - image: y\n      securityContext: *sc\n",
    );
    expect(await changes(text, fixOne(text, { style: "step" }))).toEqual([
      "+        allowPrivilegeEscalation: false",
      "+        capabilities:",
      '+          drop: ["ALL"]',
      "+        seccompProfile:",
      "+          type: RuntimeDefault",
    ]);
  });
  test("a value that is used for something else too is left", () => {
    const text = task("  description: &d {runAsNonRoot: true}\n  steps:\n    - image: x\n      securityContext: *d\n");
    expect(fixOne(text, { style: "step" })).toBe(text);
  });
  test("a value that a Pod shares which cannot run restricted is left", () => {
    const text = pod("  containers:\n    - name: a\n      securityContext: &sc {runAsNonRoot: true}\n");
    const both = `apiVersion: v1\nkind: List\nitems:\n- ${text.replaceAll("\n", "\n  ").trimEnd()}\n- ${pod(
      "  hostNetwork: true\n  containers:\n    - name: b\n      securityContext: *sc\n",
    )
      .replaceAll("\n", "\n  ")
      .trimEnd()}\n`;
    expect(fixOne(both)).toBe(both);
  });
  test.each([
    ["block style", "    - &c\n      name: c\n      image: x\n    - <<: *c\n      name: d\n", four(6)],
    [
      "flow style",
      "    - &c {name: c, image: x}\n    - {<<: *c, name: d}\n    - {<<: [*c], name: e}\n",
      [
        "-    - &c {name: c, image: x}",
        '+    - &c {name: c, image: x, securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: ["ALL"]}, seccompProfile: {type: RuntimeDefault}}}',
      ],
    ],
    [
      "one that merges what merges",
      "    - &c\n      name: c\n    - &d\n      <<: *c\n      name: d\n    - <<: *d\n      name: e\n",
      four(6),
    ],
    [
      "one that has a context of its own",
      "    - &c\n      name: c\n    - <<: *c\n      name: d\n      securityContext:\n        readOnlyRootFilesystem: true\n",
      [...four(6), ...four(6).slice(1)],
    ],
    [
      "among containers of both kinds",
      "    - &c\n      name: c\n  initContainers:\n    - <<: *c\n      name: d\n",
      four(6),
    ],
    [
      "of which one wants no more than the other gets",
      "    - &c\n      name: c\n      securityContext: &sc\n        runAsNonRoot: true\n    - name: d\n      securityContext:\n        <<: *sc\n        runAsUser: 7\n        runAsGroup: 7\n",
      four(6).filter((line) => !/securityContext:|runAsNonRoot/.test(line)),
    ],
  ])("containers that share by a merge get the fields once: %s", async (_, containers, expected) => {
    const text = pod(`  containers:\n${containers}`);
    const fixed = fixOne(text);
    expect(await changes(text, fixed)).toEqual(expected);
    expect(judgeOne(fixed).templates.flatMap(({ refusals }) => refusals)).toEqual([]);
  });
  test("what is merged into something else too is left, and the container gets the fields itself", async () => {
    const text = pod("  volumes:\n    - &c\n      name: c\n  containers:\n    - <<: *c\n      image: x\n");
    expect(await changes(text, fixOne(text))).toEqual(four(6));
    expect(judgeOne(fixOne(text)).templates.flatMap(({ refusals }) => refusals)).toEqual([]);
  });
  test("what one of the two is meant to be without is written to neither by the merge", () => {
    const text = pod(
      "  containers:\n    - &c\n      name: c\n    # image-fix ignore=seccomp-profile -- traces\n    - <<: *c\n      name: d\n",
    );
    expect(fixOne(text)).not.toContain("seccompProfile");
  });
  test("a merged context is added to beside the merge", async () => {
    const text = pod(
      "  containers:\n    - name: a\n      securityContext:\n        <<: &base {runAsNonRoot: true}\n        readOnlyRootFilesystem: true\n",
    );
    expect(await changes(text, fixOne(text))).toEqual([
      "+        allowPrivilegeEscalation: false",
      "+        capabilities:",
      '+          drop: ["ALL"]',
      "+        seccompProfile:",
      "+          type: RuntimeDefault",
    ]);
  });
});

const withScript = (script: string): string =>
  task(`  steps:\n    - image: x\n      script: |\n${script.replaceAll(/^/gm, "        ")}\n`);

/** Scripts that run what restricted does not let run. */
const running = [
  "buildah bud .",
  "#!/bin/bash\nset -e\nif true; then\n  sudo -E buildah --root /x build .\nfi",
  "c=$(buildah from alpine)",
  "exec dockerd --debug &",
  "B=buildah\n$B bud .",
  "unshare -Uf --map-users 1 -- buildah build .",
  'su app -c "podman run --rm x"',
  "retry 3 podman build .",
  "/kaniko/executor --context .",
  "#!/usr/bin/env -S bash -e\nbash -c 'rootlesskit true'",
];

/** Scripts that only speak of it. */
const speaking = [
  "#!/bin/sh\n# this used to be: buildah build .  (now ko)\nko build ./...",
  'echo "then run: podman run --rm x"',
  'git log --grep "buildah from"',
  "true # rootlesskit, needs no dockerd",
  "test -x /usr/bin/dockerd || true",
  "cat docs/podman run",
  "curl http://host/kaniko/executor",
  "pgrep dockerd",
  "apk add buildah",
  "ssh host podman run x",
  "cat <<EOF\nbuildah bud .\nEOF",
];

describe("what cannot run restricted is left as it is, with the reason", () => {
  test.each<readonly [string, string, string]>([
    ["privileged", pod("  containers:\n    - name: a\n      securityContext: {privileged: true}\n"), "privileged"],
    ["a host path", pod("  volumes: [{name: v, hostPath: {path: /}}]\n  containers: [{name: a}]\n"), "hostPath"],
    [
      "added capabilities",
      pod("  containers:\n    - name: a\n      securityContext: {capabilities: {add: [SETFCAP]}}\n"),
      "adds the capability SETFCAP",
    ],
    [
      "runAsUser 0",
      pod("  containers:\n    - name: a\n      securityContext: {runAsUser: 0}\n"),
      "must not set runAsUser=0",
    ],
    ["buildah's image", task("  steps:\n    - image: quay.io/buildah/stable:v1\n"), "runs buildah"],
    [
      "buildah in a script",
      task("  steps:\n    - image: x\n      script: |\n        buildah --storage-driver=vfs bud -t y .\n"),
      "runs buildah",
    ],
    ["kaniko", task("  steps:\n    - image: gcr.io/kaniko-project/executor:v1.5.1@sha256:0\n"), "runs kaniko"],
    [
      "docker in docker",
      task("  steps:\n    - image: x\n  sidecars:\n    - name: d\n      image: docker:20.10-dind\n"),
      "runs docker-in-docker",
    ],
    ["buildkitd", task("  steps:\n    - image: x\n      command: [buildctl-daemonless.sh]\n"), "runs BuildKit"],
    ...running.map((script) => [script, withScript(script), "runs "] as const),
    [
      "a shell's -c",
      task("  steps:\n    - {image: x, command: [/usr/bin/bash], args: [-ec, 'buildah bud .']}\n"),
      "runs ",
    ],
    ["arguments of the image's shell", task("  steps:\n    - {image: x, args: [-c, 'buildah bud .']}\n"), "runs "],
    ["arguments alone", task("  steps:\n    - {image: x, args: [dockerd, --debug]}\n"), "runs docker-in-docker"],
    ["another language", withScript("#!/usr/bin/env python3\nos.system('buildah bud .')"), "runs buildah"],
  ])("%s", (_, text, reason) => {
    expect(fixOne(text)).toBe(text);
    const [found] = ofRule(judgeOne(text), "cannot-run-restricted");
    expect(found?.message).toContain(reason);
    expect(found?.fix?.applicability).toBe("manual");
    expect(found?.needsPerson).toBe(true);
  });
  test.each<readonly [string, string]>([
    ["buildah push", task("  steps:\n    - image: x\n      script: buildah push y\n")],
    ["buildctl against a remote daemon", task("  steps:\n    - image: x\n      command: [buildctl]\n")],
    ["a name that only looks alike", task("  steps:\n    - image: example.com/not-buildah-at-all/docker:1\n")],
    ["another image of such an organisation", task("  steps:\n    - image: ghcr.io/podman/api-docs:1\n")],
    ...speaking.map((script) => [script, withScript(script)] as const),
    ["a text to print", task("  steps:\n    - {image: x, command: [echo], args: [buildah bud .]}\n")],
    ["a comment of another language", withScript("#!/usr/bin/env python3\n# buildah bud .\nprint(1)")],
  ])("%s can", (_, text) => {
    expect(ofRule(judgeOne(text), "cannot-run-restricted")).toEqual([]);
  });
  test("a program that several steps run is explained once", () => {
    const text = task("  steps:\n    - {name: a, image: quay.io/buildah/stable}\n    - {name: b, image: buildah}\n");
    const [first, second, ...more] = ofRule(judgeOne(text), "cannot-run-restricted");
    expect(first?.message).toContain('container "step-a" runs buildah: ');
    expect(second).toMatchObject({
      message: '--fix leaves this Pod as it is: container "step-b" runs buildah too',
      fix: null,
      needsPerson: true,
    });
    expect(more).toEqual([]);
  });
  test("the others of a file are fixed all the same", () => {
    const bad = pod("  containers:\n    - name: a\n      securityContext: {privileged: true}\n");
    const fixed = fixOne(`${bad}---\n${pod("  containers:\n    - name: b\n")}`);
    expect(fixed.startsWith(bad)).toBe(true);
    expect(judgeOne(fixed).templates.map(({ refusals }) => refusals.length > 0)).toEqual([true, false]);
  });
});

const said = (text: string): readonly string[] => {
  const judging = { level: undefined, version: undefined, tektonVersion: undefined, runAsUser: undefined };
  const fixing = { style: "stepTemplate", runAsUser: undefined } as const;
  return fixJudged([judgeOne(text)], fixing, judging)[0]?.steps ?? [];
};

describe("what is said to be changed", () => {
  test("shows the quotes that are wrong", () => {
    const text = pod(
      "  containers:\n    - {name: a, securityContext: {allowPrivilegeEscalation: 'false', runAsNonRoot: \"true\", capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}}\n",
    );
    expect(said(text)).toEqual([
      'Pod p: container a: runAsNonRoot "true" → true',
      'Pod p: container a: allowPrivilegeEscalation "false" → false',
    ]);
  });
  test("leaves out what a shared value keeps from changing", () => {
    const text = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: b}
  spec:
    containers:
    - name: a
      securityContext: &s
        allowPrivilegeEscalation: true
        privileged: true
- apiVersion: v1
  kind: Pod
  metadata: {name: p}
  spec:
    containers:
    - name: a
      securityContext:
        <<: *s
        privileged: false
        capabilities: {drop: [all]}
`;
    const lines = said(text);
    expect(lines.filter((line) => line.includes("allowPrivilegeEscalation"))).toEqual([]);
    expect(lines).toContain("Pod p: container a: capabilities.drop all → ALL");
    expect(lines).toContain("Pod p: container a gets runAsNonRoot and seccompProfile.type");
  });
  test("has what changes in all places that share it", () => {
    const text = pod(
      "  containers:\n    - name: a\n      securityContext: &s\n        allowPrivilegeEscalation: true\n    - name: b\n      securityContext: *s\n",
    );
    expect(said(text)).toContain("Pod p: container a: allowPrivilegeEscalation true → false");
  });
});

test("a profile of the node that is named is not made another type's", () => {
  const text = pod(
    "  containers:\n    - name: a\n      securityContext: {seccompProfile: {type: Unconfined, localhostProfile: p}}\n",
  );
  expect(fixOne(text)).toContain("{type: Unconfined, localhostProfile: p}");
});

describe("--run-as-user", () => {
  const options = { runAsUser: 65_532 };
  test("leaves Windows Pods without: the API server refuses such numbers there", () => {
    const text = pod("  os: {name: windows}\n  securityContext: {runAsNonRoot: true}\n  containers:\n    - name: a\n");
    expect(fixOne(text, options)).toBe(text);
    const zero = pod("  os: {name: windows}\n  containers:\n    - name: a\n      securityContext: {runAsUser: 0}\n");
    expect(fixOne(zero, options)).toContain("runAsUser: 0");
  });
  test("sets user, group and fsGroup on a Pod", async () => {
    const text = pod("  containers:\n    - name: a\n");
    expect(await changes(text, fixOne(text, options))).toEqual([
      "+  securityContext:",
      "+    runAsUser: 65532",
      "+    runAsGroup: 65532",
      "+    fsGroup: 65532",
      ...four(6),
    ]);
  });
  test("replaces 0, keeps a number that is there", async () => {
    const text = pod(
      "  containers:\n    - name: a\n      securityContext: {runAsUser: 0}\n    - name: b\n      securityContext: {runAsUser: 7, runAsGroup: 7}\n",
    );
    const fixed = fixOne(text, options);
    expect(fixed).toContain("{runAsUser: 65532, runAsGroup: 65532,");
    expect(fixed).toContain("{runAsUser: 7, runAsGroup: 7,");
    expect(fixed).toContain("\n  securityContext:\n    fsGroup: 65532\n  containers:");
  });
  test("a container with a user of its own keeps the group that the image gives it", async () => {
    const text = pod("  containers:\n    - name: a\n    - name: b\n      securityContext: {runAsUser: 1000}\n");
    const fixed = fixOne(text, options);
    expect(fixed).toContain("\n  securityContext:\n    runAsUser: 65532\n    fsGroup: 65532\n  containers:");
    expect(fixed).toContain("    - name: a\n      securityContext:\n        runAsGroup: 65532\n");
    expect(fixed).toContain("{runAsUser: 1000, allowPrivilegeEscalation");
  });
  test("and so does a step, which a stepTemplate would reach", () => {
    const text = task("  steps:\n    - name: a\n    - name: b\n      securityContext: {runAsUser: 1000}\n");
    const fixed = fixOne(text, options);
    expect(fixed).toContain("stepTemplate:\n    securityContext:\n      runAsUser: 65532\n      allow");
    expect(fixed).toContain("    - name: a\n      securityContext:\n        runAsGroup: 65532\n");
    expect(fixed).toContain("{runAsUser: 1000}");
  });
  test("one with a group too changes nothing for the others", () => {
    const text = pod(
      "  containers:\n    - name: a\n    - name: b\n      securityContext: {runAsUser: 1000, runAsGroup: 7}\n",
    );
    expect(fixOne(text, options)).toContain("    runAsUser: 65532\n    runAsGroup: 65532\n    fsGroup: 65532\n");
  });
  test("sets user and group in a Task, which has no Pod of its own", () => {
    const fixed = fixOne(task("  steps:\n    - image: x\n"), options);
    expect(fixed).toContain(
      "    securityContext:\n      runAsUser: 65532\n      runAsGroup: 65532\n      allowPrivilegeEscalation",
    );
    expect(fixed).not.toContain("fsGroup");
  });
  test.each([
    [
      "TaskRun",
      "v1",
      "  taskRef: {name: t}\n",
      "spec:\n  podTemplate:\n    securityContext:\n      runAsUser: 65532\n      runAsGroup: 65532\n      fsGroup: 65532\n  taskRef",
    ],
    [
      "PipelineRun",
      "v1",
      "  pipelineRef: {name: t}\n",
      "spec:\n  taskRunTemplate:\n    podTemplate:\n      securityContext:\n        runAsUser: 65532\n",
    ],
    [
      "PipelineRun",
      "v1beta1",
      "  pipelineRef: {name: t}\n",
      "spec:\n  podTemplate:\n    securityContext:\n      runAsUser: 65532\n",
    ],
  ])("sets a %s of %s through its podTemplate", (kind, version, spec, expected) => {
    const text = `apiVersion: tekton.dev/${version}\nkind: ${kind}\nmetadata: {name: r}\nspec:\n${spec}`;
    expect(fixOne(text, options)).toContain(expected);
  });
});

test("user namespaces: runAsNonRoot is not forced on a Pod that need not have it", () => {
  const text = pod("  hostUsers: false\n  containers:\n    - name: a\n");
  expect(fixOne(text)).not.toContain("runAsNonRoot");
  expect(fixOne(text, { version: 34 })).toContain("runAsNonRoot: true");
});

test("baseline: nothing is added, Unconfined is corrected", () => {
  const text = pod("  containers:\n    - name: a\n      securityContext: {seccompProfile: {type: Unconfined}}\n");
  expect(fixOne(text, { level: "baseline" })).toBe(text.replace("Unconfined", "RuntimeDefault"));
});

test("files are fixed together: a Task whose StepAction is in another file", () => {
  const action =
    "apiVersion: tekton.dev/v1beta1\nkind: StepAction\nmetadata: {name: s}\nspec:\n  image: x\n  securityContext: {allowPrivilegeEscalation: true}\n";
  const [task1 = "", action1 = ""] = fix([task("  steps:\n    - name: a\n      ref: {name: s}\n"), action]);
  expect(action1).toContain("allowPrivilegeEscalation: false");
  expect(task1).toContain("stepTemplate:");
});

const featureFlags = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: feature-flags}\ndata:\n  a: "b"\n${data}`;

describe("Tekton's flag", () => {
  test.each([
    ["off", featureFlags('  set-security-context: "false"\n'), '  set-security-context: "true"\n'],
    ["not set", featureFlags(""), '  a: "b"\n  set-security-context: "true"\n'],
    ["without quotes", featureFlags("  set-security-context: false\n"), '  set-security-context: "true"\n'],
    [
      "in TektonConfig",
      "apiVersion: operator.tekton.dev/v1alpha1\nkind: TektonConfig\nmetadata: {name: config}\nspec:\n  profile: all\n",
      "  profile: all\n  pipeline:\n    set-security-context: true\n",
    ],
    [
      "in TektonPipeline",
      "apiVersion: operator.tekton.dev/v1alpha1\nkind: TektonPipeline\nmetadata: {name: pipeline}\nspec:\n  set-security-context: false\n",
      "  set-security-context: true\n",
    ],
  ])("%s", (_, text, expected) => {
    const fixed = fixOne(text);
    expect(fixed).toContain(expected);
    expect(places(judgeOne(fixed))).toEqual([]);
  });
});

test.each(["runAsNonRoot: false, # why", "runAsNonRoot: false # why"])(
  "a comment in flow style stays behind its value: %s",
  (line) => {
    const text = pod(`  containers:\n  - name: a\n    securityContext: {\n      ${line}\n    }\n`);
    expect(fixOne(text)).toContain("runAsNonRoot: true, # why\n      allowPrivilegeEscalation");
  },
);

const context = (fields: string): string =>
  pod(`  containers:\n    - name: a\n      image: \${IMAGE}\n      securityContext:\n${fields}`);

describe("a variable that a template fills in", () => {
  test.each([
    ["allowPrivilegeEscalation: ${APE}", "allowPrivilegeEscalation", "${APE}"],
    ["allowPrivilegeEscalation: $(APE)", "allowPrivilegeEscalation", "$(APE)"],
    ["allowPrivilegeEscalation: $APE", "allowPrivilegeEscalation", "$APE"],
    ['allowPrivilegeEscalation: "{{ .Values.ape }}"', "allowPrivilegeEscalation", "{{ .Values.ape }}"],
    ["allowPrivilegeEscalation: <% ape %>", "allowPrivilegeEscalation", "<% ape %>"],
    ["allowPrivilegeEscalation: '@APE@'", "allowPrivilegeEscalation", "@APE@"],
    ["allowPrivilegeEscalation: __APE__", "allowPrivilegeEscalation", "__APE__"],
    ["runAsNonRoot: ${NON_ROOT:-true}", "runAsNonRoot", "${NON_ROOT:-true}"],
    ["seccompProfile: {type: $(tt.params.profile)}", "type", "$(tt.params.profile)"],
    ["capabilities: {drop: $DROP}", "drop", "$DROP"],
  ])("is left and said, and the rest is written: %s", (line, name, variable) => {
    const text = context(`        ${line}\n        readOnlyRootFilesystem: true\n`);
    expect(fixOne(text)).toContain(`        ${line}\n`);
    expect(said(text)).toEqual([
      expect.stringMatching(/^Pod p: container a gets [^$]*$/),
      `${name} is left as it is: a template fills in ${variable}; fix what it gives, or write the value there`,
    ]);
  });
  test("could not be known", () => {
    const judged = judgeOne(context("        runAsUser: ${UID}\n"));
    expect(ofRule(judged, "wrong-type")).toMatchObject([
      {
        outcome: "open",
        message: "runAsUser must be a number, without quotes; what a template makes of ${UID} is not known here",
      },
    ]);
  });
  test("in the Pod's user", () => {
    const text = pod("  securityContext: {runAsUser: $UID}\n  containers:\n    - name: a\n");
    expect(fixOne(text, { runAsUser: 65_532 })).toContain("runAsUser: $UID");
  });
  test.each(["nope", '"false"', "1"])("no other wrong value is one: %s", (value) => {
    const text = context(`        allowPrivilegeEscalation: ${value}\n`);
    expect(fixOne(text)).toContain("allowPrivilegeEscalation: false\n");
  });
  test("offers no fix that would not be made", () => {
    const text = context("        allowPrivilegeEscalation: ${APE}\n");
    const fixes = judgeOne(text).findings.map(({ rule, fix: hint }) => `${rule}: ${hint?.applicability}`);
    expect(fixes).toContain("allow-privilege-escalation: manual");
    expect(fixes).toContain("seccomp-profile: safe");
  });
});
