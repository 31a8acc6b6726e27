/**
 * Measures the built tool against its goals and prints a table. Writes nothing in the repository.
 *
 *     npm run bench [-- --quick] [-- --only start-up,folder,engine]
 *
 * A goal that is missed is said in the table and in the exit code (1); a part that cannot be measured here is named.
 */
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { cpus, totalmem } from "node:os";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureScan } from "./scan.mjs";
import { writeCorpus } from "./generate.mjs";
import { median, onPath, pairs, run, runWell, table, withFolder } from "./measure.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const program = join(root, "bin/image-fix.js");
const baseImage = "docker.io/library/alpine:3.20";

const { values: settings } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "start-up,folder,engine,scan" },
  },
});
const quick = settings.quick;

/** What was measured: `{ what, value, goal, met }`; `met` undefined where there is no goal. */
const rows = [];
const skipped = [];

const milliseconds = (seconds) => `${(seconds * 1000).toFixed(0)} ms`;

/** One file as an author has it: a base that the tables know, a folder, a COPY, no user. */
const oneFile = `FROM node:20-alpine
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .
EXPOSE 8080
CMD ["node", "server.js"]
`;

/** Times one start of node. */
const timed = (parameters, exitCodes) => async () =>
  (await runWell(process.execPath, parameters, { exitCodes })).seconds;

async function measureStartUp() {
  const rounds = quick ? 5 : 25;
  const nothing = timed(["-e", "0"], [0]);
  await withFolder("file", async (folder) => {
    const file = join(folder, "Containerfile");
    await writeFile(file, oneFile);
    const measured = [
      { what: "image-fix --version", parameters: [program, "--version"], codes: [0], goal: 1.6 },
      {
        what: "image-fix audit FILE --engine none",
        parameters: [program, "audit", file, "--engine", "none"],
        codes: [1],
        goal: 2.5,
      },
      {
        what: "image-fix audit FILE (asks the engine about the base)",
        parameters: [program, "audit", file],
        codes: [1],
      },
    ];
    for (const { what, parameters, codes, goal } of measured) {
      await timed(parameters, codes)();
      const { first, second, ratio } = await pairs(rounds, nothing, timed(parameters, codes));
      rows.push({
        what,
        value: `${milliseconds(second)}, ${ratio.toFixed(2)} × node -e 0 (${milliseconds(first)})`,
        goal: goal === undefined ? "" : `≤ ${goal} ×`,
        met: goal === undefined ? undefined : ratio <= goal,
      });
    }
  });
}

async function measureFolder() {
  await withFolder("corpus", async (folder) => {
    const seconds = new Map();
    for (const [count, rounds] of quick
      ? [
          [200, 1],
          [2000, 1],
        ]
      : [
          [1000, 5],
          [10_000, 3],
        ]) {
      const corpus = join(folder, String(count));
      const { medianBytes } = await writeCorpus(corpus, count);
      const times = [];
      for (let round = 0; round < rounds; round++) {
        const result = await run(process.execPath, [program, "audit", corpus, "--engine", "none", "--format", "json"], {
          memory: true,
        });
        if (result.exitCode !== 1)
          throw new Error(`the audit of the corpus ended with ${result.exitCode}\n${result.stderr.slice(0, 2000)}`);
        const judged = JSON.parse(result.stdout).summary.targets;
        if (judged !== count) throw new Error(`${judged} of ${count} files were judged`);
        times.push(result.seconds);
        if (round === rounds - 1) {
          seconds.set(count, median(times));
          const rate = count / median(times);
          const memory = result.peakKiB === undefined ? "" : `, peak ${(result.peakKiB / 1024).toFixed(0)} MiB`;
          rows.push({
            what: `audit of a folder, ${count.toLocaleString("en")} files (median ${medianBytes} bytes), whole process`,
            value: `${median(times).toFixed(2)} s, ${Math.round(rate).toLocaleString("en")} files/s${memory}`,
            goal: "≥ 2,000 files/s",
            met: rate >= 2000,
          });
        }
      }
    }
    const [small = NaN, large = NaN] = [...seconds.values()];
    rows.push({
      what: "growth for ten times the files",
      value: `${(large / small).toFixed(1)} × the time`,
      goal: "≤ 12 ×",
      met: large / small <= 12,
    });
  });
}

/** podman or docker with the base image, or the reason why not. */
async function findEngine() {
  for (const engine of ["podman", "docker"]) {
    if ((await onPath(engine)) === undefined) continue;
    if ((await run(engine, ["info"], { timeoutSeconds: 60 })).exitCode !== 0) continue;
    if ((await run(engine, ["image", "inspect", baseImage])).exitCode === 0) return { engine };
    if ((await run(engine, ["pull", baseImage], { timeoutSeconds: 120 })).exitCode === 0) return { engine };
    return { reason: `${engine} has no ${baseImage} and cannot pull it` };
  }
  return { reason: "no container engine answers" };
}

const unique = () => randomBytes(4).toString("hex");

/** A project whose layers no cache knows. */
async function freshProject(folder, name) {
  const project = join(folder, name);
  await mkdir(project, { recursive: true });
  await writeFile(join(project, "app.sh"), `#!/bin/sh\n# ${unique()}\nid\n`, { mode: 0o755 });
  await writeFile(
    join(project, "Containerfile"),
    `FROM ${baseImage}\nCOPY app.sh /app/app.sh\nWORKDIR /app\nRUN ./app.sh > first-run.txt\nCMD ["./app.sh"]\n`,
  );
  return project;
}

