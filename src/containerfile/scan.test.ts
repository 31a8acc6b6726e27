/** Lines, directives, comments, continuation and heredocs, as GRAMMAR facts say BuildKit reads them. */
import { describe, expect, test } from "vitest";
import type { Containerfile } from "./model.ts";
import { parseContainerfile } from "./parse.ts";
import { longestLine } from "./scan.ts";

/** `KEYWORD arguments` of every instruction, joined. */
const logicalLines = (text: string): readonly string[] =>
  parseContainerfile(text).instructions.map(({ logical }) => logical.text);

const messages = ({ errors }: Containerfile): readonly string[] => errors.map(({ message }) => message);

const rejoined = ({ text, pieces }: Containerfile): string =>
  pieces.map(({ span }) => text.slice(span.start, span.end)).join("");

describe("physical lines", () => {
  test("a lone carriage return ends no line", () => {
    expect(logicalLines("FROM a\rUSER u\r")).toEqual(["FROM a\rUSER u"]);
  });

  test("CRLF, and more carriage returns than one, are cut", () => {
    expect(logicalLines("FROM a\r\nUSER u\r\r\n")).toEqual(["FROM a", "USER u"]);
  });

  test("the byte order mark is dropped on line 1 alone, and directives work behind it", () => {
    const file = parseContainerfile("\ufeff# escape=`\nFROM a\n");
    expect(file.bom).toBe(true);
    expect(file.escape).toBe("`");
    expect(rejoined(file)).toBe(file.text);
    expect(parseContainerfile("FROM a\n\ufeffUSER u\n").instructions[1]?.keyword).toBe("UNKNOWN");
  });

  test.each([
    [longestLine, 0],
    [longestLine + 1, 1],
  ])("a line of %i bytes", (bytes, faults) => {
    const file = parseContainerfile(`FROM a\nRUN ${"x".repeat(bytes - 4)}\nUSER u\n`);
    expect(file.errors).toHaveLength(faults);
    expect(file.instructions).toHaveLength(3);
  });

  test("bytes are counted, not characters, and heredoc bodies too", () => {
    expect(messages(parseContainerfile(`FROM a\nRUN <<E\n${"é".repeat(longestLine / 2 + 1)}\nE\n`))).toEqual([
      expect.stringContaining("line of 65536 bytes"),
    ]);
  });

  test("wide white space is trimmed round a line but parts no words", () => {
    const { instructions } = parseContainerfile("\u00a0FROM a\u2028\n\u0085\n");
    expect(instructions).toMatchObject([{ keyword: "FROM", image: { value: "a" } }]);
    expect(parseContainerfile("FROM\u00a0a\n").instructions[0]).toMatchObject({ keyword: "UNKNOWN" });
  });

  test("the line ending of most lines is the file's", () => {
    expect(parseContainerfile("FROM a\r\nUSER u\r\nCMD x\n").eol).toBe("\r\n");
    expect(parseContainerfile("FROM a\nUSER u\r\n").eol).toBe("\n");
    expect(parseContainerfile("").eol).toBe("\n");
  });
});

describe("parser directives", () => {
  test.each([
    ["# escape=`\nFROM a\n", "`"],
    ["#escape=`\nFROM a\n", "`"],
    ["#   ESCAPE   =   `   \nFROM a\n", "`"],
    ["  # escape=`\nFROM a\n", "`"],
    ["# syntax=docker/dockerfile:1\n# escape=`\nFROM a\n", "`"],
    ["# check=skip=all\n# escape=`\nFROM a\n", "`"],
    ["\n# escape=`\nFROM a\n", "\\"],
    ["# a comment\n# escape=`\nFROM a\n", "\\"],
    ["#!/bin/sh\n# escape=`\nFROM a\n", "\\"],
    ["# unknown=x\n# escape=`\nFROM a\n", "\\"],
    ["FROM a\n# escape=`\n", "\\"],
  ])("%j escapes by %s", (text, escape) => {
    const file = parseContainerfile(text);
    expect(file.escape).toBe(escape);
    expect(file.errors).toEqual([]);
  });

  test("a directive twice is refused, at the second one", () => {
    const [fault] = parseContainerfile("# syntax=x\n# SYNTAX=y\nFROM a\n").errors;
    expect(fault).toMatchObject({
      message: "only one syntax parser directive can be used",
      span: { start: 11, end: 21 },
    });
  });

  test("an escape that is neither \\ nor ` is refused", () => {
    expect(messages(parseContainerfile("# escape=|\nFROM a\n"))).toEqual(["invalid escape character '|'"]);
  });

  test("the escape directive changes continuation, words and flags, and not how heredoc words are read", () => {
    const file = parseContainerfile(
      "# escape=`\nFROM a\nENV x=a` b\nRUN x `\n y\\\nCOPY <<E\\ F /x\nbody\nE F\nUSER u\n",
    );
    expect(file.errors).toEqual([]);
    expect(file.instructions.map(({ keyword }) => keyword)).toEqual(["FROM", "ENV", "RUN", "COPY", "USER"]);
    expect(file.instructions[1]).toMatchObject({ pairs: [{ value: { value: "a` b" } }] });
    expect(file.instructions[3]?.heredocs[0]?.name).toBe("E F");
  });
});

