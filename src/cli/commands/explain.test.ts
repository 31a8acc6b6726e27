import { describe, expect, test } from "vitest";
import { run as runInMemory } from "../test-terminal.ts";

/** Runs the command line; without `input` nobody pipes anything in. */
async function run(
  argv: readonly string[],
  { input, colour = false }: { readonly input?: string; readonly colour?: boolean } = {},
): Promise<{ readonly code: number; readonly out: string; readonly note: string }> {
  const { code, stdout, stderr } = await runInMemory(argv, {
    input: async () => Buffer.from(input ?? ""),
    inputIsTerminal: input === undefined,
    outputIsTerminal: colour,
  });
  return { code, out: stdout, note: stderr };
}

const message = "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root";

describe("explain", () => {
  test("a message as one argument, as words, piped, and by -", async () => {
    const one = await run(["explain", message]);
    expect(one.code).toBe(0);
    expect(one.note).toBe("");
    expect(one.out).toContain("image-fix ./Containerfile");
    expect(await run(["explain", ...message.split(" ")])).toEqual(one);
    expect(await run(["explain"], { input: `Error: ${message}\n` })).toEqual(one);
    expect(await run(["explain", "-"], { input: message })).toEqual(one);
  });

  test("a rule's page", async () => {
    const { code, out } = await run(["explain", "root-user"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^root-user\n/);
    expect(out).toContain("What it means");
    expect(out).not.toContain("```");
  });

  test("unknown text: exit code 1, said on standard error", async () => {
    const { code, out, note } = await run(["explain", "the moon is made of cheese"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(note).toMatch(/nothing is known of "the moon is made of cheese"/);
  });

  test("a rule that was mistyped: did you mean", async () => {
    const { code, note } = await run(["explain", "root-usr"]);
    expect(code).toBe(1);
    expect(note).toContain("did you mean: image-fix explain root-user");
  });

  test("one rule known, another not: both are answered", async () => {
    const { code, out, note } = await run(["explain", "root-user", "symbolic-usr"]);
    expect(code).toBe(1);
    expect(out).toMatch(/^root-user\n/);
    expect(note).toContain("did you mean: image-fix explain symbolic-user");
  });

  test("nothing: the rules, a line each", async () => {
    const { code, out, note } = await run(["explain"]);
    expect({ code, note }).toEqual({ code: 0, note: "" });
    expect(out.split("\n")).toContainEqual(
      expect.stringMatching(/^root-user +error +The image starts as a user other than root$/),
    );
    expect(out).toMatch(/^wrong-type +error +\S/m);
    expect(await run(["explain"], { input: "" })).toEqual({ code, out, note });
  });

  test("an empty paste: exit code 2 and what to do", async () => {
    const { code, note } = await run(["explain", "-"], { input: " \n" });
    expect(code).toBe(2);
    expect(note).toContain("kubectl describe pod NAME | image-fix explain -");
  });

  test("JSON: one document, whatever came of it", async () => {
    const known = await run(["explain", "--format", "json", message]);
    expect(known.code).toBe(0);
    expect(JSON.parse(known.out)).toMatchObject({
      schemaVersion: 1,
      command: "explain",
      messages: [{ id: "image-user-is-a-name", names: { user: "app" }, rules: ["symbolic-user"] }],
      rules: [],
      unknown: [],
      error: null,
    });
    const unknown = await run(["explain", "-f", "json", "root-usr"]);
    expect(unknown.code).toBe(1);
    expect(JSON.parse(unknown.out)).toMatchObject({ unknown: [{ text: "root-usr", meant: "root-user" }] });
    const list = await run(["explain", "-f", "json"]);
    expect(list.code).toBe(0);
    expect(JSON.parse(list.out).rules.map(({ rule }: { readonly rule: string }) => rule)).toContain("root-user");
    const nothing = await run(["explain", "-f", "json", "-"]);
    expect(nothing.code).toBe(2);
    expect(JSON.parse(nothing.out)).toMatchObject({ messages: [], error: { code: "USAGE" } });
  });

  test("no control character of a paste reaches the terminal, in text, JSON or a fault", async () => {
    const hostile = "\u001b]0;title\u0007\u009b2J\u202e";
    for (const argv of [["explain"], ["explain", "-f", "json"]]) {
      for (const input of [message.replace("app", `a${hostile}b`), `nonsense ${hostile}`]) {
        const { out, note } = await run(argv, { input });
        // oxlint-disable-next-line no-control-regex -- these are what must not be there
        expect(out + note).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      }
    }
  });

  test("colours only where somebody watches", async () => {
    expect((await run(["explain", message], { colour: true })).out).toContain("\u001b[");
    expect((await run(["explain", "--no-color", message], { colour: true })).out).not.toContain("\u001b[");
  });
});

const task = "test/fixtures/manifest-plan/task.yaml";

/** A Pod in a namespace, as one of several documents. */
const pod = (namespace: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: ${namespace}}\nspec: {containers: []}\n---\n`;

describe("manifest --kyverno, --tekton-config, --verify-plan", () => {
  test.each([
    [["--kyverno", "--namespace", "build"], "kind: Policy\n"],
    [["--kyverno", "--namespace", "build"], "  namespace: build\n"],
    [["--kyverno", "--run-as-user", "1000"], "securityContext/runAsUser\n                value: 1000\n"],
    [["--tekton-config"], "kubectl patch tektonconfig config "],
    [["--tekton-config", task], "kubectl patch tektonpipeline pipeline "],
    [["--verify-plan", "ci", task], `kubectl apply -n ci -f ${task}\n`],
  ])("%j prints %j", async (options, text) => {
    const { code, out, note } = await run(["manifest", ...options]);
    expect({ code, note }).toEqual({ code: 0, note: "" });
    expect(out).toContain(text);
  });

  test("Tekton's patch is the one for what the file holds", async () => {
    const { out } = await run(["manifest", "--tekton-config", "-"], {
      input: "apiVersion: operator.tekton.dev/v1alpha1\nkind: TektonPipeline\nmetadata: {name: pipeline}\n",
    });
    expect(out.split("\n").filter((line) => line.startsWith("kubectl"))).toEqual([
      `kubectl patch tektonpipeline pipeline --type merge -p '{"spec":{"set-security-context":true}}'`,
    ]);
    expect(out).not.toContain("tektonconfig config");
  });

  test("the policy takes the one namespace that the files name", async () => {
    expect((await run(["manifest", "--kyverno", "-"], { input: pod("shop") + pod("shop") })).out).toContain(
      "  namespace: shop\n",
    );
    expect((await run(["manifest", "--kyverno", "-"], { input: pod("shop") + pod("ci") })).out).not.toContain(
      "  namespace:",
    );
  });

  test.each([
    [["--kyverno", "--tekton-config"], "two different things"],
    [["--kyverno", "--fix", task], "--fix"],
    [["--kyverno", "--format", "json"], "--format json"],
    [["--kyverno", "-o", "policy.yaml"], "> FILE"],
    [["--tekton-config", "--namespace", "ci"], "--namespace"],
    [["--kyverno", "--namespace", "A B"], "is no namespace"],
    [["--verify-plan", "ci"], "needs the file of a Task"],
    [["--verify-plan", "-rf", task], "is no namespace"],
    [["--verify-plan", "ci", "no-such.yaml"], "no such file"],
    [["--verify-plan", "ci", "test/fixtures/manifest-plan/policy.yaml"], "no Task"],
  ])("%j is wrong usage", async (options, text) => {
    const { code, out, note } = await run(["manifest", ...options]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(note.replace(/\s+/g, " ")).toContain(text);
  });

  test("a plan needs a file that kubectl can apply", async () => {
    const input = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t, namespace: other}\nspec: {steps: []}\n";
    expect(await run(["manifest", "--verify-plan", "ci", "-"], { input })).toMatchObject({ code: 2, out: "" });
  });
});