async function measureOverhead(engine) {
  const rounds = quick ? 1 : 5;
  await withFolder("fix", async (folder) => {
    // What a person would build and run: the fixed file, made once beforehand.
    const model = await freshProject(folder, "model");
    await runWell(process.execPath, [program, join(model, "Containerfile"), "--engine", engine]);
    const fixed = await readFile(join(model, "Containerfile"), "utf8");
    const plain = async (round) => {
      const project = await freshProject(folder, `plain-${round}`);
      await writeFile(join(project, "Containerfile"), fixed);
      const tag = `image-fix-bench:${unique()}`;
      const started = performance.now();
      await runWell(engine, ["build", "-q", "-t", tag, "-f", join(project, "Containerfile"), project]);
      const { stdout } = await runWell(engine, [
        "run",
        "--rm",
        "--network=none",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        tag,
        "id",
      ]);
      const took = (performance.now() - started) / 1000;
      if (!stdout.startsWith("uid=65532")) throw new Error(`the plain run says ${stdout}`);
      await runWell(engine, ["rmi", "-f", tag]);
      return took;
    };
    const fix = async (round) => {
      const project = await freshProject(folder, `fix-${round}`);
      return (await runWell(process.execPath, [program, join(project, "Containerfile"), "--engine", engine])).seconds;
    };
    const { first, second } = await pairs(rounds, plain, fix);
    rows.push({
      what: `fix: audit, build, proof and write (${engine})`,
      value: `${second.toFixed(2)} s, ${(second - first).toFixed(2)} s over plain build + run … id (${first.toFixed(2)} s)`,
      goal: "< 1.5 s more",
      met: second - first < 1.5,
    });
  });
}

/** About 200 MB in many files, of bytes that do not compress. */
async function writeTree(folder, megabytes) {
  await mkdir(folder, { recursive: true });
  for (let number = 0; number < megabytes * 4; number++) {
    const part = join(folder, `part-${number % 50}`);
    await mkdir(part, { recursive: true });
    const stream = createWriteStream(join(part, `file-${number}.bin`));
    stream.end(randomBytes(250_000));
    await new Promise((resolve, reject) => stream.on("finish", resolve).on("error", reject));
  }
}

const kib = (bytes) => `${Math.round(bytes / 1024).toLocaleString("en")} KiB`;

const sizeOf = async (engine, tag) =>
  Number((await runWell(engine, ["image", "inspect", "--format", "{{.Size}}", tag])).stdout);

async function measureGrowth(engine) {
  const megabytes = quick ? 20 : 200;
  await withFolder("tree", async (folder) => {
    const project = join(folder, "project");
    await writeTree(join(project, "data"), megabytes);
    const original = `FROM ${baseImage}\nWORKDIR /app\nCOPY . /app\nCMD ["ls"]\n`;
    const guide = original.replace(
      "CMD",
      "RUN adduser -u 65532 -h /home/nonroot -D nonroot\nRUN chown -R 65532:65532 /app\nUSER 65532\nCMD",
    );
    const tags = [];
    const build = async (text) => {
      const tag = `image-fix-bench:${unique()}`;
      tags.push(tag);
      await writeFile(join(folder, "Containerfile"), text);
      await runWell(engine, ["build", "-q", "-t", tag, "-f", join(folder, "Containerfile"), project]);
      return sizeOf(engine, tag);
    };
    try {
      const before = await build(original);
      const byGuide = await build(guide);
      await writeFile(join(project, "Containerfile"), original);
      const kept = `image-fix-bench:${unique()}`;
      tags.push(kept);
      await runWell(process.execPath, [
        program,
        join(project, "Containerfile"),
        "--engine",
        engine,
        "--keep-image",
        kept,
      ]);
      const after = await sizeOf(engine, kept);
      rows.push({
        what: `image growth by the fix, ${megabytes} MB copied`,
        value: kib(after - before),
        goal: "≤ 256 KiB",
        met: after - before <= 256 * 1024,
      });
      rows.push({
        what: "image growth by RUN chown -R, the same tree",
        value: kib(byGuide - before),
        goal: "",
        met: undefined,
      });
    } finally {
      for (const tag of tags) await run(engine, ["rmi", "-f", tag]);
    }
  });
}

async function measureEngine() {
  const { engine, reason } = await findEngine();
  if (engine === undefined) {
    skipped.push(`fix overhead, image growth: ${reason}`);
    return;
  }
  await measureOverhead(engine);
  await measureGrowth(engine);
}

/** Part of its own file: it needs registries. */
async function measureRegistries() {
  const measured = await measureScan({ quick });
  rows.push(...measured.rows);
  skipped.push(...measured.skipped);
}

const parts = { "start-up": measureStartUp, folder: measureFolder, engine: measureEngine, scan: measureRegistries };
const wanted = settings.only.split(",");
const stranger = wanted.find((name) => !(name in parts));
if (stranger !== undefined) {
  console.error(`--only ${stranger}: there are ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}
try {
  await access(join(root, "dist/cli/main.js"));
} catch {
  await runWell("npm", ["run", "build"], { cwd: root });
}
console.error(
  `node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? "?"}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB${quick ? ", quick" : ""}`,
);
for (const [name, measure] of Object.entries(parts)) {
  if (!wanted.includes(name)) continue;
  console.error(`measuring ${name} …`);
  await measure();
}
const verdict = (met) => (met === undefined ? "" : met ? "met" : "MISSED");
console.log(
  table(
    ["what", "measured", "goal", ""],
    rows.map(({ what, value, goal, met }) => [what, value, goal, verdict(met)]),
  ),
);
for (const line of skipped) console.log(`skipped: ${line}`);
if (rows.some(({ met }) => met === false)) process.exitCode = 1;