describe("comments and continuation", () => {
  test.each([
    ["a comment's own backslash means nothing", "FROM a\n# x \\\nUSER u\n", ["FROM a", "USER u"]],
    ["a number sign later in the line is text", "FROM a\nUSER app # x\n", ["FROM a", "USER app # x"]],
    ["comments inside vanish", "FROM a\nRUN x \\\n  # c \\\n y\n", ["FROM a", "RUN x  y"]],
    ["blank lines inside vanish", "FROM a\nRUN x \\\n\n   \n y\n", ["FROM a", "RUN x  y"]],
    ["two escapes do not continue", "FROM a\nRUN x \\\\\nUSER u\n", ["FROM a", "RUN x \\\\", "USER u"]],
    ["three neither", "FROM a\nRUN x \\\\\\\nUSER u\n", ["FROM a", "RUN x \\\\\\", "USER u"]],
    ["blanks behind the escape do not matter", "FROM a\nRUN x \\ \t\n y\n", ["FROM a", "RUN x  y"]],
    ["a vertical tab does", "FROM a\nRUN x \\\v\nUSER u\n", ["FROM a", "RUN x \\", "USER u"]],
    ["keywords may be split", "FROM a\nUS\\\nER u\n", ["FROM a", "USER u"]],
    ["a line with an escape alone begins an instruction", "\\\n# c\n\nFROM a\n", ["FROM a"]],
    ["the end of the file ends it", "FROM a\nRUN x \\", ["FROM a", "RUN x "]],
    ["white space in front of a continued line stays", "FROM a\nRUN x\\\n   y\n", ["FROM a", "RUN x   y"]],
  ])("%s", (_, text, lines) => {
    // The trailing vertical tab is trimmed with the line, so compare what is left.
    expect(logicalLines(text).map((line) => line.replace(/\v$/, ""))).toEqual(lines);
    expect(rejoined(parseContainerfile(text))).toBe(text);
  });

  test("lines of an instruction and comments above it are known", () => {
    const text = "FROM a\n\n# far\n\n# one\n# two\nRUN x \\\n  # in\n  y\nUSER u\n";
    const run = parseContainerfile(text).instructions[1];
    const slice = ({ start, end }: { start: number; end: number }) => text.slice(start, end);
    expect(run?.leadingComments.map(slice)).toEqual(["# one", "# two"]);
    expect(run?.innerComments.map(slice)).toEqual(["# in"]);
    expect([run?.startLine, run?.endLine]).toEqual([7, 9]);
    expect(run && slice(run.span)).toBe("RUN x \\\n  # in\n  y");
    expect(run && slice(run.linesSpan)).toBe("RUN x \\\n  # in\n  y\n");
  });

  test("an index of the joined line leads back to its place", () => {
    const text = "FROM a\nUSER \\\n  # c\n  10\\\n01\n";
    const [, user] = parseContainerfile(text).instructions;
    expect(user?.logical.text).toBe("USER   1001");
    expect(user?.keyword === "USER" && user.argument).toEqual({
      value: "1001",
      span: { start: text.indexOf("10\\"), end: text.length - 1 },
    });
  });
});

