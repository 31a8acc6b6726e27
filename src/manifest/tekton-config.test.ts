import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { tektonConfigObjects, tektonConfigPatch, type TektonConfigObject } from "./tekton-config.ts";

const fixtures = join(import.meta.dirname, "..", "..", "test", "fixtures", "manifest-plan");

/** Lines that a shell runs. */
const commands = (text: string): readonly string[] =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

/** The YAML in the comments, behind the line that announces it. */
const yamlIn = (text: string): unknown =>
  parse((text.split("beside what stands there:\n")[1] ?? "").replaceAll(/^# {2}/gm, "").split("\n\n")[0] ?? "");

describe("Tekton's patch", () => {
  test("all three, by bytes", async () => {
    const golden = await readFile(join(fixtures, "tekton-config.sh"));
    expect(Buffer.compare(golden, Buffer.from(tektonConfigPatch()))).toBe(0);
  });

  test("one command runs, the others are comments", () => {
    expect(commands(tektonConfigPatch())).toEqual([
      `kubectl patch tektonconfig config --type merge -p '{"spec":{"pipeline":{"set-security-context":true}}}'`,
    ]);
  });

  const expected: Readonly<Record<TektonConfigObject, { readonly object: string; readonly name: string }>> = {
    TektonConfig: { object: "tektonconfig config", name: "config" },
    TektonPipeline: { object: "tektonpipeline pipeline", name: "pipeline" },
    ConfigMap: { object: "configmap feature-flags -n tekton-pipelines", name: "feature-flags" },
  };

  test.each(tektonConfigObjects)("%s alone: the command's patch and the YAML say the same", (kind) => {
    const text = tektonConfigPatch([kind]);
    const [command, ...more] = commands(text);
    expect(more).toEqual([]);
    expect(command).toMatch(new RegExp(`^kubectl patch ${expected[kind].object} --type merge -p '`));
    const patch: object = JSON.parse(/-p '(.*)'$/.exec(command ?? "")?.[1] ?? "");
    expect(yamlIn(text)).toMatchObject({ kind, metadata: { name: expected[kind].name }, ...patch });
  });
});
