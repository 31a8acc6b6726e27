import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { run } from "../cli/test-terminal.ts";
import { findTargets, isContainerfileName } from "./find-targets.ts";

// Root, as which tests may run, can read every folder.
vi.mock(import("node:fs/promises"), async (original) => {
  const real = await original();
  const readdir = new Proxy(real.readdir, {
    apply(target, self, args: readonly unknown[]): unknown {
      if (!/\/(?:shut|lost\+found)$/.test(String(args[0]))) return Reflect.apply(target, self, args);
      return Promise.reject(Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" }));
    },
  });
  return { ...real, readdir };
});

describe("isContainerfileName", () => {
  test.each([
    "Containerfile",
    "Dockerfile",
    "dockerfile",
    "Dockerfile.dev",
    "Dockerfile-alpine",
    "app.Dockerfile",
    "web.containerfile",
    "Containerfile.test",
    "Dockerfile_x86",
    "Dockerfile.rhel9",
  ])("%s is one", (name) => expect(isContainerfileName(name)).toBe(true));
  test.each([
    "Dockerfile.dockerignore",
    ".dockerignore",
    "Dockerfile.md",
    "dockerfile.go",
    "Dockerfile.j2",
    "dockerfiles",
    "Dockerfile.tmpl",
    "MyDockerfile",
    "docker-compose.yml",
  ])("%s is none", (name) => expect(isContainerfileName(name)).toBe(false));
});

describe("findTargets", () => {
  let folder: string;
  const signal = new AbortController().signal;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "targets-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("searches folders in order, passes over node_modules and .git, keeps - and files as named", async () => {
    for (const path of ["b", "a", "node_modules/x", ".git"]) mkdirSync(join(folder, path), { recursive: true });
    for (const path of [
      "b/Dockerfile",
      "a/Containerfile",
      "Dockerfile",
      "node_modules/x/Dockerfile",
      ".git/Dockerfile",
      "odd",
    ]) {
      writeFileSync(join(folder, path), "FROM scratch\n");
    }
    const found = await findTargets([join(folder, "odd"), "-", folder], signal);
    expect(found).toEqual({
      ok: true,
      value: [
        { name: join(folder, "odd") },
        { name: "-" },
        { name: join(folder, "Dockerfile") },
        { name: join(folder, "a/Containerfile") },
        { name: join(folder, "b/Dockerfile") },
      ],
    });
  });
  test("a folder without any is an error that says what to do", async () => {
    expect(await findTargets([folder], signal)).toMatchObject({
      ok: false,
      error: { code: "UNREADABLE", message: "the folder holds no Containerfile or Dockerfile" },
    });
  });
  test("what is not there is an error", async () => {
    expect(await findTargets([join(folder, "none")], signal)).toMatchObject({
      ok: false,
      error: { code: "UNREADABLE" },
    });
  });

  test("a folder below that cannot be read is found as what it is, also where nothing else is there", async () => {
    mkdirSync(join(folder, "shut"));
    expect(await findTargets([folder], signal)).toMatchObject({
      ok: true,
      value: [
        {
          name: join(folder, "shut"),
          failure: { code: "UNREADABLE", message: "the folder cannot be searched: it may not be read by this user" },
        },
      ],
    });
  });
  test("one that is passed over anyway is not missed", async () => {
    mkdirSync(join(folder, "lost+found"));
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
    expect(await findTargets([folder], signal)).toEqual({ ok: true, value: [{ name: join(folder, "Dockerfile") }] });
  });
  test.each([
    ["audit", ["audit", "--engine", "none"]],
    ["fix --check", ["fix", "--check", "--engine", "none"]],
    ["manifest", ["manifest"]],
  ])("%s judges the others and ends with 2", async (_, argv) => {
    for (const path of ["a", "shut", "z"]) mkdirSync(join(folder, path));
    for (const path of ["a", "z"]) {
      writeFileSync(join(folder, path, "Containerfile"), "FROM scratch\nUSER 65532:65532\n");
      writeFileSync(join(folder, path, "pod.yaml"), "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a}]}\n");
    }
    const { code, stdout, stderr } = await run([...argv, "--format", "json", folder]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    const { targets } = JSON.parse(stdout);
    expect(
      targets.map(({ target }: { readonly target: string }) => target.slice(folder.length + 1).split("/")[0]),
    ).toEqual(["a", "shut", "z"]);
    expect(targets.map(({ error }: { readonly error: unknown }) => error !== null)).toEqual([false, true, false]);
  });
});
