import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { objectsOf } from "../objects.ts";
import { yamlFile } from "../test-kit.ts";
import { parsePolicyVersion } from "../versions.ts";
import { workloadTemplates } from "../workloads.ts";
import type { Level } from "./check.ts";
import { evaluatePod, policyText, refusalText, violationText } from "./evaluate.ts";

interface Row {
  readonly title: string;
  readonly level: Level;
  readonly version: string;
  /** What k8s.io/pod-security-admission v0.37.2 says of the pod, to the letter. */
  readonly says: string;
  readonly pod: unknown;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
const rows = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/manifest/pod-security.json", import.meta.url), "utf8"),
) as readonly Row[];

describe("what upstream's evaluator says of the same pods", () => {
  test.each(rows.map((row) => [`${row.level} ${row.version}: ${row.title}`, row] as const))("%s", (_, row) => {
    const [object] = objectsOf(yamlFile(JSON.stringify(row.pod)));
    const [template] = object === undefined ? [] : workloadTemplates(object);
    const version = parsePolicyVersion(row.version);
    if (template === undefined || version === undefined) throw new Error("the row is not readable");
    expect(evaluatePod(template.pod, row.level, version).map(refusalText).join(", ")).toBe(row.says);
  });
});

test("privileged refuses nothing", () => {
  const [object] = objectsOf(yamlFile("apiVersion: v1\nkind: Pod\nspec: {hostPID: true, containers: [{name: a}]}\n"));
  const pod = object === undefined ? undefined : workloadTemplates(object)[0]?.pod;
  if (pod === undefined) throw new Error("no pod");
  expect(evaluatePod(pod, "privileged", "latest")).toEqual([]);
  expect(violationText("baseline", 30, evaluatePod(pod, "baseline", 30))).toBe(
    'violates PodSecurity "baseline:v1.30": host namespaces (hostPID=true)',
  );
  expect(policyText("restricted", "latest")).toBe("restricted:latest");
});

const refusalsOf = (spec: string): string => {
  const [object] = objectsOf(yamlFile(`apiVersion: v1\nkind: Pod\nspec: {${spec}}\n`));
  const pod = object === undefined ? undefined : workloadTemplates(object)[0]?.pod;
  if (pod === undefined) throw new Error("no pod");
  return evaluatePod(pod, "baseline", "latest").map(refusalText).join(", ");
};

test("on the host's network every port is one of the host's, as a kube-apiserver 1.37 says", () => {
  const ports = "ports: [{containerPort: 8080}, {containerPort: 53, hostPort: 5353}]";
  const containers = `initContainers: [{name: i, ports: [{containerPort: 9000}]}], containers: [{name: a, ${ports}}, {name: b}]`;
  expect(refusalsOf(`hostNetwork: true, ${containers}`)).toBe(
    'host namespaces (hostNetwork=true), hostPort (containers "i", "a" use hostPorts 5353, 8080, 9000)',
  );
  expect(refusalsOf(containers)).toBe('hostPort (container "a" uses hostPort 5353)');
});
