/** What a process may be started with: a folder that is gone, an output that is full or that nobody reads, a proxy. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestProxy } from "../support/proxy.ts";
import { startRegistry } from "../support/registry.ts";
import { imageFix, root, runToEnd, type Ended } from "./support/command.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-process-"));
  await writeFile(join(folder, "Containerfile"), "FROM alpine:3.20\n");
  await writeFile(join(folder, "pod.yaml"), "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: {}\n");
  const { stdout } = await byShell('"$@"', "audit Containerfile --engine none --format json");
  await writeFile(join(folder, "results.ndjson"), stdout);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs image-fix by a line of shell, in which `"$@"` is the program with its arguments. */
const byShell = async (line: string, args: string): Promise<Ended> =>
  await runToEnd(
    "/bin/sh",
    ["-c", line, "sh", process.execPath, join(root, "bin", "image-fix.js"), ...args.split(" ")],
    {
      cwd: folder,
    },
  );

const printing = [
  "--version",
  "--help",
  "audit Containerfile --engine none",
  "audit Containerfile --engine none --format sarif",
  "Containerfile --engine none --dry-run",
  "Containerfile --engine none --no-verify -o -",
  "manifest pod.yaml",
  "scan docker://127.0.0.1:1 --format ndjson",
  "report results.ndjson --format html",
  "explain root-user",
  "explain root-user --format json",
  "recipes",
];

describe("an output that is full is said in one line, and the exit code is 2", () => {
  test.each(printing)("%s", async (args) => {
    const ended = await byShell('"$@" >/dev/full', args);
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr.match(/^error: standard output cannot be written: .*no space left/gm)).toHaveLength(1);
    expect(ended.stderr).not.toMatch(/^ +at |this is a bug/m);
  });
});

describe("an output that nobody reads is no news", () => {
  test.each(printing)("%s", async (args) => {
    const ended = await byShell('"$@" | true', args);
    expect(ended.stderr).not.toMatch(/EPIPE|standard output|^ +at |this is a bug/m);
  });
});

describe("a working directory that is gone is said", () => {
  test.each(printing.filter((args) => /^(?:audit|Containerfile|manifest|scan|report|recipes)/.test(args)))(
    "%s",
    async (args) => {
      const { exitCode, stdout, stderr } = await byShell('mkdir gone && cd gone && rmdir ../gone && "$@"', args);
      expect(exitCode).toBe(2);
      // A format for machines has its own place for it.
      if (args.includes("sarif")) {
        expect(stdout).toContain("the folder that image-fix was started in is not there any more");
        expect(stderr).toBe("");
        return;
      }
      expect({ stdout, stderr }).toEqual({
        stdout: "",
        stderr:
          "error: the folder that image-fix was started in is not there any more\n  hint: change to a folder that is there\n",
      });
    },
  );
});

describe("a registry behind a proxy", () => {
  const image = "registry.test:5000/app:1";

  test("audit and scan ask HTTP_PROXY, whose password is not told", async () => {
    const registry = await startRegistry();
    const authorization = `Basic ${Buffer.from("joe:s3cret").toString("base64")}`;
    const proxy = await new TestProxy({ routes: { "registry.test:5000": registry.host }, authorization }).listen();
    try {
      registry.image("app", "1", { user: "" });
      registry.on(/^\/v2\/_catalog/, (_, response) => void response.end('{"repositories":["app"]}'));
      registry.on(/^\/v2\/app\/tags\/list/, (_, response) => void response.end('{"tags":["1"]}'));
      const env = {
        HOME: folder,
        NO_PROXY: undefined,
        HTTP_PROXY: `http://joe:s3cret@${proxy.host}`,
        HTTPS_PROXY: proxy.host,
      };
      const audited = await imageFix(["audit", `docker://${image}`, "--tls-verify=false"], { env });
      expect(audited.stdout).toContain("container has runAsNonRoot and image will run as root");
      expect(audited.exitCode).toBe(1);
      const scanned = await imageFix(
        ["scan", "docker://registry.test:5000", "--tls-verify=false", "--format", "ndjson"],
        { env },
      );
      expect(scanned.stdout).toContain(`"target":"docker://${image}"`);
      const refused = await imageFix(["audit", `docker://${image}`, "--tls-verify=false"], {
        env: { ...env, HTTP_PROXY: proxy.host },
      });
      expect(refused.stderr).toMatch(/\(HTTPS_PROXY\)\s+wants\s+a\s+name\s+and\s+a\s+password/);
      expect(refused.exitCode).toBe(3);
      for (const { stdout, stderr } of [audited, scanned, refused]) expect(stdout + stderr).not.toContain("s3cret");
    } finally {
      await proxy.close();
      await registry.close();
    }
  });
});
