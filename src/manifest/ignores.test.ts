import { describe, expect, test } from "vitest";
import { changes, fix, fixOne, judge, judgeOne, places } from "./test-kit.ts";

const rest = "allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}";
const why = "-- it is meant";
const ignore = (rule: string): string => `# image-fix ignore=${rule} ${why}`;

/** A Pod of which each `{1}` … `{9}` is the place of a comment. */
function pod(comment: string, at: number): string {
  const text = `{1}
apiVersion: v1
kind: Pod {2}
metadata:
  name: p
spec: {3}
  {4}
  containers:
    {5}
    - name: a {6}
      image: x
      securityContext: {7}
        {8}
        runAsNonRoot: false {9}
        allowPrivilegeEscalation: false
        capabilities: {drop: [ALL]}
        seccompProfile: {type: RuntimeDefault}
`;
  return text
    .replace(`{${at}}`, comment)
    .replaceAll(/^ *\{\d\}\n/gm, "")
    .replaceAll(/ \{\d\}/g, "");
}

describe("a comment that is obeyed", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("at place %i", (at) => {
    const text = pod(ignore("run-as-non-root"), at);
    const { findings, ignored } = judgeOne(text);
    expect(findings).toEqual([]);
    expect(ignored).toMatchObject([{ finding: { rule: "run-as-non-root" }, reason: "it is meant" }]);
    expect(fixOne(text)).toBe(text);
  });
  test.each([
    ["several rules", pod("# image-fix ignore=seccomp-profile, run-as-non-root -- why", 5)],
    ["reason=", pod('# image-fix ignore=run-as-non-root reason="why"', 6)],
    ["other comments and a blank line between", pod(`${ignore("run-as-non-root")}\n    # more\n\n    # and more`, 5)],
    ["in the head of the file", pod(`${ignore("run-as-non-root")}\n`, 1)],
    ["in the head of the file, in front of ---", pod(`${ignore("run-as-non-root")}\n---`, 1)],
    ["behind ---", pod(`---\n${ignore("run-as-non-root")}`, 1)],
    ["with a byte order mark", `\ufeff${pod(ignore("run-as-non-root"), 1)}`],
    ["with CRLF", pod(ignore("run-as-non-root"), 5).replaceAll("\n", "\r\n")],
  ])("%s", (_, text) => expect(places(judgeOne(text))).toEqual([]));

  test("in a List, and in flow style", () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n  ${ignore("run-as-non-root")}\n  - apiVersion: v1\n    kind: Pod\n    spec:\n      containers: [{name: a, securityContext: {${rest}}}]\n`;
    expect(places(judgeOne(list))).toEqual([]);
    const flow = `{apiVersion: v1, kind: Pod, spec: {containers: [\n  ${ignore("run-as-non-root")}\n  {name: a, securityContext: {${rest}}}]}}\n`;
    expect(places(judgeOne(flow))).toEqual([]);
  });
});

describe("a comment that covers nothing of it", () => {
  test("names another rule, or stands at another container", () => {
    expect(places(judgeOne(pod(ignore("seccomp-profile"), 5)))).toEqual(["run-as-non-root at 11"]);
    const two = `${pod("", 9)}    ${ignore("run-as-non-root")}\n    - {name: b, securityContext: {runAsNonRoot: true, ${rest}}}\n`;
    expect(places(judgeOne(two))).toEqual(["run-as-non-root at 10"]);
  });
  test.each([
    ["at the end of the file", `${pod("", 9)}${ignore("run-as-non-root")}\n`],
    [
      "at the end of the document before",
      `apiVersion: v1\nkind: ConfigMap\n${ignore("run-as-non-root")}\n---\n${pod("", 9)}`,
    ],
    [
      "in a text",
      pod("", 9).replace("name: p", `name: p\n  annotations:\n    a: |\n      ${ignore("run-as-non-root")}`),
    ],
    ["in quotes", pod("", 9).replace("name: p", `name: p\n  annotations: {a: "${ignore("run-as-non-root")}"}`)],
  ])("%s", (_, text) => expect(places(judgeOne(text))).toHaveLength(1));
});

describe("a comment that is not obeyed is a finding", () => {
  test.each([
    [
      "# image-fix ignore=run-as-non-root",
      "This comment asks to ignore run-as-non-root without a reason, so it is not obeyed",
    ],
    [
      "# image-fix ignore=run-as-non-root --",
      "This comment asks to ignore run-as-non-root without a reason, so it is not obeyed",
    ],
    [
      "# image-fix ignore run-as-non-root -- x",
      'This comment is not of the form "image-fix ignore=RULE -- reason", so it is not obeyed',
    ],
    [
      "# image-fix ignore=run-as-nonroot -- x",
      'There is no rule "run-as-nonroot" for manifests (did you mean run-as-non-root?), so this comment silences nothing by that name',
    ],
  ])("%s", (comment, message) => {
    const { findings } = judgeOne(pod(comment, 5));
    expect(findings.map((finding) => [finding.rule, finding.severity, finding.message])).toEqual([
      ["ignore-comment", "warning", message],
      ["run-as-non-root", "error", expect.stringContaining("refuses the Pod")],
    ]);
  });
});

const steps = `apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: t
spec:
  steps:
    - name: a
      image: x
    - name: b # image-fix ignore=allow-privilege-escalation -- its sudo is meant
      image: z
`;

describe("what a refusal is for", () => {
  test("is ignored where all of it is; else it is shown at what is left", () => {
    const both = steps.replace("- name: a", "- name: a # image-fix ignore=allow-privilege-escalation -- too");
    expect(places(judgeOne(both)).filter((place) => place.startsWith("allow"))).toEqual([]);
    const second = steps.replace("- name: a", "- name: a # image-fix ignore=run-as-non-root -- first");
    expect(places(judgeOne(second))).toEqual([
      "allow-privilege-escalation at 7",
      "seccomp-profile at 7",
      "unrestricted-capabilities at 7",
      "run-as-non-root at 9",
    ]);
  });
  test("one of two volumes", () => {
    const text = `apiVersion: v1\nkind: Pod\nspec:\n  containers: [{name: a, securityContext: {runAsNonRoot: true, ${rest}}}]\n  volumes:\n    - name: v # image-fix ignore=restricted-volume -- the node's log\n      hostPath: {path: /a}\n    - name: w\n      nfs: {server: s, path: /b}\n`;
    expect(places(judgeOne(text))).toContain("restricted-volume at 8");
    const both = text.replace("- name: w", `- name: w # image-fix ignore=restricted-volume -- too`);
    expect(places(judgeOne(both))).toEqual(["cannot-run-restricted at 3"]);
    expect(places(judgeOne(`${ignore("cannot-run-restricted")}\n${both}`))).toEqual([]);
  });
  test("what a Task says is meant is not held against the run", () => {
    const run = "apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: r}\nspec:\n  taskRef: {name: t}\n";
    const task = `${ignore("allow-privilege-escalation")}\napiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\nspec:\n  steps:\n    - name: a\n      image: x\n      securityContext: {runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}\n`;
    expect(judge([run, task]).map(places)).toEqual([[], []]);
    expect(judge([run, task.replace(why, "")]).map((file) => places(file).length)).toEqual([1, 2]);
  });
  test("Tekton's settings and images", () => {
    const flags = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: feature-flags}\ndata:\n  set-security-context: "false" # image-fix ignore=set-security-context -- this cluster enforces nothing\n`;
    expect(places(judgeOne(flags))).toEqual([]);
    expect(fixOne(flags)).toBe(flags);
  });
});

