/**
 * `Containerfile.test`, built and run: the unit tests pass as UID 65532 under the restricted profile, and image-fix finds
 * nothing in its own file. Where no registry has the node image, Debian with this machine's node stands in for it.
 */
import { execFile, execFileSync } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imageFix, root } from "./support/command.ts";
import { base } from "./support/engines.ts";

const exec = promisify(execFile);
const image = `localhost/image-fix-test:${process.pid}`;
const standIn = `localhost/image-fix-node-stand-in:${process.pid}`;
const publicBase = "docker.io/library/node:20-bookworm-slim";
const restricted = ["--rm", "--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges"];

const podman = async (...args: readonly string[]): Promise<string> =>
  (await exec("podman", ["--log-level=error", ...args], { maxBuffer: 2 ** 26 })).stdout;

const succeeds = async (...args: readonly string[]): Promise<boolean> =>
  podman(...args).then(
    () => true,
    () => false,
  );

function podmanAnswers(): boolean {
  try {
    execFileSync("podman", ["info"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The node image by its public name, else Debian with the node that runs this. */
async function nodeBase(folder: string): Promise<string> {
  if (await succeeds("image", "exists", publicBase)) return publicBase;
  if (await succeeds("pull", "-q", publicBase)) return publicBase;
  await exec(join(root, "scripts/base-images.sh"), ["podman", base.debian]);
  await copyFile(process.execPath, join(folder, "node"));
  await writeFile(join(folder, "Containerfile"), `FROM ${base.debian}\nCOPY node /usr/local/bin/node\n`);
  await podman("build", "-q", "-t", standIn, "-f", join(folder, "Containerfile"), folder);
  return standIn;
}

const hasPodman = podmanAnswers();
const isRequired = process.env["IMAGE_FIX_REQUIRE_ENGINES"] === "1";

describe.skipIf(!hasPodman && !isRequired)("Containerfile.test, by podman", () => {
  let folder = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "image-fix-self-"));
    const from = await nodeBase(folder);
    // The packages of this checkout go along, so that nothing is fetched.
    await writeFile(join(folder, "ignore"), ".git\ndist\ncoverage\n*.tgz\n");
    await podman(
      "build",
      "-q",
      "-t",
      image,
      "--ignorefile",
      join(folder, "ignore"),
      "--build-arg",
      `BASE=${from}`,
      "-f",
      join(root, "Containerfile.test"),
      root,
    );
  });

  afterAll(async () => {
    await podman("image", "rm", "-f", image, standIn).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  });

  test("is clean to image-fix itself", async () => {
    const report: unknown = JSON.parse(
      (await imageFix(["audit", join(root, "Containerfile.test"), "--format", "json"])).stdout,
    );
    expect(report).toMatchObject({
      targets: [{ verdict: "admit", configUser: "65532", findings: [] }],
    });
  });

  test("is proven by image-fix verify", async () => {
    expect((await imageFix(["verify", image, "--engine", "podman"])).stdout).toContain(
      "uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)",
    );
  });

  // Some thousand tests beside the other half of this suite.
  test("passes the unit tests as UID 65532", { timeout: 900_000 }, async () => {
    expect(await podman("run", ...restricted, "--passwd=false", image, "id", "-u")).toBe("65532\n");
    expect(await podman("run", ...restricted, "--env=NO_COLOR=1", image)).toMatch(/Tests +\d+ passed \(\d+\)/);
  });
});
