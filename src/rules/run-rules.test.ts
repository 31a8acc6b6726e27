/** What running the rules does around them: notes on builders, severities, ignore comments. */
import { describe, expect, test } from "vitest";
import { judge } from "./test-kit.ts";

describe("notes on Buildah", () => {
  test("stand on the finding whose instruction the builders read differently", () => {
    const { findings } = judge({ text: "FROM debian:12\nUSER ${WHO-root}\nCMD x\n" });
    expect(findings.map(({ rule, message }) => [rule, message.split(". Note: ")[1]])).toEqual([
      ["root-user", "BuildKit knows ${x-w}, ${x+w} and ${x?w}, Buildah only these with a colon"],
    ]);
  });

  test("stand on no other", () => {
    const { findings } = judge({ text: 'FROM debian:12\nENTRYPOINT ["x"] # c\nUSER root\n' });
    expect(findings.map(({ message }) => message.includes("Note: "))).toEqual([false]);
  });
});

describe("builder stages", () => {
  const text = `
FROM alpine:3.20 AS p
USER nobody
FROM p AS b
COPY --chown=app:app a /a
RUN apk update
FROM p AS unneeded
RUN apk update
FROM p
COPY --from=b /a /a
RUN apk update
USER 65534
`;

  test("are judged where the build needs them, and left to a person", () => {
    const { findings } = judge({ text });
    expect(findings.map(({ rule, stage, fix }) => [rule, stage, fix?.applicability])).toEqual([
      ["chown-name-unknown", "b", "manual"],
      ["package-install-as-nonroot", "b", "manual"],
      ["package-install-as-nonroot", "3", "safe"],
    ]);
  });

  test("have ignore comments of their own", () => {
    const why = "# image-fix ignore=package-install-as-nonroot,chown-name-unknown -- a test\n";
    const { findings, ignored } = judge({
      text: text.replace("RUN", `${why}RUN`).replace("COPY --chown", `${why}COPY --chown`),
    });
    expect(findings.map(({ stage }) => stage)).toEqual(["3"]);
    expect(ignored.map(({ finding: { stage } }) => stage)).toEqual(["b", "b"]);
  });

  test("are what a target is that is asked for", () => {
    const { findings } = judge({ text, target: "b" });
    expect(findings.map(({ rule, stage, fix }) => [rule, stage, fix?.applicability])).toEqual([
      ["symbolic-user", "p", "safe"],
      ["chown-name-unknown", "b", "safe"],
      ["package-install-as-nonroot", "b", "safe"],
    ]);
  });
});

test("a stage of Windows that is built beside what ships is not judged by what holds elsewhere", () => {
  const rest = "USER 1000\nRUN apt-get install -y curl\nFROM alpine:3.20\nCOPY --from=b /x /x\nUSER 65532:65532\n";
  const rulesOf = (from: string): readonly string[] =>
    judge({ text: `FROM ${from} AS b\n${rest}` }).findings.map(({ rule }) => rule);
  expect(rulesOf("debian:12")).toContain("package-install-as-nonroot");
  expect(rulesOf("mcr.microsoft.com/windows/servercore:ltsc2022")).not.toContain("package-install-as-nonroot");
});

describe("severities", () => {
  const text = "FROM alpine:3.20\nUSER 65532\n";

  test("of a run replace the rule's own", () => {
    const { findings } = judge({ text }, { severities: { "no-passwd-entry": "error" } });
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([["no-passwd-entry", "error"]]);
  });

  test("off means that the rule does not run", () => {
    expect(judge({ text }, { severities: { "no-passwd-entry": "off" } }).findings).toEqual([]);
  });
});

describe("ignore comments", () => {
  test("keep what they silence, with the reason", () => {
    const { findings, ignored } = judge({
      text: "FROM alpine:3.20\n# image-fix ignore=root-user -- needs the host\nUSER root\n",
    });
    expect(findings).toEqual([]);
    expect(ignored.map(({ finding, reason }) => [finding.rule, reason])).toEqual([["root-user", "needs the host"]]);
  });
});
