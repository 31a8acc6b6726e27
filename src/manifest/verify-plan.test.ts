import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { objectsOf } from "./objects.ts";
import { isNamespace, tasksOf, verifyPlan, type PlannedTask } from "./verify-plan.ts";
import { readYaml } from "./yaml/read.ts";

const fixtures = join(import.meta.dirname, "..", "..", "test", "fixtures", "manifest-plan");

function planned(file: string, text: string): readonly PlannedTask[] {
  const read = readYaml(file, text);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return tasksOf(objectsOf(read.value)).map((object) => ({ file, object }));
}

/** The TaskRun in a plan's here-document. */
const taskRun = (plan: string): unknown => parse(/<<'EOF'\n([\s\S]*?)EOF\n/.exec(plan)?.[1] ?? "");

describe("the plan of a Task", () => {
  test("by bytes", async () => {
    const text = await readFile(join(fixtures, "task.yaml"), "utf8");
    const golden = await readFile(join(fixtures, "verify-plan.sh"));
    expect(Buffer.compare(golden, Buffer.from(verifyPlan(planned("task.yaml", text), "build")))).toBe(0);
  });

  test("gives the run what the Task asks for, and no more", async () => {
    const text = await readFile(join(fixtures, "task.yaml"), "utf8");
    expect(taskRun(verifyPlan(planned("task.yaml", text), "build"))).toEqual({
      apiVersion: "tekton.dev/v1",
      kind: "TaskRun",
      metadata: { generateName: "build-" },
      spec: {
        taskRef: { name: "build" },
        params: [
          { name: "url", value: "VALUE" },
          { name: "flags", value: ["VALUE"] },
          { name: "options", value: { KEY: "VALUE" } },
        ],
        workspaces: [{ name: "source", emptyDir: {} }],
      },
    });
  });

  test("names that YAML reads otherwise stay texts", () => {
    const text = `apiVersion: tekton.dev/v1beta1\nkind: Task\nmetadata: {name: "1e3"}\nspec:\n  params: [{name: "on"}, {name: "a: b"}]\n  steps: []\n`;
    expect(taskRun(verifyPlan(planned("t.yaml", text), "build"))).toMatchObject({
      apiVersion: "tekton.dev/v1beta1",
      spec: { taskRef: { name: "1e3" }, params: [{ name: "on" }, { name: "a: b" }] },
    });
  });

  test("what is no name is no Task to plan for", () => {
    expect(planned("t.yaml", `apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: "a\\nrm -rf /"}\n`)).toEqual([]);
    expect(planned("t.yaml", `apiVersion: v1\nkind: Task\nmetadata: {name: a}\n`)).toEqual([]);
    expect(["a", "a-1", "1"].every(isNamespace)).toBe(true);
    expect(["A", "-a", "a-", "a b", "a.b", "a".repeat(64), ""].some(isNamespace)).toBe(false);
  });
});

describe("the plan in a shell", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "image-fix-plan-"));
    // Both programs note their words, one a line, and kubectl prints the name of the run that it made.
    const note = `#!/bin/sh\nfor word in "\${0##*/}" "$@"; do printf '%s\\n' "$word"; done >> "$LOG"\n`;
    await writeFile(join(folder, "image-fix"), note);
    await writeFile(
      join(folder, "kubectl"),
      `${note}case "$1" in create) cat >/dev/null; echo taskrun.tekton.dev/t-x;; esac\n`,
    );
    await chmod(join(folder, "image-fix"), 0o755);
    await chmod(join(folder, "kubectl"), 0o755);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each(["task.yaml", "my task's.yaml", "-x.yaml", "$(touch pwned).yaml", "a;b&c.yaml"])(
    "%s is one word",
    async (file) => {
      const text = `apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\nspec:\n  steps: [{image: a}]\n`;
      const plan = verifyPlan(planned(file, text), "build");
      const log = join(folder, `log-${Buffer.from(file).toString("hex")}`);
      await promisify(execFile)("sh", ["-eu", "-c", plan], {
        cwd: folder,
        env: { PATH: `${folder}:${process.env["PATH"] ?? ""}`, LOG: log },
      });
      const words = (await readFile(log, "utf8")).split("\n");
      const asWord = file.startsWith("-") ? `./${file}` : file;
      expect(words.filter((word) => word === asWord)).toHaveLength(3);
      expect(words).toContain("taskrun.tekton.dev/t-x");
      expect(words).toContain("tekton.dev/taskRun=t-x");
    },
  );
});