describe("a fix leaves what is meant", () => {
  test("a step that a stepTemplate would reach", async () => {
    expect(await changes(steps, fixOne(steps))).toEqual([
      "+  stepTemplate:",
      "+    securityContext:",
      "+      runAsNonRoot: true",
      "+      capabilities:",
      '+        drop: ["ALL"]',
      "+      seccompProfile:",
      "+        type: RuntimeDefault",
      "+      securityContext:",
      "+        allowPrivilegeEscalation: false",
    ]);
  });
  test("a step that refers to a StepAction", () => {
    const task = `apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\nspec:\n  steps:\n    ${ignore("run-as-non-root")}\n    - name: a\n      ref: {name: act}\n`;
    const action = "apiVersion: tekton.dev/v1beta1\nkind: StepAction\nmetadata: {name: act}\nspec:\n  image: x\n";
    const [fixed = ""] = fix([task]);
    expect(fixed).toContain("allowPrivilegeEscalation: false");
    expect(fixed).not.toContain("runAsNonRoot");
    // The StepAction's own file says nothing, so that it is fixed there.
    expect(fix([task, action])[1]).toContain("runAsNonRoot: true");
  });
  test("values that are wrong on purpose, in the container, the Pod and the stepTemplate", () => {
    const wrong = `runAsNonRoot: false, allowPrivilegeEscalation: true, capabilities: {drop: [NET_RAW]}, seccompProfile: {type: Unconfined}`;
    const all = ignore("run-as-non-root,allow-privilege-escalation,unrestricted-capabilities,seccomp-profile");
    const text = `apiVersion: v1\nkind: Pod\nspec:\n  ${all}\n  securityContext: {runAsNonRoot: false, seccompProfile: {type: Unconfined}}\n  containers:\n    ${all}\n    - {name: a, securityContext: {${wrong}}}\n`;
    expect(places(judgeOne(text))).toEqual([]);
    expect(fixOne(text)).toBe(text);
    const task = `apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  stepTemplate:\n    securityContext: {${wrong}}\n  steps:\n    ${all}\n    - {name: a, image: x}\n    - {name: b, image: x}\n`;
    expect(fixOne(task)).toBe(task);
  });
  test("a user that is 0 on purpose, while --run-as-user gives others one", () => {
    const text = `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      securityContext: {runAsNonRoot: true, runAsUser: 0, ${rest}} # image-fix ignore=run-as-user-zero -- why\n    - name: b\n      securityContext: {runAsNonRoot: true, ${rest}}\n`;
    const fixed = fixOne(text, { runAsUser: 65_532 });
    expect(fixed).toContain("runAsUser: 0,");
    expect(fixed).toContain("runAsUser: 65532");
  });
});

test("thousands of comments are read in one pass", () => {
  const containers = Array.from(
    { length: 1000 },
    (_, index) => `    ${ignore("run-as-non-root")}\n    - name: c${index}\n`,
  );
  const text = `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n${containers.join("")}`;
  const begin = performance.now();
  expect(judgeOne(text).ignored).toHaveLength(1000);
  expect(performance.now() - begin).toBeLessThan(20_000);
});
