/** `verify` as a pipeline starts it: real images and containers, on every engine of this machine. */
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openSocket, type EngineSocket } from "./support/socket.ts";
import { imageFix, runToEnd, type Ended } from "./support/command.ts";
import { base, contextFolder, describeEngines, type RealEngine } from "./support/engines.ts";
import { installPackage } from "./support/package.ts";
import { missingPrograms } from "./support/programs.ts";
import { startRegistry, type TestRegistry } from "./support/registry.ts";

const user = "RUN adduser -u 65532 -D -h /home/nonroot nonroot";
const nonroot = "uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)";
const waits = "while :; do sleep 0.1; done";

/** Containerfiles of the images, by their tags. */
const images = {
  alpine: `FROM ${base.alpine}\n${user} && mkdir /app && chown nonroot /app\nWORKDIR /app\nUSER 65532\n`,
  debian: `FROM ${base.debian}\nRUN groupadd -g 65532 nonroot && useradd --no-log-init -m -u 65532 -g nonroot nonroot\nUSER 65532\n`,
  bare: `FROM ${base.alpine}\nUSER 65532:65532\n`,
  scratch: `FROM ${base.busybox} AS tools\nFROM scratch\nCOPY --from=tools /bin/busybox /busybox\nUSER 10001\nENTRYPOINT ["/busybox", "true"]\n`,
  root: `FROM ${base.alpine}\nUSER 0\n`,
  name: `FROM ${base.alpine}\n${user}\nUSER nonroot\n`,
  runs: `FROM ${base.alpine}\nUSER 65532\nENTRYPOINT ["sh", "-c"]\nCMD ["trap 'exit 0' TERM; echo up; ${waits}"]\n`,
  denied: `FROM ${base.alpine}\nUSER 65532\nCMD ["sh", "-c", "echo up; echo x > /var/lib/state || exit 3"]\n`,
  warns: `FROM ${base.alpine}\nUSER 65532\nCMD ["sh", "-c", "touch /var/log/app; trap 'exit 0' TERM; ${waits}"]\n`,
  dies: `FROM ${base.alpine}\nUSER 65532\nCMD ["sh", "-c", "sh -c 'kill -SEGV $$'; exit $?"]\n`,
  absent: `FROM ${base.alpine}\nUSER 65532\nENTRYPOINT ["/no/such/program"]\n`,
} as const;

const noRegistry = (await missingPrograms(["docker-registry"])).length > 0;
const required = process.env["IMAGE_FIX_REQUIRE_ENGINES"] === "1";

await describeEngines("verify", [base.alpine, base.debian, base.busybox, base.distrolessNonroot], (real) =>
  verifies(real),
);

const name = (image: string): string => `localhost/image-fix-verify:${image}`;

