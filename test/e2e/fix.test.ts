/** `fix` as a user starts it: real files, real builds, the proof of a real container; on every engine of this machine. */
import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { capabilityData, tarWithCapabilities } from "../support/file-capabilities.ts";
import { imageFix, root, runToEnd, type Ended } from "./support/command.ts";
import { base, describeEngines, type RealEngine } from "./support/engines.ts";
import { projectOfEachTest } from "./support/project.ts";

const nonroot = "uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)";

interface Target {
  readonly verdict: string;
  readonly configUser: string | null;
  readonly fix: { readonly changed: boolean; readonly written: boolean; readonly diff: string } | null;
  readonly proof: {
    readonly engine: string;
    readonly uid: number;
    readonly gid: number;
    readonly kubernetesGid: number;
    readonly groups: readonly number[];
    readonly userName: string | null;
    readonly id: string;
    readonly method: string;
    readonly capEff: string;
    readonly noNewPrivs: boolean;
    readonly seccomp: number;
    readonly writable: Readonly<Record<string, boolean>>;
    readonly sizeBefore: number | null;
    readonly sizeAfter: number;
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

function targetOf({ stdout, stderr }: Ended): Target {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of the report has its own tests
  const report = JSON.parse(stdout) as { readonly targets: readonly Target[] };
  const [target] = report.targets;
  if (target === undefined) throw new Error(`no target:\n${stderr}`);
  return target;
}

/** An Alpine whose adduser is the script given. */
const withAdduser = (script: string): string =>
  `FROM ${base.alpine}\nRUN rm /usr/sbin/adduser && printf '#!/bin/sh\\n${script}\\n' > /usr/sbin/adduser && chmod 755 /usr/sbin/adduser\nCMD ["id"]\n`;

await describeEngines("fix", Object.values(base), (real) => fixes(real));

function fixes(real: RealEngine): void {
  const kept = `localhost/image-fix-e2e:${process.pid}`;
  const project = projectOfEachTest(real);
  const text = async (name?: string): Promise<string> => await project.text(name);
  const run = async (args: readonly string[], more: { readonly input?: string } = {}): Promise<Ended> =>
    await imageFix([...args, "--engine", real.kind], { ...project.settings, ...more });
  /** Fixes a Containerfile, which must end in a proven, written file; a second run must change nothing. */
  const fixed = async (containerfile: string, files: Readonly<Record<string, string>> = {}): Promise<Target> => {
    await project.write({ Containerfile: containerfile, ...files });
    const ended = await run(["Containerfile", "--format", "json"]);
    expect(ended).toMatchObject({ exitCode: 0 });
    const target = targetOf(ended);
    expect(target).toMatchObject({
      fix: { changed: true, written: true },
      proof: { engine: real.kind, capEff: "0000000000000000", noNewPrivs: true, seccomp: 2 },
    });
    const written = await text();
    const again = await run(["Containerfile", "--dry-run"]);
    expect(again).toMatchObject({ exitCode: 0, stdout: "" });
    expect(await text()).toBe(written);
    return target;
  };

  /** Runs `fix` on a file that must not be touched. */
  const stays = async (containerfile: string, args: readonly string[] = []): Promise<Ended> => {
    await project.write({ Containerfile: containerfile });
    const isAsItWas = await project.guard();
    const ended = await run(["Containerfile", ...args]);
    await isAsItWas();
    return ended;
  };

  /** What a terminal of this width shows, by script(1). */
  const onTerminal = async (columns: number): Promise<string> => {
    await project.write({ Containerfile: `FROM ${base.alpine}\nCMD ["id"]\n` });
    const command = `stty cols ${columns}; export PATH="$ITS_PATH"; exec "$NODE" "$PROGRAM" Containerfile --dry-run --engine ${real.kind}`;
    const { stdout } = await runToEnd("script", ["-qec", command, "/dev/null"], {
      cwd: project.folder,
      env: {
        ...project.settings.env,
        // One of the ways to an engine has none, which script(1) is not found on.
        PATH: process.env["PATH"],
        ITS_PATH: project.settings.env["PATH"] ?? process.env["PATH"],
        CI: undefined,
        TERM: "xterm",
        NODE: process.execPath,
        PROGRAM: join(root, "bin", "image-fix.js"),
      },
    });
    return stdout;
  };

  test("a secret that the build needs: told what to give, and then given", async () => {
    const needs = "RUN --mount=type=secret,id=word,required=true";
    const containerfile = `FROM ${base.alpine}\nWORKDIR /app\n${needs} test -s /run/secrets/word && touch made\n`;
    const without = await stays(containerfile);
    expect(without.exitCode).toBe(3);
    // The classic builder does not know the mount either.
    const isClassic = real.title === "Docker with its classic builder";
    if (!isClassic) expect(without.stderr.replace(/\s+/g, " ")).toContain("--secret id=word,src=FILE");
    await project.write({ Containerfile: containerfile, word: "of nobody else" });
    const ended = await run(["Containerfile", "--secret", "id=word,src=word", "--format", "json"]);
    expect(ended.exitCode).toBe(isClassic ? 3 : 0);
    expect(targetOf(ended)).toMatchObject(
      isClassic ? { error: { code: "ENGINE_FAILED" } } : { fix: { written: true }, proof: { uid: 65532 }, error: null },
    );
    expect(`${ended.stdout}${ended.stderr}`).not.toContain("of nobody else");
  });

  describe("on a terminal", () => {
    test("a spinner turns, and is taken away", async () => {
      const screen = await onTerminal(100);
      expect(screen).toContain("\u001b[?25l");
      expect(screen).toContain("\u001b[?25h");
      expect(screen).toMatch(/reading docker\.io\/library\/alpine/);
    });

    // docker run -t and script(1) itself make such ones; a spinner would go on for ever.
    test("without a width there are lines", async () => {
      const screen = await onTerminal(0);
      expect(screen).not.toContain("\u001b[?25l");
      expect(screen).toMatch(/^image-fix: .*reading docker\.io\/library\/alpine:3\.20\r$/m);
      expect(screen).toContain("+USER 65532");
    });
  });

  describe("the samples", () => {
    test.each(["alpine-guide", "debian-generated"])("%s", async (sample) => {
      const source = join(root, "samples", sample);
      await project.write({});
      await runToEnd("cp", ["-R", join(source, "context"), join(source, "Containerfile"), project.folder]);
      const ended = await run(["Containerfile", "--context", "context"]);
      expect(ended).toMatchObject({ exitCode: 0 });
      expect(ended.stdout).toMatch(/^ {2}uid=[1-9]\d*\(\w+\) gid=[1-9]\d*\(\w+\) groups=/m);
      expect(ended.stdout).toContain("Containerfile: fixed and proven");
      expect(await text()).toBe(await readFile(join(source, "expected", "Containerfile"), "utf8"));
    });
  });

  describe("base images", () => {
    test("Alpine: a new account that owns its folder, and no growth to speak of", async () => {
      const target = await fixed(`FROM ${base.alpine}\nWORKDIR /app\nCOPY . /app\nCMD ["./run.sh"]\n`, {
        "run.sh": "#!/bin/sh\nid\n",
      });
      expect(target.proof).toMatchObject({
        uid: 65532,
        gid: 65532,
        kubernetesGid: 65532,
        groups: [65532],
        userName: "nonroot",
        id: nonroot,
        method: "id",
        writable: { "/app": true, "/home/nonroot": true },
      });
      const { sizeBefore, sizeAfter } = target.proof ?? { sizeBefore: null, sizeAfter: 0 };
      expect(sizeBefore).toBeGreaterThan(1_000_000);
      expect(sizeAfter - (sizeBefore ?? 0)).toBeLessThanOrEqual(256 * 1024);
    });

    test("Debian: what a RUN writes in the working folder is the new account's", async () => {
      const target = await fixed(
        `FROM ${base.debian}\nWORKDIR /srv/app\nRUN echo made > made.txt && mkdir -p cache\nCMD ["cat", "made.txt"]\n`,
      );
      expect(target.proof).toMatchObject({ id: nonroot, method: "id", writable: { "/srv/app": true } });
    });

    test("Debian: the account that the file gives the application's files to, which then can write them", async () => {
      const containerfile = `FROM ${base.debian}\nWORKDIR /var/www/html\nCOPY . .\nRUN mkdir storage && chown -R www-data: storage\nCMD ["touch", "storage/session"]\n`;
      const { proof } = await fixed(containerfile);
      expect(proof).toMatchObject({ uid: 33, gid: 33, userName: "www-data", writable: { "/var/www/html": true } });
      expect(await text()).toMatch(/^COPY --chown=33:33 \. \.$[^]*^USER 33$/m);
      await project.write({ Containerfile: containerfile });
      const smoked = await run(["Containerfile", "--smoke", "1"]);
      expect(smoked.stdout).toMatch(/application: +its command ended with exit code 0/);
      expect(smoked.exitCode).toBe(0);
    });

    test("Debian: the account that an installer makes and the file gives files to", async () => {
      const target = await fixed(
        `FROM ${base.debian}\nCOPY install.sh /tmp/\nRUN /bin/sh /tmp/install.sh\nCOPY --chown=thing:thing site /srv/site/\nCMD ["touch", "/srv/site/made"]\n`,
        { "install.sh": "useradd --system thing\n", "site/index.html": "hello\n" },
      );
      expect(target.proof?.userName).toBe("thing");
      expect(await text()).toContain(`USER ${target.proof?.uid}\nCMD`);
    });

    test("Debian: a name whose uid only the build can tell keeps its account, in numbers", async () => {
      const target = await fixed(`FROM ${base.debian}\nRUN useradd --system app\nUSER app\nCMD ["id"]\n`);
      expect(target.verdict).toBe("symbolic");
      expect(target.proof?.userName).toBe("app");
      expect(await text()).toContain(`USER ${target.proof?.uid}\n`);
    });

    // What differs between bases is no matter of Docker's builder.
    const bases = [
      ["UBI (stand-in)", base.ubi],
      ["UBI micro (stand-in), which has no useradd", base.ubiMicro],
      ["busybox", base.busybox],
    ] as const;
    test.each(real.title === "Docker with its classic builder" ? bases.slice(-1) : bases)("%s", async (_, name) => {
      const target = await fixed(`FROM ${name}\nWORKDIR /app\nCOPY file /app/\nCMD ["cat", "file"]\n`, {
        file: "content\n",
      });
      expect(target.proof).toMatchObject({ uid: 65532, id: nonroot, writable: { "/app": true } });
    });

    test("distroless: its own account, proven without id or a shell", async () => {
      const target = await fixed(`FROM ${base.distroless}\nCOPY file /app/file\nCMD ["/app/file"]\n`, { file: "x" });
      expect(target.proof).toMatchObject({ uid: 65532, userName: "nonroot", id: nonroot, method: "probe" });
      expect(await text()).toMatch(/^USER 65532$/m);
    });

    test("scratch: numbers alone, proven by the probe, both gids said", async () => {
      const target = await fixed('FROM scratch\nCOPY file /file\nENTRYPOINT ["/file"]\n', { file: "x" });
      expect(target.proof).toMatchObject({
        uid: 65532,
        gid: 65532,
        kubernetesGid: 0,
        userName: null,
        id: "uid=65532 gid=65532 groups=65532",
        method: "probe",
      });
    });
  });

  describe("the build that the author meant", () => {
    test("--target, --build-arg, --keep-image", async () => {
      await project.write({
        Containerfile: [
          "ARG VERSION",
          `FROM ${base.alpine} AS web`,
          "ARG GREETING=none",
          "RUN echo $GREETING > /greeting",
          'CMD ["cat", "/greeting"]',
          "FROM web AS other",
          "RUN exit 9",
          "",
        ].join("\n"),
      });
      const ended = await run([
        "Containerfile",
        "--target=web",
        "--build-arg=GREETING=hello there",
        "--keep-image",
        kept,
      ]);
      expect(ended).toMatchObject({ exitCode: 0 });
      expect(ended.stdout).toContain(nonroot);
      expect(await text()).toMatch(/USER 65532\nCMD[^\n]*\nFROM web AS other\n/);
      expect(await real.command(["run", "--rm", "--network=none", kept])).toBe("hello there\n");
      await real.command(["image", "rm", kept]);
    });

    test("the context's ignore file", async () => {
      const containerfile = `FROM ${base.alpine}\nWORKDIR /app\nCOPY . .\nRUN test ! -e secret\nCMD ["ls"]\n`;
      const target = await fixed(containerfile, { ".dockerignore": "secret\n", secret: "s", file: "f" });
      expect(target.proof?.id).toBe(nonroot);
    });

    test.skipIf(real.title === "Docker with its classic builder")("an ignore file of the file's own name", async () => {
      await project.write({
        "build/App.Containerfile": `FROM ${base.alpine}\nWORKDIR /app\nCOPY . .\nRUN test ! -e secret && test -e other\nCMD ["ls"]\n`,
        "build/App.Containerfile.dockerignore": "secret\n",
        ".dockerignore": "other\n",
        secret: "s",
        other: "o",
      });
      const ended = await run(["build/App.Containerfile", "--context", "."]);
      expect(ended).toMatchObject({ exitCode: 0 });
      expect(await text("build/App.Containerfile")).toContain("USER 65532\n");
    });

    test("standard input to standard output, the conversation on standard error", async () => {
      await project.write({ "run.sh": "#!/bin/sh\n" });
      const ended = await run(["-o", "-", "-", "--context", "."], {
        input: `from ${base.alpine}\r\nCOPY run.sh /app/\r\nCMD /app/run.sh`,
      });
      expect(ended).toMatchObject({ exitCode: 0 });
      expect(ended.stdout).toMatch(/^from [^\n]+\r\n[^]*\r\nUSER 65532\r\nCMD \/app\/run\.sh$/i);
      expect(ended.stderr).toContain(nonroot);
    });

    test("-o writes elsewhere and leaves the file", async () => {
      const original = `FROM ${base.alpine}\nCMD ["id"]\n`;
      await project.write({ Containerfile: original });
      expect(await run(["Containerfile", "-o", "Fixed"])).toMatchObject({ exitCode: 0 });
      expect(await text()).toBe(original);
      expect(await text("Fixed")).toContain("USER 65532\n");
    });

    test("a link, a mode and a byte order mark stay", async () => {
      await project.write({ "real/Build": `\uFEFFFROM ${base.alpine}\r\nCMD ["id"]\r\n` });
      await chmod(join(project.folder, "real/Build"), 0o640);
      await symlink("real/Build", join(project.folder, "Containerfile"));
      expect(await run(["Containerfile"])).toMatchObject({ exitCode: 0 });
      const written = await text("real/Build");
      expect(written).toMatch(/^\uFEFFFROM [^\n]+\r\n[^]*\r\nUSER 65532\r\nCMD \["id"\]\r\n$/);
      expect(await text()).toBe(written);
      expect((await stat(join(project.folder, "real/Build"))).mode & 0o7777).toBe(0o640);
      expect((await readdir(join(project.folder, "real"))).toSorted()).toEqual(["Build"]);
    });
  });

  describe("what cannot be fixed stays as it was", () => {
    test("an original that does not build: 3, with the build's own error", async () => {
      const ended = await stays(`FROM ${base.alpine}\nRUN echo what went wrong >&2; exit 7\nCMD ["id"]\n`);
      expect(ended.exitCode).toBe(3);
      expect(ended.stdout + ended.stderr).toContain("what went wrong");
    });

    test("a base that is not there: 3", async () => {
      const ended = await stays('FROM localhost:1/image-fix-none:1\nRUN true\nCMD ["id"]\n');
      expect(ended.exitCode).toBe(3);
      expect(ended.stdout + ended.stderr).toMatch(/localhost:1\/image-fix-none:1:\s+\S+\s+cannot\s+pull\s+it/);
    });

    test("a candidate that does not build: 4, with its log", async () => {
      const ended = await stays(withAdduser("echo no accounts here >&2; exit 3"));
      expect(ended.exitCode).toBe(4);
      expect(ended.stdout + ended.stderr).toContain("no accounts here");
      expect(ended.stdout + ended.stderr).toContain("the original builds and the candidate does not");
    });

    test("a candidate that fails its proof: 4, with what was seen", async () => {
      // An account without a home.
      const ended = await stays(withAdduser("echo nonroot:x:65532:65532::/home/nonroot:/bin/sh >> /etc/passwd"));
      expect(ended.exitCode).toBe(4);
      expect(ended.stdout + ended.stderr).toContain("not writable: /home/nonroot");
    });

    // An archive gives the program its capabilities: no base here has setcap, and nothing in the file says it.
    test("file capabilities of a program that a script starts: 4, unless somebody grants them", async () => {
      const containerfile = `FROM ${base.alpine}\nADD capable.tar /\nCOPY start.sh /\nRUN chmod 755 /start.sh\nENTRYPOINT ["/start.sh"]\nCMD ["capable"]\n`;
      await project.write({ Containerfile: containerfile, "start.sh": '#!/bin/sh\nexec "$@"\n' });
      const program = { path: "usr/bin/capable", mode: 0o755, text: "\x7fELF" };
      await writeFile(join(project.folder, "capable.tar"), tarWithCapabilities(capabilityData(1, 4), program));
      const refused = await run(["Containerfile", "--format", "json"]);
      expect(refused.exitCode).toBe(4);
      expect(targetOf(refused).error?.message).toMatch(/^\/usr\/bin\/capable, which the image starts, has file cap/);
      expect(await text()).toBe(containerfile);
      await writeFile(join(project.folder, ".image-fix.yaml"), "rules:\n  file-capabilities: off\n");
      const granted = await run(["Containerfile", "--format", "json"]);
      expect(granted).toMatchObject({ exitCode: 0 });
      expect(targetOf(granted)).toMatchObject({ fix: { written: true }, proof: { uid: 65532 } });
    });

    test("a file that BuildKit would refuse: 2", async () => {
      expect(await stays(`FROM ${base.alpine}\nRUNN true\n`)).toMatchObject({ exitCode: 2 });
    });

    test("an application that stops as soon as it is not root: 1", async () => {
      const ended = await stays(`FROM ${base.alpine}\nENTRYPOINT ["su", "-c", "exec app", "app"]\n`);
      expect(ended.exitCode).toBe(1);
    });
  });

  test("several files in one call, one of which fails", async () => {
    await project.write({
      "a/Containerfile": `FROM ${base.alpine}\nCMD ["id"]\n`,
      "b/Containerfile": `FROM ${base.alpine}\nRUN exit 7\nCMD ["id"]\n`,
      "c/Dockerfile": `FROM ${base.debian}\nCMD ["id"]\n`,
    });
    const ended = await run(["."]);
    expect(ended.exitCode).toBe(3);
    expect(await text("a/Containerfile")).toContain("USER 65532\n");
    expect(await text("b/Containerfile")).not.toContain("USER");
    expect(await text("c/Dockerfile")).toContain("USER 65532\n");
  });

  test("a base that was built here, by its short name", async () => {
    await real.command(["tag", base.alpine, "image-fix-e2e-short:1"]);
    const target = await fixed(`FROM image-fix-e2e-short:1\nWORKDIR /app\n`);
    expect(target.proof).toMatchObject({ id: nonroot });
    await real.command(["rmi", "image-fix-e2e-short:1"]);
  });

  test("a copied tree of 20 MB does not make the image larger", async () => {
    await project.write({ Containerfile: `FROM ${base.alpine}\nWORKDIR /app\nCOPY . .\nCMD ["ls"]\n` });
    await mkdir(join(project.folder, "data"));
    for (let index = 0; index < 20; index++) {
      await writeFile(join(project.folder, "data", String(index)), Buffer.alloc(1_000_000, index + 1));
    }
    const ended = await run(["Containerfile", "--format", "json"]);
    const proof = targetOf(ended).proof;
    expect(proof?.sizeBefore).toBeGreaterThan(20_000_000);
    expect((proof?.sizeAfter ?? 0) - (proof?.sizeBefore ?? 0)).toBeLessThanOrEqual(256 * 1024);
  });
}
