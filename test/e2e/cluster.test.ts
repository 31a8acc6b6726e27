/**
 * What we say of pods against what a real API server says, word by word; and pods of fixed manifests, which it admits.
 * Needs a cluster: KUBECONFIG. All pods are dry runs, but for one that no scheduler takes; the namespaces made for it are
 * deleted again.
 */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { fixJudged } from "../../src/manifest/fix/fix-judged.ts";
import type { FixOptions } from "../../src/manifest/fix/plan-template.ts";
import { judgeFiles } from "../../src/manifest/judge.ts";
import { violationText } from "../../src/manifest/pod-security/evaluate.ts";
import type { Level } from "../../src/manifest/pod-security/check.ts";
import type { PolicyVersion } from "../../src/manifest/versions.ts";
import { kyvernoPolicy } from "../../src/manifest/kyverno.ts";
import { explainText } from "../../src/explain/explain-text.ts";
import { readYaml } from "../../src/manifest/yaml/read.ts";
import { connectCluster, get, text, type Answer } from "./support/cluster.ts";
import { fixable, podSpecsOf } from "./support/manifests.ts";
import { container, good, podCases, podOf, type Json, type JsonObject } from "./support/pods.ts";

const cluster = await connectCluster(process.env);
const why = typeof cluster === "string" ? cluster : cluster.describe;

/** Our words for a pod under a policy; `""` when we say it is admitted. */
function ourWords(pod: JsonObject, level: Level, version: PolicyVersion, shown: PolicyVersion): string {
  const read = readYaml("pod.json", JSON.stringify(pod));
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const judged = judgeFiles([read.value], { level, version, tektonVersion: undefined, runAsUser: undefined });
  const [template] = judged.files[0]?.templates ?? [];
  if (template === undefined) throw new Error("the file has no pod");
  return template.refusals.length === 0 ? "" : violationText(level, shown, template.refusals);
}

test.skipIf(typeof cluster === "string")(`a cluster answers (${why})`, () => expect(cluster).toHaveProperty("minor"));

