/**
 * Counts the results that scripts/test.sh left in a folder and prints one line: `N passed, N failed, N skipped`.
 *
 *     node scripts/count-tests.mjs DIR
 *
 * A test file that could not be loaded and a project without results count as one failure each. Exits with 1 when
 * anything failed or nothing ran.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write("count-tests: name the folder of results\n");
  process.exit(2);
}
const count = { passed: 0, failed: 0, skipped: 0 };
const names = await readdir(folder).catch(() => []);
for (const name of names.filter((each) => each.startsWith("check-"))) {
  count[(await readFile(join(folder, name), "utf8")).trim() === "pass" ? "passed" : "failed"] += 1;
}
for (const project of ["unit", "e2e-podman", "e2e-docker"]) {
  const text = await readFile(join(folder, `${project}.json`), "utf8").catch(() => undefined);
  if (text === undefined) {
    count.failed += 1;
    continue;
  }
  for (const file of JSON.parse(text).testResults) {
    const states = file.assertionResults.map(({ status }) => status);
    count.passed += states.filter((status) => status === "passed").length;
    count.failed += states.filter((status) => status === "failed").length;
    count.skipped += states.filter((status) => status !== "passed" && status !== "failed").length;
    if (file.status === "failed" && !states.includes("failed")) count.failed += 1;
  }
}
process.stdout.write(
  `${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ""}\n`,
);
process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0;