const heredocs = (text: string) =>
  parseContainerfile(text).instructions.flatMap(({ heredocs: found }) =>
    found.map(({ name, body, expand, chomp }) => ({ name, body, expand, chomp })),
  );

describe("heredocs", () => {
  test.each([
    ["RUN cat <<EOF\nx\nEOF\n", { name: "EOF", body: "x\n", expand: true, chomp: false }],
    ["RUN cat <<'EOF'\nx\nEOF\n", { name: "EOF", body: "x\n", expand: false, chomp: false }],
    ['RUN cat <<"EOF"\nx\nEOF\n', { name: "EOF", body: "x\n", expand: false, chomp: false }],
    ["RUN cat <<E'O'F\nx\nEOF\n", { name: "EOF", body: "x\n", expand: false, chomp: false }],
    ["RUN cat <<-EOF\n\t\tx\n\tEOF\n", { name: "EOF", body: "x\n", expand: true, chomp: true }],
    ["RUN cat << EOF\nx\nEOF\n", { name: "EOF", body: "x\n", expand: true, chomp: false }],
    ["RUN 3<<EOF cat\nx\nEOF\n", { name: "EOF", body: "x\n", expand: true, chomp: false }],
    ["RUN x $(cat <<EOF)\nx\nEOF)\n", { name: "EOF)", body: "x\n", expand: true, chomp: false }],
    ["COPY <<EOF /x\n# no comment \\\nEOF\n", { name: "EOF", body: "# no comment \\\n", expand: true, chomp: false }],
    ["ADD <<EOF /x\nEOF\n", { name: "EOF", body: "", expand: true, chomp: false }],
    ["ONBUILD RUN <<EOF\nx\nEOF\n", { name: "EOF", body: "x\n", expand: true, chomp: false }],
    ["RUN <<EOF\r\nx\r\nEOF\r\n", { name: "EOF", body: "x\r\n", expand: true, chomp: false }],
  ])("%j", (instruction, heredoc) => {
    const text = `FROM a\n${instruction}USER u\n`;
    expect(heredocs(text)).toEqual([heredoc]);
    expect(parseContainerfile(text).instructions.at(-1)?.keyword).toBe("USER");
    expect(parseContainerfile(text).errors).toEqual([]);
  });

  test.each([
    ["CMD cat <<EOF", "EOF"],
    ["ENTRYPOINT cat <<EOF", "EOF"],
    ["HEALTHCHECK CMD cat <<EOF", "EOF"],
    ['RUN ["cat", "<<EOF"]', "EOF"],
    ["RUN cat <<<EOF", "EOF"],
    ['RUN cat "<<EOF"', "EOF"],
    ["RUN echo it's <<EOF", "EOF"],
    ["RUN echo ${x!} <<EOF", "EOF"],
    ['RUN cat <<""', ""],
    ["RUN echo $((1<<2))", "2"],
    ["RUN # <<EOF'", "EOF"],
  ])("%s announces none", (line) => {
    expect(heredocs(`FROM a\n${line}\nUSER u\n`)).toEqual([]);
    expect(parseContainerfile(`FROM a\n${line}\nUSER u\n`).instructions.map(({ keyword }) => keyword)[2]).toBe("USER");
  });

  test("several in one line follow in order, and may have one name", () => {
    expect(heredocs("FROM a\nRUN cat <<A <<B <<A\n1\nA\n2\nB\n3\nA\n").map(({ body }) => body)).toEqual([
      "1\n",
      "2\n",
      "3\n",
    ]);
  });

  test("the body stands behind the last continued line", () => {
    const [run] = parseContainerfile("RUN cat <<EOF && \\\n echo done\nbody\nEOF\n").instructions;
    expect(run?.heredocs[0]?.body).toBe("body\n");
  });

  test.each([
    ["RUN cat <<EOF\nx\n EOF\n", "EOF"],
    ["RUN cat <<-EOF\nx\n  EOF\n", "EOF"],
    ["RUN cat <<EOF\nx\nEOF \n", "EOF"],
    ["RUN echo $(( 1 <<4 ))\n", "4"],
  ])("%j is not ended", (instruction, name) => {
    expect(messages(parseContainerfile(`FROM a\n${instruction}`))).toEqual([
      `unterminated heredoc: no line ${JSON.stringify(name)} follows`,
    ]);
  });
});
