import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "./config.ts";
import { readConfig } from "./config-schema.ts";

const whole = `engine: podman
platform: linux/arm64
uid: 10001
gid: 0
user-name: app
home: /srv/app
writable: [/data, /var/cache/app]
openshift: true
comments: false
recipes: ./recipes
timeout: 600
build-args: { VERSION: 1.20, DEBUG: true, NAME: x }
fail-on: warning
allow-unknown: true
rules: { copy-root-owned: off, root-group: error }
`;

describe("the text of a configuration file", () => {
  test("everything that it may say", () => {
    expect(readConfig(".image-fix.yaml", whole)).toEqual({
      ok: true,
      value: {
        engine: "podman",
        platform: "linux/arm64",
        uid: 10001,
        gid: 0,
        "user-name": "app",
        home: "/srv/app",
        writable: ["/data", "/var/cache/app"],
        openshift: true,
        comments: false,
        recipes: "./recipes",
        timeout: 600,
        "build-args": { VERSION: "1.2", DEBUG: "true", NAME: "x" },
        "fail-on": "warning",
        "allow-unknown": true,
        rules: { "copy-root-owned": "off", "root-group": "error" },
      },
    });
  });

  test("an empty file says nothing", () => {
    expect(readConfig("c.yaml", "# nothing yet\n")).toEqual({ ok: true, value: {} });
  });

  test("a key that is none names those that there are", () => {
    expect(readConfig("c.yaml", "uuid: 1\n")).toMatchObject({
      error: { hint: expect.stringMatching(/^the keys are engine, platform, uid, .*, rules$/) },
    });
  });

  test.each([
    ["uid: 0\n", 1, 6, "uid: 0 is root"],
    ["\nuid: app\n", 2, 6, 'uid: "app" is no uid'],
    ["uuid: 1\n", 1, 1, "uuid: there is no such key"],
    ["writable:\n  - data\n", 2, 5, 'writable.0: "data" is no absolute path'],
    [
      "rules:\n  rot-user: off\n",
      2,
      3,
      "there is no such rule; did you mean root-user? `image-fix explain` lists them",
    ],
    ["rules:\n  nonsense: off\n", 2, 3, "there is no such rule; `image-fix explain` lists them"],
    ["rules:\n  root-user: never\n", 2, 14, "off, error, warning or info is wanted"],
    ["fail-on: info\n", 1, 10, "error or warning is wanted"],
    ["openshift: 1\n", 1, 12, "true or false is wanted"],
    ["uid: 1\nuid: 2\n", 2, 1, "unique"],
    ["uid: [\n", 2, 1, ""],
    ["- uid\n", 1, 1, "options and their values are wanted"],
    ["uid\n", 1, 1, "options and their values are wanted"],
  ])("%j is refused at line %i, column %i", (text, line, column, message) => {
    const config = readConfig("c.yaml", text);
    expect(config).toMatchObject({ ok: false, error: { code: "CONFIG_INVALID", file: "c.yaml", line, column } });
    expect(config.ok ? "" : "message" in config.error && config.error.message).toContain(message);
  });

  test("the published schema takes what the reader takes, and knows the same keys", () => {
    const schema = JSON.parse(readFileSync(new URL("../../schemas/config.schema.json", import.meta.url), "utf8"));
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    const value = parse(whole);
    expect(validate(value)).toBe(true);
    expect(Object.keys(schema.properties).toSorted()).toEqual(Object.keys(value).toSorted());
    expect(validate({ uid: 0 })).toBe(false);
    expect(validate({ uuid: 1 })).toBe(false);
  });
});

describe("where the file is looked for", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "image-fix-config-"));
    await mkdir(join(folder, "repo", ".git"), { recursive: true });
    await mkdir(join(folder, "repo", "a", "b"), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("in this folder and above it, its folders relative to it", async () => {
    await writeFile(join(folder, "repo", ".image-fix.yaml"), "uid: 7\nrecipes: mine\n");
    expect(await loadConfig(undefined, join(folder, "repo", "a", "b"))).toEqual({
      ok: true,
      value: { uid: 7, recipes: join(folder, "repo", "mine") },
    });
  });

  test("not above the root of the checkout", async () => {
    await writeFile(join(folder, ".image-fix.yaml"), "uid: 7\n");
    expect(await loadConfig(undefined, join(folder, "repo", "a"))).toEqual({ ok: true, value: {} });
  });

  test("a named one must exist", async () => {
    expect(await loadConfig(join(folder, "none.yaml"), folder)).toMatchObject({
      ok: false,
      error: { code: "CONFIG_INVALID", message: "the configuration file cannot be read" },
    });
  });

  test("one that is there and cannot be read is not passed over", async () => {
    await mkdir(join(folder, "repo", ".image-fix.yaml"));
    expect(await loadConfig(undefined, join(folder, "repo", "a"))).toMatchObject({
      ok: false,
      error: {
        code: "CONFIG_INVALID",
        file: join(folder, "repo", ".image-fix.yaml"),
        message: "the configuration file cannot be read",
        hint: expect.stringContaining("it is a folder"),
      },
    });
  });

  test.each([
    ["is told what it should be called", ["repo/a/.image-fix.yml"], "rename it to .image-fix.yaml"],
    ["does not matter beside one that is read", ["repo/a/.image-fix.yml", "repo/a/.image-fix.yaml"], undefined],
    ["does not matter above one that is read", ["repo/.image-fix.yml", "repo/a/.image-fix.yaml"], undefined],
    ["does not matter outside the checkout", [".image-fix.yml"], undefined],
  ])("another ending %s", async (_, files, hint) => {
    for (const file of files) await writeFile(join(folder, file), "uid: 7\n");
    const loaded = await loadConfig(undefined, join(folder, "repo", "a"));
    expect(loaded.ok ? undefined : "hint" in loaded.error && loaded.error.hint).toBe(hint);
  });
});
