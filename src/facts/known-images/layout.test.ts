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

test("a list of accounts that is said to be complete has root, or nobody at all", () => {
  interface Row {
    readonly complete?: boolean;
    readonly accounts?: readonly (readonly [name: string, uid: number])[];
  }
  const text = readFileSync(new URL("../../../recipes/known-images/table.json", import.meta.url), "utf8");
  const table: Readonly<Record<string, readonly Row[]>> = JSON.parse(text);
  const rootless = Object.entries(table).flatMap(([name, rows]) =>
    rows
      .filter(({ complete, accounts = [] }) => complete === true && accounts.length > 0)
      .filter(({ accounts = [] }) => !accounts.some(([account, uid]) => account === "root" && uid === 0))
      .map(() => name),
  );
  expect(rootless).toEqual([]);
});
