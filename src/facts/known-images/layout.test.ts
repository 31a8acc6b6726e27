import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the table has each name and the end of its rows on a line of its own, as single look-ups read it", () => {
  const text = readFileSync(new URL("../../../recipes/known-images/table.json", import.meta.url), "utf8");
  const table: Readonly<Record<string, readonly unknown[]>> = JSON.parse(text);
  const laidOut = Object.entries(table).map(
    ([name, rows]) => `${JSON.stringify(name)}: [\n${rows.map(() => "  …").join(",\n")}\n]`,
  );
  const withoutRows = text.replace(/^ {2}\{.*\}(?=,?$)/gm, "  …");
  expect(withoutRows).toBe(`{\n${laidOut.join(",\n")}\n}\n`);
});
