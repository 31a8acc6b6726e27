/** No manifest makes judging or fixing quadratic. */
import { describe, expect, test } from "vitest";
import { fixOne } from "../../src/manifest/test-kit.ts";
import { allowed, growth } from "../support/growth.ts";

const lines = (size: number, line: (at: number) => string): string =>
  Array.from({ length: size }, (_, at) => line(at)).join("");
const argo = (kind: string, name: string, spec: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec:\n${spec}`;

/** Texts by size; each kind is something that could be read twice without care. */
const kinds: Readonly<Record<string, readonly [make: (size: number) => string, size: number]>> = {
  Pods: [
    (size) =>
      lines(
        size,
        (at) =>
          `---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: p${at}\nspec:\n  containers:\n  - name: a\n    image: a\n`,
      ),
    20,
  ],
  "containers in braces": [
    (size) =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n${lines(size, (at) => `  - {name: c${at}, image: a}\n`)}`,
    20,
  ],
  "an Argo patch that is laid over every template": [
    (size) =>
      argo(
        "Workflow",
        "w",
        `  podSpecPatch: |\n    containers:\n${lines(size, () => "    - {name: main, resources: {}}\n")}  templates:\n${lines(size, (at) => `  - name: t${at}\n    container: {image: a}\n`)}`,
      ),
    20,
  ],
  "Argo templates that stand in another object": [
    (size) =>
      `${argo("WorkflowTemplate", "lib", `  templates:\n${lines(size, (at) => `  - name: t${at}\n    container: {image: a}\n`)}`)}---\n${argo("Workflow", "w", `  templates:\n  - name: s\n    steps:\n${lines(size, (at) => `    - - {name: s${at}, templateRef: {name: lib, template: t${at}}}\n`)}`)}`,
    20,
  ],
};

describe("judging and fixing", () => {
  test.each(Object.entries(kinds))(
    "%s",
    (_, [make, size]) => {
      expect(fixOne(make(size))).toContain("securityContext");
      expect(growth(make, size, (text) => fixOne(text))).toBeLessThan(allowed);
    },
    60_000,
  );
});
