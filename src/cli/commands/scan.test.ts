import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asObject, asText, parseJson } from "../../core/json.ts";
import { run } from "../test-terminal.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-scan-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A layout whose images have a name and a user each; the digests in their order. */
async function layout(images: readonly (readonly [name: string, user: string])[]): Promise<readonly string[]> {
  const blobs = join(folder, "l", "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const put = async (value: unknown) => {
    const content = Buffer.from(JSON.stringify(value));
    const hex = createHash("sha256").update(content).digest("hex");
    await writeFile(join(blobs, hex), content);
    return { digest: `sha256:${hex}`, size: content.length };
  };
  const manifests = [];
  for (const [name, user] of images) {
    const config = await put({ os: "linux", architecture: "amd64", config: { User: user }, rootfs: { diff_ids: [] } });
    const mediaType = "application/vnd.oci.image.config.v1+json";
    const manifest = await put({ schemaVersion: 2, config: { mediaType, ...config }, layers: [] });
    const annotations = { "org.opencontainers.image.ref.name": name };
    manifests.push({ mediaType: "application/vnd.oci.image.manifest.v1+json", ...manifest, annotations });
  }
  await writeFile(join(folder, "l", "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  return manifests.map(({ digest }) => digest);
}

/** Without the line ends that a narrow terminal needs. */
const words = (text: string): string => text.replace(/\s+/g, " ");

const at = (rest = ""): string => `oci:${join(folder, "l")}${rest}`;

const linesOf = (stdout: string): readonly (readonly [string, string])[] =>
  stdout
    .trim()
    .split("\n")
    .map((text) => asObject(parseJson(text)))
    .map(({ target, verdict }) => [asText(target), asText(verdict)] as const);

describe("two images of one name in a layout", () => {
  test("are both scanned, each by its digest", async () => {
    const [first = "", second = ""] = await layout([
      ["same", "1000:1000"],
      ["same", ""],
      ["other", "1000:1000"],
    ]);
    const { code, stdout } = await run(["scan", "--format", "ndjson", "--concurrency", "1", at()]);
    expect(code).toBe(1);
    expect(linesOf(stdout)).toEqual([
      [at(`:same@${first}`), "admit"],
      [at(`:same@${second}`), "root"],
      [at(":other"), "admit"],
    ]);
    const filtered = await run(["scan", "--list", "--include", ":same", at()]);
    expect(filtered.stdout.trim().split("\n")).toEqual([at(`:same@${first}`), at(`:same@${second}`)]);
  });

  test("have these names for audit too, which refuses the name that both have", async () => {
    const [first = "", second = ""] = await layout([
      ["same", "1000:1000"],
      ["same", ""],
    ]);
    const all = await run(["audit", "--format", "json", at()]);
    expect(all.code).toBe(1);
    for (const digest of [first, second]) expect(all.stdout).toContain(`"target": "${at(`:same@${digest}`)}"`);
    expect(all.stdout).not.toContain("platforms differ");
    expect((await run(["audit", at(`:same@${first}`)])).code).toBe(0);
    expect((await run(["audit", at(`:same@${second}`)])).code).toBe(1);
    const same = await run(["audit", "--format", "json", at(":same")]);
    expect(same.code).toBe(3);
    expect(same.stdout).toContain("2 images of the layout have that name");
    expect(same.stdout).toContain(at(`:same@${second}`));
  });

  test("are one when they are one image", async () => {
    await layout([
      ["same", "1000:1000"],
      ["same", "1000:1000"],
    ]);
    const { stdout } = await run(["scan", "--format", "ndjson", at()]);
    expect(linesOf(stdout)).toEqual([[at(":same"), "admit"]]);
    expect((await run(["audit", at(":same")])).code).toBe(0);
  });
});

describe("what is no layout", () => {
  test("a folder that is not there, for scan and audit alike", async () => {
    const scan = await run(["scan", "--format", "text", at()]);
    const audit = await run(["audit", at()]);
    expect([scan.code, audit.code]).toEqual([2, 2]);
    for (const { stdout, stderr } of [scan, audit]) expect(words(stdout + stderr)).toContain("there is no such folder");
  });

  test("a folder without an index", async () => {
    await mkdir(join(folder, "l"));
    const scan = await run(["scan", "--format", "text", at()]);
    const audit = await run(["audit", at()]);
    expect([scan.code, audit.code]).toEqual([2, 2]);
    for (const { stdout, stderr } of [scan, audit]) expect(words(stdout + stderr)).toContain("it has no index.json");
  });

  test("a file", async () => {
    await writeFile(join(folder, "l"), "x");
    const audit = await run(["audit", at()]);
    expect([audit.code, (await run(["scan", at()])).code]).toEqual([2, 2]);
    expect(words(audit.stdout + audit.stderr)).toContain("it is a file, not a folder");
  });
});

describe("nothing to scan", () => {
  test("an empty list is an error", async () => {
    const list = join(folder, "list");
    await writeFile(list, "# nothing\n\n");
    const { code, stdout, stderr } = await run(["scan", "--format", "text", `@${list}`]);
    expect(code).toBe(2);
    expect(words(stdout + stderr)).toContain("the list is empty");
    expect((await run(["scan", "--list", `@${list}`])).code).toBe(2);
  });

  test("an empty layout is what it is", async () => {
    await layout([]);
    expect((await run(["scan", at()])).code).toBe(0);
  });

  test("a pattern that matched nothing is told, with --list too", async () => {
    await layout([["app:1", "1000:1000"]]);
    const list = await run(["scan", "--list", "--include", "nope/*", at()]);
    expect(list).toMatchObject({ code: 0, stdout: "" });
    expect(list.stderr).toContain('nothing is like "nope/*"');
    expect((await run(["scan", "--list", "--include", "app", at()])).stderr).toBe("");
    expect((await run(["scan", "--list", "--quiet", "--include", "nope/*", at()])).stderr).toBe("");
  });
});

const scanned = async (...options: readonly string[]) => (await run(["scan", ...options, at()])).code;

test("--output - is standard output", async () => {
  await layout([["app:1", "1"]]);
  const { code, stdout } = await run(["scan", "-o", "-", at()]);
  expect(code).toBe(0);
  expect(stdout).toContain('"verdict":"admit"');
});

test("the results never go over the list or the state that the scan needs", async () => {
  await layout([["app:1", "1"]]);
  const list = join(folder, "list");
  await writeFile(list, `${at()}\n`);
  await symlink(list, join(folder, "link"));
  for (const argv of [
    ["-o", list, `@${list}`],
    ["-o", join(folder, "link"), `@${list}`],
    ["-o", join(folder, "state"), "--state", join(folder, ".", "state"), at()],
  ]) {
    const { code, stderr } = await run(["scan", ...argv]);
    expect(words(stderr)).toMatch(/--output would overwrite .*, which the scan needs/);
    expect(code).toBe(2);
  }
  expect(await readFile(list, "utf8")).toBe(`${at()}\n`);
  const { code } = await run(["scan", "-o", join(folder, "out"), "--state", join(folder, "state"), `@${list}`]);
  expect(code).toBe(0);
});

test("--allow-unread lets pass what could not be read, and not that nothing could", async () => {
  const [, second = ""] = await layout([
    ["a", ""],
    ["b", "1000:1000"],
  ]);
  const blobs = join(folder, "l", "blobs", "sha256");
  await rm(join(blobs, second.slice("sha256:".length)));
  expect(await scanned()).toBe(3);
  expect(await scanned("--exit-zero")).toBe(3);
  expect(await scanned("--allow-unread")).toBe(1);
  expect(await scanned("--allow-unread", "--exit-zero")).toBe(0);
  for (const name of await readdir(blobs)) await rm(join(blobs, name));
  expect(await scanned("--allow-unread", "--exit-zero")).toBe(3);
});

const night = (id: string) =>
  run(["scan", "--format", "ndjson", "--state", join(folder, "state"), "--run-id", id, at()]);

describe("a scan by a schedule", () => {
  test("sees what came since the last run, and goes on in its own", async () => {
    await layout([["a", "1000:1000"]]);
    await night("monday");
    await layout([
      ["a", "1000:1000"],
      ["b", ""],
    ]);
    const { stdout } = await night("tuesday");
    expect(Object.fromEntries(linesOf(stdout))).toEqual({ [at(":a")]: "admit", [at(":b")]: "root" });
    const again = await night("tuesday");
    expect(words(again.stderr)).toContain(
      `all read before and kept in ${join(folder, "state")}; remove it to scan anew`,
    );
  });

  test("needs a state to be about", async () => {
    await layout([["a", "1000:1000"]]);
    const { code, stderr } = await run(["scan", "--run-id", "monday", at()]);
    expect(code).toBe(2);
    expect(words(stderr)).toContain("name it too: --state FILE");
  });
});
