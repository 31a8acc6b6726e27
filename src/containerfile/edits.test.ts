/** Edits: spans on the original, the file's own line ending, indentation, letter case and escape. */
import { describe, expect, test } from "vitest";
import type { Edit } from "../core/finding.ts";
import {
  appendLineToHeredocBody,
  appendToShellCommand,
  applyEdits,
  insertAfter,
  insertBefore,
  insertFlag,
  keywordLike,
  replaceArgument,
  swallowingInstruction,
} from "./edits.ts";
import type { Containerfile, Instruction } from "./model.ts";
import { parseContainerfile } from "./parse.ts";

function edited(text: string, edit: (file: Containerfile, last: Instruction) => Edit | undefined): string | undefined {
  const file = parseContainerfile(text);
  const last = file.instructions.at(-1);
  if (last === undefined) throw new Error("no instruction");
  const made = edit(file, last);
  return made === undefined ? undefined : applyEdits(text, [made]);
}

const at = (start: number, end: number, text: string): Edit => ({ span: { start, end }, text });

describe("applyEdits", () => {
  test("order does not matter, insertions at one place keep theirs, touching edits are no overlap", () => {
    expect(applyEdits("abc", [at(2, 3, "C"), at(0, 0, "1"), at(0, 0, "2"), at(0, 2, "x")])).toBe("12xC");
  });

  test.each([[[at(0, 2, ""), at(1, 3, "")]], [[at(2, 1, "")]], [[at(0, 9, "")]]])(
    "%j is a mistake of ours",
    (edits) => {
      expect(() => applyEdits("abc", edits)).toThrow("overlaps");
    },
  );
});

describe("inserting lines", () => {
  test.each([
    ["FROM a\nCMD x\n", "FROM a\nCMD x\nUSER 1\n"],
    ["FROM a\nCMD x", "FROM a\nCMD x\nUSER 1"],
    ["FROM a\r\nCMD x\r\n", "FROM a\r\nCMD x\r\nUSER 1\r\n"],
    ["FROM a\r\nCMD x", "FROM a\r\nCMD x\r\nUSER 1"],
    ["FROM a\n  CMD x\n", "FROM a\n  CMD x\n  USER 1\n"],
    ["FROM a\nRUN <<E\nx\nE\n", "FROM a\nRUN <<E\nx\nE\nUSER 1\n"],
    ["FROM a\nRUN <<E\nx\nE", "FROM a\nRUN <<E\nx\nE\nUSER 1"],
    ["FROM a\nRUN x \\\n  y\n", "FROM a\nRUN x \\\n  y\nUSER 1\n"],
    ["FROM a\nRUN x \\\n", "FROM a\nRUN x \nUSER 1\n"],
    ["FROM a\nRUN x \\", "FROM a\nRUN x \nUSER 1"],
    ["FROM a\nCMD x\n# end\n", "FROM a\nCMD x\nUSER 1\n# end\n"],
    ["\ufeffFROM a\n", "\ufeffFROM a\nUSER 1\n"],
  ])("below %j", (text, expected) => {
    const after = edited(text, (file, last) => insertAfter(file, last, ["USER 1"]));
    expect(after).toBe(expected);
    expect(parseContainerfile(after ?? "").instructions.at(-1)).toMatchObject({
      keyword: "USER",
      argument: { value: "1" },
    });
  });

  test.each([
    ["FROM a\nCMD x\n", "FROM a\nUSER 1\nCMD x\n"],
    ["FROM a\n\n# why\n# so\nCMD x\n", "FROM a\n\nUSER 1\n# why\n# so\nCMD x\n"],
    ["FROM a\r\n\tCMD x\r\n", "FROM a\r\n\tUSER 1\r\n\tCMD x\r\n"],
    ["FROM a\n\nCMD x", "FROM a\n\nUSER 1\nCMD x"],
  ])("above %j", (text, expected) => {
    expect(edited(text, (file, last) => insertBefore(file, last, ["USER 1"]))).toBe(expected);
  });

  test("a line above the first one stands behind the byte order mark", () => {
    expect(edited("\ufeffFROM a\n", (file, last) => insertBefore(file, last, ["ARG x"]))).toBe("\ufeffARG x\nFROM a\n");
  });
});

