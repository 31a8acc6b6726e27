/**
 * `scan` against its goals: a real docker-registry beside a bare loop and skopeo in the same run, and a registry in
 * memory for what 100,000 images cost. A part of `npm run bench`.
 */
import { spawn } from "node:child_process";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { environment, median, onPath, pairs, run, runWell, withFolder } from "./measure.mjs";
import { fillRegistry, requestsIn, startRegistry } from "./registry.mjs";

const here = import.meta.dirname;
const program = join(here, "..", "bin", "image-fix.js");
const scanCodes = [0, 1];
const number = (value) => Math.round(value).toLocaleString("en");

/** @returns {Promise<{ rows: object[], skipped: string[] }>} */
export async function measureScan({ quick }) {
  const rows = [];
  const skipped = [];
  const add = (what, value, goal, met) => rows.push({ what, value, goal, met });
  if ((await onPath("docker-registry")) === undefined)
    skipped.push("scan of a real registry: docker-registry is not installed");
  else await measureRegistry(add, skipped, quick);
  await measureSynthetic(add, quick);
  return { rows, skipped };
}

/** Times a line of shell; its parameters come as $1 and so on, node itself as $0. */
const shell =
  (script, ...more) =>
  async () =>
    (await runWell("/bin/sh", ["-c", script, process.execPath, ...more], { exitCodes: scanCodes })).seconds;
const node = async () => (await runWell(process.execPath, ["-e", "0"])).seconds;

async function measureRegistry(add, skipped, quick) {
  const [images, repositories, rounds] = quick ? [200, 20, 1] : [1000, 100, 3];
  const registry = await startRegistry();
  try {
    await withFolder("scan", async (folder) => {
      const all = await fillRegistry(registry.host, images, repositories);
      const references = all.map(({ repository, tag }) => `${repository}:${tag}\n`).join("");
      const list = join(folder, "references");
      await writeFile(list, references);
      const out = join(folder, "out.ndjson");
      const bare = shell('"$0" "$1" "$2" 32 < "$3" > "$4"', join(here, "bare-loop.mjs"), registry.host, list, out);
      const scanOf =
        (source) =>
        (...options) =>
          shell(
            'program="$1"; source="$2"; out="$3"; shift 3; "$0" "$program" scan -q -o "$out" "$@" "$source"',
            program,
            source,
            out,
            ...options,
          );
      const scan = scanOf(`docker://${registry.host}`);
      const named = join(folder, "named");
      await writeFile(named, references.replace(/^(?=.)/gm, `docker://${registry.host}/`));
      await bare();
      const config = await pairs(rounds, bare, scan("--no-accounts"));
      add(
        `scan of ${number(images)} images in ${repositories} repositories of a docker-registry, whole process`,
        `${number(images / config.second)} images/s, ${Math.round(100 / config.ratio)} % of a bare loop (${number(images / config.first)})`,
        "≥ 90 % of the loop",
        config.ratio <= 1 / 0.9,
      );
      const listed = await pairs(rounds, bare, scanOf(`@${named}`)("--no-accounts"));
      add(
        "the same images from a list, as the loop has them: no catalogue is asked for",
        `${number(images / listed.second)} images/s, ${Math.round(100 / listed.ratio)} % of the loop`,
        "≥ 90 % of the loop",
        listed.ratio <= 1 / 0.9,
      );
      const accounts = await pairs(rounds, bare, scan());
      add(
        "the registry again, with the account of every symbolic user read from layers",
        `${number(images / accounts.second)} images/s, ${Math.round(100 / accounts.ratio)} % of the loop`,
        "≥ 60 % of the loop",
        accounts.ratio <= 1 / 0.6,
      );
      if ((await onPath("skopeo")) === undefined) skipped.push("skopeo is not installed");
      else {
        const skopeo = shell(
          'xargs -P8 -I{} skopeo inspect --config --tls-verify=false "docker://$1/{}" < "$2" > "$3"',
          registry.host,
          list,
          out,
        );
        const { first, second, ratio } = await pairs(1, scan("--no-accounts"), skopeo);
        add(
          "skopeo inspect --config, xargs -P8, the same images",
          `${number(images / second)} images/s; scan is ${ratio.toFixed(1)} × as fast (${number(images / first)})`,
          "≥ 5 ×",
          ratio >= 5,
        );
      }
      await measureAudit(add, registry, all, quick);
      await measureResume(add, registry, folder, quick);
    });
  } finally {
    await registry.stop();
  }
}

