import { describe, expect, test } from "vitest";
import { judgeOne } from "./test-kit.ts";

const rules = ["wrong-type", "invalid-security-context"];
const messages = (text: string): readonly string[] =>
  judgeOne(text)
    .findings.filter(({ rule }) => rules.includes(rule))
    .map(({ message }) => message.split(";")[0] ?? "");

const pod = (spec: string, containers = "[{name: a, image: x}]", more = ""): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: p${more}}\nspec:\n  containers: ${containers}\n${spec}`;
const context = (fields: string): string => pod(`  securityContext: {${fields}}\n`);
const container = (fields: string): string => pod("", `[{name: a, image: x, ${fields}}]`);
const tekton = (kind: string, spec: string): string =>
  `apiVersion: tekton.dev/v1\nkind: ${kind}\nmetadata: {name: t}\nspec: ${spec}\n`;

describe("the API server cannot decode", () => {
  test.each<readonly [string, string]>([
    [pod('  hostNetwork: "true"\n'), "hostNetwork must be true or false, without quotes"],
    [pod("  hostPID: 1\n"), "hostPID must be true or false, without quotes"],
    [pod("  hostUsers: no one\n"), "hostUsers must be true or false, without quotes"],
    [pod("  os: windows\n"), "os must be a mapping"],
    [pod("  volumes: {name: v}\n"), "volumes must be a list"],
    [pod("  volumes: [{name: v, hostPath: /var}]\n"), "hostPath must be a mapping"],
    [pod("  securityContext: [a]\n"), "securityContext must be a mapping"],
    [context("appArmorProfile: Unconfined"), "appArmorProfile must be a mapping with a type"],
    [context("supplementalGroups: 4"), "supplementalGroups must be a list"],
    [context('supplementalGroups: ["4"]'), "an entry of supplementalGroups must be a number, without quotes"],
    [
      context("supplementalGroups: [-1]"),
      "an entry of supplementalGroups -1 is refused by the API server: must be between 0 and 2147483647, inclusive",
    ],
    [context("sysctls: [{name: a, value: 1}]"), "value must be a text, in quotes"],
    [context("seLinuxOptions: {type: [a]}"), "type must be a text, in quotes"],
    [context('windowsOptions: {hostProcess: "true"}'), "hostProcess must be true or false, without quotes"],
    [container('ports: [{hostPort: "80"}]'), "hostPort must be a number, without quotes"],
    [container("ports: [{hostPort: 5000000000}]"), "hostPort must be a number of 32 bits"],
    [container("ports: [{containerPort: -2147483649}]"), "containerPort must be a number of 32 bits"],
    [container("ports: [{containerPort: 65536}]"), "containerPort must be between 1 and 65535, inclusive"],
    [container("ports: [{hostPort: -1}]"), "hostPort must be between 1 and 65535, inclusive"],
    [container("livenessProbe: {httpGet: {host: 1}}"), "host must be a text, in quotes"],
    [container("lifecycle: {preStop: [a]}"), "preStop must be a mapping"],
    [container("securityContext: {procMount: true}"), "procMount must be a text, in quotes"],
    [container("securityContext: {procMount: default}"), "procMount must be one of Default, Unmasked"],
    [
      container("securityContext: {seccompProfile: {type: runtime/default}}"),
      "type must be one of Localhost, RuntimeDefault, Unconfined",
    ],
    [context("appArmorProfile: {type: unconfined}"), "type must be one of Localhost, RuntimeDefault, Unconfined"],
    [
      container("securityContext: {seccompProfile: {}}"),
      "the API server refuses this seccompProfile: type is required when seccompProfile is set",
    ],
    [context("fsGroupChangePolicy: always"), "fsGroupChangePolicy must be one of Always, OnRootMismatch"],
    [context("supplementalGroupsPolicy: merge"), "supplementalGroupsPolicy must be one of Merge, Strict"],
    [pod("  os: {name: Linux}\n"), "name must be one of linux, windows"],
    [
      tekton("Task", "{steps: [{image: a, securityContext: {seccompProfile: {type: Default}}}]}"),
      "type must be one of Localhost, RuntimeDefault, Unconfined",
    ],
    [container("securityContext: {capabilities: {drop: ALL}}"), "drop must be a list"],
    [pod("", "[{name: a, image: 1.20}]"), "image must be a text, in quotes"],
    [pod("", "[{name: 0x1F, image: a}]"), "name must be a text, in quotes"],
    [pod("", undefined, ", annotations: {a: true}"), "a must be a text, in quotes"],
    [tekton("Task", "{steps: [{image: 1}]}"), "image must be a text, in quotes"],
    [
      tekton("Task", "{steps: [{image: a}], stepTemplate: {securityContext: {privileged: 'no'}}}"),
      "privileged must be true or false, without quotes",
    ],
    [tekton("StepAction", "{image: a, securityContext: {runAsUser: a}}"), "runAsUser must be a number, without quotes"],
    [
      tekton("TaskRun", "{podTemplate: {hostNetwork: 'true'}, taskRef: {name: a}}"),
      "hostNetwork must be true or false, without quotes",
    ],
    [
      tekton("PipelineRun", "{taskRunTemplate: {podTemplate: {volumes: v}}, pipelineRef: {name: a}}"),
      "volumes must be a list",
    ],
    [tekton("Pipeline", "{tasks: [{name: a, taskSpec: {steps: [{image: [a]}]}}]}"), "image must be a text, in quotes"],
  ])("%s", (text, expected) => expect(messages(text)).toEqual([expected]));
});

describe("the API server takes", () => {
  test.each([
    pod("  hostNetwork: no\n  hostUsers:\n  volumes: [{name: v, emptyDir: }, {name: w, emptyDir: {}}]\n"),
    context("supplementalGroups: [0, 4], appArmorProfile: {type: RuntimeDefault}, sysctls: [{name: a, value: '1'}]"),
    container("ports: [{hostPort: 65535, containerPort: 1}, {hostPort: 0, containerPort: 80}]"),
    container("ports: [{hostPort: 80}], livenessProbe: {httpGet: {host: 10.0.0.1, port: http}}"),
    pod("", "[{name: '1', image: !!str 1.20}]", ", annotations: {a: 'true', b: 1.2.3, c: }"),
    tekton("Task", "{steps: [{image: $(params.i)}], volumes: [{name: v, configMap: {name: c}}]}"),
  ])("%s", (text) => expect(messages(text)).toEqual([]));
});

describe("a profile of the node", () => {
  const rows: readonly (readonly [fields: string, expected: readonly string[]])[] = [
    [
      "seccompProfile: {type: Localhost}",
      ["the API server refuses this seccompProfile: localhostProfile must be set when seccomp type is Localhost"],
    ],
    [
      "seccompProfile: {type: RuntimeDefault, localhostProfile: p}",
      ["the API server refuses this seccompProfile: localhostProfile can only be set when seccomp type is Localhost"],
    ],
    [
      "appArmorProfile: {type: Localhost}",
      ["the API server refuses this appArmorProfile: localhostProfile must be set when AppArmor type is Localhost"],
    ],
    ["seccompProfile: {type: Localhost, localhostProfile: p}", []],
    ["seccompProfile: {type: RuntimeDefault, localhostProfile: }, appArmorProfile: {type: Unconfined}", []],
  ];
  test.each(rows)("%s of a Pod", (fields, expected) => expect(messages(context(fields))).toEqual(expected));
  test.each(rows)("%s of a container", (fields, expected) =>
    expect(messages(container(`securityContext: {${fields}}`))).toEqual(expected),
  );
});
