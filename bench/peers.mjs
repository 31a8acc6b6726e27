/**
 * Runs image-fix and what is on PATH of its neighbours over the same folder of Containerfiles in one run, and counts how
 * many cases each judges right. Prints a table; writes nothing in the repository.
 *
 *     npm run bench:peers [-- --files 300] [-- --verbose]
 *
 * Only one question is judged, the one that all of them try to answer: does the file's image start as a numeric
 * non-root user? A tool is right about a case when it reports one of its rules about users where Kubernetes refuses the
 * image, and none where Kubernetes admits it. Whatever else a tool finds is not counted, for or against.
 */
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parse as parseYaml } from "yaml";
import { generate } from "./generate.mjs";
import { onPath, run, table, withFolder } from "./measure.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const { values: settings } = parseArgs({
  options: {
    files: { type: "string", default: "300" },
    verbose: { type: "boolean", default: false },
  },
});

/** Keeps tools from asking their makers' servers for news and texts while they are timed. */
const offline = {
  BC_SKIP_MAPPING: "TRUE",
  LOG_LEVEL: "CRITICAL",
  SEMGREP_ENABLE_VERSION_CHECK: "0",
};

/** `path → rule ids` from a list of `[path, rule]`. */
function byFile(pairs) {
  const found = new Map();
  for (const [path, rule] of pairs) found.set(path, [...(found.get(path) ?? []), rule]);
  return found;
}

/**
 * The tools: how each is asked about a folder of files, which of its rules speak of the user, and where its answer has
 * file and rule. `each`: it takes one file at a time, so it is started once a file.
 */
const tools = [
  {
    name: "image-fix",
    command: [process.execPath, join(root, "bin/image-fix.js")],
    parameters: (folder) => ["audit", folder, "--engine", "none", "--format", "json"],
    users: ["root-user", "symbolic-user", "invalid-uid", "unresolved-user", "user-not-in-passwd"],
    read: (text) =>
      JSON.parse(text).targets.flatMap(({ target, findings }) => findings.map(({ rule }) => [target, rule])),
  },
  {
    name: "hadolint",
    parameters: (_, files) => ["--no-color", "--format", "json", ...files],
    users: ["DL3002", "DL3066"],
    read: (text) => JSON.parse(text).map(({ file, code }) => [file, code]),
  },
  {
    name: "tally",
    parameters: (_, files) => ["lint", "--no-config", "--slow-checks", "off", "--format", "json", ...files],
    users: [
      "hadolint/DL3002",
      "hadolint/DL3066",
      "tally/stateful-root-runtime",
      "tally/named-identity-in-passwdless-stage",
      "tally/user-created-but-never-used",
    ],
    read: (text) =>
      JSON.parse(text).files.flatMap(({ file, violations }) => violations.map(({ rule }) => [file, rule])),
  },
  {
    name: "checkov",
    parameters: (folder) => [
      "--directory",
      folder,
      "--framework",
      "dockerfile",
      "--compact",
      "--quiet",
      "--output",
      "json",
    ],
    users: ["CKV_DOCKER_3", "CKV_DOCKER_8"],
    read: (text, folder) =>
      JSON.parse(text).results.failed_checks.map(({ file_path, check_id }) => [join(folder, file_path), check_id]),
  },
  {
    name: "dockerfile-doctor",
    parameters: (_, files) => ["--no-color", "--format", "json", ...files],
    users: ["DD008"],
    read: (text) =>
      JSON.parse(text).files.flatMap(({ filepath, issues }) => issues.map(({ ruleId }) => [filepath, ruleId])),
  },
  {
    name: "dockerfile-hardener",
    each: true,
    parameters: (_, [file]) => ["lint", file, "--format", "json"],
    users: ["DH001"],
    read: (text) => {
      const { dockerfile, findings } = JSON.parse(text);
      return findings.map(({ rule_id }) => [dockerfile, rule_id]);
    },
  },
  {
    name: "semgrep",
    // Its rules are not in the package: SEMGREP_RULES names a folder of them, without it the registry is asked.
    parameters: (folder) => [
      "scan",
      "--metrics=off",
      "--disable-version-check",
      "--quiet",
      "--no-git-ignore",
      "--config",
      process.env["SEMGREP_RULES"] ?? "p/dockerfile",
      "--json",
      folder,
    ],
    users: ["missing-user", "missing-user-entrypoint", "last-user-is-root"],
    read: (text) => JSON.parse(text).results.map(({ path, check_id }) => [path, check_id.split(".").at(-1)]),
  },
];

/** The truth of a case by hand: `refuse` for what Kubernetes refuses under runAsNonRoot, `admit` for the rest. */
async function readCases() {
  const cases = [];
  const samples = join(root, "samples");
  for (const story of (await readdir(samples)).toSorted()) {
    const said = await readFile(join(samples, story, "sample.yaml"), "utf8").then(parseYaml, () => undefined);
    if (said?.verdict === undefined) continue;
    cases.push({
      id: `samples/${story}`,
      text: await readFile(join(samples, story, "Containerfile"), "utf8"),
      verdict: said.verdict,
    });
    const fixed = await readFile(join(samples, story, "expected/Containerfile"), "utf8").catch(() => undefined);
    if (fixed !== undefined && said.fixed?.verdict !== undefined)
      cases.push({ id: `samples/${story}, fixed`, text: fixed, verdict: said.fixed.verdict });
  }
  const verdicts = {
    admit: "admit",
    "refuse-root": "root",
    "refuse-symbolic": "symbolic",
    "refuse-invalid": "invalid",
  };
  for (const { id, containerfile, kubelet, expected } of JSON.parse(
    await readFile(join(root, "test/fixtures/containerfiles.json"), "utf8"),
  )) {
    const verdict = verdicts[kubelet];
    // Left out: what never becomes an image, and what its author silenced with a reason.
    if (verdict === undefined || (verdict !== "admit" && expected.findings.length === 0)) continue;
    cases.push({ id, text: containerfile, verdict });
  }
  return cases.filter(({ verdict }) => ["admit", "root", "symbolic", "invalid"].includes(verdict));
}

