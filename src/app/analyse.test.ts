/** A file that the builder would refuse is refused before anything else: place, what, what was meant, exit 2. */
import { describe, expect, test } from "vitest";
import { exitCodeOf } from "../core/errors.ts";
import { parseOrRefuse } from "./analyse.ts";

describe("a file that does not parse", () => {
  test.each([
    ["FROM a\nRUNN x\n", 2, 1, "unknown instruction RUNN", "did you mean RUN?"],
    ["\ufeffFROM a\r\n  USR 1\r\n", 2, 3, "unknown instruction USR", "did you mean USER?"],
    ["FROM a\nRUN \\\n  --mont=type=x y\n", 3, 3, "unknown flag --mont of RUN", "did you mean --mount?"],
    ["FROM a\nRUN x &&\nmake\n", 3, 1, "unknown instruction make", undefined],
  ])("%j", (text, line, column, message, hint) => {
    const result = parseOrRefuse("./Containerfile", text);
    expect(result).toMatchObject({
      ok: false,
      error: { code: "SYNTAX", file: "./Containerfile", line, column, message },
    });
    if (result.ok) return;
    if (hint !== undefined) expect(result.error).toMatchObject({ hint });
    expect(exitCodeOf(result.error)).toBe(2);
  });

  test("the first fault of the text is told", () => {
    expect(parseOrRefuse("f", "FROM a\nUSER\nRUNN x\n")).toMatchObject({ error: { line: 2 } });
  });

  test("one that parses is given back", () => {
    expect(parseOrRefuse("f", "FROM a\n")).toMatchObject({ ok: true, value: { errors: [] } });
  });
});
