import { execFileSync, spawn } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "./test-terminal.ts";
import { wantsColour } from "./terminal.ts";

const sample = new URL("../../samples/alpine-guide/Containerfile", import.meta.url);
const fixedSample = new URL("../../samples/alpine-guide/expected/Containerfile", import.meta.url);
const clean = "FROM gcr.io/distroless/static-debian12:nonroot\nCOPY app /app\nUSER 65532\n";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-cli-"));
  file = join(folder, "Containerfile");
  await copyFile(sample, file);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const without = (...more: readonly string[]): readonly string[] => [...more, "--engine", "none"];

test("a base that nobody can read is told once, and why of user and family together", async () => {
  await writeFile(file, "FROM registry.example.com/none:1\n");
  const terse = await run(["audit", ...without(file)]);
  expect(terse.stdout).toContain("[unresolved-user]");
  expect(terse.stdout).not.toContain("Known:");
  const { stdout } = await run(["audit", "--verbose", ...without(file)]);
  expect(stdout.replace(/\s+/g, " ")).toContain("Known: base registry.example.com/none:1: user and family unknown: ");
});

describe("usage", () => {
  test("nothing at all shows the help as an error", async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: image-fix");
  });

  test.each([
    ["--help"],
    ["help"],
    ["help", "audit"],
    ...["fix", "audit", "verify", "manifest", "scan", "report", "explain", "recipes"].map((name) => [name, "--help"]),
  ])("%s %s is the product, and fits", async (...argv) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Examples:");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test.each([
    ["scan", "--no-color"],
    ["report", "--no-color"],
    ["explain", "--no-color", "nothing-like-it"],
    ["audit", "--no-color"],
  ])("a fault of %s has no colours where none are wanted", async (...argv) => {
    const { stderr } = await run(argv, { errorIsTerminal: true });
    expect(stderr).toContain("error:");
    expect(stderr).not.toContain("\u001b");
  });

  test("a default is said once, in words", async () => {
    const { stdout } = await run(["scan", "--help"]);
    expect(stdout).not.toMatch(/preset|default: "/);
    expect(stdout).toContain("text (default on a terminal), ndjson");
  });

  test.each([
    [["adit", "."], "did you mean: image-fix audit ."],
    [["fxi", "x"], "did you mean: image-fix fix x"],
    [["--format", "text", "audit", "."], "did you mean: image-fix audit --format text ."],
    [["--frmat", "json", "x"], "did you mean --format? image-fix fix --help"],
    [["audit", "--frmat", "json", "x"], "there is no option --frmat"],
    [["scan", "--zzz"], "hint: image-fix scan --help shows every option"],
    [["audit", "--recipes", "dir", "x"], "there is no option --recipes"],
    [["audit", "x", "--format"], "--format needs a value"],
    [["manifest", "--verify-plan"], "--verify-plan needs a value"],
    [["recipes", "x"], "recipes takes no such argument"],
    [["audit", "--fail-on", "info", "x"], '"info" is neither error nor warning'],
    [["audit", "--config", "", "x"], "--config: its value is empty"],
    [["audit", "--format", "jsno", "x"], "did you mean json?"],
    [["--uid", "0", "x"], "--uid: 0 is root"],
    [["--build-arg", "=x", "x"], "--build-arg: "],
    [["--writable", "data", "x"], "is no absolute path"],
    [["fix"], "no file is named"],
    [["audit"], "no target is named"],
    [["verify"], "no image is named"],
    [["-", "x"], "cannot be joined"],
    [["--dry-run", "-o", "y", "x"], "-o cannot be joined with --dry-run"],
    [["--check", "--keep-image", "a:1", "x"], "--keep-image cannot be joined with --check"],
    [["--config", "/nonexistent/c.yaml", "x"], "/nonexistent/c.yaml"],
    [["/nonexistent/Containerfile"], "there is no such file"],
  ])("%j ends in 2 and says what to do", async (argv, words) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("error:");
    expect(stderr).toContain(words);
  });

  test.each([
    ["--format", "json", "--uid", "0", "x"],
    ["audit", "-f", "json", "--fail-on", "x", "x"],
    ["verify", "--format=json", "--nosuch", "x"],
  ])("a call that cannot begin is a document where one is asked for: %j", async (...argv) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ targets: [], error: { code: "USAGE" } });
  });

  test("help of a command that is none is a fault", async () => {
    const { code, stdout, stderr } = await run(["help", "fixx"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("did you mean: image-fix help fix");
  });

  test("faults are printed in machine formats too", async () => {
    const { code, stdout } = await run(["audit", "--format", "json", "/nonexistent"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, targets: [], error: { code: "UNREADABLE" } });
  });
});

