/**
 * The old AppArmor annotation, as the API server's pod strategy copies it (kubernetes pkg/registry/core/pod/strategy.go,
 * applyAppArmorVersionSkew).
 */
import { expect, test } from "vitest";
import { judgeOne, ofRule } from "./test-kit.ts";

const key = "container.apparmor.security.beta.kubernetes.io/a";
const annotation = "annotation must not set AppArmor profile type to";

function refusal(value: string, container: string, pod: string, os = "linux"): string {
  const text = `apiVersion: v1
kind: Pod
metadata:
  annotations: {${key}: ${value}}
spec:
  os: {name: ${os}}
  securityContext: {${pod}}
  containers:
    - name: a
      securityContext: {${container}}
`;
  const [found] = ofRule(judgeOne(text, { level: "baseline" }), "apparmor-profile");
  return found?.message.replace(/^.*?\((.*)\)$/, "$1") ?? "";
}

const unconfined = "appArmorProfile: {type: Unconfined}";
const runtime = "appArmorProfile: {type: RuntimeDefault}";

test.each([
  ["unconfined", "", "", `container "a" and ${annotation} "Unconfined", "${key}="unconfined""`],
  ["the container's own field counts", runtime, "", `${annotation} "${key}="unconfined""`],
  ["the Pod has another profile", "", runtime, `container "a" and ${annotation} "Unconfined", "${key}="unconfined""`],
  ["the Pod has the same profile", "", unconfined, `pod and ${annotation} "Unconfined", "${key}="unconfined""`],
])("%s", (_, container, pod, says) => expect(refusal("unconfined", container, pod)).toBe(says));

test.each([["runtime/default"], ["localhost/mine"], ['""']])("%s is let through", (value) =>
  expect(refusal(value, "", "")).toBe(""),
);

test.each([["unconfined/x"], ["runtime/other"]])("%s means no profile and is not copied", (value) =>
  expect(refusal(value, "", "")).toBe(`${annotation} "${key}="${value}""`),
);

test("nothing is copied on Windows", () =>
  expect(refusal("unconfined", "", "", "windows")).toBe(`${annotation} "${key}="unconfined""`));

test("a null in a list of capabilities is the empty name, which admission refuses", () => {
  const text =
    "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      securityContext:\n        capabilities: {drop: [ALL], add: [null]}\n";
  expect(ofRule(judgeOne(text), "unrestricted-capabilities").map(({ message }) => message)).toEqual([
    'restricted:latest refuses the Pod: unrestricted capabilities (container "a" must not include "" in securityContext.capabilities.add)',
  ]);
});