function verifies(real: RealEngine): void {
  let context = "";
  let before: readonly string[] = [];

  beforeAll(async () => {
    context = await contextFolder(images);
    for (const image of Object.keys(images)) {
      const network = real.kind === "docker" ? ["--network=host"] : [];
      await real.command([
        "build",
        "--quiet",
        ...network,
        `--tag=${name(image)}`,
        `--file=${join(context, image)}`,
        context,
      ]);
    }
  });
  afterAll(async () => {
    await real.command(["rmi", "--force", ...Object.keys(images).map(name)]);
    // Layers of theirs that nothing stands on.
    await real.command(["image", "prune", "--force"]);
    await rm(context, { recursive: true });
  });
  beforeEach(async () => {
    before = await real.state();
  });
  // Whatever was brought in or started is gone.
  afterEach(async () => expect(await real.state()).toEqual(before));

  const verify = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    await imageFix(["verify", "--engine", real.kind, ...args], { env: { ...real.env, ...env } });

  const smoke = async (image: string) => await verify(["--smoke", "2", name(image)]);
  const fix = async (script: string) => {
    const text = `FROM ${base.alpine}\nWORKDIR /srv\nCOPY run.sh /srv/\nENTRYPOINT ["/bin/sh", "/srv/run.sh"]\n`;
    const folder = await contextFolder({ Containerfile: text, "run.sh": script });
    const file = join(folder, "Containerfile");
    const ended = await imageFix(["fix", "--engine", real.kind, "--smoke", "2", file], { env: real.env });
    const after = await readFile(file, "utf8");
    await rm(folder, { recursive: true });
    return { ...ended, isWritten: after !== text };
  };

  test.each([
    ["alpine", `${nonroot}; by id in the image`],
    ["debian", `${nonroot}; by id in the image`],
    ["bare", "uid=65532 gid=65532 groups=65532; gid 0 in Kubernetes; by id in the image"],
    ["scratch", "uid=10001 gid=0 groups=0; by a probe, as the image has no id"],
  ])("%s is one line of proof", async (image, line) => {
    const { exitCode, stdout } = await verify([name(image)]);
    expect(stdout).toContain(`${name(image)}: ${line}, ${real.kind === "podman" ? "podman" : "Docker"} `);
    expect(stdout.trimEnd()).not.toContain("\n");
    expect(exitCode).toBe(0);
  });

  test("an image without a shell or id (distroless, or its stand-in) is proven by a probe", async () => {
    const { exitCode, stdout } = await verify([base.distrolessNonroot]);
    expect(stdout).toContain(`${nonroot}; by a probe, as the image has no id`);
    expect(exitCode).toBe(0);
  });

  test.each([
    ["root", "container has runAsNonRoot and image will run as root"],
    ["name", "container has runAsNonRoot and image has non-numeric user (nonroot), cannot verify user is non-root"],
  ])("%s is refused in the kubelet's words, and not run", async (image, message) => {
    const { exitCode, stdout } = await verify([name(image)]);
    expect(stdout).toContain(message);
    expect(exitCode).toBe(1);
  });

  test("another uid than expected fails the proof", async () => {
    const { exitCode, stdout, stderr } = await verify(["--expect-uid", "1000", name("alpine")]);
    expect(stdout).toBe(`${name("alpine")}: not proven; ${nonroot}\n`);
    expect(stderr).toContain("expected uid=1000");
    expect(exitCode).toBe(4);
    expect((await verify(["--expect-uid", "65532", name("alpine")])).exitCode).toBe(0);
  });

  test("as a runAsUser, whatever the image says", async () => {
    const { exitCode, stdout } = await verify(["--user", "1234", name("name")]);
    expect(stdout).toContain("uid=1234 gid=0(root) groups=0(root); runAsUser 1234");
    expect(exitCode).toBe(0);
  });

  test("as an arbitrary uid: high, without account, gid 0", async () => {
    const { exitCode, stdout } = await verify(["--arbitrary-uid", "--format", "json", name("alpine")]);
    const { targets } = JSON.parse(stdout);
    expect(targets[0].proof).toMatchObject({ gid: 0, kubernetesGid: 0, userName: null, writable: { "/app": false } });
    expect(targets[0].proof.uid).toBeGreaterThan(1_000_000_000);
    expect(targets[0].proof.runAsUser).toBe(targets[0].proof.uid);
    expect(exitCode).toBe(0);
  });

  test("a read-only root is read-only, and what has to be writable fails", async () => {
    expect((await verify(["--writable", "/app", name("alpine")])).exitCode).toBe(0);
    const { exitCode, stderr } = await verify(["--writable", "/app", "--read-only", name("alpine")]);
    expect(stderr).toContain("not writable: /app");
    expect(exitCode).toBe(4);
    expect((await verify(["--read-only", name("scratch")])).stdout).toContain("read-only root; by a probe");
  });

  describe("--smoke", () => {
    test.each([
      ["runs", "its command ran for 2 s"],
      ["scratch", "its command ended with exit code 0"],
    ])("%s is well", async (image, words) => {
      const { exitCode, stdout } = await smoke(image);
      expect(stdout).toContain(words);
      expect(exitCode).toBe(0);
    });

    test.each([
      ["denied", /exit code 3: .*\/var\/lib\/state: Permission denied/],
      ["warns", /a refused permission: touch: \/var\/log\/app: Permission denied/],
      ["dies", /it was ended by SIGSEGV/],
      ["absent", /it could not be started, exit code 127/],
    ])("%s is not", async (image, words) => {
      const { exitCode, stdout, stderr } = await smoke(image);
      expect(stdout).toMatch(/: not proven; uid=65532 /);
      expect(stderr.replaceAll(/\n +/g, " ")).toMatch(words);
      expect(exitCode).toBe(4);
    });

    test("is a failed test in JUnit, with what was printed", async () => {
      const { exitCode, stdout } = await verify(["--smoke", "2", "--format", "junit", name("denied")]);
      expect(stdout).toContain('<testsuites name="image-fix" tests="1" failures="1" errors="0">');
      expect(stdout).toContain("Permission denied");
      expect(exitCode).toBe(4);
    });
  });

  describe("fix --smoke", () => {
    test("writes what starts as before", async () => {
      const { exitCode, isWritten, stdout } = await fix(`echo x > /srv/state && trap 'exit 0' TERM && ${waits}\n`);
      expect(stdout.replaceAll(/\n +/g, " ")).toContain(
        "its command ran for 2 s; of the original, its command ran for 2 s",
      );
      expect({ exitCode, isWritten }).toEqual({ exitCode: 0, isWritten: true });
    });

    test("refuses what fails where the original ran, and writes nothing", async () => {
      const { exitCode, isWritten, stdout, stderr } = await fix(`echo x > /var/lib/state || exit 3\n${waits}\n`);
      expect(stderr).toContain("where the original ran");
      expect(stdout).toContain("Proven in the rebuilt image");
      expect({ exitCode, isWritten }).toEqual({ exitCode: 4, isWritten: false });
    });

    test("takes what fails as the original does", async () => {
      const { exitCode, isWritten, stdout } = await fix("echo no database >&2; exit 5\n");
      expect(stdout.replaceAll(/\n +/g, " ")).toContain(
        "its command failed: exit code 5; of the original, its command failed",
      );
      expect({ exitCode, isWritten }).toEqual({ exitCode: 0, isWritten: true });
    });
  });

  test("images of archives are loaded, proven and removed", async () => {
    const archive = join(context, "saved.tar");
    await real.command(["save", "--output", archive, name("alpine")]);
    const other = await real.command(["image", "inspect", "--format={{.Id}}", name("alpine")]);
    const { exitCode, stdout } = await verify([`docker-archive:${archive}`]);
    expect(stdout).toContain(`docker-archive:${archive}: ${nonroot}`);
    expect(exitCode).toBe(0);
    expect(await real.command(["image", "inspect", "--format={{.Id}}", name("alpine")])).toBe(other);
    await rm(archive);
  });

  describe.skipIf(noRegistry && !required)("of a registry", () => {
    let registry: TestRegistry;
    beforeAll(async () => {
      registry = await startRegistry();
    });
    afterAll(async () => await registry.end());

    test("an image is pulled, proven and removed again; a name that was there is given back", async () => {
      const remote = `${registry.host}/team/app:1`;
      await real.command(["tag", name("alpine"), remote]);
      await real.command(["push", ...(real.kind === "podman" ? ["--tls-verify=false"] : []), remote]);
      await real.command(["rmi", remote]);
      const env = { CONTAINERS_REGISTRIES_CONF: registry.registriesConf };
      const pulled = await verify(["--format", "json", remote], env);
      expect(JSON.parse(pulled.stdout).targets[0]).toMatchObject({
        verdict: "admit",
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        proof: { id: nonroot },
      });
      expect(pulled.exitCode).toBe(0);
      expect(await real.state()).toEqual(before);

      await real.command(["tag", name("root"), remote]);
      expect((await verify([remote], env)).exitCode).toBe(1);
      expect(await verify([`docker://${remote}`], env)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(nonroot),
      });
      expect((await verify([remote], env)).exitCode).toBe(1);
      await real.command(["rmi", remote]);
    });
  });

  /** The step of a pipeline: installed, no terminal, no account, no home, and an engine behind a socket. */
  describe.skipIf(process.getuid?.() !== 0)("in a pipeline's step, as uid 65532 (switching to it needs root)", () => {
    let folder = "";
    let program = "";
    let socket: EngineSocket;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "image-fix-step-"));
      await chmod(folder, 0o755);
      ({ program } = await installPackage(folder));
      socket = await openSocket(real, folder);
    });
    afterAll(async () => {
      await socket.end();
      await rm(folder, { recursive: true });
    });
    const asStep = async (variables: readonly string[], args: readonly string[]): Promise<Ended> =>
      await runToEnd(
        "setpriv",
        [
          "--reuid=65532",
          "--regid=65532",
          "--clear-groups",
          "--no-new-privs",
          "env",
          "-i",
          `PATH=${process.env["PATH"]}`,
          ...variables,
          process.execPath,
          program,
          "verify",
          ...args,
        ],
        { cwd: "/" },
      );

    test("on a unix socket", async () => {
      const { exitCode, stdout } = await asStep(
        [socket.unix],
        ["--engine", real.kind, name("alpine"), base.distrolessNonroot],
      );
      expect(stdout).toContain(`${name("alpine")}: ${nonroot}; by id in the image`);
      expect(stdout).toContain(`${base.distrolessNonroot}: ${nonroot}; by a probe`);
      expect(exitCode).toBe(0);
    });

    test("on TCP, with all that can be asked", async () => {
      const { exitCode, stdout } = await asStep(
        [socket.tcp],
        ["--engine", real.kind, "--arbitrary-uid", "--read-only", "--smoke", "2", "--format", "junit", name("runs")],
      );
      expect(stdout).toContain("its command ran for 2 s");
      expect(exitCode).toBe(0);
    });

    test("what is refused is refused there too", async () => {
      expect((await asStep([socket.unix], ["--engine", real.kind, name("name")])).exitCode).toBe(1);
    });

    test("without an engine it says what to do", async () => {
      const { exitCode, stderr } = await asStep(["DOCKER_HOST=unix:///no/such/socket"], [name("alpine")]);
      expect(stderr).toContain("no container engine answers");
      expect(stderr.replaceAll(/\n +/g, " ")).toContain("CONTAINER_HOST or DOCKER_HOST");
      expect(exitCode).toBe(3);
    });
  });

  test("an image that is nowhere is exit code 3, and does not hide the others", async () => {
    const { exitCode, stdout, stderr } = await verify(["localhost/image-fix-none:1", name("alpine")]);
    expect(stderr).toContain("localhost/image-fix-none:1");
    expect(stdout).toContain(nonroot);
    expect(exitCode).toBe(3);
  });
}
