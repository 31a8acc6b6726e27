/** What the README shows is what the program takes and gives. */
import { existsSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { readConfig } from "../src/cli/config-schema.ts";
import * as api from "../src/index.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const readme = read("README.md");

/** The fenced blocks of a language under a heading. */
function blocks(heading: string, language: string): readonly string[] {
  const [, section = ""] = readme.split(`\n## ${heading}\n`);
  const [body = ""] = section.split("\n## ");
  return [...body.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"))].map(([, text = ""]) => text);
}

test("the report is one that the schema describes", () => {
  const schema = JSON.parse(read("schemas/report.schema.json"));
  const ajv = String(schema.$schema).includes("2020") ? new Ajv2020({ strict: false }) : new Ajv({ strict: false });
  const validate = ajv.compile(schema);
  const [report = ""] = blocks("JSON", "json");
  validate(JSON.parse(report));
  expect(validate.errors).toBeNull();
});

test("the configuration file is read", () => {
  const [config = ""] = blocks("Configuration", "yaml");
  expect(readConfig(".image-fix.yaml", config)).toMatchObject({
    ok: true,
    value: { "fail-on": "warning", uid: 10001, rules: { "copy-root-owned": "off" } },
  });
});

test("the library has what the example imports", () => {
  const [example = ""] = blocks("As a library", "ts");
  const names = /import \{ ([^}]+) \}/.exec(example)?.[1]?.split(", ") ?? [];
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) expect(api).toHaveProperty(name);
});

test("nothing was left to be filled in, and every file that is linked is there", () => {
  expect(readme).not.toMatch(/\b[A-Z]+EXAMPLE\b|TODO/);
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, path = ""]) => path);
  expect(links.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
});
