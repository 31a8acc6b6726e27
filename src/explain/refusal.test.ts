import { describe, expect, test } from "vitest";
import { explainText } from "./explain-text.ts";
import { podSecurityReasons } from "./messages/pod-security.ts";

const checks = (text: string): readonly (string | null)[] =>
  explainText(text).flatMap(({ reasons }) => reasons.map(({ check }) => check));
const fields = (text: string): readonly string[] =>
  explainText(text).flatMap(({ reasons }) => reasons.flatMap((reason) => reason.fields.map(({ field }) => field)));
const runs = (text: string): readonly (string | null)[] =>
  explainText(text).flatMap(({ steps }) => steps.flatMap(({ run }) => (run === null ? [] : [run])));

/** One detail a check, as upstream prints it. */
const details: Readonly<Record<string, string>> = {
  allowPrivilegeEscalation: 'container "web" must set securityContext.allowPrivilegeEscalation=false',
  capabilities_restricted:
    'container "web" must set securityContext.capabilities.drop=["ALL"]; container "web" must not include "SETFCAP" in securityContext.capabilities.add',
  capabilities_baseline: 'container "web" must not include "SYS_ADMIN" in securityContext.capabilities.add',
  runAsNonRoot: 'pod or container "web" must set securityContext.runAsNonRoot=true',
  runAsUser: 'pod and container "web" must not set runAsUser=0',
  seccompProfile:
    'pod or containers "web", "db (1)" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
  restrictedVolumes: 'volumes "a", "b" use restricted volume types "hostPath", "nfs"',
  hostPathVolumes: 'volume "v"',
  privileged: 'container "web" must not set securityContext.privileged=true',
  hostNamespaces: "hostNetwork=true, hostPID=true",
  hostPorts: 'container "web" uses hostPort 8080',
  hostProbesAndHostLifecycle: 'container "web" uses probe or lifecycle host "h"',
  procMount: 'container "web" must not set securityContext.procMount to "Unmasked"',
  appArmorProfile: 'pod and container "web" must not set AppArmor profile type to "Unconfined"',
  seLinuxOptions:
    'pod and container "web" set forbidden securityContext.seLinuxOptions: type "x"; user may not be set; role may not be set',
  sysctls: "kernel.msgmax, net.ipv4.x",
  windowsHostProcess: 'pod and container "web" must not set securityContext.windowsOptions.hostProcess=true',
};