describe.skipIf(typeof cluster === "string")(`Pod Security on a cluster (${why})`, () => {
  if (typeof cluster === "string") return;
  const { call, minor } = cluster;
  const run = randomBytes(4).toString("hex");
  /** Policies and their namespaces. `latest` is the cluster's own version. */
  const policies = [
    { level: "restricted", shown: "latest", version: minor },
    { level: "baseline", shown: "latest", version: minor },
    ...[22, 25, 30, 34]
      .filter((past) => past < minor)
      .map((past) => ({ level: "restricted", shown: past, version: past }) as const),
  ] as const;
  const namespaceOf = (policy: (typeof policies)[number]): string => `image-fix-${run}-${policy.level}-${policy.shown}`;

  beforeAll(async () => {
    for (const policy of policies) {
      const made = await call("POST", "/api/v1/namespaces", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: {
          name: namespaceOf(policy),
          labels: {
            "pod-security.kubernetes.io/enforce": policy.level,
            ...(policy.shown === "latest"
              ? {}
              : { "pod-security.kubernetes.io/enforce-version": `v1.${policy.shown}` }),
          },
        },
      });
      if (made.status !== 201) throw new Error(text(made.body, "message"));
      // A controller makes it a moment later; pods want it at once.
      await call("POST", `/api/v1/namespaces/${namespaceOf(policy)}/serviceaccounts`, {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "default" },
      });
    }
  });
  afterAll(async () => {
    for (const policy of policies) await call("DELETE", `/api/v1/namespaces/${namespaceOf(policy)}`);
    cluster.close();
  });

  const create = (namespace: string, pod: Json): Promise<Answer> =>
    call("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);

  describe.each(policies)("$level:$shown", (policy) => {
    const shown: PolicyVersion = policy.shown;

    test("every pod is judged as the API server does, with the same words", async () => {
      const namespace = namespaceOf(policy);
      const differences: { readonly name: string; readonly theirs: string; readonly ours: string }[] = [];
      const counts = { admitted: 0, refused: 0, invalid: 0 };
      for (const [index, one] of podCases().entries()) {
        const name = `p${index}`;
        const pod = podOf(one, name);
        const answer = await create(namespace, pod);
        const message = text(answer.body, "message");
        const ours = ourWords(pod, policy.level, policy.version, shown);
        if (answer.status === 201) {
          counts.admitted++;
          if (ours !== "") differences.push({ name: one.name, theirs: "", ours });
        } else if (answer.status === 403) {
          counts.refused++;
          const theirs = message.replace(`pods "${name}" is forbidden: `, "");
          if (theirs !== ours) differences.push({ name: one.name, theirs, ours });
          // And explain reads back every reason of it.
          const [explanation] = explainText(message);
          const reasons = explanation?.reasons.map((reason) => reason.text).join(", ") ?? "";
          if (!theirs.endsWith(`": ${reasons}`) || explanation?.reasons.some(({ check }) => check === null) !== false)
            differences.push({ name: one.name, theirs, ours: `explained as ${reasons}` });
        } else {
          // The API itself takes no such pod, whatever its namespace enforces.
          counts.invalid++;
          expect({ status: answer.status, message }).toMatchObject({ status: 422 });
        }
      }
      expect(differences).toEqual([]);
      process.stderr.write(`${policy.level}:${shown}: ${JSON.stringify(counts)}\n`);
      expect(counts.admitted).toBeGreaterThan(5);
      expect(counts.refused).toBeGreaterThan(100);
    });
  });

  const restricted = `image-fix-${run}-restricted-latest`;
  const judging = { level: "restricted", version: minor, tektonVersion: undefined, runAsUser: undefined } as const;

  /** A text after `manifest --fix`. */
  function fixedText(source: string, fixing: FixOptions): string {
    const read = readYaml("manifest.yaml", source);
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    const options = { ...judging, runAsUser: fixing.runAsUser };
    return fixJudged(judgeFiles([read.value], options).files, fixing, options)[0]?.text ?? "";
  }

  /** What the API server answers to each Pod of a manifest. */
  const answers = async (manifest: string): Promise<readonly number[]> => {
    const pods = podSpecsOf(manifest).map((spec) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec,
    }));
    return Promise.all(pods.map(async (pod) => (await create(restricted, pod)).status));
  };

  describe.each([
    { style: "stepTemplate", runAsUser: undefined },
    { style: "step", runAsUser: undefined },
    { style: "stepTemplate", runAsUser: 65_532 },
  ] as const)("pods of manifests fixed with $style, runAsUser $runAsUser", (fixing) => {
    test.each(Object.entries(fixable))("%s: refused before, admitted after", async (_, source) => {
      expect(await answers(source)).toEqual([403]);
      const fixed = fixedText(source, fixing);
      expect(await answers(fixed)).toEqual([201]);
      expect(fixedText(fixed, fixing)).toBe(fixed);
    });
  });

  test("every case as a Pod, fixed: admitted where we say so, refused with our words where a person must decide", async () => {
    const counts = { admitted: 0, refused: 0, invalidBefore: 0 };
    const differences: unknown[] = [];
    for (const one of podCases()) {
      const pod = podOf(one, "p");
      const fixed: JsonObject = JSON.parse(
        fixedText(JSON.stringify(pod, null, 2), { style: "step", runAsUser: undefined }),
      );
      const [before, answer] = await Promise.all([create(restricted, pod), create(restricted, fixed)]);
      const ours = ourWords(fixed, "restricted", minor, "latest");
      if (before.status === 422) counts.invalidBefore++;
      else if (answer.status === 201) counts.admitted++;
      else counts.refused++;
      // What was a valid Pod is one afterwards.
      const expected = ours === "" ? 201 : 403;
      const words = text(answer.body, "message").replace(/^pods "p" is forbidden: /, "");
      if (before.status !== 422 && (answer.status !== expected || (expected === 403 && words !== ours)))
        differences.push({ name: one.name, status: answer.status, words, ours });
    }
    process.stderr.write(`fixed Pods: ${JSON.stringify(counts)}\n`);
    expect(differences).toEqual([]);
    expect(counts.admitted).toBeGreaterThan(60);
  });

  describe("Kyverno", () => {
    const own = `/apis/kyverno.io/v1/namespaces/${restricted}/policies`;

    test("its own schema takes our Policy, field by field", async (context) => {
      const known = await call("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/policies.kyverno.io");
      if (known.status !== 200) return context.skip("the cluster has no Kyverno");
      for (const options of [{ namespace: restricted }, { namespace: restricted, runAsUser: 65_532 }]) {
        const policy: unknown = parse(kyvernoPolicy(options));
        const answer = await call("POST", `${own}?dryRun=All&fieldValidation=Strict`, policy);
        expect({ status: answer.status, message: text(answer.body, "message") }).toEqual({ status: 201, message: "" });
      }
    });

    test("where it runs, it makes bare Pods restricted, each container by its own fields", async (context) => {
      const webhooks = await call("GET", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations");
      if (!JSON.stringify(webhooks.body).includes("kyverno-resource-mutating-webhook-cfg"))
        return context.skip("Kyverno does not run");
      await call("POST", own, parse(kyvernoPolicy({ namespace: restricted })));
      const bare = podOf(
        { name: "bare", spec: {}, a: container("a", {}), b: container("b", {}), first: container("first", {}) },
        "p",
      );
      let answer = await create(restricted, bare);
      // The policy takes a moment to become a webhook.
      for (let attempt = 0; attempt < 60 && answer.status === 403; attempt++) {
        await new Promise((settle) => setTimeout(settle, 500));
        answer = await create(restricted, bare);
      }
      expect({ status: answer.status, message: text(answer.body, "message") }).toEqual({ status: 201, message: "" });
      for (const list of ["initContainers", "containers"])
        expect(get(answer.body, "spec", list, 0, "securityContext")).toEqual(good);
      // What an author wrote stays with the container it was written for.
      const explicit = podOf(
        {
          name: "own",
          spec: {},
          a: container("a", { allowPrivilegeEscalation: true }),
          b: container("b", {}),
          first: container("first", { capabilities: { drop: ["all"] } }),
        },
        "p",
      );
      const refused = await create(restricted, explicit);
      expect(text(refused.body, "message")).toBe(
        'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false)',
      );
      await call("DELETE", `${own}/restricted-security-context`);
    });
  });

  describe("Tekton", () => {
    const tekton = "/apis/tekton.dev/v1/namespaces";
    const flags = "/api/v1/namespaces/tekton-pipelines/configmaps/feature-flags";

    /** Runs a Task and waits until its pod is made or refused. */
    async function runTask(
      manifest: string,
      name: string,
    ): Promise<{ readonly pod: string; readonly message: string }> {
      const task: JsonObject = parse(manifest);
      const [made, started] = [
        await call("POST", `${tekton}/${restricted}/tasks`, { ...task, metadata: { name } }),
        await call("POST", `${tekton}/${restricted}/taskruns`, {
          apiVersion: "tekton.dev/v1",
          kind: "TaskRun",
          metadata: { name },
          spec: { taskRef: { name } },
        }),
      ];
      expect([made.status, started.status]).toEqual([201, 201]);
      for (let attempt = 0; attempt < 60; attempt++) {
        const { body } = await call("GET", `${tekton}/${restricted}/taskruns/${name}`);
        const pod = text(body, "status", "podName");
        const message = text(body, "status", "conditions", 0, "message");
        if (pod !== "" || /PodSecurity/.test(message)) return { pod, message };
        await new Promise((settle) => setTimeout(settle, 500));
      }
      throw new Error("Tekton does not answer");
    }

    test("a Task is refused before its fix, in words that explain reads, and gets its pod after it", async (context) => {
      const set = await call("GET", flags);
      if (set.status !== 200) return context.skip("the cluster has no Tekton in tekton-pipelines");
      if (text(set.body, "data", "set-security-context") !== "true")
        return context.skip("set-security-context is not on");
      // Its schema wants a name for each step; without a command it would ask the registry for the image's.
      const source = (fixable["Task"] ?? fail())
        .replace("    - image:", "    - name: last\n      image:")
        .replace("    - name: clone\n", "    - name: clone\n      command: [id]\n");
      const refused = await runTask(source, "before");
      expect(refused.pod).toBe("");
      const [explanation] = explainText(refused.message);
      expect(explanation?.id).toBe("pod-security");
      expect(JSON.stringify(explanation?.reasons)).toContain("spec.steps[name=clone].securityContext.capabilities");
      const ran = await runTask(fixedText(source, { style: "stepTemplate", runAsUser: undefined }), "after");
      expect(ran.pod).toBe("after-pod");
    });
  });

  test("ephemeral containers, which come by an update", async () => {
    const host = podOf(podCases()[0] ?? fail(), "host");
    const spec = get(host, "spec");
    const made = await call("POST", `/api/v1/namespaces/${restricted}/pods`, {
      ...host,
      spec: { ...(typeof spec === "object" ? spec : {}), schedulerName: "image-fix-none" },
    });
    expect({ status: made.status, message: text(made.body, "message") }).toMatchObject({ status: 201 });
    for (const context of [good, {}, { ...good, capabilities: { drop: ["ALL"], add: ["SYS_PTRACE"] } }]) {
      const ephemeral = [{ name: "debug", image: "registry.invalid/none:1", securityContext: context }];
      const answer = await call("PATCH", `/api/v1/namespaces/${restricted}/pods/host/ephemeralcontainers?dryRun=All`, {
        spec: { ephemeralContainers: ephemeral },
      });
      const pod = { ...host, spec: { ...(typeof spec === "object" ? spec : {}), ephemeralContainers: ephemeral } };
      const ours = ourWords(pod, "restricted", minor, "latest");
      expect({ status: answer.status, message: text(answer.body, "message") }).toEqual(
        ours === "" ? { status: 200, message: "" } : { status: 403, message: `pods "host" is forbidden: ${ours}` },
      );
    }
  });
});

function fail(): never {
  throw new Error("there is no case");
}
