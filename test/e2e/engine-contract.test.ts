/** What every engine has to do, asked of all that this machine has: podman, Docker with BuildKit, Docker without. */
import { createReadStream } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { originalHint } from "../../src/app/original-hint.ts";
import type { Engine, EngineEvent, RunRequest } from "../../src/core/ports.ts";
import { createPodman } from "../../src/engine/podman/podman.ts";
import { base, contextFolder, describeEngines, isRunning, type RealEngine } from "./support/engines.ts";

await describeEngines("engine contract", [base.alpine, base.debian, base.distroless], (real) => contract(real));

function contract(real: RealEngine): void {
  const options = { signal: new AbortController().signal };
  const tag = "localhost/image-fix-contract:1";
  const folders: string[] = [];
  let engine: Engine;
  let before: readonly string[] = [];

  beforeEach(async () => {
    engine = real.create();
    before = await real.state();
  });
  // Whatever a test did, the engine is as it was.
  afterEach(async () => {
    await engine.cleanUp();
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
    expect(await real.state()).toEqual(before);
  });

  const folderOf = async (files: Readonly<Record<string, string>>): Promise<string> => {
    const folder = await contextFolder(files);
    folders.push(folder);
    return folder;
  };
  /** Builds a Containerfile's text in a context of its own. */
  const build = async (text: string, more: Readonly<Record<string, string>> = {}) => {
    const context = await folderOf({ Containerfile: text, ...more });
    return await engine.build({ containerfile: join(context, "Containerfile"), context, tag }, options);
  };
  const read = async (image: string, paths: readonly string[]) => {
    const reply = await engine.readFiles(image, { contents: paths }, options);
    if (!reply.ok) throw new Error(JSON.stringify(reply.error));
    return new Map([...reply.value].map(([path, file]) => [path, new TextDecoder().decode(file.content)]));
  };
  const run = async (request: Partial<RunRequest> & Pick<RunRequest, "argv">) => {
    const reply = await engine.run({ image: base.alpine, timeoutMs: 60_000, ...request }, options);
    if (!reply.ok) throw new Error(JSON.stringify(reply.error));
    return reply.value;
  };

  describe("images", () => {
    test("are listed by their whole names", async () => {
      const reply = await engine.listImages(options);
      const names = reply.ok ? reply.value : new Map<string, string>();
      expect(names.get(base.alpine)).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(names.get(base.debian)).toMatch(/^sha256:[0-9a-f]{64}$/);
      // By their ids too, named or not.
      const id = names.get(base.alpine) ?? "";
      expect(names.get(id)).toBe(id);
    });

    test("are inspected by name, short name and id", async () => {
      const whole = await engine.inspect(base.alpine, options);
      expect(whole).toMatchObject({
        ok: true,
        value: {
          platform: expect.stringMatching(/^linux\/(amd64|arm64)/),
          config: { user: "", cmd: ["/bin/sh"] },
        },
      });
      const id = whole.ok ? whole.value.id : "";
      expect(whole.ok ? whole.value.names : []).toContain(base.alpine);
      expect(whole.ok ? whole.value.sizeBytes : 0).toBeGreaterThan(1_000_000);
      expect(await engine.inspect("alpine:3.20", options)).toMatchObject({
        ok: true,
        value: { id },
      });
      expect(await engine.inspect(id, options)).toMatchObject({ ok: true, value: { id } });
    });

    test.each(["localhost/image-fix-none:1", "--help", "../version", "a b"])("%j is not there", async (reference) => {
      expect(await engine.inspect(reference, options)).toMatchObject({
        ok: false,
        error: { code: "IMAGE_NOT_FOUND", reference },
      });
    });

    test("are not pulled from where nobody answers", async () => {
      const reference = "localhost:1/image-fix-none:1";
      expect(await engine.pull(reference, options)).toMatchObject({
        ok: false,
        error: { code: "IMAGE_NOT_FOUND", reference },
      });
    });

    test("get names and lose them, one by one", async () => {
      const built = await build(`FROM ${base.alpine}\nUSER 65532\n`);
      const id = built.ok ? built.value.id : "";
      const other = "localhost/image-fix-contract:other";
      expect(await engine.tag(tag, other, options)).toEqual({ ok: true, value: undefined });
      expect(await engine.removeImage(tag, options)).toEqual({ ok: true, value: undefined });
      expect(await engine.inspect(tag, options)).toMatchObject({
        ok: false,
        error: { code: "IMAGE_NOT_FOUND" },
      });
      expect(await engine.inspect(other, options)).toMatchObject({ ok: true, value: { id } });
      // Given by the user's wish, so it stays when everything else is tidied up.
      await engine.cleanUp();
      expect(await engine.inspect(other, options)).toMatchObject({ ok: true, value: { id } });
      await engine.removeImage(other, options);
      expect(await engine.removeImage(other, options)).toEqual({ ok: true, value: undefined });
      // Layers that the kept image stood on are nobody's now.
      await real.command(["image", "prune", "--force"]);
    });
  });

  describe("load", () => {
    test("takes in what the engine saves", async () => {
      const built = await build(`FROM ${base.alpine}\nRUN echo loaded > /made\nUSER 65532\n`);
      const id = built.ok ? built.value.id : "";
      const folder = await folderOf({});
      const archive = join(folder, "image.tar");
      await real.command(["save", ...(real.kind === "podman" ? ["--format=docker-archive"] : []), "-o", archive, tag]);
      await engine.cleanUp();
      expect(await engine.inspect(id, options)).toMatchObject({ ok: false });
      const loaded = await engine.load(createReadStream(archive), options);
      expect(loaded).toMatchObject({ ok: true, value: { names: [tag], config: { user: "65532" } } });
      expect((await run({ image: tag, argv: ["cat", "/made"] })).stdout).toBe("loaded\n");
      await engine.removeImage(tag, options);
    });

    test("of what is no image says so", async () => {
      const nothing = Readable.from([Buffer.from("this is no archive\n".repeat(100))]);
      expect(await engine.load(nothing, options)).toMatchObject({
        ok: false,
        error: { code: "ENGINE_FAILED", engine: real.kind },
      });
    });
  });

  describe("build", () => {
    test("gives the image's configuration, and says what goes on", async () => {
      const events: EngineEvent[] = [];
      const context = await folderOf({
        Containerfile: [
          `FROM ${base.alpine} AS first`,
          "ARG NAME=nobody",
          "RUN echo building for $NAME > /made",
          "WORKDIR /app",
          "ENV A=1",
          "VOLUME /data",
          "EXPOSE 8080/tcp",
          "USER 65532:65532",
          'ENTRYPOINT ["/bin/cat"]',
          'CMD ["/made"]',
          "FROM first",
          "USER 1",
        ].join("\n"),
      });
      const reply = await engine.build(
        {
          containerfile: join(context, "Containerfile"),
          context,
          tag,
          target: "first",
          buildArgs: { NAME: "a 'b' $(c)" },
        },
        { ...options, onEvent: (event) => events.push(event) },
      );
      expect(reply).toMatchObject({
        ok: true,
        value: {
          names: [tag],
          config: {
            user: "65532:65532",
            workingDir: "/app",
            entrypoint: ["/bin/cat"],
            cmd: ["/made"],
            volumes: ["/data"],
            exposedPorts: ["8080/tcp"],
          },
        },
      });
      expect(events.some(({ kind, text }) => kind === "step" && text.includes("RUN echo building"))).toBe(true);
      expect((await run({ image: tag, argv: ["/bin/cat", "/made"] })).stdout).toBe("building for a 'b' $(c)\n");
      expect(engine.builder).toBe(
        { podman: "buildah", "Docker with BuildKit": "BuildKit" }[real.title] ?? "classic builder",
      );
      expect(engine.describe).toMatch(/^(podman|Docker) [0-9]+\.[0-9]+/);
    });

    test("takes a Containerfile from elsewhere, and the context's ignore file", async () => {
      const context = await folderOf({
        ".dockerignore": "secret\nlogs/*\n!logs/keep\n",
        secret: "s",
        "a/b": "b",
        "logs/x": "x",
        "logs/keep": "k",
      });
      const elsewhere = await folderOf({ candidate: `FROM ${base.alpine}\nCOPY . /context/\n` });
      const reply = await engine.build({ containerfile: join(elsewhere, "candidate"), context, tag }, options);
      expect(reply).toMatchObject({ ok: true });
      const { stdout } = await run({ image: tag, argv: ["find", "/context", "-type", "f"] });
      expect(
        stdout
          .split("\n")
          .filter((path) => path !== "" && path !== "/context/.dockerignore")
          .toSorted(),
      ).toEqual(["/context/a/b", "/context/logs/keep"]);
    });

    test("with a secret gets it for the RUN that mounts it, or says that it cannot", async () => {
      const text = `FROM ${base.alpine}\nRUN --mount=type=secret,id=word,required=true cp /run/secrets/word /made\n`;
      const context = await folderOf({ Containerfile: text });
      const secret = join(await folderOf({ word: "12345" }), "word");
      const inputs = { secrets: [`id=word,src=${secret}`] };
      const request = { containerfile: join(context, "Containerfile"), context, tag };
      const reply = await engine.build({ ...request, inputs }, options);
      if (engine.builder === "classic builder") {
        expect(reply).toMatchObject({ ok: false, error: { code: "ENGINE_FAILED", hint: expect.any(String) } });
        return;
      }
      expect(reply).toMatchObject({ ok: true });
      expect((await run({ image: tag, argv: ["cat", "/made"] })).stdout).toContain("12345");
      // A build that is in the cache needs no secret.
      const without = await build(text.replace("/made", "/new"));
      const log = without.ok || without.error.code !== "BUILD_FAILED" ? "" : without.error.log;
      expect(originalHint(log)).toContain("--secret id=word");
    });

    test("with further contexts takes files and bases from them, or says that it cannot", async () => {
      const text = "FROM parent\nCOPY --from=shared lib /lib-of-shared\n";
      const context = await folderOf({ Containerfile: text });
      const shared = await folderOf({ lib: "of shared" });
      const inputs = { contexts: { parent: `docker-image://${base.alpine}`, shared } };
      const request = { containerfile: join(context, "Containerfile"), context, tag, inputs };
      const reply = await engine.build(request, options);
      if (!reply.ok && reply.error.code === "ENGINE_FAILED") {
        expect(real.kind).toBe("docker");
        expect(reply.error.hint).toContain("buildx");
        return;
      }
      expect(reply).toMatchObject({ ok: true });
      expect((await run({ image: tag, argv: ["cat", "/lib-of-shared"] })).stdout).toContain("of shared");
    });

    test("runs a RUN by the shell that the file asks for", async () => {
      const reply = await build(
        `FROM ${base.alpine}\nSHELL ["/bin/sh", "-c", "echo own shell > /made; true"]\nRUN false\n`,
      );
      expect(reply).toMatchObject({ ok: true });
      expect((await run({ image: tag, argv: ["cat", "/made"] })).stdout).toBe("own shell\n");
    });

    test("that fails gives the whole log and the command's exit code", async () => {
      const reply = await build(`FROM ${base.alpine}\nRUN echo before > /made\nRUN echo what went wrong >&2; exit 7\n`);
      expect(reply).toMatchObject({
        ok: false,
        error: { code: "BUILD_FAILED", engine: real.kind, exitCode: 7 },
      });
      expect(reply.ok || reply.error.code !== "BUILD_FAILED" ? "" : reply.error.log).toContain("what went wrong\n");
    });

    test("of what is no Containerfile fails with the builder's words", async () => {
      const reply = await build(`FROM ${base.alpine}\nRUNN true\n`);
      expect(reply).toMatchObject({ ok: false, error: { code: "BUILD_FAILED" } });
      expect(reply.ok || reply.error.code !== "BUILD_FAILED" ? "" : reply.error.log).toMatch(/unknown instruction/i);
    });

    test("on a base that is not there fails with the resolver's words", async () => {
      const reply = await build("FROM localhost:1/image-fix-none:1\nRUN true\n");
      expect(reply).toMatchObject({ ok: false, error: { code: "BUILD_FAILED" } });
      expect(reply.ok || reply.error.code !== "BUILD_FAILED" ? "" : reply.error.log).toContain(
        "localhost:1/image-fix-none:1",
      );
    });

    test("from scratch needs no shell and no command", async () => {
      const reply = await build("FROM scratch\nCOPY file /file\n", { file: "content" });
      expect(reply).toMatchObject({
        ok: true,
        value: { config: { user: "", cmd: [], entrypoint: [] } },
      });
      const files = await engine.readFiles(tag, { contents: ["/file", "/etc/passwd"] }, options);
      expect(
        files.ok ? [...files.value].map(([path, { content }]) => [path, new TextDecoder().decode(content)]) : [],
      ).toEqual([["/file", "content"]]);
    });

    test.each([
      ["by the user", undefined, { code: "INTERRUPTED", signal: "SIGINT" }],
      ["by SIGTERM", { code: "INTERRUPTED", signal: "SIGTERM" }, { code: "INTERRUPTED", signal: "SIGTERM" }],
      [
        "by the time",
        { code: "TIMEOUT", what: "the build", seconds: 1 },
        { code: "TIMEOUT", what: "the build", seconds: 1 },
      ],
    ])("ended %s ends its RUN and leaves nothing", async (_, reason, failure) => {
      const seconds = String(1000 + Math.floor(Math.random() * 100_000));
      const context = await folderOf({
        Containerfile: `FROM ${base.alpine}\nRUN echo layer > /made\nUSER 1000\nRUN echo slee""ping; sleep ${seconds}\n`,
      });
      const controller = new AbortController();
      const onEvent = ({ text }: EngineEvent): void => {
        if (text.includes("sleeping")) controller.abort(reason);
      };
      const reply = await engine.build(
        { containerfile: join(context, "Containerfile"), context, tag },
        { signal: controller.signal, onEvent },
      );
      expect(reply).toEqual({ ok: false, error: failure });
      await engine.cleanUp();
      // Docker ends it within a second of the client's going.
      for (let waited = 0; waited < 50 && (await isRunning(seconds)); waited++) await pause(100);
      expect(await isRunning(seconds)).toBe(false);
      for (let waited = 0; waited < 50 && (await real.state()).length !== before.length; waited++) await pause(100);
    });

    test("leaves an unnamed image of the user's that it was answered with", async () => {
      const context = await folderOf({
        Containerfile: `FROM ${base.alpine}\nRUN echo mine > /mine\n`,
      });
      const output = await real.command([
        "build",
        "--quiet",
        `--file=${join(context, "Containerfile")}`,
        ...(real.kind === "docker" ? ["--network=host"] : []),
        context,
      ]);
      const id = `sha256:${output.trim().replace("sha256:", "")}`;
      expect(
        await engine.build({ containerfile: join(context, "Containerfile"), context, tag }, options),
      ).toMatchObject({ ok: true });
      await engine.cleanUp();
      expect(await engine.inspect(id, options)).toMatchObject({
        ok: true,
        value: { id, names: [] },
      });
      await real.command(["rmi", id]);
    });
  });

  describe("run", () => {
    test("is restricted: no capabilities, no new privileges, seccomp, no network, no input", async () => {
      const { stdout } = await run({
        argv: ["grep", "-E", "^(CapEff|CapBnd|NoNewPrivs|Seccomp):", "/proc/self/status"],
      });
      expect(stdout.split("\n")).toEqual([
        "CapEff:\t0000000000000000",
        "CapBnd:\t0000000000000000",
        "NoNewPrivs:\t1",
        "Seccomp:\t2",
        "",
      ]);
      expect((await run({ argv: ["ls", "/sys/class/net"] })).stdout.trim()).toBe("lo");
      expect((await run({ argv: ["cat"] })).stdout).toBe("");
    });

    test("gives both streams and the exit code", async () => {
      expect(await run({ argv: ["sh", "-c", "echo out; echo err >&2; exit 3"] })).toEqual({
        exitCode: 3,
        stdout: "out\n",
        stderr: "err\n",
      });
    });

    test("takes user, environment, folder and a read-only root", async () => {
      const { stdout } = await run({
        argv: ["sh", "-c", "id -u; echo $A; pwd; touch /tmp/x 2>&1; true"],
        user: "4242",
        env: { A: "1 2" },
        workingDir: "/tmp",
        readOnly: true,
      });
      expect(stdout).toBe("4242\n1 2\n/tmp\ntouch: /tmp/x: Read-only file system\n");
    });

    test("mounts an emptyDir where it is asked for, over a folder of the image as well", async () => {
      const script =
        "for i in /tmp /var /new; do ls -A $i; cp /bin/busybox $i/true && $i/true && echo $i runs; done; touch /x || id -u";
      const { exitCode, stdout, stderr } = await run({
        argv: ["sh", "-c", script],
        user: "4242",
        readOnly: true,
        emptyDirs: { paths: ["/tmp", "/var", "/new"], uid: 4242 },
      });
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "/tmp runs\n/var runs\n/new runs\n4242\n" });
      expect(stderr).toBe("touch: /x: Read-only file system\n");
    });

    test("invents no account", async () => {
      expect((await run({ argv: ["id"], user: "4242" })).stdout).toMatch(/^uid=4242 gid=0\(root\)/);
    });

    test.each([[false], [true]])("puts files in, read-only: %s", async (readOnly) => {
      const script = new TextEncoder().encode("#!/bin/sh\necho ran as $(id -u)\n");
      const request = {
        argv: ["/.image-fix-test/bin/script"],
        user: "4242",
        readOnly,
        files: new Map([["/.image-fix-test/bin/script", script]]),
      };
      expect(await run(request)).toEqual({ exitCode: 0, stdout: "ran as 4242\n", stderr: "" });
    });

    test("a command that is not there is exit code 127", async () => {
      expect(await run({ argv: ["/no/such/command"] })).toMatchObject({
        exitCode: 127,
        stdout: "",
      });
    });

    test("bounds what is kept of the output", async () => {
      const { stdout } = await run({
        argv: ["sh", "-c", "yes 0123456789 | head -c 8000000; echo end"],
      });
      expect(stdout.length).toBeLessThan(1_200_000);
      expect(stdout.endsWith("end\n")).toBe(true);
    });

    test("ends a command that heeds no signal when its time is over", async () => {
      const reply = await engine.run(
        {
          image: base.alpine,
          argv: ["sh", "-c", 'trap "" TERM INT; while true; do sleep 1; done'],
          timeoutMs: 1500,
        },
        options,
      );
      expect(reply).toMatchObject({
        ok: false,
        error: { code: "TIMEOUT", what: `running sh in ${base.alpine}` },
      });
    });

    test("ends when it is aborted", async () => {
      const controller = new AbortController();
      const running = engine.run({ image: base.alpine, argv: ["sleep", "1000"] }, { signal: controller.signal });
      await pause(700);
      controller.abort();
      expect(await running).toEqual({
        ok: false,
        error: { code: "INTERRUPTED", signal: "SIGINT" },
      });
    });

    test("starts the image's own command where none is given", async () => {
      await build(`FROM ${base.alpine}\nENTRYPOINT ["echo", "own"]\nCMD ["command"]\n`);
      const reply = await engine.run({ image: tag, timeoutMs: 60_000 }, options);
      expect(reply).toEqual({ ok: true, value: { exitCode: 0, stdout: "own command\n", stderr: "" } });
    });

    test("has the engine's default capabilities where asked, and no network even then", async () => {
      const { stdout } = await run({
        argv: ["sh", "-c", "grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status; ls /sys/class/net"],
        privileges: "engine",
      });
      const [capabilities, ...rest] = stdout.split("\n");
      expect(BigInt(`0x${capabilities?.slice("CapEff:\t".length) ?? "0"}`)).toBeGreaterThan(0n);
      expect(rest).toEqual(["NoNewPrivs:\t0", "Seccomp:\t2", "lo", ""]);
    });

    test.each([
      [
        "heeds the signal",
        "trap 'echo ended; exit 0' TERM; echo begun; while true; do sleep 0.1; done",
        /^begun\nended\n$/,
      ],
      ["does not", "trap '' TERM; echo begun; while true; do sleep 0.1; done", /^begun\n$/],
    ])("stops what still runs after a while, and keeps what it said: it %s", async (_, script, said) => {
      const result = await run({ argv: ["sh", "-c", script], stopAfterMs: 1500 });
      expect(result).toMatchObject({ stopped: true, stdout: expect.stringMatching(said) });
    });

    test("what ends before its time was not stopped", async () => {
      expect(await run({ argv: ["sh", "-c", "exit 4"], stopAfterMs: 20_000 })).toEqual({
        exitCode: 4,
        stdout: "",
        stderr: "",
      });
    });

    test("a signal is 128 and its number", async () => {
      expect(await run({ argv: ["sh", "-c", "sh -c 'kill -SEGV $$'; exit $?"] })).toMatchObject({ exitCode: 139 });
    });

    test("of an image that is not there pulls nothing", async () => {
      const reply = await engine.run({ image: "localhost/image-fix-none:1", argv: ["id"] }, options);
      expect(reply).toMatchObject({ ok: false, error: { code: "IMAGE_NOT_FOUND" } });
    });
  });

  describe("readFiles", () => {
    test("reads an image that is never run, and leaves out what is not there or no file", async () => {
      const files = await read(base.alpine, [
        "/etc/passwd",
        "/etc/os-release",
        "/etc",
        "/etc/nothing",
        "/nothing/at/all",
        "/etc/passwd/x",
      ]);
      expect([...files.keys()].toSorted()).toEqual(["/etc/os-release", "/etc/passwd"]);
      expect(files.get("/etc/passwd")).toMatch(/^root:x:0:0:/);
      expect(files.get("/etc/os-release")).toContain("ID=alpine");
    });

    test("follows links inside the image", async () => {
      const files = await read(base.debian, ["/etc/os-release", "/bin/sh"]);
      expect(files.get("/etc/os-release")).toContain("ID=debian");
      expect(files.get("/bin/sh")?.slice(1, 4)).toBe("ELF");
    });

    test("never leaves the image", async () => {
      await writeFile(join(tmpdir(), "image-fix-outside"), "outside");
      const climb = "../".repeat(20);
      await build(
        [
          `FROM ${base.alpine}`,
          `RUN mkdir /inside && ln -s ${climb}etc/alpine-release /inside/climbs && ln -s /etc/alpine-release /inside/absolute \\`,
          `  && ln -s ${climb}${tmpdir().slice(1)}/image-fix-outside /inside/outside && ln -s / /inside/root && ln -s loop /inside/loop`,
        ].join("\n"),
      );
      const files = await read(tag, [
        "/inside/climbs",
        "/inside/absolute",
        "/inside/outside",
        "/inside/root/etc/alpine-release",
        "/inside/loop",
      ]);
      await rm(join(tmpdir(), "image-fix-outside"));
      expect([...files.keys()].toSorted()).toEqual([
        "/inside/absolute",
        "/inside/climbs",
        "/inside/root/etc/alpine-release",
      ]);
      for (const text of files.values()) expect(text).toMatch(/^3\.20/);
    });

    test("reads an image without a shell", async () => {
      const files = await read(base.distroless, ["/etc/passwd", "/bin/sh"]);
      expect([...files.keys()]).toEqual(["/etc/passwd"]);
      expect(files.get("/etc/passwd")).toContain("nonroot:x:65532:65532");
    });

    // Docker has one way only.
    test.each(real.kind === "podman" ? [createPodman] : [])(
      "says the same where nothing can be mounted",
      async (make) => {
        const climb = "../".repeat(20);
        await build(
          [
            `FROM ${base.debian}`,
            `RUN mkdir /inside && ln -s ${climb}etc/debian_version /inside/climbs && ln -s loop /inside/loop \\`,
            `  && ln -s ${climb}${tmpdir().slice(1)} /inside/outside && mv /etc/passwd /inside/passwd && ln -s ../inside/passwd /etc/passwd`,
          ].join("\n"),
        );
        const wanted = {
          contents: [
            "/etc/passwd",
            "/etc/os-release",
            "/usr/lib/os-release",
            "/inside/climbs",
            "/inside/loop",
            "/none",
          ],
          present: ["/bin/sh", "/usr/bin/perl5.36.0", "/usr/sbin/useradd", "/sbin/adduser", "/etc", "/inside/outside"],
        };
        const textsOf = async (from: Engine) => {
          const reply = await from.readFiles(tag, wanted, options);
          if (!reply.ok) throw new Error(JSON.stringify(reply.error));
          const texts = wanted.contents.map((path) =>
            Buffer.from(reply.value.get(path)?.content ?? []).toString("utf8"),
          );
          return { paths: [...reply.value.keys()], texts };
        };
        const afar = make({ temporaryFolder: await folderOf({}), remote: true });
        const copied = await textsOf(afar);
        expect(copied).toEqual(await textsOf(engine));
        expect(copied.paths).toEqual([
          "/etc/passwd",
          "/etc/os-release",
          "/usr/lib/os-release",
          "/inside/climbs",
          "/bin/sh",
          "/usr/bin/perl5.36.0",
          "/usr/sbin/useradd",
          "/sbin/adduser",
        ]);
        expect(copied.texts[0]).toMatch(/^root:x:0:0:/);
        // Neither the whole image nor its few files.
        const none = { contents: ["/a", "/b", "/c"], present: ["/d", "/e"] };
        expect(await afar.readFiles(base.distroless, none, options)).toEqual({ ok: true, value: new Map() });
        await afar.cleanUp();
      },
    );

    test("of an image that is not there fails", async () => {
      expect(
        await engine.readFiles("localhost/image-fix-none:1", { contents: ["/etc/passwd"] }, options),
      ).toMatchObject({
        ok: false,
        error: { code: "IMAGE_NOT_FOUND" },
      });
    });
  });
}