describe("audit", () => {
  test("findings on standard output, exit code 1", async () => {
    const { code, stdout, stderr } = await run(without("audit", file));
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toContain("[root-user]");
    expect(stdout.replace(/\n +/g, " ")).toContain('"container has runAsNonRoot and image will run as root"');
  });

  test("standard input", async () => {
    const { code, stdout } = await run(without("audit", "--format", "json", "-"), {
      input: async () => Buffer.from(clean),
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ targets: [{ target: "-", verdict: "admit", findings: [] }] });
  });

  test("a rule that the configuration turns off is silent, and a verdict still fails", async () => {
    const config = join(folder, "c.yaml");
    await writeFile(config, "rules: { root-user: off }\n");
    const { code, stdout } = await run(without("audit", "--config", config, file));
    expect(code).toBe(1);
    expect(stdout).not.toContain("[root-user]");
    const why = "The rule root-user is off in the configuration, and the image is refused all the same";
    for (const format of ["text", "github", "junit"]) {
      const said = await run(without("audit", "--format", format, "--config", config, file));
      expect(said.stdout.replace(/\s+/g, " ")).toContain(why);
      expect(said.code).toBe(1);
    }
    const plain = await run(without("audit", file));
    expect(plain.stdout).not.toContain("is off in the configuration");
  });

  test("a verdict that an ONBUILD trigger decides is said to be its", async () => {
    const text = "FROM alpine:3.20 AS b\nONBUILD USER root\nUSER 1000:1000\nFROM b\n";
    const { code, stdout } = await run(without("audit", "-"), { input: async () => Buffer.from(text) });
    expect(code).toBe(1);
    expect(stdout.replace(/\s+/g, " ")).toContain("An ONBUILD trigger sets this user, as onbuild-user says.");
    expect(stdout).not.toContain("is off in the configuration");
  });

  test("the fix that it names sees the same: the options that decide what the build is go along", async () => {
    const given = [
      "--context",
      folder,
      "--target",
      "0",
      "--build-arg",
      "A=b c",
      "--build-context",
      "x=docker-image://y",
    ];
    const user = ["--platform", "linux/arm64", "--openshift", "--writable", "/data"];
    const { stdout } = await run(without("audit", ...given, ...user, file));
    const quoted = given.join(" ").replace("A=b c", "'A=b c'");
    expect(stdout).toContain(`Try: image-fix ${quoted} ${user.join(" ")} ${file}\n`);
    expect((await run(without("audit", file))).stdout).toContain(`Try: image-fix ${file}\n`);
  });

  test("and so does that of a manifest", async () => {
    const manifest = join(folder, "pod.yaml");
    const pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: b }] }\n";
    await writeFile(manifest, pod);
    const versions = ["--level", "restricted", "--pss-version", "v1.30", "--tekton-version", "0.62"];
    const { stdout } = await run(["manifest", ...versions, manifest]);
    expect(stdout).toContain(`Try: image-fix manifest --fix ${versions.join(" ")} ${manifest}\n`);
    const images = `image-fix manifest --images ${versions.join(" ")} ${manifest}\n`;
    expect((await run(["manifest", "--fix", "--dry-run", ...versions, manifest])).stdout).not.toContain(images);
    // Admission takes it now, and who its images run as was not asked.
    expect((await run(["manifest", "--fix", ...versions, manifest])).stdout).toContain(images);
    expect((await run(["manifest", "--fix", ...versions, manifest])).stdout).not.toContain(images);
  });

  test("--fail-on warning", async () => {
    await writeFile(file, "FROM alpine:3.20\nUSER 1001\n");
    expect((await run(without("audit", file))).code).toBe(0);
    expect((await run(without("audit", "--fail-on", "warning", file))).code).toBe(1);
  });

  test("a file that does not parse: place, word and what was meant", async () => {
    await writeFile(file, "FROM alpine:3.20\nRUNN true\n");
    const { code, stderr } = await run(without("audit", file));
    expect(code).toBe(2);
    expect(stderr).toMatch(/Containerfile:2:1: .*RUNN/s);
    expect(stderr).toContain("RUN?");
  });
});

