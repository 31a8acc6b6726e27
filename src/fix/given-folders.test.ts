import { describe, expect, test } from "vitest";
import { fixed } from "./test-kit.ts";

const start = "FROM debian:bookworm-slim\nRUN useradd -u 1000 -m app\n";
const inWorkdir = (lines: string): string => fixed({ text: `${start}${lines}\nWORKDIR /data\nCMD ["id"]\n` });
const ownLine = /^RUN (?:mkdir -p \/data && )?chown 1000:1000 \/data$/m;

test.each([
  "RUN mkdir /data && chown app:app /data",
  "RUN mkdir /data && chown -R 1000 /srv /data && rm -rf /data/x /tmp/*",
  "RUN mkdir /data && chown root /data && chown app /data",
  "RUN mkdir /data && chown app /data\nCOPY a /data/sub/a\nRUN chgrp -R web /data",
  "WORKDIR /data\nRUN chown -R app:app /",
  "ENV ROOT=/data\nWORKDIR /data/sub\nRUN chown -R app:app $ROOT/..",
  "RUN install -d -o app -g app -m 700 /data",
  "RUN mkdir /data && chown app /data\nCOPY --chown=app:app data /data",
  "RUN mkdir /data && chown app /data\nWORKDIR /data\nCOPY --chown=1000 . .",
])("a folder that a RUN gives to the account is not given again: %s", (lines) => {
  const text = inWorkdir(lines);
  expect(text).not.toMatch(ownLine);
  expect(text).toContain("\nUSER 1000\n");
});

test.each([
  ["under a condition", "RUN mkdir /data && if [ -e /x ]; then chown app /data; fi"],
  ["its failure is gone over", "RUN mkdir /data; chown app /data; true"],
  ["to somebody else", "RUN mkdir /data && chown root /data"],
  ["what is in it", "RUN mkdir /data && chown app /data/*"],
  ["by a search", "RUN mkdir /data && find /data -exec chown app {} +"],
  ["another change behind it", "RUN mkdir /data && chown app /data && chown -R root /"],
  ["a change that nobody can read", 'RUN mkdir /data && chown app /data && chown root "$(cat dir)"'],
  ["made anew", "RUN mkdir /data && chown app /data && rm -rf /data && mkdir /data"],
  ["copied over", "RUN mkdir /data && chown app /data\nCOPY data /data"],
  ["copied over for somebody else", "RUN mkdir /data && chown app /data\nCOPY --chown=root:app data /data"],
  ["a program that nobody has read", "RUN mkdir /data && chown app /data\nRUN /setup.sh"],
  ["renumbered behind it", "RUN mkdir /data && chown app /data && usermod -u 1000 app"],
  ["around it, where it may not be yet", "RUN chown -R app /"],
  ["around it, and nothing more", "WORKDIR /data\nRUN chown app /"],
  ["below a volume", "VOLUME /data\nRUN chown app /data"],
])("it is given: %s", (_, lines) => {
  expect(inWorkdir(lines)).toMatch(/chown (?:-h )?1000:1000 (?:\/data|\{\})/);
});

test("the account's lines need not stand above a VOLUME whose folder is the account's", () => {
  const lines = "RUN mkdir /data && chown app /data\nVOLUME /data\nWORKDIR /srv/app";
  expect(fixed({ text: `${start}${lines}\nCMD ["id"]\n` })).toBe(
    `${start}${lines}\nRUN chown 1000:1000 /srv/app\nUSER 1000\nCMD ["id"]\n`,
  );
});

const inVolume = (lines: string): string => fixed({ text: `${start}${lines}\nVOLUME /srv/data\nCMD ["id"]\n` });

test.each([
  "RUN mkdir -p /srv/data && chown -R app /srv",
  "RUN mkdir -p /srv/data /srv/x\nRUN chown -R app /srv",
  "WORKDIR /srv/data\nRUN chown -R app /srv/\nWORKDIR /",
  'RUN install --directory --owner app --mode 700 "/srv/data"',
])("a folder that is there when a folder above it is given away is given with it: %s", (lines) => {
  expect(inVolume(lines)).toBe(`${start}${lines}\nVOLUME /srv/data\nUSER 1000\nCMD ["id"]\n`);
});

test.each([
  ["it may not be there", "RUN if [ -e /x ]; then mkdir -p /srv/data; fi; chown -R app /srv"],
  ["its making may fail", "RUN mkdir -p /srv/data; chown -R app /srv"],
  ["it is made behind", "RUN mkdir /srv && chown -R app /srv && mkdir /srv/data"],
  ["the folder above alone", "RUN mkdir -p /srv/data && chown app /srv"],
  ["nobody makes it", "RUN chown -R app /srv"],
])("a folder below one that is given away is given too: %s", (_, lines) => {
  expect(inVolume(lines)).toMatch(/chown (?:-h )?1000:1000 (?:\/srv\/data|\{\})/);
});

test("OpenShift's group still needs its permissions", () => {
  const text = "FROM debian:bookworm-slim\nRUN mkdir /data && chown 65532 /data\nWORKDIR /data\n";
  expect(fixed({ text, options: { openshift: true } })).toMatch(/chown 65532:0 \/data &&[^]*chmod g=u \/data/);
});

const fixedRun = (run: string): string =>
  fixed({ text: `${start}WORKDIR /app\nRUN ${run}\nRUN chown app /app\nCMD ["id"]\n` });

describe("what a RUN makes", () => {
  test.each([
    "cp -r /x/. /app && chown -R app:app /app",
    "npm ci && chown -R 1000 /app /srv",
    "install -o app -m 600 /x/a /app/a",
  ])("it gives itself: %s", (run) => {
    expect(fixedRun(run)).toBe(`${start}WORKDIR /app\nRUN ${run}\nRUN chown app /app\nUSER 1000\nCMD ["id"]\n`);
  });

  test.each([
    "chown -R app /app && cp -r /x/. /app",
    "cp -r /x/. /app && chown app /app",
    "cp -r /x/. /app && chown -R app /app/*",
    "cp -r /x/. /app; chown -R app /app; true",
    "cp -r /x/. /app && chown -R daemon /app",
    "npm ci && chown -R app /app && npm run build",
    "cp a . && chown -R app . && sh /b",
    "install -o daemon /x/a /app/a",
    "install -g app /x/a /app/a",
    "cp -r /x/. /app && chgrp -R app /app",
  ])("it is handed over: %s", (run) => {
    expect(fixedRun(run)).toContain(" && find /app ! -user 1000");
  });
});
