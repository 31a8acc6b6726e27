import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildKitArgs, buildKitExitCode, findBuildKitClient, isBuildKitStep } from "./buildkit.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-path-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A client in a folder of its own, which answers `buildx version` and `--version` as given. */
async function client(name: string, buildx: string, version: string): Promise<string> {
  const place = join(folder, name);
  await mkdir(place);
  const answer = buildx === "" ? 'echo "docker: buildx is not a docker command" >&2; exit 1' : `echo "${buildx}"`;
  await writeFile(
    join(place, "docker"),
    `#!/bin/sh\ncase $1 in buildx) ${answer} ;; --version) echo "${version}" ;; esac\n`,
  );
  await chmod(join(place, "docker"), 0o755);
  return place;
}

const signal = new AbortController().signal;

describe("findBuildKitClient", () => {
  test("takes a client with the buildx plugin", async () => {
    const path = await client("a", "github.com/docker/buildx v0.20.0 abc", "Docker version 28.0.0, build 1");
    expect(await findBuildKitClient(path, signal)).toEqual({
      program: join(path, "docker"),
      command: ["buildx", "build", "--load"],
      env: { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" },
    });
  });

  test("goes past a client without it to one that has BuildKit inside", async () => {
    const newer = await client("new", "", "Docker version 28.2.2, build 1");
    const older = await client("old", "", "Docker version 20.10.24+dfsg1, build 1");
    expect(await findBuildKitClient([newer, "", older].join(delimiter), signal)).toEqual({
      program: join(older, "docker"),
      command: ["build"],
      env: { DOCKER_BUILDKIT: "1" },
    });
    expect(await findBuildKitClient(newer, signal)).toBeUndefined();
  });

  test("a client with BuildKit inside is passed over where the daemon wants a newer API", async () => {
    const older = await client("inside", "", "Docker version 20.10.24+dfsg1, build 1");
    expect(await findBuildKitClient(older, signal, "1.40")).toBeDefined();
    expect(await findBuildKitClient(older, signal, "1.44")).toBeUndefined();
  });

  test("there may be none", async () => {
    expect(await findBuildKitClient(folder, signal)).toBeUndefined();
    expect(await findBuildKitClient("", signal)).toBeUndefined();
  });
});

test("buildKitArgs", () => {
  const request = {
    containerfile: "/c",
    context: "/ctx",
    tag: "t",
    target: "x",
    platform: "linux/amd64",
    buildArgs: { A: "1 2" },
    inputs: { contexts: { shared: "../s" }, secrets: ["id=a,env=A"], ssh: ["default"] },
  };
  expect(
    buildKitArgs({ program: "docker", command: ["build"], env: {} }, request, {
      label: "l=1",
      hostNetwork: true,
    }),
  ).toEqual([
    "build",
    "--progress=plain",
    "--file=/c",
    "--tag=t",
    "--label=l=1",
    "--network=host",
    "--target=x",
    "--platform=linux/amd64",
    "--build-arg=A=1 2",
    "--build-context=shared=../s",
    "--secret=id=a,env=A",
    "--ssh=default",
    "--",
    "/ctx",
  ]);
});

test.each([
  ["#5 [2/4] RUN make", true],
  ["#12 [build 3/3] COPY . .", true],
  ["#1 [internal] load build definition from Dockerfile", false],
  ["#5 0.073 uid=0(root)", false],
])("%s starts a step: %s", (line, expected) => {
  expect(isBuildKitStep(line)).toBe(expected);
});

test.each([
  ["executor failed running [/bin/sh -c exit 7]: exit code: 7\n", 7],
  ['ERROR: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1', 1],
  ["failed to solve with frontend dockerfile.v0: dockerfile parse error line 2: unknown instruction: RUNN", undefined],
])("%j ended with %s", (log, expected) => {
  expect(buildKitExitCode(log)).toBe(expected);
});