describe("changing instructions", () => {
  test.each([
    ["FROM a\nUSER app\n", "FROM a\nUSER 1\n"],
    ["FROM a\nUSER \\\n  # c\n  app  \n", "FROM a\nUSER \\\n  # c\n  1  \n"],
    ["FROM a\nuser  ap\\\np\r\n", "FROM a\nuser  1\r\n"],
  ])("the argument of %j", (text, expected) => {
    expect(edited(text, (_, last) => (last.keyword === "USER" ? replaceArgument(last, "1") : undefined))).toBe(
      expected,
    );
  });

  test.each([
    ["FROM a\nCOPY a b\n", "FROM a\nCOPY --chown=1 a b\n"],
    ["FROM a\nCOPY --link a b\n", "FROM a\nCOPY --link --chown=1 a b\n"],
    ["FROM a\nCOPY \\\n  a b\n", "FROM a\nCOPY --chown=1 \\\n  a b\n"],
    ['FROM a\nCOPY ["a", "b"]\n', 'FROM a\nCOPY --chown=1 ["a", "b"]\n'],
  ])("a flag of %j", (text, expected) => {
    expect(edited(text, (_, last) => insertFlag(last, "--chown=1"))).toBe(expected);
  });

  test.each([
    ["FROM a\nRUN x\n", "FROM a\nRUN x && y\n"],
    ["FROM a\nRUN x \\\n  z  \n", "FROM a\nRUN x \\\n  z && y  \n"],
    ['FROM a\nRUN ["x"]\n', undefined],
    ["FROM a\nRUN <<E\nx\nE\n", undefined],
  ])("the command of %j", (text, expected) => {
    expect(
      edited(text, (file, last) => (last.keyword === "RUN" ? appendToShellCommand(file, last, " && y") : undefined)),
    ).toBe(expected);
  });

  test.each([
    ["FROM a\nRUN <<E\nx\nE\n", "FROM a\nRUN <<E\nx\ny\nE\n"],
    ["FROM a\r\nRUN <<E\r\nx\r\nE\r\n", "FROM a\r\nRUN <<E\r\nx\r\ny\r\nE\r\n"],
    ["FROM a\nRUN <<-E\n\t\tx\n\tE\n", "FROM a\nRUN <<-E\n\t\tx\n\t\ty\n\tE\n"],
    ["FROM a\nRUN x <<A <<B\nA\nB\n", undefined],
  ])("the body of %j", (text, expected) => {
    expect(
      edited(text, (file, last) => (last.keyword === "RUN" ? appendLineToHeredocBody(file, last, "y") : undefined)),
    ).toBe(expected);
  });

  test("keywords are written as the file writes them", () => {
    const file = parseContainerfile("from a\nRUN x\nuser b\n");
    expect(keywordLike(file, undefined, "USER")).toBe("user");
    expect(keywordLike(file, file.instructions[1], "USER")).toBe("USER");
    expect(keywordLike(parseContainerfile("From a\n"), undefined, "user")).toBe("USER");
  });
});

function found(text: string, edit: (file: Containerfile, last: Instruction) => Edit): string | undefined {
  const file = parseContainerfile(text);
  const last = file.instructions.at(-1);
  return last && swallowingInstruction(file, [edit(file, last)])?.keyword;
}

describe("swallowingInstruction", () => {
  test.each([
    ["behind it", "FROM a\nLABEL x=1\\\\", insertAfter],
    ["behind it and blanks", "FROM a\nLABEL x=1\\\\ \t\n", insertAfter],
    ["in front of the next", "FROM a\nLABEL x=1\\\\\nCMD x\n", insertBefore],
    ["in front of the next, over what ends nothing in Buildah", "FROM a\nLABEL x=1\\\\\n\n# c\nCMD x\n", insertBefore],
    ["with another escape character", "# escape=`\nFROM a\nLABEL x=1``\nCMD x\n", insertBefore],
  ] as const)("a line %s", (_, text, insert) => {
    expect(found(text, (file, last) => insert(file, last, ["USER 1"]))).toBe("LABEL");
  });

  test.each([
    ["one escape character", "FROM a\nRUN x \\\n y\nCMD x\n", insertBefore],
    ["one further up", "FROM a\nLABEL x=1\\\\\nLABEL y=2\nCMD x\n", insertBefore],
    ["a here-document in between", "FROM a\nRUN cat <<E \\\\\nx\nE\nCMD x\n", insertBefore],
    ["the line above it", "FROM a\nLABEL x=1\\\\\n", insertBefore],
  ] as const)("not %s", (_, text, insert) => {
    expect(found(text, (file, last) => insert(file, last, ["USER 1"]))).toBeUndefined();
  });

  test("nor a flag or argument of the next instruction", () => {
    expect(found("FROM a\nLABEL x=1\\\\\nCOPY a b\n", (_, last) => insertFlag(last, "--chown=1"))).toBeUndefined();
  });
});
