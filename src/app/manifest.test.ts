import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ok } from "../core/result.ts";
import { createFakeEngine } from "../engine/fake/fake.ts";
import { exitCodeOfReport } from "../results/exit-code.ts";
import { checkManifests, type ManifestRequest } from "./manifest.ts";
import { renderSummary } from "../report/text-summary.ts";
import { outcomeWords } from "../report/words.ts";
import type { RunReport } from "../results/run-report.ts";

const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: a\n      image: app:1\n";
const policy = { failOn: "error", allowUnknown: false } as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "manifest-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

async function run(request: ManifestRequest, images: Readonly<Record<string, string>> = {}): Promise<RunReport> {
  const engine = createFakeEngine({
    images: Object.fromEntries(Object.entries(images).map(([name, user]) => [name, { config: { user } }])),
  });
  const report = await checkManifests(request, { signal: new AbortController().signal }, async () =>
    ok({ engine, why: "a test" }),
  );
  if (!report.ok) throw new Error(JSON.stringify(report.error));
  return report.value;
}

const write = { style: "stepTemplate", dryRun: false } as const;

describe("fixing files", () => {
  test("keeps mode and link, and is done the second time", async () => {
    const path = put("pod.yaml", pod);
    chmodSync(path, 0o640);
    const link = join(folder, "link.yaml");
    symlinkSync(path, link);
    const report = await run({ targets: [link], fix: write });
    expect(report.targets[0]?.fix).toMatchObject({ changed: true, written: true, remaining: [] });
    expect(report.targets[0]?.podSecurity).toEqual([
      { name: "Pod p", level: "restricted", version: "latest", allowed: true, reasons: [] },
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(path, "utf8")).toContain("allowPrivilegeEscalation: false");
    expect(exitCodeOfReport(report, policy)).toBe(0);
    const again = await run({ targets: [link], fix: write });
    expect(again.targets[0]?.fix).toMatchObject({ changed: false, written: false, diff: "" });
  });
  test("a dry run writes nothing; --check then fails the run", async () => {
    const path = put("pod.yaml", pod);
    const report = await run({ targets: [path], fix: { ...write, dryRun: true } });
    expect(readFileSync(path, "utf8")).toBe(pod);
    expect(report.targets[0]?.fix?.diff).toContain("+        allowPrivilegeEscalation: false");
    expect(exitCodeOfReport(report, policy)).toBe(0);
    expect(exitCodeOfReport(report, { ...policy, check: true })).toBe(1);
  });
  test("the diff of standard input addresses no Containerfile", async () => {
    const report = await run({ targets: ["-"], stdin: pod, fix: { ...write, dryRun: true } });
    expect(report.targets[0]?.fix?.diff).toMatch(/^--- \.\/manifest\.yaml\n\+\+\+ \.\/manifest\.yaml\n/);
  });
  test("a file that cannot be read stays as it is, and the others are fixed: the run ends in 2", async () => {
    const good = put("pod.yaml", pod);
    const helm = put("helm.yaml", pod.replace("app:1", "{{ .Values.image }}"));
    const report = await run({ targets: [good, helm], fix: write });
    expect(readFileSync(good, "utf8")).toContain("RuntimeDefault");
    expect(readFileSync(helm, "utf8")).toContain("{{ .Values.image }}");
    expect(exitCodeOfReport(report, policy)).toBe(2);
  });
  test("-o writes elsewhere, also what needed no fix", async () => {
    const path = put("pod.yaml", pod);
    const output = join(folder, "new.yaml");
    await run({ targets: [path], fix: { ...write, output } });
    expect(readFileSync(path, "utf8")).toBe(pod);
    expect(readFileSync(output, "utf8")).toContain("RuntimeDefault");
    const same = join(folder, "same.yaml");
    await run({ targets: [output], fix: { ...write, output: same } });
    expect(readFileSync(same, "utf8")).toBe(readFileSync(output, "utf8"));
  });
  test("what cannot be written was judged all the same, and says so", async () => {
    const path = put("pod.yaml", pod);
    const report = await run({ targets: [path], fix: { ...write, output: join(folder, "nowhere", "new.yaml") } });
    expect(report.targets.map((target) => outcomeWords(target, "manifest"))).toEqual([
      "not written; 1 Pod, 1 refused by restricted:latest",
    ]);
    expect(exitCodeOfReport(report, policy)).toBe(2);
  });
  test("bytes that are no UTF-8 stay", async () => {
    const path = join(folder, "latin.yaml");
    const bytes = Buffer.concat([Buffer.from("# caf\xe9\n", "latin1"), Buffer.from(pod)]);
    writeFileSync(path, bytes);
    await run({ targets: [path], fix: write });
    expect(readFileSync(path).subarray(0, 7)).toEqual(bytes.subarray(0, 7));
  });
});

const fixesOf = (findings: RunReport["targets"][number]["findings"]): ReadonlySet<string | undefined> =>
  new Set(findings.map(({ fix }) => fix?.applicability));

test.each([
  ["that writes something is offered as one", pod, "safe"],
  [
    "that a shared value forbids is not",
    pod.replace("metadata: {name: p}", "metadata: &m {name: p}").replace(/ {4}- name: a[^]*/, "    - *m\n"),
    "manual",
  ],
] as const)("a fix %s", async (_, text, applicability) => {
  const path = put("pod.yaml", text);
  const [audited] = (await run({ targets: [path] })).targets;
  expect(fixesOf(audited?.findings ?? [])).toEqual(new Set([applicability]));
  const [fixed] = (await run({ targets: [path], fix: write })).targets;
  expect(fixed?.fix?.changed).toBe(applicability === "safe");
  expect(fixesOf(fixed?.fix?.remaining ?? [])).toEqual(new Set(applicability === "safe" ? [] : ["manual"]));
});

test("what the file says is meant is no finding, is told, and is not fixed; admission still says it", async () => {
  const text = pod.replace("apiVersion", "# image-fix ignore=seccomp-profile, root-user -- old nodes\n\napiVersion");
  const path = put("pod.yaml", text);
  const images = { engine: "auto" } as const;
  const report = await run({ targets: [path], fix: write, images }, { "app:1": "" });
  const [target] = report.targets;
  expect(target?.ignored.map(({ finding, reason }) => [finding.rule, reason])).toEqual([
    ["seccomp-profile", "old nodes"],
    ["root-user", "old nodes"],
  ]);
  expect(target?.fix?.remaining).toEqual([]);
  expect(target?.podSecurity).toMatchObject([{ allowed: false, reasons: [expect.stringContaining("seccompProfile")] }]);
  expect(readFileSync(path, "utf8")).not.toContain("RuntimeDefault");
  expect(exitCodeOfReport(report, policy)).toBe(0);
});

const wordsOf = ({ targets }: RunReport): readonly string[] =>
  targets.map((target) => outcomeWords(target, "manifest"));

describe("a Pod that the API server does not take", () => {
  const well = pod
    .replace(
      "containers:\n",
      "containers:\n    - name: b\n      securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}\n",
    )
    .replace(/ {4}- name: a[^]*/, "");
  test.each([
    ["a text for a truth value", 'hostNetwork: "true"', "hostNetwork must be true or false, without quotes"],
    [
      "a profile without its name",
      "securityContext: {seccompProfile: {type: Localhost}}",
      "localhostProfile must be set",
    ],
  ])("is not admitted, whatever the policy would say: %s", async (_, field, reason) => {
    const report = await run({ targets: [put("pod.yaml", well.replace("spec:\n", `spec:\n  ${field}\n`))] });
    expect(report.targets[0]?.podSecurity).toMatchObject([
      { allowed: false, invalid: true, reasons: [expect.stringContaining(reason)] },
    ]);
    expect(wordsOf(report)).toEqual(["1 Pod, 1 refused by the API server"]);
    expect(
      renderSummary({ ...report, targets: [...report.targets, ...report.targets] }, { columns: 80, quiet: false }),
    ).toBe("2 files: 2 refused; 2 findings\n");
  });
  test("beside others of the file", async () => {
    const text = [well, well.replace("spec:\n", "spec:\n  hostPID: 1\n"), pod].join("---\n");
    const report = await run({ targets: [put("pods.yaml", text)] });
    expect(wordsOf(report)).toEqual(["3 Pods, 1 refused by restricted:latest, 1 refused by the API server"]);
    expect(report.targets[0]?.podSecurity?.map(({ allowed }) => allowed)).toEqual([true, false, false]);
  });
});

test("a Pod of which nobody gave a part is admitted only as far as is known", async () => {
  const text = `apiVersion: tekton.dev/v1
kind: Task
metadata: {name: t}
spec:
  stepTemplate:
    securityContext:
      {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}
  steps:
    - {name: a, image: x}
`;
  const words = async (steps: string) => wordsOf(await run({ targets: [put("task.yaml", text + steps)] }));
  expect(await words("")).toEqual(["1 Pod, admitted by restricted:latest"]);
  expect(await words("    - {name: b, ref: {name: elsewhere}}\n")).toEqual([
    "1 Pod, admitted by restricted:latest as far as is known",
  ]);
});

describe("what is read", () => {
  test("the templates of a Helm chart fail as one, with those of the charts in it", async () => {
    const template = "apiVersion: v1\nkind: Pod\nmetadata: {{ .Values.metadata }}\n";
    for (const chart of [["app"], ["app", "charts", "db"]]) {
      mkdirSync(join(folder, ...chart, "templates"), { recursive: true });
      put(join(...chart, "Chart.yaml"), "apiVersion: v2\nname: a\n");
      put(join(...chart, "templates", "a.yaml"), template);
      put(join(...chart, "templates", "b.yaml"), template);
    }
    const named = put(join("app", "templates", "c.yaml"), template);
    const chart = join(folder, "app");
    const report = await run({ targets: [named, folder] });
    expect(report.targets).toMatchObject([
      { target: named, error: { code: "SYNTAX", hint: expect.stringContaining("a Helm template") } },
      {
        target: chart,
        error: {
          message: expect.stringContaining("(4 here)"),
          hint: `give its output: helm template ${chart} | image-fix manifest -`,
        },
      },
    ]);
    expect(report.targets).toHaveLength(2);
    expect(exitCodeOfReport(report, policy)).toBe(2);
  });

  test("a folder's manifests, in order; other files are passed over, a broken one fails the run", async () => {
    mkdirSync(join(folder, "sub"));
    put("b.yaml", pod);
    put("a.json", JSON.stringify({ apiVersion: "v1", kind: "Pod", spec: { containers: [{ name: "x" }] } }));
    put("values.yaml", "a: {{ b }}\n");
    put("package.json", "{}");
    put("sub/bad.yml", "apiVersion: v1\nkind: Pod\na: 'x\n");
    const report = await run({ targets: [folder] });
    expect(report.targets.map(({ target, error }) => [target.slice(folder.length + 1), error?.code ?? null])).toEqual([
      ["a.json", null],
      ["b.yaml", null],
      ["sub/bad.yml", "SYNTAX"],
    ]);
    expect(exitCodeOfReport(report, policy)).toBe(2);
  });
  test("a manifest in UTF-16 is refused, not passed over", async () => {
    writeFileSync(join(folder, "wide.yaml"), Buffer.from(`\ufeff${pod}`, "utf16le"));
    const report = await run({ targets: [folder] });
    expect(report.targets).toMatchObject([{ error: { code: "SYNTAX", line: 1 } }]);
    expect(exitCodeOfReport(report, policy)).toBe(2);
  });
  test.each([
    ["Containerfile", "FROM alpine:3.20\nUSER app\n", "image-fix audit judges Containerfiles"],
    ["empty.yaml", "", "name a manifest, a folder that holds some, or - for standard input"],
    ["comments.yaml", "# nothing\n---\n", "name a manifest, a folder that holds some, or - for standard input"],
    ["text.json", '"text"', "name a manifest, a folder that holds some, or - for standard input"],
  ])("%s, named, is no manifest; in a folder it is passed over", async (name, text, hint) => {
    const path = put(name, text);
    const report = await run({ targets: [path] });
    expect(report.targets).toMatchObject([{ error: { code: "UNREADABLE", hint } }]);
    expect(exitCodeOfReport(report, policy)).toBe(2);
    put("pod.yaml", pod);
    expect((await run({ targets: [folder] })).targets.map(({ target }) => target)).toEqual([join(folder, "pod.yaml")]);
  });
  test.each([
    ["another kind", "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n"],
    ["values", "replicas: 3\n"],
    ["a list", "- hosts: all\n"],
  ])("%s, named, has no Pod to judge", async (_, text) => {
    const report = await run({ targets: [put("other.yaml", text)] });
    expect(report.targets).toMatchObject([{ error: null, findings: [], podSecurity: [] }]);
    expect(exitCodeOfReport(report, policy)).toBe(0);
  });
  test("standard input", async () => {
    const report = await run({ targets: ["-"], stdin: pod, fix: write });
    expect(report.targets[0]?.fix).toMatchObject({ changed: true, written: true });
  });
});

describe("--images", () => {
  const images = { engine: "auto" } as const;
  const good = pod.replace(
    "image: app:1\n",
    "image: app:1\n      securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}\n",
  );
  test.each([
    ["", "root-user", "root", "container has runAsNonRoot and image will run as root"],
    [
      "app",
      "symbolic-user",
      "symbolic",
      "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root",
    ],
  ])("USER %j: admitted, then refused by the kubelet", async (user, rule, verdict, message) => {
    const report = await run({ targets: [put("pod.yaml", good)], images }, { "app:1": user });
    const [target] = report.targets;
    expect(target?.findings.map((finding) => [finding.rule, finding.message])).toEqual([
      [rule, `admitted, then refused by the kubelet: ${message} (container: a, image: app:1)`],
    ]);
    expect(target).toMatchObject({ verdict, kubeletMessage: message });
    expect(exitCodeOfReport(report, policy)).toBe(1);
  });
  test("a numeric user is well, and with runAsUser nobody asks", async () => {
    const path = put("pod.yaml", good);
    const report = await run({ targets: [path], images }, { "app:1": "10001" });
    expect(report.targets[0]).toMatchObject({ verdict: "admit", findings: [] });
    const fixed = await run({ targets: [path], images, fix: { ...write, runAsUser: 65_532 } }, { "app:1": "" });
    expect(fixed.targets[0]?.fix?.remaining).toEqual([]);
    expect(exitCodeOfReport(fixed, policy)).toBe(0);
  });
  test("an image that nobody can read could not be known, as a Containerfile's base: 1, or 0 with --allow-unknown", async () => {
    const path = put("pod.yaml", good.replace("app:1", "127.0.0.1:1/gone:1"));
    const report = await run({ targets: [path], images });
    expect(report.targets[0]).toMatchObject({
      verdict: "unknown",
      error: null,
      findings: [{ rule: "unresolved-user", severity: "error", outcome: "open" }],
    });
    expect(exitCodeOfReport(report, policy)).toBe(1);
    expect(exitCodeOfReport(report, { ...policy, allowUnknown: true })).toBe(0);
  });
  test("a name that only a run knows could not be known", async () => {
    const text = good
      .replace("image: app:1", 'image: "$(params.x)"')
      .replace("apiVersion: v1\nkind: Pod", "apiVersion: tekton.dev/v1\nkind: Task")
      .replace("containers:", "params: [{name: x}]\n  steps:");
    const report = await run({ targets: [put("task.yaml", text)], images, tektonVersion: 10_016 });
    expect(report.targets[0]?.findings.map(({ rule, outcome }) => [rule, outcome])).toEqual([
      ["unresolved-user", "open"],
    ]);
    expect(report.targets[0]?.verdict).toBe("unknown");
    expect(exitCodeOfReport(report, { ...policy, allowUnknown: true })).toBe(0);
  });
});

test("the configuration's severities hold", async () => {
  const path = put("pod.yaml", pod);
  const report = await run({ targets: [path], rules: { "seccomp-profile": "off", "run-as-non-root": "warning" } });
  expect(report.targets[0]?.findings.map(({ rule, severity }) => [rule, severity])).toEqual([
    ["allow-privilege-escalation", "error"],
    ["run-as-non-root", "warning"],
    ["unrestricted-capabilities", "error"],
  ]);
});
