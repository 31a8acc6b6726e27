/** No Containerfile makes reading or judging quadratic. */
import { describe, expect, test } from "vitest";
import { parseContainerfile } from "../../src/containerfile/parse.ts";
import { resolveStages } from "../../src/containerfile/stages.ts";
import { analyseText, fixedText, isBuildable } from "../support/fix-text.ts";
import { allowed, growth } from "../support/growth.ts";

const repeat = (text: string, count: number): string => text.repeat(count);

/** Texts by size; each kind is something that could be read twice without care. */
const kinds: Readonly<Record<string, readonly [make: (size: number) => string, size: number]>> = {
  "a RUN of continued lines": [
    (size) => `FROM a\nRUN x \\\n${repeat("  && some command --option \\\n", size)}  && y\n`,
    200,
  ],
  "comments inside a RUN": [(size) => `FROM a\nRUN x \\\n${repeat("  # a comment\n", size)}  && y\n`, 500],
  "blank lines inside a RUN": [(size) => `FROM a\nRUN x \\\n${repeat("\n", size)}  && y\n`, 500],
  "comment lines": [(size) => `${repeat("# a comment line\n", size)}FROM a\n`, 5_000],
  "comments and instructions in turn": [(size) => `FROM a\n${repeat("# c\nRUN x\n", size)}`, 250],
  "many here-documents": [(size) => `FROM a\n${repeat("RUN <<EOF\nset -e\nEOF\n", size)}`, 200],
  "many here-documents in one line": [
    (size) => `FROM a\nRUN x ${repeat("<<E ", size)}\n${repeat("body\nE\n", size)}`,
    100,
  ],
  "a here-document without end in every line": [(size) => `FROM a\n${repeat("RUN x\n", size)}RUN <<EOF\n`, 500],
  "one long here-document": [(size) => `FROM a\nRUN <<EOF\n${repeat("mkdir -p /a\n", size)}EOF\n`, 200],
  "quotes in quotes": [(size) => `FROM a\nENV a="${repeat("'\\\"", size)}"\n`, 500],
  "open quotes": [(size) => `FROM a\n${repeat("ENV a='\n", size)}`, 500],
  "open substitutions": [(size) => `FROM a\n${repeat("ENV a=${x:-\n", size)}`, 500],
  "nested substitutions": [(size) => `FROM a\nENV a=${repeat("${x:-", size)}${repeat("}", size)}\n`, 500],
  "command substitutions": [(size) => `FROM a\nRUN ${repeat("$(", size)}${repeat(")", size)}\n`, 500],
  "open command substitutions": [(size) => `FROM a\nRUN ${repeat("echo $(x; ", size)}\n`, 200],
  subshells: [(size) => `FROM a\nRUN ${repeat("(", size)}x${repeat(")", size)}\n`, 500],
  backquotes: [(size) => `FROM a\nRUN ${repeat("`x` ", size)}\n`, 500],
  "pairs of ENV": [(size) => `FROM a\nENV ${repeat("a=b ", size)}\n`, 500],
  "ENV that grows by itself": [(size) => `FROM a\n${repeat("ENV P=/a\n", size)}RUN x\n`, 500],
  "words of COPY": [(size) => `FROM a\nCOPY ${repeat("x ", size)}/y/\n`, 500],
  "a JSON array": [(size) => `FROM a\nCMD [${repeat('"x", ', size)}"y"]\n`, 500],
  "brackets that are no array": [(size) => `FROM a\nCMD ["${repeat("]", size)}" x\n`, 500],
  flags: [(size) => `FROM a\nRUN ${repeat("--mount=type=tmpfs,target=/a ", size)}x\n`, 100],
  "carriage returns": [(size) => `FROM a\nRUN x${repeat("\r", size)}\n`, 2_000],
  "a chain of stages": [
    (size) =>
      `FROM a AS s0\n${Array.from({ length: size }, (_, at) => `FROM s${at} AS s${at + 1}\nENV a${at}=1\n`).join("")}`,
    40,
  ],
  "stages that copy from all before": [
    (size) => repeat("FROM a\nCOPY --from=0 x y\n", size).replace("COPY --from=0 x y\n", ""),
    100,
  ],
  "ARGs before FROM": [(size) => `${Array.from({ length: size }, (_, at) => `ARG a${at}=1\n`).join("")}FROM a\n`, 200],
};

