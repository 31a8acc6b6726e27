import { describe, expect, test } from "vitest";
import { fixed } from "../fix/test-kit.ts";
import { unknown } from "../core/finding.ts";
import { judge, type Setup } from "./test-kit.ts";

const context = { "run.sh": "#!/bin/sh\nexec app\n", app: "\0ELF", "app.conf": "a = b\n" };
const refused =
  /^(\S+), which the container starts, cannot be (\w+) by ([^:]+): its mode is (\d+) and its owner uid (\d+)$/;

/** Path, what is refused, to whom, mode and owner. */
const refusals = (lines: string, setup: Partial<Setup> = {}) =>
  judge({ text: `FROM debian:12\n${lines}\n`, context, ...setup }).findings.flatMap(({ message, needsPerson }) => {
    const match = refused.exec(message);
    expect(match === null || needsPerson).toBe(true);
    return match === null ? [] : [match.slice(1).join(" ")];
  });

const start = 'ENTRYPOINT ["/run.sh"]';

describe("a file that the container starts and its user may not", () => {
  test.each([
    ["COPY --chmod", `COPY --chmod=700 run.sh /run.sh\nUSER 1001\n${start}`, "/run.sh executed uid 1001 0700 0"],
    ["a RUN", `COPY run.sh /\nRUN chmod 0744 /run.sh\nUSER 1001\n${start}`, "/run.sh executed uid 1001 0744 0"],
    ["its text", `COPY --chmod=711 run.sh /\nUSER 1001\n${start}`, "/run.sh read uid 1001 0711 0"],
    [
      "the last of several",
      `COPY --chmod=755 run.sh /\nRUN chmod 700 /run.sh\nUSER 5\n${start}`,
      "/run.sh executed uid 5 0700 0",
    ],
    [
      "a folder",
      `COPY app /srv/app\nRUN chmod -R 700 /srv\nUSER 5\nCMD ["/srv/app"]`,
      "/srv/app executed uid 5 0700 0",
    ],
    ["another stage's", `COPY --from=x --chmod=700 /o/app /\nUSER 5\nCMD ["/app"]`, "/app executed uid 5 0700 0"],
    ["an init", `COPY --chmod=700 app /\nUSER 5\nENTRYPOINT ["tini", "--", "/app"]`, "/app executed uid 5 0700 0"],
    ["a shell", `COPY --chmod=700 run.sh /\nUSER 5\nENTRYPOINT ["sh", "-e", "/run.sh"]`, "/run.sh read uid 5 0700 0"],
    [
      "by its name",
      `COPY --chmod=700 run.sh /usr/local/bin/\nUSER 5\nCMD run.sh`,
      "/usr/local/bin/run.sh executed uid 5 0700 0",
    ],
    [
      "below the folder",
      `WORKDIR /srv\nCOPY --chmod=700 run.sh .\nUSER 5\nCMD ["./run.sh"]`,
      "/srv/run.sh executed uid 5 0700 0",
    ],
    ["another owner", `COPY --chmod=700 --chown=9:9 run.sh /\nUSER 5\n${start}`, "/run.sh executed uid 5 0700 9"],
    ["the user itself", `COPY --chmod=600 --chown=5:5 run.sh /\nUSER 5\n${start}`, "/run.sh executed uid 5 0600 5"],
    [
      "an unknown uid",
      `RUN useradd -r app\nCOPY --chmod=700 run.sh /\nUSER app\n${start}`,
      '/run.sh executed "app" 0700 0',
    ],
    [
      "the group",
      `RUN groupadd -g 5 a && useradd -u 5 -g 5 a\nCOPY --chmod=750 run.sh /\nUSER 5\n${start}`,
      "/run.sh executed uid 5 0750 0",
    ],
    [
      "behind sed",
      `COPY run.sh /\nRUN sed -i 's/a/b/' /run.sh && chmod 700 /run.sh\nUSER 5\n${start}`,
      "/run.sh executed uid 5 0700 0",
    ],
  ])("%s", (_, lines, expected) => {
    expect(refusals(lines)).toEqual([expected]);
  });

  test.each([
    ["everybody may", `COPY --chmod=755 run.sh /\nUSER 5\n${start}`],
    ["the mode is the context's", `COPY run.sh /\nUSER 5\n${start}`],
    ["letters change what nobody has read", `COPY run.sh /\nRUN chmod u+x,go-rwx /run.sh\nUSER 5\n${start}`],
    ["the last one opens it", `COPY --chmod=700 run.sh /\nRUN chmod a+rx /run.sh\nUSER 5\n${start}`],
    ["perhaps", `COPY run.sh /\nRUN [ -e /x ] || chmod 700 /run.sh\nUSER 5\n${start}`],
    ["the owner", `COPY --chmod=700 --chown=5 run.sh /\nUSER 5\n${start}`],
    ["the owner's name", `RUN useradd app\nCOPY --chmod=700 --chown=app run.sh /\nUSER app\n${start}`],
    ["nobody knows the owner", `COPY --chmod=700 --chown=app run.sh /\nUSER 5\n${start}`],
    ["it is given away", `COPY --chmod=700 run.sh /\nRUN chown 5 /run.sh\nUSER 5\n${start}`],
    ["with its folder", `COPY --chmod=700 run.sh /srv/\nRUN chown -R 5 /srv\nUSER 5\nCMD ["/srv/run.sh"]`],
    ["a copy comes over it", `COPY --chmod=700 run.sh /a/\nCOPY . /a\nUSER 5\nCMD ["/a/run.sh"]`],
    ["another is moved there", `COPY --chmod=700 run.sh /\nRUN mv /x/run.sh /run.sh\nUSER 5\n${start}`],
    ["a program that nobody has read", `COPY --chmod=700 run.sh /\nCOPY x /\nRUN /x\nUSER 5\n${start}`],
    ["group 0 may", `COPY --chmod=750 run.sh /\nUSER 1001\n${start}`],
    ["a member of it may", `RUN useradd -u 5 -G root a\nCOPY --chmod=750 run.sh /\nUSER 5\n${start}`],
    [
      "an engine's group 0 may",
      `RUN groupadd -g 5 a && useradd -u 5 -g 5 a\nCOPY --chmod=750 run.sh /\nUSER 5:0\n${start}`,
    ],
    ["another program's settings", `COPY --chmod=600 app.conf /\nUSER 5\nENTRYPOINT ["/app"]\nCMD ["/app.conf"]`],
    ["a text that may start another", `COPY --chmod=700 run.sh /\nUSER 5\nCMD [ -x /a ] && /a || /run.sh`],
    ["root starts it", `COPY --chmod=700 run.sh /\n${start}`],
  ])("none: %s", (_, lines) => {
    expect(refusals(lines)).toEqual([]);
  });

  test("nobody has read the accounts, and the group may", () => {
    const lines = `RUN groupadd -g 5 a && useradd -u 5 -g 5 a\nCOPY --chmod=750 run.sh /\nUSER 5\n${start}`;
    expect(refusals(lines, { base: { accounts: unknown("a test") } })).toEqual([]);
  });
});

const fixedLines = (lines: string) => fixed({ text: `FROM debian:12\n${lines}\n${start}\n`, context });

describe("a fix gives the account what only its owner may start", () => {
  test.each([
    ["COPY --chmod", "COPY --chmod=700 run.sh /", "COPY --chmod=700 --chown=65532:65532 run.sh /\n"],
    ["a RUN", "COPY run.sh /\nRUN chmod 0744 /run.sh", "COPY --chown=65532:65532 run.sh /\n"],
  ])("%s", (_, lines, expected) => {
    expect(fixedLines(lines)).toContain(expected);
  });

  test.each([
    ["what everybody may", "COPY --chmod=755 run.sh /"],
    ["what its owner may not either", "COPY --chmod=644 run.sh /"],
    ["an author's own", "COPY --chmod=700 --chown=9 run.sh /"],
  ])("but not %s", (_, lines) => {
    expect(fixedLines(lines)).toContain(`${lines}\n`);
  });
});
