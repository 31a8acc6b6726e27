import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditFiles } from "./audit.ts";
import { fixFiles } from "./fix.ts";
import type { FixRequest } from "./requests.ts";
import { fixRequest } from "./test-kit.ts";

const { signal } = new AbortController();
const good = "FROM alpine:3.20\nUSER 1000\n";
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fix-places-"));
  writeFileSync(join(folder, "C"), good);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const request = (more: Partial<FixRequest>): FixRequest => fixRequest([join(folder, "C")], more);
const never = async (): Promise<never> => {
  throw new Error("an engine is asked");
};
const wrong = (message: string) => ({
  ok: false,
  error: { code: "USAGE", message: expect.stringContaining(message) },
});

describe("places that a request names", () => {
  test.each([
    ["none", "there is no such folder"],
    ["C", "it is no folder"],
  ])("a context that is %s is wrong usage, before anything is asked", async (name, why) => {
    const context = join(folder, name);
    expect(await fixFiles(request({ context, engine: "auto" }), { signal }, never)).toMatchObject(wrong(why));
    expect(await fixFiles(request({ context, dryRun: true }), { signal }, never)).toMatchObject(wrong(why));
    expect(await auditFiles(request({ context, engine: "auto" }), { signal }, never)).toMatchObject(wrong(why));
  });

  test.each([
    ["none", "there is no such folder"],
    ["C", "it is no folder"],
  ])("and so is a further context that is %s", async (name, why) => {
    const contexts = { shared: join(folder, name) };
    const asked = [`--build-context shared=${contexts.shared}`, why].join(": ");
    expect(await fixFiles(request({ contexts, engine: "auto" }), { signal }, never)).toMatchObject(wrong(asked));
    expect(await auditFiles(request({ contexts, engine: "auto" }), { signal }, never)).toMatchObject(wrong(asked));
  });

  test("and a secret's file that is not there, while what is no file is the builder's matter", async () => {
    const secrets = ["id=a,env=A", `id=b,src=${join(folder, "C")}`, `id=c,src=${join(folder, "none")}`];
    const report = await fixFiles(request({ secrets, engine: "auto" }), { signal }, never);
    expect(report).toMatchObject(wrong(`--secret ${secrets[2]}: there is no such file`));
    const contexts = {
      a: "docker-image://alpine",
      b: "https://example.com/x.git",
      c: "git@example.com:x/y",
      d: folder,
    };
    expect(await fixFiles(request({ contexts, secrets: secrets.slice(0, 2) }), { signal }, never)).toMatchObject({
      ok: true,
    });
  });

  test("one that is a folder is none", async () => {
    expect(await fixFiles(request({ context: folder }), { signal }, never)).toMatchObject({ ok: true });
  });

  test.each([
    [".", "it is a folder"],
    ["none/out", "there is no such folder"],
    ["C/out", "it is no folder"],
  ])("-o %s is wrong usage, before anything is asked", async (name, why) => {
    const output = join(folder, name);
    expect(await fixFiles(request({ output, engine: "auto" }), { signal }, never)).toMatchObject(wrong(why));
  });
});

describe("-o with a text that stays as it is", () => {
  test("writes it there", async () => {
    const output = join(folder, "out");
    expect(await fixFiles(request({ output }), { signal }, never)).toMatchObject({
      ok: true,
      value: { targets: [{ verdict: "admit", error: null }] },
    });
    expect(readFileSync(output, "utf8")).toBe(good);
  });

  test("leaves the file itself alone", async () => {
    const output = join(folder, "C");
    const before = statSync(output);
    await fixFiles(request({ output }), { signal }, never);
    expect(statSync(output).ino).toBe(before.ino);
  });

  test("writes nothing of a file that does not parse", async () => {
    writeFileSync(join(folder, "C"), "FRM alpine\n");
    await fixFiles(request({ output: join(folder, "out") }), { signal }, never);
    expect(existsSync(join(folder, "out"))).toBe(false);
  });
});

async function isWritten(text: string): Promise<boolean | undefined> {
  writeFileSync(join(folder, "C"), text);
  const run = await fixFiles(request({}), { signal }, never);
  return run.ok ? run.value.targets[0]?.fix?.written : undefined;
}

describe("a start that needs root", () => {
  const starts = 'ENTRYPOINT ["sudo", "/app"]\n';

  test("keeps the file of an image that would lose root", async () => {
    expect(await isWritten(`FROM alpine:3.20\n${starts}`)).toBe(false);
  });

  test("does not, where the image runs as another user already", async () => {
    expect(await isWritten(`FROM alpine:3.20\nRUN adduser -D -u 1000 app\nUSER app\n${starts}`)).toBe(true);
    expect(readFileSync(join(folder, "C"), "utf8")).toContain("USER 1000\n");
  });
});

test.each([
  [{ dryRun: true }, "without --dry-run"],
  [{ check: true }, "without --check"],
  [{}, "with an engine"],
])("what only a build tells, with %j: run %s", async (more, how) => {
  writeFileSync(join(folder, "C"), "FROM debian:12\nRUN apt-get install -y svc\nUSER svc\n");
  expect(await fixFiles(request(more), { signal }, never)).toMatchObject({
    value: { targets: [{ fix: { changed: false, steps: [expect.stringContaining(`run ${how}, which tells it`)] } }] },
  });
});
