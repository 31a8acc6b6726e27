/**
 * `scan` and `report` against a real docker-registry: paging, tags, a scan killed at any moment and gone on with, shards,
 * a broken image, and the report of it all.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  fillRegistry,
  httpClient,
  imageOf,
  pushImage,
  requestsIn,
  startRegistry,
  type Registry,
} from "../../bench/registry.mjs";
import { readTarget, type ReportedTarget } from "../../src/results/reported.ts";
import { environment, root, runToEnd, type Ended } from "./support/command.ts";

const program = join(root, "bin", "image-fix.js");
const isRequired = process.env["IMAGE_FIX_REQUIRE_ENGINES"] === "1";

function has(command: string): boolean {
  try {
    execFileSync("/bin/sh", ["-c", `command -v ${command}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const images = 240;
const repositories = 120;

const fix = async (...args: readonly string[]): Promise<Ended> => await runToEnd(process.execPath, [program, ...args]);

const targetsOf = (ndjson: string): readonly ReportedTarget[] =>
  ndjson
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const target = readTarget(JSON.parse(line));
      if (target === undefined) throw new Error(`no target: ${line}`);
      return target;
    });
/** Names, each once: an index has a result for each of its platforms. */
const namesOf = (ndjson: string): readonly string[] =>
  [...new Set(targetsOf(ndjson).map(({ target }) => target))].toSorted();
const platformsOf = (ndjson: string): readonly string[] =>
  targetsOf(ndjson)
    .map(({ target, platform }) => `${target} ${platform}`)
    .toSorted();

