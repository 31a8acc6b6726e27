/** The package as npm would publish it: installed in an empty folder it works, and it holds what users need and no more. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root, runToEnd } from "./support/command.ts";
import { installPackage } from "./support/package.ts";

describe("the package", () => {
  let folder = "";
  let program = "";
  let files: readonly string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "image-fix-package-"));
    ({ program, files } = await installPackage(folder));
  });
  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  test("holds the program, its data and its documents, and nothing for developers", () => {
    const kinds = new Set(files.map((path) => path.split("/")[0] ?? ""));
    expect([...kinds].toSorted()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "bin",
      "dist",
      "docs",
      "package.json",
      "recipes",
      "schemas",
    ]);
    expect(files.filter((path) => /\.test\.|\/samples\/|\.ts$/.test(path) && !path.endsWith(".d.ts"))).toEqual([]);
    expect(files).toContain("recipes/alpine/recipe.yaml");
  });

  test("runs nothing when it is installed", async () => {
    const manifest: unknown = JSON.parse(
      await readFile(join(folder, "node_modules", "image-fix", "package.json"), "utf8"),
    );
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) {
      expect(manifest).not.toHaveProperty(["scripts", name]);
    }
  });

  test.each([
    [["--version"], 0, /^\d+\.\d+\.\d+\n$/],
    [["--help"], 0, /image-fix verify/],
    [["recipes"], 0, /alpine[^]*adduser/],
    [["audit", "Containerfile", "--engine", "none"], 1, /root-user/],
    [["Containerfile", "--dry-run", "--engine", "none"], 0, /^\+USER 65532$/m],
  ] as const)("runs %j", async (args, exitCode, text) => {
    await writeFile(join(folder, "Containerfile"), 'FROM docker.io/library/alpine:3.20\nCMD ["id"]\n');
    const ended = await runToEnd(program, args, { cwd: folder });
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stdout).toMatch(text);
  });

  test("is imported as a library, with types", async () => {
    await writeFile(
      join(folder, "use.mts"),
      [
        'import { audit, fix } from "image-fix";',
        'const audited = await audit({ targets: ["Containerfile"], engine: "none" });',
        'const fixed = await fix({ targets: ["Containerfile"], engine: "none", dryRun: true });',
        "const words: string[] = audited.targets.flatMap(({ findings }) => findings.map(({ rule }) => rule));",
        "const diff: string | undefined = fixed.targets[0]?.fix?.diff;",
        "console.log(words.join(), diff?.includes('USER 65532'));",
        "// @ts-expect-error -- a number is no engine",
        'void (() => audit({ targets: ["Containerfile"], engine: 1 }));',
        "",
      ].join("\n"),
    );
    await writeFile(join(folder, "Containerfile"), 'FROM docker.io/library/alpine:3.20\nCMD ["id"]\n');
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const compiled = await runToEnd(
      process.execPath,
      // prettier-ignore
      [tsc, "--strict", "--target", "es2023", "--module", "nodenext", "--typeRoots", join(root, "node_modules/@types"), "--types", "node", "use.mts"],
      { cwd: folder },
    );
    expect(compiled).toMatchObject({ exitCode: 0, stdout: "" });
    const ran = await runToEnd(process.execPath, ["use.mjs"], { cwd: folder });
    expect(ran).toMatchObject({ exitCode: 0, stdout: "root-user true\n" });
  });

  test("its lock file names no registry", async () => {
    const { stdout } = await runToEnd("git", ["grep", "-c", '"resolved"', "--", "package-lock.json"]);
    expect(stdout).toBe("");
    expect(await readFile(join(root, ".npmrc"), "utf8")).toContain("ignore-scripts=true");
  });
});