/** Asks one tool about a folder. */
async function ask(tool, folder, files) {
  const [program, ...before] = tool.command ?? [tool.name];
  const runs = tool.each ? files.map((file) => [file]) : [files];
  /** @type {{ seconds: number, peakKiB: number | undefined, found: [string, string][], problem: string | undefined }} */
  const total = { seconds: 0, peakKiB: undefined, found: [], problem: undefined };
  for (const part of runs) {
    const result = await run(program, [...before, ...tool.parameters(folder, part)], {
      memory: true,
      environment: offline,
    });
    total.seconds += result.seconds;
    if (result.peakKiB !== undefined) total.peakKiB = Math.max(total.peakKiB ?? 0, result.peakKiB);
    try {
      total.found.push(...tool.read(result.stdout, folder));
    } catch {
      total.problem ??= `exit code ${result.exitCode}: ${
        (result.stderr || result.stdout)
          .trim()
          .split("\n")
          .find((line) => !line.startsWith("peak-kib=") && !line.startsWith("Command exited")) ?? "no output"
      }`;
    }
  }
  return { ...total, found: byFile(total.found) };
}

async function versionOf(tool) {
  const [program, ...before] = tool.command ?? [tool.name];
  const { stdout, stderr } = await run(program, [...before, "--version"], { environment: offline });
  return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? "?";
}

/** How many cases a tool judges right, and which it does not. */
async function judge(tool, cases, folder) {
  const files = cases.map((_, index) => join(folder, `case-${String(index).padStart(3, "0")}`, "Dockerfile"));
  const { found, problem } = await ask(tool, folder, files);
  /** @type {string[]} */
  const wrong = [];
  const score = { refused: [0, 0], admitted: [0, 0], wrong, problem };
  for (const [index, { id, verdict }] of cases.entries()) {
    const path = files[index] ?? "";
    const rules = [...(found.get(path) ?? []), ...(found.get(relative(process.cwd(), path)) ?? [])];
    const flagged = rules.some((rule) => tool.users.includes(rule));
    const right = flagged === (verdict !== "admit");
    const column = verdict === "admit" ? score.admitted : score.refused;
    column[1] += 1;
    if (right) column[0] += 1;
    else
      score.wrong.push(
        `${id} (${verdict}): ${flagged ? `reports ${rules.filter((rule) => tool.users.includes(rule)).join(", ")}` : "says nothing"}`,
      );
  }
  return score;
}

const count = Number(settings.files);
if (!Number.isInteger(count) || count < 1) {
  console.error(`--files ${settings.files}: a number of files is needed`);
  process.exit(2);
}
await withFolder("peers", async (folder) => {
  const corpus = join(folder, "corpus");
  const files = [];
  for (let index = 0; index < count; index++) {
    // Every tool knows this file name.
    const file = join(corpus, `project-${String(index).padStart(5, "0")}`, "Dockerfile");
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, generate(20_261_123, index).text);
    files.push(file);
  }
  const cases = await readCases();
  const judged = join(folder, "cases");
  for (const [index, { text }] of cases.entries()) {
    const project = join(judged, `case-${String(index).padStart(3, "0")}`);
    await mkdir(project, { recursive: true });
    await writeFile(join(project, "Dockerfile"), text);
  }
  const rows = [];
  const notes = [];
  for (const tool of tools) {
    if (tool.command === undefined && (await onPath(tool.name)) === undefined) {
      notes.push(`${tool.name}: not on PATH, not run`);
      continue;
    }
    console.error(`${tool.name} …`);
    const version = await versionOf(tool);
    const { seconds, peakKiB, problem } = await ask(tool, corpus, files);
    if (problem !== undefined) {
      // The time of a tool that did not do its work says nothing.
      notes.push(`${tool.name} ${version}: did not answer (${problem})`);
      continue;
    }
    const score = await judge(tool, cases, judged);
    if (score.problem !== undefined) notes.push(`${tool.name}: ${score.problem}`);
    rows.push([
      `${tool.name} ${version}`,
      seconds.toFixed(2),
      Math.round(count / seconds).toLocaleString("en"),
      peakKiB === undefined ? "?" : `${(peakKiB / 1024).toFixed(0)} MiB`,
      `${score.refused[0]}/${score.refused[1]}`,
      `${score.admitted[0]}/${score.admitted[1]}`,
      `${score.refused[0] + score.admitted[0]}/${cases.length}`,
    ]);
    if (settings.verbose) for (const line of score.wrong) notes.push(`${tool.name} on ${line}`);
  }
  console.log(
    table(
      [
        "tool",
        `seconds, ${count} files`,
        "files/s",
        "peak memory",
        "refused and reported",
        "admitted and left alone",
        "right",
      ],
      rows,
    ),
  );
  for (const note of notes) console.log(`- ${note}`);
});