describe("fix without an engine", () => {
  test("predicted, not written, exit code 3 and what to do", async () => {
    const { code, stdout, stderr } = await run(without(file));
    expect(code).toBe(3);
    expect(stdout).toContain("Predicted, not run:");
    expect(stderr).toContain("--no-verify");
    expect(await readFile(file)).toEqual(await readFile(sample));
  });

  test("what only an engine can tell is said, and nothing is guessed", async () => {
    await writeFile(file, "FROM debian:12\nRUN apt-get install -y thing\nCOPY --chown=thing . /srv/app\n");
    const before = await readFile(file);
    const { code, stdout, stderr } = await run(without(file));
    expect(code).toBe(3);
    expect(stdout).toMatch(/^Left: line 3 gives files of the application to "thing"/m);
    expect(stderr).toContain("--engine none");
    const unproven = await run(without("--no-verify", "--format", "markdown", file));
    expect(unproven.code).toBe(1);
    expect(unproven.stdout).toMatch(/^Left: line 3 gives files/m);
    expect(await readFile(file)).toEqual(before);
    expect((await run(without("--no-verify", "-o", "-", file))).stdout).toBe(before.toString());
  });

  test.each(["", "USER app\n"])("a uid that only a build argument has is asked for by name: %j", async (user) => {
    await writeFile(file, `FROM debian:12\nARG U\nRUN useradd -u $U app\n${user}`);
    for (const options of [[], ["--dry-run"], ["--no-verify"]]) {
      const { code, stdout, stderr } = await run(without(...options, file));
      expect(code).toBe(1);
      expect(stdout + stderr).toMatch(
        /^Left: line 3 creates "app" with a uid that nothing here tells \(\$U\): give its/m,
      );
    }
  });

  test("--no-verify writes and says so", async () => {
    const { code, stdout } = await run(without("--no-verify", file));
    expect(code).toBe(0);
    expect(stdout).toContain("fixed, not proven");
    expect(await readFile(file, "utf8")).toBe(await readFile(fixedSample, "utf8"));
    const again = await run(without("--no-verify", file));
    expect(again.code).toBe(0);
    expect(await readFile(file, "utf8")).toBe(await readFile(fixedSample, "utf8"));
  });

  test("--dry-run: the diff alone on standard output", async () => {
    const { stdout, stderr } = await run(without("--dry-run", file));
    expect(stdout).toMatch(/^--- /);
    expect(stdout.split("\n").every((line) => line === "" || /^[-+@ \\]/.test(line))).toBe(true);
    expect(stderr).toContain("[root-user]");
    expect(await readFile(file)).toEqual(await readFile(sample));
  });

  test("--check writes nothing and ends in 1 until nothing is to do", async () => {
    expect((await run(without("--check", file))).code).toBe(1);
    await copyFile(fixedSample, file);
    expect((await run(without("--check", file))).code).toBe(0);
  });

  test("standard input to standard output, the report beside it", async () => {
    const text = await readFile(sample, "utf8");
    const { code, stdout, stderr } = await run(without("--no-verify", "-"), { input: async () => Buffer.from(text) });
    expect(code).toBe(0);
    expect(stdout).toBe(await readFile(fixedSample, "utf8"));
    expect(stderr).toContain("[root-user]");
  });

  test.each([
    ["a byte order mark", Buffer.from("\ufeffFROM alpine:3.20\r\nCMD true\r\n")],
    ["bytes that are no UTF-8", Buffer.from("FROM alpine:3.20\n# \u00e9t\u00e9\nENV A=1\nCMD true\n", "latin1")],
  ])("%s goes through standard input and output, and through a diff", async (_, bytes) => {
    const fixed = await run(without("--no-verify", "-"), { input: async () => bytes });
    const [head = ""] = bytes.toString("latin1").split("CMD");
    expect(fixed.bytes.toString("latin1").startsWith(head)).toBe(true);
    await writeFile(file, bytes);
    expect((await run(without("--no-verify", "-o", "-", file))).bytes).toEqual(fixed.bytes);
    const { bytes: diff } = await run(without("--dry-run", file));
    const line = bytes.toString("latin1").split("\n")[0] ?? "";
    expect(diff.toString("latin1")).toContain(` ${line}\n`);
  });

  test("a pipe cannot be replaced", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const writer = spawn("cp", [file, pipe]);
    const { code, stderr } = await run(without("--no-verify", pipe));
    expect(code).toBe(2);
    expect(stderr).toContain("it is a pipe, which cannot be replaced");
    writer.kill();
  });

  test("standard input that needs no fix goes through as it is", async () => {
    const { code, stdout } = await run(without("-"), { input: async () => Buffer.from(clean) });
    expect({ code, stdout }).toEqual({ code: 0, stdout: clean });
  });

  test("-o leaves the file and writes the other", async () => {
    const other = join(folder, "Fixed");
    expect((await run(without("--no-verify", "-o", other, file))).code).toBe(0);
    expect(await readFile(other, "utf8")).toBe(await readFile(fixedSample, "utf8"));
    expect(await readFile(file)).toEqual(await readFile(sample));
  });

  test("-o takes a single file", async () => {
    const second = join(folder, "Dockerfile");
    await copyFile(sample, second);
    const { code, stderr } = await run(without("--no-verify", "-o", join(folder, "Fixed"), folder));
    expect(code).toBe(2);
    expect(stderr).toContain("-o");
  });

  test("--uid, --user-name and --no-comments", async () => {
    await run(without("--no-verify", "--no-comments", "--uid", "10001", "--user-name", "app", file));
    const text = await readFile(file, "utf8");
    expect(text).toContain("adduser -u 10001 -h /home/app -D app");
    expect(text).toContain("\nUSER 10001\n");
    expect(text).not.toContain("runAsNonRoot");
  });
});

