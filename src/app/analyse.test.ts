/** A file that the builder would refuse is refused before anything else: place, what, what was meant, exit 2. */
import { describe, expect, test } from "vitest";
import { exitCodeOf } from "../core/errors.ts";
import { parseContainerfile } from "../containerfile/parse.ts";
import { analyse, parseOrRefuse, resolveOrRefuse } from "./analyse.ts";
import { EngineSource } from "./engine-source.ts";
import { newBaseCache } from "./gather-bases.ts";

const refuse = (text: string, target?: string) =>
  resolveOrRefuse("f", parseContainerfile(text), target === undefined ? {} : { target });

/** Without an engine. */
function analyseAlone(text: string) {
  const run = { signal: new AbortController().signal };
  const gather = { target: "f", engines: new EngineSource("none", run), cache: newBaseCache(), run, pull: false };
  const none = { openshift: false, writable: [], rules: {}, readContext: () => undefined, listContext: () => [] };
  return analyse({ name: "f", text, build: {}, ...none }, gather);
}

test("an image of the table that FROM takes for Windows is a Windows image", async () => {
  const result = await analyseAlone("FROM --platform=windows/amd64 golang:1.22\nRUN dir\n");
  expect(result).toMatchObject({ ok: true, value: { input: { user: { verdict: "not-applicable" } } } });
});

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

describe("stages that cannot be built", () => {
  test.each([
    ["FROM alpine:3.20\nCOPY --from=9 a b\nUSER 5\n", 2, 13, "COPY --from=9: there is no stage with this index"],
    ["FROM a AS a\nCOPY --from=a b c\n", 2, 13, "the stage a copies from itself (--from=a)"],
    ["FROM a AS B\nFROM B\n", 2, 6, "FROM B is neither a stage nor an image: a repository name must be lower-case"],
  ])("%j is refused with its place", (text, line, column, message) => {
    expect(refuse(text)).toMatchObject({ ok: false, error: { code: "SYNTAX", file: "f", line, column, message } });
  });

  test("a value that only a stage's build refuses, where the stage is needed", () => {
    const text = "FROM a AS x\nEXPOSE a\nFROM b\n";
    expect(parseOrRefuse("f", text)).toMatchObject({ ok: true });
    expect(refuse(text)).toMatchObject({ ok: true });
    expect(refuse(text, "x")).toMatchObject({ ok: false, error: { code: "SYNTAX", line: 2, column: 8 } });
  });

  test("what only the working directory of the base makes wrong", async () => {
    const result = await analyseAlone("FROM scratch\nRUN --mount=type=cache,id=x y\n");
    expect(result).toMatchObject({ ok: false, error: { code: "SYNTAX", file: "f", line: 2, column: 5 } });
  });

  test("a target that is not there is no fault of the file", () => {
    expect(refuse("FROM a AS one\n", "two")).toEqual({
      ok: false,
      error: { code: "USAGE", message: 'there is no stage "two" to build', hint: "the stages are: one" },
    });
  });
});