describe.skipIf(!has("docker-registry") && !isRequired)("scan of a docker-registry", () => {
  let registry: Registry;
  let folder = "";
  let pushed: readonly string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "image-fix-scan-e2e-"));
    registry = await startRegistry();
    const all = await fillRegistry(registry.host, images, repositories);
    pushed = all.map(({ repository, tag }) => `docker://${registry.host}/${repository}:${tag}`).toSorted();
  });
  afterAll(async () => {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("the catalogue is paged, and every image is judged on every platform", async () => {
    const { exitCode, stdout, stderr } = await fix("scan", `docker://${registry.host}`);
    expect(exitCode).toBe(1);
    expect(namesOf(stdout)).toEqual(pushed);
    expect(targetsOf(stdout)).toHaveLength(images + images / 5);
    expect(stderr).toContain(`${images} images:`);
    const symbolic = targetsOf(stdout).filter(({ verdict }) => verdict === "symbolic");
    expect(symbolic.length).toBeGreaterThan(0);
    // The line to write is told for every name that has an account.
    for (const { configUser, uid, findings } of symbolic.filter((target) => target.configUser !== "root")) {
      expect({ configUser, title: findings.find(({ rule }) => rule === "symbolic-user")?.fix?.title }).toEqual({
        configUser,
        title: expect.stringContaining(`USER ${uid}`),
      });
    }
  });

  test("one repository, filters and tags", async () => {
    const one = await fix("scan", `docker://${registry.host}/team0/app0000`);
    expect(namesOf(one.stdout)).toEqual(pushed.filter((name) => name.includes("/team0/app0000:")));
    const latest = await fix("scan", "--tags", "latest:1", "--include", "team1/**", `docker://${registry.host}`);
    expect(namesOf(latest.stdout)).toEqual(pushed.filter((name) => name.includes("/team1/") && name.endsWith(":1.1")));
    const listed = await fix("scan", "--list", "--exclude", "team[0-8]/**", `docker://${registry.host}`);
    expect(listed.stdout.trim().split("\n").toSorted()).toEqual(pushed.filter((name) => name.includes("/team9/")));
  });

  test("a list gives the same as the registry that it lists", async () => {
    const list = join(folder, "refs.txt");
    await writeFile(list, `# all of them\n${pushed.join("\n")}\n`);
    const { stdout } = await fix("scan", "--no-accounts", `@${list}`);
    expect(namesOf(stdout)).toEqual(pushed);
  });

  test("shards together are the whole, without an image twice", async () => {
    const whole = await fix("scan", "--no-accounts", `docker://${registry.host}`);
    const shards = await Promise.all(
      [0, 1, 2].map((at) => fix("scan", "--no-accounts", "--shard", `${at}/3`, `docker://${registry.host}`)),
    );
    expect(shards.flatMap(({ stdout }) => platformsOf(stdout)).toSorted()).toEqual(platformsOf(whole.stdout));
    const indexed = await runToEnd(process.execPath, [program, "scan", "--no-accounts", `docker://${registry.host}`], {
      env: { JOB_COMPLETION_INDEX: "1", JOB_COMPLETIONS: "3" },
    });
    expect(platformsOf(indexed.stdout)).toEqual(platformsOf(shards[1]?.stdout ?? ""));
  });

  test("killed again and again, a scan goes on: nothing lost, doubled or read twice", async () => {
    const state = join(folder, "state");
    const args = ["scan", "--no-accounts", "--concurrency", "4", "--state", state, `docker://${registry.host}`];
    const requests = async (): Promise<number> => {
      await sleep(300);
      return requestsIn(await registry.log());
    };
    const first = await requests();
    const plain = await fix(...args.filter((arg) => arg !== "--state" && arg !== state));
    const before = await requests();
    for (let round = 1; round <= 3; round++) {
      const child = spawn(process.execPath, [program, ...args], { stdio: "ignore", env: environment() });
      const ended = new Promise((resolve) => child.once("close", resolve));
      // Killed when about so much more is done.
      const wanted = 20_000 * round;
      while (child.exitCode === null && ((await stat(state).catch(() => null))?.size ?? 0) < wanted) await sleep(2);
      child.kill("SIGKILL");
      await ended;
    }
    const last = await fix(...args);
    expect(last.exitCode).toBe(plain.exitCode);
    expect(platformsOf(last.stdout)).toEqual(platformsOf(plain.stdout));
    expect(last.stderr).toMatch(/^[0-9]+ read before and kept in /m);
    // In all four runs: what one scan needs, and what was under way at three kills (4 images of at most 5 requests, the
    // tags of 8 repositories).
    const once = before - first;
    const spent = (await requests()) - before;
    expect(spent).toBeGreaterThanOrEqual(once);
    expect(spent).toBeLessThanOrEqual(once + 3 * (4 * 5 + 8) + 3);
  });

  test("one broken image ends nothing, is told, and makes the report say so", async () => {
    const client = httpClient(registry.host);
    const image = imageOf(7);
    await pushImage(client, "broken/app", "1", image);
    // The registry keeps the manifest and loses the config.
    const config = JSON.parse(Buffer.from(image.manifest).toString("utf8")).config.digest;
    const deleted = await client.send("DELETE", `/v2/broken/app/blobs/${config}`);
    expect(deleted.status).toBe(202);
    client.close();
    const output = join(folder, "scan.ndjson");
    const { exitCode, stderr } = await fix("scan", "--no-accounts", "-o", output, `docker://${registry.host}`);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("1 could not be read");
    const text = await readFile(output, "utf8");
    expect(namesOf(text)).toEqual([`docker://${registry.host}/broken/app:1`, ...pushed].toSorted());
    const report = await fix("report", output, output);
    expect(report.exitCode).toBe(3);
    expect(report.stdout).toContain(`${images + images / 5 + 1} images in ${repositories + 1} repositories`);
    expect(report.stdout).toContain("broken/app:1");
    const json = JSON.parse((await fix("report", "--format", "json", output)).stdout);
    expect(json.summary.targets).toBe(images + images / 5 + 1);
    await unlink(output);
  });

  test("a registry without a catalogue is told the way that works", async () => {
    const { exitCode, stdout, stderr } = await fix("scan", "docker://docker.io");
    expect(exitCode).toBe(3);
    expect(targetsOf(stdout)).toMatchObject([{ target: "docker://docker.io", verdict: "unknown" }]);
    expect(stderr).toContain("hub.docker.com/v2/repositories");
  });

  test("who stops reading stops the scan", async () => {
    const piped = await runToEnd("/bin/sh", [
      "-c",
      `"$0" "$1" scan docker://${registry.host} | head -1`,
      process.execPath,
      program,
    ]);
    expect(namesOf(piped.stdout)).toHaveLength(1);
  });
});
