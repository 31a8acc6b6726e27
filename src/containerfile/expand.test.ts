/** Variables as `shell/lex.go` expands them (GRAMMAR section 6). */
import { describe, expect, test } from "vitest";
import { expandWord, type Lookup } from "./expand.ts";

const known: Readonly<Record<string, string>> = { x: "foo.tar.gz", e: "", A: "1", PATH: "/usr/bin:/bin", é: "acute" };

const lookup = (name: string): Lookup => {
  if (name === "who") return { state: "unknown" };
  const value = Object.hasOwn(known, name) ? known[name] : undefined;
  return value === undefined ? { state: "unset" } : { state: "set", value };
};
const expand = (word: string, escape = "\\") => expandWord(word, escape, lookup);

describe("forms", () => {
  test.each([
    ["$x", "foo.tar.gz"],
    ["${x}", "foo.tar.gz"],
    ["${nope:-w}", "w"],
    ["${e:-w}", "w"],
    ["${e-w}", ""],
    ["${nope-w}", "w"],
    ["${x:-w}", "foo.tar.gz"],
    ["${x:+w}", "w"],
    ["${e:+w}", ""],
    ["${e+w}", "w"],
    ["${nope+w}", ""],
    ["${x:?gone}", "foo.tar.gz"],
    ["${e?gone}", ""],
    ["${x#f*.}", "tar.gz"],
    ["${x##*.}", "gz"],
    ["${x%.*}", "foo.tar"],
    ["${x%%.*}", "foo"],
    ["${x#nope}", "foo.tar.gz"],
    ["${x#???}", ".tar.gz"],
    ["${x/o/0}", "f0o.tar.gz"],
    ["${x//o/0}", "f00.tar.gz"],
    ["${x/.*/}", "foo"],
    ["${nope:-${A:-2}}", "1"],
    ["${nope:-${gone:-2}}", "2"],
    ["${PATH}:/x", "/usr/bin:/bin:/x"],
    ["$A$A", "11"],
    ["$é", "acute"],
    ["$A-1", "1-1"],
    ["$", "$"],
    ["$.", "$."],
    ["\\$x", "$x"],
    ["\\\\", "\\"],
    ["'$x'", "$x"],
    ['"$A"', "1"],
    ['"\\$A"', "$A"],
    ['"a\\b"', "a\\b"],
    ['"a\\"b"', 'a"b'],
    ["'a'\"b\"c", "abc"],
    ["a b # c", "a b # c"],
  ])("%s is %j", (word, value) => {
    expect(expand(word)).toMatchObject({ value });
    expect(expand(word).error).toBeUndefined();
  });

  test("unset is empty, and told: both unset in USER ${A}:${B} is a colon", () => {
    expect(expand("${B}:${C}")).toEqual({ value: ":", unset: ["B", "C"], unknown: [] });
    expect(expand("$B:$B").unset).toEqual(["B"]);
  });

  test("what is not known makes the word unknown, but not behind a default that is not used", () => {
    expect(expand("u$who").unknown).toEqual(["who"]);
    expect(expand("${x:-$who}")).toMatchObject({ value: "foo.tar.gz", unknown: [] });
    expect(expand("${who:-1}").unknown).toEqual(["who"]);
    expect(expand("${nope:-$who}").unknown).toEqual(["who"]);
  });

  test.each([
    ["${x!}", "unsupported modifier (!) in substitution"],
    ["${x:#a}", "unsupported modifier (:#) in substitution"],
    ["${x:1}", "unsupported modifier (:1) in substitution"],
    ["${}", "syntax error: bad substitution"],
    ["${x", "syntax error: missing '}'"],
    ["${x:-w", "syntax error: missing '}'"],
    ["${x/a", "syntax error: missing '/' in ${}"],
    ["'x", "unexpected end of statement while looking for matching single-quote"],
    ['"x', "unexpected end of statement while looking for matching double-quote"],
    ["${nope:?why not}", "nope: why not"],
    ["${nope?}", "nope: is not allowed to be unset"],
    ["${e:?}", "e: is not allowed to be empty"],
  ])("%s is an error", (word, error) => {
    expect(expand(word).error).toBe(error);
  });

  test("the escape character is the file's", () => {
    expect(expand("C:\\x`$x", "`").value).toBe("C:\\x$x");
    expect(expand("`$x", "\\").value).toBe("`foo.tar.gz");
  });

  test("deep nesting is an error, not a full stack", () => {
    const deep = `${"${n:-".repeat(5_000)}x${"}".repeat(5_000)}`;
    expect(expand(deep).error).toBeDefined();
  });
});