describe("Pod Security refusals", () => {
  test.each(podSecurityReasons.map(({ check, reason }) => ({ check, reason })))("$check", ({ check, reason }) => {
    const detail = details[check] ?? "";
    expect(detail).not.toBe("");
    const text = `Error from server (Forbidden): pods "p" is forbidden: violates PodSecurity "restricted:v1.30": ${reason} (${detail})`;
    const [explanation, ...more] = explainText(text);
    expect(more).toEqual([]);
    expect(explanation?.reasons).toMatchObject([{ check, text: `${reason} (${detail})` }]);
    expect(explanation?.names).toMatchObject({ pod: "p", level: "restricted", version: "v1.30" });
  });

  const all = podSecurityReasons.map(({ check, reason }) => `${reason} (${details[check]})`).join(", ");

  test("all of them in one message, in order", () => {
    const text = `pods "p" is forbidden: violates PodSecurity "restricted:latest": ${all}`;
    expect(checks(text)).toEqual(podSecurityReasons.map(({ check }) => check));
  });

  test.each([
    [
      "kubectl",
      (reasons: string) =>
        `Error from server (Forbidden): error when creating "pod.yaml": pods "p" is forbidden: violates PodSecurity "restricted:latest": ${reasons}`,
    ],
    [
      "a ReplicaSet's event",
      (reasons: string) =>
        `  Warning  FailedCreate  3s  replicaset-controller  Error creating: pods "web-6d4-" is forbidden: violates PodSecurity "restricted:latest": ${reasons}`,
    ],
    [
      "a warning",
      (reasons: string) =>
        `Warning: would violate PodSecurity "restricted:latest": ${reasons}\ndeployment.apps/web created`,
    ],
    [
      "an older Tekton",
      (reasons: string) =>
        `failed to create task run pod "ci": pods "ci-pod" is forbidden: violates PodSecurity "restricted:latest": ${reasons}. Maybe missing or invalid Task build/ci`,
    ],
    [
      "JSON",
      (reasons: string) =>
        JSON.stringify(
          {
            status: {
              conditions: [
                {
                  reason: "PodAdmissionFailed",
                  message: `pods "ci-pod" is forbidden: violates PodSecurity "restricted:latest": ${reasons}`,
                },
              ],
            },
          },
          null,
          2,
        ),
    ],
    [
      "JSON in JSON",
      (reasons: string) =>
        JSON.stringify({
          msg: JSON.stringify(`pods "ci-pod" is forbidden: violates PodSecurity "restricted:latest": ${reasons}`),
        }),
    ],
    [
      "folded YAML",
      (reasons: string) =>
        `    message: 'pods "ci-pod" is forbidden: violates PodSecurity "restricted:latest": ${reasons.replaceAll(/ (must|or|to) /g, "\n      $1 ")}'`,
    ],
    [
      "colours",
      (reasons: string) =>
        `\u001b[31mpods "ci-pod" is forbidden: violates PodSecurity \u001b[1m"restricted:latest"\u001b[0m: ${reasons}\u001b[0m`,
    ],
  ])("wrapped by %s", (_, wrapped) => {
    const text = wrapped(all);
    expect(checks(text)).toEqual(podSecurityReasons.map(({ check }) => check));
    expect(explainText(text)).toHaveLength(1);
  });

  test("existing pods, whose reasons have no details", () => {
    const text =
      'Warning: existing pods in namespace "shop" violate the new PodSecurity enforce level "restricted:latest"\n' +
      "Warning: web-1 (and 2 other pods): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile\nnamespace/shop labeled";
    expect(checks(text)).toEqual([
      "allowPrivilegeEscalation",
      "capabilities_restricted",
      "runAsNonRoot",
      "seccompProfile",
    ]);
    expect(explainText(text)[0]?.names).toMatchObject({ namespace: "shop", pod: "web-1 (and 2 other pods)" });
  });

  test("a check that is newer than the list", () => {
    const text = `pods "p" is forbidden: violates PodSecurity "restricted:latest": hostFuture (container "web" must not set hostFuture), seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")`;
    expect(checks(text)).toEqual([null, "seccompProfile"]);
  });

  test("a text that was cut off", () => {
    const text = `pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "web" must set securit`;
    expect(checks(text)).toEqual(["allowPrivilegeEscalation"]);
  });

  test("the field is the step's, the sidecar's, Tekton's or the pod template's", () => {
    const text = `pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (containers "prepare", "step-build", "step-unnamed-2", "sidecar-db", "web" must set securityContext.allowPrivilegeEscalation=false)`;
    expect(fields(text)).toEqual([
      "set-security-context (TektonConfig, TektonPipeline or the ConfigMap feature-flags)",
      "spec.steps[name=build].securityContext.allowPrivilegeEscalation",
      "spec.steps[2].securityContext.allowPrivilegeEscalation",
      "spec.sidecars[name=db].securityContext.allowPrivilegeEscalation",
      "spec.containers[name=web].securityContext.allowPrivilegeEscalation",
    ]);
    expect(runs(text)).toEqual([
      "image-fix manifest --tekton-config",
      "image-fix manifest --fix task.yaml",
      "image-fix manifest --kyverno",
      "image-fix manifest --images task.yaml",
    ]);
  });

  test("only Tekton's own containers: the Task needs no change", () => {
    const text = `pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (containers "prepare", "place-scripts" must set securityContext.allowPrivilegeEscalation=false)`;
    expect(runs(text)).toEqual(["image-fix manifest --tekton-config"]);
  });

  test("an added capability is for a person, SETFCAP names buildah", () => {
    const text = `pods "p" is forbidden: violates PodSecurity "restricted:latest": unrestricted capabilities (container "step-build" must not include "SETFCAP" in securityContext.capabilities.add)`;
    expect(
      explainText(text)[0]
        ?.steps.map((step) => step.do)
        .join(" "),
    ).toMatch(/baseline.*ko, jib/);
  });
});

describe("without the API server's head", () => {
  const escalation =
    'allowPrivilegeEscalation != false (container "web" must set securityContext.allowPrivilegeEscalation=false)';
  const added =
    'unrestricted capabilities (container "x" must not include "SYS_ADMIN" in securityContext.capabilities.add)';

  test.each([
    [added, ["capabilities_restricted"]],
    [`Error: ${escalation}, ${added}`, ["allowPrivilegeEscalation", "capabilities_restricted"]],
    ["host namespaces (hostNetwork=true)", ["hostNamespaces"]],
    [`restricted:latest refuses the Pod: ${escalation}`, ["allowPrivilegeEscalation"]],
    [
      `baseline:v1.30 refuses every Pod of Tekton that starts from default-pod-template: host namespaces (hostPID=true)`,
      ["hostNamespaces"],
    ],
  ])("%s", (text, expected) => {
    expect(checks(text)).toEqual(expected);
    expect(explainText(text)).toHaveLength(1);
    expect(explainText(text)[0]?.means).toContain("Where a namespace enforces the Pod Security Standard");
  });

  test.each([
    "seccompProfile (see the docs)",
    "we run privileged (on purpose)",
    "restricted:latest is what we enforce",
  ])("%s is none", (text) => expect(explainText(text)).toEqual([]));
});