test("recipes lists what each would write", async () => {
  const { code, stdout } = await run(["recipes"]);
  expect(code).toBe(0);
  expect(stdout).toContain("alpine: Alpine Linux and Wolfi");
  expect(stdout).toContain("USER 65532");
  const json = await run(["recipes", "--format", "json", "--uid", "7"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, recipes: expect.any(Array) });
});

test("control characters in names and files never reach the terminal", async () => {
  const { stdout, stderr } = await run(without("audit", "--verbose", "-"), {
    input: async () => Buffer.from("FROM alpine:3.20\nUSER \u001b[31mapp\u202e\n"),
  });
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
});

describe("colour", () => {
  test.each([
    [{}, true, undefined, true],
    [{}, false, undefined, false],
    [{ NO_COLOR: "1" }, true, undefined, false],
    [{ NO_COLOR: "" }, true, undefined, true],
    [{ NO_COLOR: "1" }, true, true, true],
    [{ FORCE_COLOR: "1" }, false, undefined, true],
    [{ FORCE_COLOR: "0" }, true, undefined, false],
    [{ TERM: "dumb" }, true, undefined, false],
    [{}, true, false, false],
  ])("%j, a terminal: %s, option: %s", (env, isTerminal, option, expected) => {
    expect(wantsColour(env, isTerminal, option)).toBe(expected);
  });
});
