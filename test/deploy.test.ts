/** What we ship to run image-fix passes image-fix. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../src/cli/test-terminal.ts";

const root = join(import.meta.dirname, "..");
const json = async (...argv: readonly string[]) => {
  const { code, stdout } = await run([...argv, "--format", "json"]);
  return { code, report: JSON.parse(stdout) };
};

test.each(["deploy/Containerfile", "Containerfile.test"])("%s is clean, notes included", async (file) => {
  const { code, report } = await json("audit", "--engine", "none", join(root, file));
  expect(code).toBe(0);
  expect(report.targets).toMatchObject([{ verdict: "admit", uid: 65532, findings: [] }]);
});

test("every manifest is admitted by restricted, without a finding", async () => {
  const { code, report } = await json("manifest", "--fail-on", "warning", join(root, "deploy"));
  expect(code).toBe(0);
  const pods = report.targets.flatMap((target: { podSecurity: readonly unknown[] }) => target.podSecurity);
  for (const { findings } of report.targets) expect(findings).toEqual([]);
  expect(pods.length).toBeGreaterThanOrEqual(7);
  for (const pod of pods) expect(pod).toMatchObject({ level: "restricted", allowed: true, reasons: [] });
});

// Without it the second night would find that all was done, and read nothing.
test.each(["kubernetes/scan-cronjob.yaml", "kubernetes/scan-job.yaml", "tekton/image-fix-scan.yaml"])(
  "%s keeps a state for one run alone",
  async (file) => {
    const text = await readFile(join(root, "deploy", file), "utf8");
    expect(text).toMatch(/--state[= ]/);
    expect(text).toMatch(/--run-id[= ]["$]/);
  },
);
