/**
 * docs/refused-taskrun.md as a reader follows it: every command, in order, in one folder, and what the page shows of its
 * output. image-fix and podman are real; kubectl stands in and gives the answers that a real API server (1.37) and a real
 * Tekton controller (1.9) gave to the same commands, in the same order.
 */
import { execFileSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root, runToEnd } from "./support/command.ts";
import { base } from "./support/engines.ts";

const images = ["registry.example.com/team/greeter:1.0", "registry.example.com/team/greeter:1.1"];
const page = await readFile(join(root, "docs", "refused-taskrun.md"), "utf8");

interface Command {
  readonly line: string;
  readonly exitCode: number;
}

/** The page's commands, block by block, each with what the page shows of its output. */
const blocks = [...page.matchAll(/^```sh\n(.*?)^```$(?:\n+```text\n(.*?)^```$)?/gms)].map(
  ([, lines = "", shown = ""]) => ({
    commands: lines
      .trim()
      .split("\n")
      .reduce<readonly Command[]>((commands, line) => {
        const code = /^# exit code (\d+)$/.exec(line)?.[1];
        const last = commands.at(-1);
        if (code === undefined) return [...commands, { line, exitCode: 0 }];
        return last === undefined ? commands : [...commands.slice(0, -1), { ...last, exitCode: Number(code) }];
      }, []),
    shown: shown.split("\n").filter((line) => line !== "" && line !== "…"),
  }),
);

/** A kubectl that gives recorded answers, each once and in order. */
const standIn = `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const file = process.env.KUBECTL_ANSWERS;
const asked = process.argv.slice(2).join(" ");
const answers = readFileSync(file, "utf8").split(/^\\$ /m).slice(1);
const index = answers.findIndex((answer) => answer.startsWith(asked + "\\n"));
if (index < 0) { console.error("kubectl: no answer to: " + asked); process.exit(1); }
process.stdout.write(answers[index].slice(asked.length + 1));
answers.splice(index, 1);
writeFileSync(file, answers.map((answer) => "$ " + answer).join(""));
`;

const podman = (...args: readonly string[]): string =>
  execFileSync("podman", ["--log-level=error", ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

function podmanAnswers(): boolean {
  try {
    podman("info");
    return true;
  } catch {
    return false;
  }
}
const isRequired = process.env["IMAGE_FIX_REQUIRE_ENGINES"] === "1";

describe.skipIf(!podmanAnswers() && !isRequired)("docs/refused-taskrun.md, by podman", () => {
  let folder = "";
  let env: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "image-fix-refused-"));
    await cp(join(root, "test", "fixtures", "refused-taskrun"), folder, { recursive: true });
    const programs = join(folder, ".bin");
    await mkdir(programs);
    await writeFile(join(programs, "kubectl"), standIn);
    await writeFile(
      join(programs, "image-fix"),
      `#!/bin/sh\nexec '${process.execPath}' '${join(root, "bin", "image-fix.js")}' "$@"\n`,
    );
    for (const name of ["kubectl", "image-fix"]) await chmod(join(programs, name), 0o755);
    await chmod(join(folder, "greet.sh"), 0o755);
    env = {
      PATH: `${programs}:${process.env["PATH"] ?? ""}`,
      KUBECTL_ANSWERS: join(folder, "kubectl-answers.txt"),
      COLUMNS: "80",
      NO_COLOR: "1",
    };
    execFileSync(join(root, "scripts", "base-images.sh"), ["podman", base.alpine], { stdio: "ignore" });
    podman("build", "-q", "-t", images[0] ?? "", folder);
  });
  afterAll(async () => {
    podman("rmi", "--force", "--ignore", ...images);
    await rm(folder, { recursive: true, force: true });
  });

  test("every command ends as the page says, with the output that it shows", async () => {
    const problems: unknown[] = [];
    for (const { commands, shown } of blocks) {
      let output = "";
      for (const { line, exitCode } of commands) {
        const ended = await runToEnd("sh", ["-c", line], { cwd: folder, env });
        output += ended.stdout;
        if (ended.exitCode !== exitCode) problems.push({ line, ...ended });
      }
      const lines = output.split("\n").map((line) => line.trimEnd());
      for (const line of shown) {
        const wanted = line.trimEnd();
        const found = wanted.endsWith("…")
          ? lines.some((one) => one.startsWith(wanted.slice(0, -1)))
          : lines.includes(wanted);
        if (!found) problems.push({ notPrinted: wanted, output });
      }
    }
    expect(problems).toEqual([]);
    // Every answer was asked for, so the page leads the whole way.
    expect(await readFile(join(folder, "kubectl-answers.txt"), "utf8")).toBe("");
    expect(await readFile(join(folder, "Containerfile"), "utf8")).toContain("\nUSER 65532\n");
    expect(await readFile(join(folder, "policy.yaml"), "utf8")).toContain("namespace: ci\n");
  });

  test("the page has no command outside of these blocks", () => {
    expect(blocks.flatMap(({ commands }) => commands).length).toBeGreaterThan(20);
    const fences = [...page.matchAll(/^```(\w*)$/gm)]
      .map(([, language]) => language)
      .filter((language) => language !== "");
    expect(new Set(fences)).toEqual(new Set(["sh", "text"]));
  });
});
