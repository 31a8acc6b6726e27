import { describe, expect, test } from "vitest";
import { fix, judgeOne, places } from "./test-kit.ts";

const object = (apiVersion: string, kind: string, spec: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\nspec:\n${spec}`;
const template = `  template:
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
`;
const fixedTemplate = `${template}          securityContext:
            allowPrivilegeEscalation: false
            runAsNonRoot: true
            capabilities:
              drop: ["ALL"]
            seccompProfile:
              type: RuntimeDefault
`;

const inside = (text: string): string => `  jobTargetRef:\n${text.replaceAll(/^/gm, "  ").trimEnd()}\n`;

describe("kinds of other APIs that hold a whole Pod template are judged and fixed as Kubernetes' own", () => {
  test.each([
    ["argoproj.io/v1alpha1", "Rollout"],
    ["apps.openshift.io/v1", "DeploymentConfig"],
    ["apps.kruise.io/v1alpha1", "CloneSet"],
    ["apps.kruise.io/v1beta1", "StatefulSet"],
    ["apps.kruise.io/v1alpha1", "DaemonSet"],
    ["apps.kruise.io/v1alpha1", "BroadcastJob"],
  ])("%s %s", (apiVersion, kind) => {
    const text = object(apiVersion, kind, template);
    expect(places(judgeOne(text))).toEqual([
      "allow-privilege-escalation at 8",
      "run-as-non-root at 8",
      "seccomp-profile at 8",
      "unrestricted-capabilities at 8",
    ]);
    expect(fix([text])).toEqual([object(apiVersion, kind, fixedTemplate)]);
  });

  test("KEDA's ScaledJob has its template deeper", () => {
    const text = object("keda.sh/v1alpha1", "ScaledJob", inside(template));
    expect(fix([text])).toEqual([object("keda.sh/v1alpha1", "ScaledJob", inside(fixedTemplate))]);
  });

  test("a Rollout that names a Deployment has no template, and no fault", () => {
    const text = object("argoproj.io/v1alpha1", "Rollout", "  workloadRef: {kind: Deployment, name: web}\n");
    expect(judgeOne(text).findings).toEqual([]);
  });
});

test.each(["constructor", "toString", "__proto__", "valueOf"])("a kind or an API group may be called %s", (word) => {
  for (const apiVersion of ["v1", `${word}/v1`])
    expect(judgeOne(object(apiVersion, word, template))).toMatchObject({ templates: [], passedOver: 1 });
});
