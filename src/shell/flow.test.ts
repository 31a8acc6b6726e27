import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { readFlow, writtenWords, type Flow } from "./flow.ts";

/** A script's structure in brackets. */
function show(text: string, flow: Flow): string {
  const inner = (part: Flow): string => show(text, part);
  switch (flow.kind) {
    case "command":
      return writtenWords(text, flow).join(" ");
    case "list":
      return flow.parts.map(inner).join("; ");
    case "pipe":
      return flow.parts.map(inner).join(" | ");
    case "chain":
      return flow.parts.map(inner).reduce((left, right, index) => `[${left} ${flow.operators[index - 1]} ${right}]`);
    case "background":
      return inner(flow.body);
    case "not":
      return `!${inner(flow.body)}`;
    case "subshell":
      return `(${inner(flow.body)})`;
    case "if":
      return `if(${inner(flow.condition)}){${inner(flow.body)}}${flow.otherwise === undefined ? "" : `{${inner(flow.otherwise)}}`}`;
    case "loop":
      return `loop(${flow.condition === undefined ? "" : inner(flow.condition)}){${inner(flow.body)}}`;
    case "case":
      return `case ${flow.subject}${flow.arms.map(({ patterns, body }) => ` ${patterns.join("|")}{${inner(body)}}`).join("")}`;
    case "function":
      return `${flow.name}(){${inner(flow.body)}}`;
  }
}

describe("readFlow", () => {
  test.each([
    ["a && b || c; d | e & f", "[[a && b] || c]; d | e; f"],
    ["a &&\n b", "[a && b]"],
    ["! a b >/x 2>&1", "!a b"],
    ["if a; then b; elif c; then d; else e; fi; f", "if(a){b}{if(c){d}{e}}; f"],
    ["if a\nthen\n b\nfi >/dev/null\nc", "if(a){b}; c"],
    ["a || { b; exit 1; }\nc", "[a || b; exit 1]; c"],
    ["(a; b) && c", "[(a; b) && c]"],
    ["while read x; do a; done <f; b", "loop(read x){a}; b"],
    ["for i in a b; do c $i; done", "loop(){c $i}"],
    ["for ((i = 0; i < 3; i++)); do c; done", "loop(){c}"],
    ['case "$1" in a | b) c ;; (d) ;; *) e; esac', 'case "$1" a|b{c} d{} *{e}'],
    ["f() { a; }\nfunction g { b; }\nfunction h()\n(c)", "f(){a}; g(){b}; h(){(c)}"],
    ["x=(a b) && c", "[x= && c]"],
    ["cat <<EOF >/x\nif then\nEOF\na", "cat; a"],
    ["a # if\n# then\nb", "a; b"],
  ])("%s", (text, expected) => {
    const { flow, isWhole } = readFlow(text);
    expect(isWhole).toBe(true);
    expect(show(text, flow)).toBe(expected);
  });

  test.each([
    "if a; then b",
    "a)",
    "case x in a) b",
    "{ a",
    "fi)",
    "echo 'a",
    "(".repeat(5000),
    `if a; then b; ${"elif a; then b; ".repeat(20_000)}fi`,
  ])("%.40s is not read", (text) => {
    expect(readFlow(text).isWhole).toBe(false);
  });

  test("places are those of the text", () => {
    const text = "a; if b; then c; fi";
    const { flow } = readFlow(text);
    expect(flow.kind === "list" ? flow.parts.map(({ start, end }) => text.slice(start, end)) : []).toEqual([
      "a",
      "if b; then c; fi",
    ]);
  });

  test("ends, whatever the text", () => {
    const piece = fc.constantFrom(
      ..."if then elif else fi while do done for case in esac { } ( ) ;; ; && || | & ! f() a=( $( ` ' \" <<E > \n a".split(
        " ",
      ),
      " ",
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }).map((parts) => parts.join(" ")),
        (text) => {
          const { flow } = readFlow(text);
          expect(flow.end).toBeLessThanOrEqual(text.length);
        },
      ),
    );
  });
});
