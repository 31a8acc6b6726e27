import { describe, expect, test } from "vitest";
import { fixOne, judgeOne, places } from "./test-kit.ts";

const object = (kind: string, spec: string): string =>
  `apiVersion: serving.knative.dev/v1\nkind: ${kind}\nmetadata: {name: a}\nspec:\n${spec}`;
const inTemplate = (spec: string): string => `  template:\n    spec:\n${spec.replaceAll(/^(?=.)/gm, "    ")}`;

const spec = `  containerConcurrency: 10
  containers:
    - image: registry.example.com/web:1
`;
const four = `        allowPrivilegeEscalation: false
        runAsNonRoot: true
        capabilities:
          drop: ["ALL"]
        seccompProfile:
          type: RuntimeDefault
`;
const fixedSpec = `${spec}      securityContext:\n${four}`;

describe("Knative's kinds are judged and fixed", () => {
  test.each([
    ["Service", inTemplate(spec), inTemplate(fixedSpec)],
    ["Configuration", inTemplate(spec), inTemplate(fixedSpec)],
    ["Revision", spec, fixedSpec],
  ])("%s", (kind, before, after) => {
    const text = object(kind, before);
    expect(judgeOne(text).findings.map(({ rule }) => rule)).toEqual([
      "allow-privilege-escalation",
      "run-as-non-root",
      "seccomp-profile",
      "unrestricted-capabilities",
    ]);
    expect(fixOne(text)).toBe(object(kind, after));
    expect(judgeOne(object(kind, after)).findings).toEqual([]);
  });

  test("Kubernetes' Service and Knative's Route have no Pods", () => {
    expect(judgeOne("apiVersion: v1\nkind: Service\nspec: {template: {spec: {}}}\n").passedOver).toBe(1);
    expect(judgeOne(object("Route", "  traffic: []\n")).passedOver).toBe(1);
  });

  test("a version of old, which had its containers elsewhere, is not taken for well", () => {
    const old = object(
      "Service",
      "  runLatest: {configuration: {revisionTemplate: {spec: {container: {image: x}}}}}\n",
    );
    expect(places(judgeOne(old))).toEqual(["not-judged? at 2"]);
  });
});

const names = (text: string): readonly string[] =>
  judgeOne(object("Revision", text)).templates.flatMap(({ template }) =>
    template.sources.map(({ container }) => container.name),
  );

test("containers without a name are called as Knative calls them", () => {
  expect(names("  containers: [{image: x}]\n")).toEqual(["user-container"]);
  expect(names("  containers: [{image: x}, {name: user-container-0, image: y}, {image: z}]\n")).toEqual([
    "user-container-1",
    "user-container-0",
    "user-container-2",
  ]);
  expect(names("  initContainers: [{image: x}]\n  containers: [{name: init-container, image: y}]\n")).toEqual([
    "init-container-0",
    "init-container",
  ]);
});

describe("the Pod's own securityContext, which takes a flag of the cluster", () => {
  test("is said, and could not be known", () => {
    const text = object("Revision", `  securityContext: {runAsNonRoot: true}\n${fixedSpec}`);
    expect(places(judgeOne(text))).toEqual(["misplaced-field? at 5"]);
  });
  test("--run-as-user writes user and group into the containers instead", () => {
    const fixed = fixOne(object("Service", inTemplate(spec)), { runAsUser: 65_532 });
    const user = "        runAsUser: 65532\n        runAsGroup: 65532\n";
    expect(fixed).toBe(object("Service", inTemplate(`${spec}      securityContext:\n${user}${four}`)));
  });
  test("--run-as-user adds to one that is there", () => {
    const text = object("Revision", `  securityContext: {runAsNonRoot: true}\n${spec}`);
    expect(fixOne(text, { runAsUser: 65_532 })).toContain(
      "  securityContext: {runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532}\n",
    );
  });
});