describe("reading", () => {
  test.each(Object.entries(kinds))(
    "%s",
    (_, [make, size]) => {
      expect(growth(make, size, (text) => resolveStages(parseContainerfile(text), {}))).toBeLessThan(allowed);
    },
    60_000,
  );
});

/** Texts whose effects are judged: every rule and the plan see all of them. */
const judged: Readonly<Record<string, readonly [make: (size: number) => string, size: number]>> = {
  "a RUN of continued lines": [
    (size) => `FROM debian:12\nRUN x \\\n${repeat("  && mkdir -p /srv/a \\\n", size)}  && y\n`,
    100,
  ],
  accounts: [
    (size) =>
      `FROM debian:12\n${Array.from({ length: size }, (_, at) => `RUN useradd -u ${2_000 + at} a${at}\n`).join("")}USER 1\n`,
    25,
  ],
  "accounts behind conditions": [
    (size) =>
      `FROM debian:12\n${Array.from({ length: size }, (_, at) => `RUN test -e /x || useradd -u ${2_000 + at} a${at}\n`).join("")}USER 1\n`,
    300,
  ],
  "copies and owners in turn": [
    (size) =>
      `FROM debian:12\nWORKDIR /app\n${Array.from({ length: size }, (_, at) => `COPY f${at} /app/d${at}/\nRUN chown -R 5:5 /app/d${at}\n`).join("")}CMD x\n`,
    25,
  ],
  volumes: [
    (size) =>
      `FROM debian:12\n${Array.from({ length: size }, (_, at) => `VOLUME /v${at}\nRUN chown 5 /v${at}/x\n`).join("")}CMD x\n`,
    25,
  ],
  packages: [(size) => `FROM debian:12\n${repeat("RUN apt-get install -y nginx curl\n", size)}CMD x\n`, 50],
  "users in turn": [(size) => `FROM debian:12\n${repeat("USER a\nUSER 0\nRUN x\n", size)}`, 50],
  "a chain of stages": [
    (size) =>
      `FROM debian:12 AS s0\n${Array.from({ length: size }, (_, at) => `FROM s${at} AS s${at + 1}\nRUN mkdir /a${at}\nUSER ${at}\n`).join("")}`,
    25,
  ],
  "a chain of stages with variables and volumes": [
    (size) =>
      `FROM debian:12 AS s0\n${Array.from({ length: size }, (_, at) => `FROM s${at} AS s${at + 1}\nENV a${at}=1\nVOLUME /v${at}\nRUN x $a0\n`).join("")}`,
    200,
  ],
  "variables and commands in turn": [
    (size) =>
      `FROM debian:12\n${Array.from({ length: size }, (_, at) => `ENV a${at}=1\nRUN x $a0 $(y)\n`).join("")}CMD x\n`,
    200,
  ],
  "ignore comments": [
    (size) => `FROM debian:12\n${repeat("# image-fix ignore=root-user -- x\nUSER root\n", size)}`,
    50,
  ],
  "builder stages on one base": [
    (size) =>
      `FROM debian:12 AS b\n${repeat("RUN chown nope /a\n", size)}${repeat("FROM b\nRUN chown nope /a\n", size)}FROM scratch\n${Array.from({ length: size }, (_, at) => `COPY --from=${at + 1} /a /b\n`).join("")}`,
    15,
  ],
  "exposed ports": [(size) => `FROM debian:12\n${repeat("EXPOSE 80\n", size)}CMD x\n`, 50],
};

describe("judging and fixing", () => {
  test.each(Object.entries(judged))(
    "%s",
    (_, [make, size]) => {
      expect(isBuildable(parseContainerfile(make(size)))).toBe(true);
      expect(growth(make, size, (text) => analyseText(text))).toBeLessThan(allowed);
    },
    60_000,
  );

  test("a plan for many copies", () => {
    const [make, size] = judged["copies and owners in turn"] ?? [() => "", 0];
    expect(growth(make, size, (text) => fixedText(text))).toBeLessThan(allowed);
  }, 60_000);
});
