import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Credential } from "./credential.ts";
import { CredentialStore } from "./credentials.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "credentials-"));
});
afterEach(() => rm(folder, { recursive: true }));

const auth = (name: string): object => ({ auth: Buffer.from(`${name}:secret-of-${name}`).toString("base64") });
const basic = (name: string): string => `Basic ${Buffer.from(`${name}:secret-of-${name}`).toString("base64")}`;

async function write(path: string, value: unknown): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof value === "string" ? value : JSON.stringify(value));
  return file;
}

async function find(
  env: Readonly<Record<string, string>>,
  host: string,
  repository = "app",
  authfile?: string,
): Promise<string | undefined> {
  const store = new CredentialStore({
    env: { HOME: folder, ...env },
    helperMs: 2_000,
    ...(authfile === undefined ? {} : { authfile }),
  });
  const found = await store.find(host, repository);
  if (!found.ok) return "message" in found.error ? `error: ${found.error.message}` : "error";
  return found.value?.isIdentityToken === true ? `token ${found.value.identityToken()}` : found.value?.basic();
}

/** Puts a helper onto a PATH. */
const helper = async (name: string, script: string): Promise<string> => {
  const file = await write(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`;
};

describe("where they are", () => {
  test("podman's own file comes before Docker's, and each by its variable", async () => {
    await write("run/containers/auth.json", { auths: { "a.example": auth("runtime") } });
    await write("config/containers/auth.json", { auths: { "a.example": auth("config"), "b.example": auth("config") } });
    await write("docker/config.json", { auths: { "b.example": auth("docker"), "c.example": auth("docker") } });
    const env = {
      XDG_RUNTIME_DIR: join(folder, "run"),
      XDG_CONFIG_HOME: join(folder, "config"),
      DOCKER_CONFIG: join(folder, "docker"),
    };
    expect(await find(env, "a.example")).toBe(basic("runtime"));
    expect(await find(env, "b.example")).toBe(basic("config"));
    expect(await find(env, "c.example")).toBe(basic("docker"));
    expect(await find(env, "d.example")).toBeUndefined();
  });

  test("a named file is the only one, and must be there", async () => {
    await write(".docker/config.json", { auths: { "a.example": auth("docker") } });
    const file = await write("named.json", { auths: { "b.example": auth("named") } });
    expect(await find({}, "b.example", "app", file)).toBe(basic("named"));
    expect(await find({}, "a.example", "app", file)).toBeUndefined();
    expect(await find({ REGISTRY_AUTH_FILE: file }, "b.example")).toBe(basic("named"));
    expect(await find({}, "a.example", "app", join(folder, "none"))).toBe(
      "error: there is no such file, and --authfile names it",
    );
  });

  test("a file that cannot be read is a fault, and its text is not shown", async () => {
    const file = await write("auth.json", '{"auths": secret-of-ann');
    expect(await find({}, "a.example", "app", file)).toBe("error: it is no JSON object");
  });
});

describe("which entry", () => {
  test("the longest namespace wins, by whole parts", async () => {
    await write(".docker/config.json", {
      auths: {
        "q.example": auth("host"),
        "q.example/org": auth("org"),
        "q.example/org/app": auth("app"),
        "q.example/or": auth("other"),
      },
    });
    expect(await find({}, "q.example", "org/app")).toBe(basic("app"));
    expect(await find({}, "q.example", "org/application")).toBe(basic("org"));
    expect(await find({}, "q.example", "orgs/app")).toBe(basic("host"));
  });

  test.each(["https://index.docker.io/v1/", "docker.io", "index.docker.io"])("%s is Docker Hub", async (key) => {
    await write(".docker/config.json", { auths: { [key]: auth("hub") } });
    expect(await find({}, "docker.io", "library/alpine")).toBe(basic("hub"));
  });

  test("an identity token", async () => {
    await write(".docker/config.json", { auths: { "a.example": { auth: "", identitytoken: "refresh" } } });
    expect(await find({}, "a.example")).toBe("token refresh");
  });

  test("another port is another host", async () => {
    await write(".docker/config.json", { auths: { "a.example": auth("x") } });
    expect(await find({}, "a.example:5000")).toBeUndefined();
  });
});

test("a folder in place of a file, as secrets are mounted and engines make for a mount that is missing", async () => {
  await mkdir(join(folder, ".docker/config.json"), { recursive: true });
  expect(await find({}, "a.example")).toBe("error: it is a folder where a file of credentials should be");
});

/** Pipes that this process holds. */
const pipes = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "PipeWrap").length;

describe("helpers", () => {
  test("the one for the host, asked for its name on standard input", async () => {
    const PATH = await helper(
      "test",
      'read server; printf \'{"ServerURL":"%s","Username":"%s","Secret":"s"}\' "$server" "$server"',
    );
    await write(".docker/config.json", { credHelpers: { "a.example": "test" }, credsStore: "none", auths: {} });
    expect(await find({ PATH }, "a.example")).toBe(`Basic ${Buffer.from("a.example:s").toString("base64")}`);
  });

  test("the store, where it has none: the file's own entry", async () => {
    const PATH = await helper("empty", "echo 'credentials not found in native keychain'; exit 1");
    await write(".docker/config.json", { credsStore: "empty", auths: { "a.example": auth("file") } });
    expect(await find({ PATH }, "a.example")).toBe(basic("file"));
  });

  test("<token> is an identity token", async () => {
    const PATH = await helper("idt", 'printf \'{"Username":"<token>","Secret":"refresh"}\'');
    await write(".docker/config.json", { credsStore: "idt" });
    expect(await find({ PATH }, "a.example")).toBe("token refresh");
  });

  test.each(["../evil", "a;b", "a b", "-x", ""])("%j is run as no program", async (name) => {
    await write(".docker/config.json", { credHelpers: { "a.example": name } });
    expect(await find({}, "a.example")).toBe(
      name === "" ? undefined : `error: "${name}" is no name of a credential helper`,
    );
  });

  test("one that fails or is not there says so, without what it printed", async () => {
    const PATH = await helper("bad", "echo secret-of-ann; exit 3");
    await write(".docker/config.json", { credHelpers: { "a.example": "bad", "b.example": "missing" } });
    expect(await find({ PATH }, "a.example")).toBe("error: docker-credential-bad failed with exit code 3");
    expect(await find({ PATH }, "b.example")).toBe(
      "error: the credential helper docker-credential-missing is not installed",
    );
  });

  test("one that never answers is ended", async () => {
    const PATH = await helper("slow", "exec sleep 60");
    await write(".docker/config.json", { credsStore: "slow" });
    const store = new CredentialStore({ env: { HOME: folder, PATH }, helperMs: 200 });
    expect(await store.find("a.example", "app")).toMatchObject({
      ok: false,
      error: { message: "docker-credential-slow gave no answer within 0 seconds" },
    });
  });

  test("nor does what it started keep this process", async () => {
    const PATH = await helper("wrap", "sleep 5; exit 0");
    await write(".docker/config.json", { credsStore: "wrap" });
    const before = pipes();
    await new CredentialStore({ env: { HOME: folder, PATH }, helperMs: 200 }).find("a.example", "app");
    await vi.waitFor(() => expect(pipes()).toBeLessThanOrEqual(before), { timeout: 2_000 });
  });

  test("an answer that is none is told, without it", async () => {
    const PATH = await helper("odd", "echo secret-of-ann");
    await write(".docker/config.json", { credsStore: "odd" });
    expect(await find({ PATH }, "a.example")).toBe(
      "error: docker-credential-odd gave an answer that is no JSON object",
    );
  });
});

test("a login is told by its place, and not by its name, which may be a token", () => {
  const file = "/run/my auth.json";
  const login = new Credential("ann", "secret", { file });
  expect(login.describe()).toBe(`the login in ${file}`);
  expect(login.renewal("r.example")).toBe(`log in again: podman login --authfile '${file}' r.example`);
  const helped = new Credential("AWS", "secret", { file, helper: "docker-credential-ecr-login" });
  expect(helped.describe()).toBe(`the login from docker-credential-ecr-login (named in ${file})`);
  expect(new Credential("", "secret", { file }, true).describe()).toBe(`the identity token in ${file}`);
});

test("a credential shows nothing of itself", () => {
  const credential = new Credential("ann", "secret-of-ann", { file: "auth.json" });
  for (const text of [
    String(credential),
    JSON.stringify({ credential }),
    inspect({ credential }, { showHidden: true, depth: 9 }),
  ])
    expect(text).not.toMatch(/ann/);
});
