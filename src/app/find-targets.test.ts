import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findTargets, isContainerfileName } from "./find-targets.ts";

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
        join(folder, "odd"),
        "-",
        join(folder, "Dockerfile"),
        join(folder, "a/Containerfile"),
        join(folder, "b/Dockerfile"),
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
});
