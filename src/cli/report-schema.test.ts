/** Whatever the command line prints with `--format json` is described by schemas/report.schema.json. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "./test-terminal.ts";

const schema: object = JSON.parse(await readFile(new URL("../../schemas/report.schema.json", import.meta.url), "utf8"));
const validate = new Ajv({
  allErrors: true,
  allowUnionTypes: true,
  strict: true,
  strictRequired: false,
  strictTypes: false,
}).compile(schema);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-schema-"));
  const write = async (name: string, text: string): Promise<void> => await writeFile(join(folder, name), text);
  await write("Containerfile", "FROM alpine:3.20\nRUN adduser -D app\nUSER app\nEXPOSE 80\n");
  await write("Dockerfile.broken", "FROM alpine\nRUNN x\n");
  await write("clean", "FROM gcr.io/distroless/static-debian12:nonroot\nUSER 65532\n");
  await write(
    "pod.yaml",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: b }] }\n",
  );
  await write("bad.yaml", "a: [\n");
  await write("scan", `${JSON.stringify({ target: "docker://h/a:1", kind: "image", verdict: "root" })}\n`);
});
afterAll(async () => await rm(folder, { recursive: true }));

test.each([
  ["audit --engine none Containerfile", 1],
  ["audit --engine none clean Dockerfile.broken", 2],
  ["audit --engine none .", 2],
  ["audit /nonexistent", 2],
  ["audit oci:/nonexistent", 2],
  ["fix --engine none Containerfile", 3],
  ["fix --engine none --check Containerfile", 1],
  ["fix --engine none --check clean", 0],
  ["fix", 2],
  ["verify", 2],
  ["verify A_B:!", 2],
  ["manifest pod.yaml", 1],
  ["manifest bad.yaml", 2],
  ["explain root-user nothing-like-it", 1],
  ["explain -", 2],
  ["explain --nope", 2],
  ["recipes", 0],
  ["recipes --uid 0", 2],
  ["recipes --recipes /nonexistent", 2],
  ["recipes --config /nonexistent", 2],
  ["report", 2],
  ["report /nonexistent", 2],
  ["report --rows none scan", 2],
  ["report scan", 1],
])("image-fix %s", async (words, expected) => {
  const argv = words
    .split(" ")
    .map((word) => (/^(Containerfile|Dockerfile|clean|pod|bad|scan$|\.$)/.test(word) ? join(folder, word) : word));
  const { code, stdout } = await run([...argv, "--format", "json"]);
  const document: unknown = JSON.parse(stdout);
  validate(document);
  expect(validate.errors ?? []).toEqual([]);
  expect(code).toBe(expected);
});

test.each([
  [{}],
  [{ schemaVersion: 1 }],
  [{ schemaVersion: 1, tool: { name: "other", version: "1" }, targets: [], summary: {} }],
])("%j is none of them", (document) => {
  expect(validate(document)).toBe(false);
});
