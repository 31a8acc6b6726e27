import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { kyvernoPolicy } from "./kyverno.ts";

const fixtures = join(import.meta.dirname, "..", "..", "test", "fixtures", "manifest-plan");

interface Rule {
  readonly name: string;
  readonly match: { readonly any: readonly { readonly resources: Readonly<Record<string, readonly string[]>> }[] };
  readonly preconditions: { readonly all: readonly { readonly key: string }[] };
  readonly mutate: {
    readonly foreach?: readonly {
      readonly list: string;
      readonly preconditions?: { readonly all: readonly { readonly key: string }[] };
      readonly patchesJson6902?: string;
      readonly patchStrategicMerge?: {
        readonly spec: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
      };
    }[];
  };
}

const rulesOf = (policy: string): readonly Rule[] => parse(policy).spec.rules;

describe("the Kyverno policy", () => {
  test.each([
    ["policy.yaml", {}],
    ["policy-build.yaml", { namespace: "build" }],
    ["policy-user.yaml", { namespace: "build", runAsUser: 65_532 }],
  ])("%s, by bytes", async (name, options) => {
    const golden = await readFile(join(fixtures, name));
    expect(Buffer.compare(golden, Buffer.from(kyvernoPolicy(options)))).toBe(0);
  });

  test("is namespaced, and its rules stay with Pods", () => {
    const policy = parse(kyvernoPolicy({ namespace: "build" }));
    expect(policy).toMatchObject({
      apiVersion: "kyverno.io/v1",
      kind: "Policy",
      metadata: { namespace: "build", annotations: { "pod-policies.kyverno.io/autogen-controllers": "none" } },
    });
    expect(parse(kyvernoPolicy()).metadata.namespace).toBeUndefined();
  });

  test.each([
    ["containers", "CREATE"],
    ["initContainers", "CREATE"],
    ["ephemeralContainers", "UPDATE"],
  ])("has one rule for %s, at %s, with the four fields", (field, operation) => {
    const rules = rulesOf(kyvernoPolicy()).filter(
      ({ mutate }) => mutate.foreach?.[0]?.list === `request.object.spec.${field}`,
    );
    expect(rules).toHaveLength(1);
    const [rule] = rules;
    expect(rule?.match.any[0]?.resources).toEqual({ kinds: ["Pod"], operations: [operation] });
    const patch = rule?.mutate.foreach?.[0]?.patchStrategicMerge?.spec ?? {};
    expect(Object.keys(patch)).toEqual([field]);
    // A plain name would resolve the anchors against every element.
    expect(Object.keys(patch[field]?.[0] ?? {})).toEqual(["(name)", "securityContext"]);
    expect(patch[field]?.[0]).toMatchObject({
      securityContext: {
        "+(allowPrivilegeEscalation)": "{{ element.securityContext.privileged || `false` }}",
        "+(runAsNonRoot)": true,
        "+(seccompProfile)": '{{ request.object.spec.securityContext.seccompProfile || `{"type": "RuntimeDefault"}` }}',
        capabilities: { drop: ["ALL"] },
      },
    });
  });

  test.each([
    ["containers", ["user"]],
    ["initContainers", ["user"]],
    ["ephemeralContainers", ["name", "user"]],
  ])(
    "--run-as-user: user and group go to those of %s that have no other user, without changing their order",
    (field, keys) => {
      const rules = rulesOf(kyvernoPolicy({ runAsUser: 65_532 }));
      const [, user] =
        rules.find(({ mutate }) => mutate.foreach?.[0]?.list.endsWith(`.${field}`))?.mutate.foreach ?? [];
      expect(user?.patchStrategicMerge).toBeUndefined();
      const chosen =
        "{{ element.securityContext.runAsUser || request.object.spec.securityContext.runAsUser || `65532` }}";
      expect(user?.preconditions?.all.map(({ key }) => (key === chosen ? "user" : /name/.exec(key)?.[0]))).toEqual(
        keys,
      );
      const place = `/spec/${field}/{{ elementIndex }}/securityContext`;
      expect(user?.patchesJson6902?.split("\n").filter((line) => line.includes("path:"))).toEqual([
        `  path: ${place}/runAsUser`,
        `  path: ${place}/runAsGroup`,
      ]);
    },
  );

  test("lists that pods may lack are guarded", () => {
    const guarded = rulesOf(kyvernoPolicy()).map(({ name, preconditions }) => [
      name,
      preconditions.all.some(({ key }) => key.includes("length(@)")),
    ]);
    expect(guarded).toEqual([
      ["containers", false],
      ["init-containers", true],
      ["ephemeral-containers", true],
    ]);
  });

  test("a namespace that YAML would read as a number or a truth value is quoted", () => {
    expect(parse(kyvernoPolicy({ namespace: "123" })).metadata.namespace).toBe("123");
    expect(parse(kyvernoPolicy({ namespace: "1e3" })).metadata.namespace).toBe("1e3");
    expect(parse(kyvernoPolicy({ namespace: "on" }), { version: "1.1" }).metadata.namespace).toBe("on");
  });

  test("says what it cannot repair", () => {
    const text = kyvernoPolicy();
    for (const word of [
      "image-fix ./Containerfile",
      "runAsUser: 0",
      "Unconfined",
      "NET_BIND_SERVICE",
      "privileged",
      "hostPath",
      "hostUsers: false",
    ])
      expect(text).toContain(word);
  });
});
