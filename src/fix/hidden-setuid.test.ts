import { describe, expect, test } from "vitest";
import { fixed } from "./test-kit.ts";

const fix = (lines: string): string =>
  fixed({ text: `FROM alpine:3.20\nWORKDIR /app\n${lines}\nCMD ["sh"]\n` }).replace(/ \\\n +/g, " ");
const keeping = "find /app ! -user 65532 ! -perm -4000 -exec chown -h 65532:65532 {} +";
const touchingAll = "find /app ! -user 65532 -exec chown -h 65532:65532 {} +";

describe("a search leaves files with the setuid bit alone where the file does not tell their names", () => {
  test.each([
    "RUN tar xf /tmp/app.tar",
    "RUN wget -O- https://example.com/app.tgz | tar -xz -C /app --strip-components=1",
    "RUN cat app.cpio | cpio -i",
    "ADD app.tar .\nRUN touch a",
    "RUN make && chmod u+s bin/*",
    "RUN make && chmod 4755 $(cat list)",
    "RUN make && chmod u+s *",
    "RUN <<EOF\n#!/usr/bin/python3\nopen('made', 'w')\nEOF\nRUN touch a",
  ])("%s", (lines) => {
    const text = fix(lines);
    expect(text).toContain(keeping);
    expect(text).not.toContain(touchingAll);
  });

  test("--openshift gives the group nothing of them", () => {
    const text = fixed({
      text: "FROM alpine:3.20\nWORKDIR /app\nRUN tar xf /tmp/a.tar\n",
      openshift: true,
      options: { openshift: true },
    });
    expect(text).toContain("! -perm -4000 ! -type l -exec chmod g=u {} +");
  });

  test("what ONBUILD triggers leave", () => {
    const text = fixed({
      text: "FROM alpine:3.20 AS base\nONBUILD ADD a.tar /app\nFROM base\nWORKDIR /app\nRUN make\n",
    });
    expect(text).toContain(keeping);
  });
});

describe("it needs no such test", () => {
  test.each([
    "RUN unzip app.zip",
    "RUN git clone https://example.com/x .",
    "RUN touch a\nADD app.tar .",
    "ADD app.tar /srv\nRUN touch a",
    "RUN tar xf s6.tar -C / && touch a",
    "RUN tar cf /tmp/a.tar . && touch a",
    "RUN tar xf a.tar -C /srv && touch a",
    "RUN touch a && chmod -R u+rwX .",
  ])("%s", (lines) => {
    expect(fix(lines)).toContain(touchingAll);
  });
});

test("files of a pattern that get capabilities are left alone by it", () => {
  expect(fix("RUN setcap cap_net_raw+ep bin/*\nRUN make")).toContain(
    "find /app ! -user 65532 ! -path '/app/bin/*' -exec chown",
  );
});