const requests = async (registry) => {
  await sleep(300);
  return requestsIn(await registry.log());
};

/** Of eight users the first is none, and every fifth image is an index: the ninth is a plain image that needs no layer. */
async function measureAudit(add, registry, all, quick) {
  const audit =
    ({ repository, tag }) =>
    async () =>
      (
        await runWell(process.execPath, [program, "audit", `docker://${registry.host}/${repository}:${tag}`], {
          exitCodes: scanCodes,
        })
      ).seconds;
  const requestsOf = async (image) => {
    await audit(image)();
    const before = await requests(registry);
    await audit(image)();
    return (await requests(registry)) - before;
  };
  const [plain, numeric] = [all[8], all[1]];
  const asked = await requestsOf(plain);
  add("audit of one remote image that needs no layer, requests", String(asked), "2", asked === 2);
  add(
    "the same with a numeric user, whose group and home three layers tell, requests",
    String(await requestsOf(numeric)),
    "",
  );
  const { first, second, ratio } = await pairs(quick ? 3 : 15, node, audit(plain));
  add(
    "audit of one remote image",
    `${Math.round(second * 1000)} ms, ${ratio.toFixed(2)} × node -e 0 (${Math.round(first * 1000)} ms)`,
    "≤ 3 ×",
    ratio <= 3,
  );
}

async function measureResume(add, registry, folder, quick) {
  const args = [program, "scan", "-q", "--no-accounts", `docker://${registry.host}`];
  const start = await requests(registry);
  await runWell(process.execPath, args, { exitCodes: scanCodes });
  const once = (await requests(registry)) - start;
  const costs = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const state = join(folder, `state-${round}`);
    const before = await requests(registry);
    const child = spawn(process.execPath, [...args, "--state", state], { stdio: "ignore", env: environment() });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const half = (quick ? 60_000 : 400_000) * (1 + round / 2);
    while (child.exitCode === null && ((await stat(state).catch(() => null))?.size ?? 0) < half) await sleep(2);
    child.kill("SIGKILL");
    await ended;
    await runWell(process.execPath, [...args, "--state", state], { exitCodes: scanCodes });
    costs.push(((await requests(registry)) - before) / once - 1);
  }
  const cost = median(costs) * 100;
  add(
    "a scan killed and gone on with, further requests",
    `${cost.toFixed(1)} % of ${number(once)}`,
    "≤ 5 %",
    cost <= 5,
  );
}

/** A registry in memory, in a process of its own. */
async function synthetic(images, use) {
  const child = spawn(process.execPath, [join(here, "synthetic-registry.mjs"), String(images), String(images / 10)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: environment(),
  });
  try {
    const host = await new Promise((resolve, reject) => {
      child.stdout.once("data", (text) => resolve(String(text).trim()));
      child.once("exit", () => reject(new Error("the synthetic registry ended")));
    });
    return await use(host);
  } finally {
    child.kill("SIGKILL");
  }
}

async function measureSynthetic(add, quick) {
  const sizes = quick ? [1000, 10_000] : [1000, 10_000, 100_000];
  const seconds = [];
  for (const images of sizes) {
    await withFolder("scan", async (folder) => {
      const out = join(folder, "out.ndjson");
      const result = await synthetic(images, (host) =>
        run(process.execPath, [program, "scan", "-q", "-o", out, `docker://${host}`], {
          memory: true,
          timeoutSeconds: 3600,
        }),
      );
      if (!scanCodes.includes(result.exitCode))
        throw new Error(`the scan ended with ${result.exitCode}\n${result.stderr}`);
      seconds.push(result.seconds);
      const peak = result.peakKiB === undefined ? undefined : (result.peakKiB * 1024) / 1e6;
      add(
        `scan of ${number(images)} images of a registry in memory, accounts read`,
        `${result.seconds.toFixed(1)} s, ${number(images / result.seconds)} images/s${peak === undefined ? "" : `, peak ${number(peak)} MB`}`,
        images === 100_000 ? "< 150 MB" : "",
        images === 100_000 && peak !== undefined ? peak < 150 : undefined,
      );
    });
  }
  const [small = NaN, large = NaN] = seconds.slice(-2);
  add("growth for ten times the images", `${(large / small).toFixed(1)} × the time`, "≤ 11 ×", large / small <= 11);
}
