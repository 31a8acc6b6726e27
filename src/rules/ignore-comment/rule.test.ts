import { describe, expect, test } from "vitest";
import { parseContainerfile } from "../../containerfile/parse.ts";
import { readHints } from "../hints.ts";
import { readIgnoreComments } from "../ignore-comments.ts";
import { found, judge } from "../test-kit.ts";

const messages = (text: string): readonly string[] =>
  judge({ text }).findings.map(({ rule, message }) => `${rule}: ${message}`);

describe("an ignore comment that is obeyed", () => {
  test.each([
    ["right above", "FROM alpine:3.20\n# image-fix ignore=root-user -- manages the node\nUSER root\n"],
    ["with reason=", 'FROM alpine:3.20\n# image-fix ignore=root-user reason="manages the node"\nUSER root\n'],
    ["above other comments", "FROM alpine:3.20\n# image-fix ignore=root-user -- why\n# more\n# and more\nUSER root\n"],
    ["above a blank line", "FROM alpine:3.20\n# image-fix ignore=root-user -- why\n\nUSER root\n"],
    ["of several rules", "FROM alpine:3.20\n# image-fix ignore=symbolic-user, root-user -- why\nUSER root\n"],
    ["in a continued instruction", "FROM alpine:3.20\nUSER \\\n# image-fix ignore=root-user -- why\n  root\n"],
    ["above FROM", "# image-fix ignore=root-user -- why\nFROM alpine:3.20\n"],
    ["for the whole file", "# image-fix ignore=root-user -- why\n\nFROM alpine:3.20\nUSER root\n"],
    [
      "for the whole file, above an ARG",
      "# image-fix ignore=root-user -- why\nARG V=3.20\nFROM alpine:$V\nUSER root\n",
    ],
    ["with CRLF", "FROM alpine:3.20\r\n# image-fix ignore=root-user -- why\r\nUSER root\r\n"],
    ["indented", "FROM alpine:3.20\n   #image-fix   ignore = root-user   --   why\nUSER root\n"],
  ])("%s", (_, text) => {
    const { findings, ignored } = judge({ text });
    expect(findings).toEqual([]);
    expect(ignored).toMatchObject([
      { finding: { rule: "root-user" }, reason: text.includes("node") ? "manages the node" : "why" },
    ]);
  });
});

describe("an ignore comment that is not obeyed", () => {
  test("covers only the instruction that follows", () => {
    expect(found({ text: "FROM alpine:3.20\n# image-fix ignore=root-user -- why\nRUN true\nUSER root\n" })).toEqual([
      "root-user:4",
    ]);
  });

  test("right above FROM it does not cover the rest of the file", () => {
    expect(found({ text: "# image-fix ignore=root-user -- why\nFROM alpine:3.20\nUSER root\n" })).toEqual([
      "root-user:3",
    ]);
  });

  test("names another rule", () => {
    expect(found({ text: "FROM alpine:3.20\n# image-fix ignore=symbolic-user -- why\nUSER root\n" })).toEqual([
      "root-user:3",
    ]);
  });

  test.each([
    "# image-fix ignore=root-user",
    "# image-fix ignore=root-user --",
    "# image-fix ignore=root-user --   ",
    '# image-fix ignore=root-user reason=""',
  ])("has no reason: %s", (comment) => {
    expect(messages(`FROM alpine:3.20\n${comment}\nUSER root\n`)).toEqual([
      "ignore-comment: This comment asks to ignore root-user without a reason, so it is not obeyed",
      expect.stringContaining("root-user: USER root"),
    ]);
  });

  test("names no rule that exists, and says what was meant", () => {
    expect(messages("FROM alpine:3.20\n# image-fix ignore=root-usr,root-group -- why\nUSER 1:1\n")).toEqual([
      'ignore-comment: There is no rule "root-usr" (did you mean root-user?), so this comment silences nothing by that name',
    ]);
  });

  test("an unknown name beside a known one leaves the known one in force", () => {
    expect(found({ text: "FROM alpine:3.20\n# image-fix ignore=nonsense,root-user -- why\nUSER root\n" })).toEqual([
      "ignore-comment:2",
    ]);
  });

  test.each(["# image-fix ignore root-user -- why", "# image-fix ignore=root-user because", "# image-fix ignore="])(
    "is malformed: %s",
    (comment) => {
      expect(found({ text: `FROM alpine:3.20\n${comment}\nUSER 1:1\n` })).toEqual(["ignore-comment:2"]);
    },
  );

  test("other comments that name image-fix mean nothing", () => {
    expect(
      found({
        text: "FROM alpine:3.20\n# image-fix: numeric and non-root\n# see image-fix ignore=root-user\nUSER 1:1\n",
      }),
    ).toEqual([]);
  });

  test("cannot be silenced itself", () => {
    expect(
      found({
        text: "# image-fix ignore=ignore-comment -- why\n\nFROM alpine:3.20\n# image-fix ignore=root-user\nUSER 1:1\n",
      }),
    ).toEqual(["ignore-comment:4"]);
  });

  test("text in a heredoc is no comment", () => {
    expect(found({ text: "FROM alpine:3.20\nRUN <<EOF\n# image-fix ignore=root-user\nEOF\nUSER 1:1\n" })).toEqual([]);
  });
});

test("thousands of comments are read in one pass", () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `# image-fix ignore=root-user -- ${index}`).join("\n");
  const { comments } = readIgnoreComments(parseContainerfile(`FROM a\n${lines}\nUSER root\n`), ["root-user"]);
  expect(comments).toHaveLength(20_000);
});

describe("readHints", () => {
  test("finds other tools' pragmas against their root-user rules", () => {
    const text = [
      "FROM debian:12",
      "# hadolint ignore=DL3002",
      "# hadolint ignore=DL3008,DL3002",
      "# trivy:ignore:DS-0002",
      "# trivy:ignore:AVD-DS-0002",
      "#checkov:skip=CKV_DOCKER_3:runs as root",
      "# checkov:skip=CKV_DOCKER_8",
      "# nosemgrep: dockerfile.security.missing-user.missing-user",
      "# hadolint ignore=DL3008",
      "# trivy:ignore:DS-0021",
      "# checkov:skip=CKV_DOCKER_2",
      "# nosemgrep: dockerfile.other",
      "USER root",
    ].join("\n");
    expect(readHints(parseContainerfile(text)).map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });

  test("gives the comment's text, also inside an instruction", () => {
    expect(readHints(parseContainerfile("FROM a\nRUN x \\\n  # hadolint ignore=DL3002\n  y\n"))).toEqual([
      { line: 3, text: "# hadolint ignore=DL3002" },
    ]);
  });
});
