import { describe, expect, test } from "vitest";
import { buildArgs, createArgs, inspectArgs, needsDockerFormat, removeImagesArgs, runArgs } from "./args.ts";

const marker = { id: "image-fix-1", file: "/var/tmp/image-fix-a/marker" };

describe("podman build", () => {
  test("keeps podman's defaults, and marks its working containers by a secret nobody asks for", () => {
    const request = {
      containerfile: "/src/Containerfile",
      context: "/src",
      tag: "localhost/image-fix-1:candidate",
    };
    expect(buildArgs(request, { dockerFormat: false, marker })).toEqual([
      "build",
      "--file=/src/Containerfile",
      "--tag=localhost/image-fix-1:candidate",
      "--force-rm",
      "--secret=id=image-fix-1,src=/var/tmp/image-fix-a/marker",
      "--",
      "/src",
    ]);
  });

  test("hands target, platform and build arguments on, values joined to their flags", () => {
    const request = {
      containerfile: "/c",
      context: "-rf",
      tag: "t",
      target: "--help",
      platform: "linux/arm64",
      buildArgs: { VERSION: "1 2", EMPTY: "" },
    };
    expect(buildArgs(request, { dockerFormat: true, marker }).slice(5)).toEqual([
      "--format=docker",
      "--target=--help",
      "--platform=linux/arm64",
      "--build-arg=VERSION=1 2",
      "--build-arg=EMPTY=",
      "--",
      "-rf",
    ]);
  });

  test("hands on what the build is given beside its context", () => {
    const inputs = {
      contexts: { shared: "../shared", base: "docker-image://alpine" },
      secrets: ["id=npmrc,src=/home/me/.npmrc"],
      ssh: ["default"],
    };
    const request = { containerfile: "/c", context: "/x", tag: "t", inputs };
    expect(buildArgs(request, { dockerFormat: false, marker }).slice(5)).toEqual([
      "--build-context=shared=../shared",
      "--build-context=base=docker-image://alpine",
      "--secret=id=npmrc,src=/home/me/.npmrc",
      "--ssh=default",
      "--",
      "/x",
    ]);
  });

  test.each([
    ['FROM a\nSHELL ["/bin/bash", "-c"]\n', true],
    ["FROM a\nhealthcheck CMD true\n", true],
    ["FROM a\r\n  ONBUILD RUN true\r\n", true],
    ["FROM a\nRUN echo SHELL\nENV HEALTHCHECKED=1\n# SHELL []\n", false],
  ])("asks for Docker's format only where the OCI format drops something: %j", (text, expected) => {
    expect(needsDockerFormat(text)).toBe(expected);
  });
});

describe("podman run", () => {
  test("is the restricted profile", () => {
    const args = runArgs(
      { image: "sha256:1", argv: ["id", "-u"] },
      { name: "n", label: "l=1", passwdFlag: true, mounts: new Map() },
    );
    expect(args).toEqual([
      "run",
      "--rm",
      "--name=n",
      "--label=l=1",
      "--pull=never",
      "--cap-drop=ALL",
      "--security-opt=no-new-privileges",
      "--userns=host",
      "--privileged=false",
      "--init=false",
      "--network=none",
      "--log-driver=none",
      "--no-healthcheck",
      "--systemd=false",
      "--http-proxy=false",
      "--passwd=false",
      "--read-only=false",
      '--entrypoint=["id"]',
      "--",
      "sha256:1",
      "-u",
    ]);
  });

  test.each([
    [true, ["--timeout=50"]],
    [false, []],
  ])("has an end of its own, later than that from outside, where podman is recent: %s", (passwdFlag, expected) => {
    const args = runArgs(
      { image: "a", stopAfterMs: 5000, timeoutMs: 35_000 },
      { name: "n", label: "l=1", passwdFlag, mounts: new Map() },
    );
    expect(args.filter((one) => one.startsWith("--timeout"))).toEqual(expected);
  });

  test("takes user, folder, environment, read-only root and mounts", () => {
    const args = runArgs(
      {
        image: "-i",
        argv: ["/a b"],
        user: "65532",
        readOnly: true,
        emptyDirs: { paths: ["/tmp", "/run/a"], uid: 65_532 },
        env: { A: "1 2" },
        workingDir: "/w",
      },
      {
        name: "n",
        label: "l=1",
        passwdFlag: false,
        mounts: new Map([["/.probe", "localhost/p:1"]]),
      },
    );
    expect(args).not.toContain("--passwd=false");
    expect(args.slice(15)).toEqual([
      "--read-only",
      "--read-only-tmpfs=false",
      "--tmpfs=/tmp:rw,exec,mode=0777,U,notmpcopyup",
      "--tmpfs=/run/a:rw,exec,mode=0777,U,notmpcopyup",
      "--user=65532",
      "--workdir=/w",
      "--env=A=1 2",
      "--mount=type=image,source=localhost/p:1,destination=/.probe",
      '--entrypoint=["/a b"]',
      "--",
      "-i",
    ]);
  });
});

test("a container to read from has no user namespace of its own, as of too few ids none can be made", () => {
  expect(createArgs("a", "n", "l=1")).toContain("--userns=host");
});

test.each([
  [inspectArgs("--help"), ["image", "inspect", "--", "--help"]],
  [removeImagesArgs(["--all"]), ["image", "rm", "--no-prune", "--", "--all"]],
  [createArgs("--privileged", "n", "l=1").slice(-2), ["--", "--privileged"]],
])("a name that begins with a dash is never a flag", (args, expected) => {
  expect(args).toEqual(expected);
});
