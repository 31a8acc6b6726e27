import { describe, expect, test } from "vitest";
import { fixed, type FixSetup } from "./test-kit.ts";

const fix = (lines: string, setup: Partial<FixSetup> = {}): string =>
  fixed({ ...setup, text: `FROM alpine:3.20 AS base\n${lines}\nCMD ["sh"]\n` }).replace(/ \\\n +/g, " ");
const give = "! -user 65532 -exec chown -h 65532:65532 {} +";
const giveUnpacked = "! -user 65532 ! -perm -4000 -exec chown -h 65532:65532 {} +";

describe("a folder is written as its author spells it", () => {
  test.each([
    ["ARG VERSION=1.0\nRUN mkdir -p /opt/app-${VERSION}/conf\nWORKDIR /opt/app-${VERSION}", "/opt/app-${VERSION}"],
    ["ENV V=1\nWORKDIR /opt/app-$V\nRUN make", "/opt/app-$V"],
    ["ARG V\nWORKDIR /opt/app-$V\nRUN make", "/opt/app-$V"],
    ["ENV V=1\nWORKDIR /opt\nWORKDIR app-$V/\nRUN make", "/opt/app-$V"],
    ["ENV A=/srv/a\nWORKDIR $A\nWORKDIR ./b\nRUN make && touch $A/x", "$A"],
    ['ENV V="1 2"\nWORKDIR "/opt/app $V"\nRUN make', "/opt/app $V"],
    ["ARG V\nWORKDIR /opt/${V:-main}\nRUN make", "/opt/${V:-main}"],
    ["ENV A=/srv/a/\nWORKDIR $A\nRUN make", undefined],
  ])("%s", (lines, folder) => {
    expect(fix(lines)).toContain(`find ${folder === undefined ? "/srv/a" : `"${folder}"`} ${give}`);
  });

  test("a value that the tool is given is not written into the file", () => {
    const text = fix("ARG V\nWORKDIR /opt/app-$V\nRUN make", { buildArgs: { V: "7" } });
    expect(text).toContain(`find "/opt/app-$V" ${give}`);
  });

  test("VOLUMEs, copies, mounts and what the search leaves alone", () => {
    expect(fix("ARG DATA=/data\nVOLUME $DATA")).toContain('mkdir -p "$DATA" && chown 65532:65532 "$DATA"\nVOLUME');
    expect(fix("ARG V=1\nADD a.tgz /opt/$V/\nWORKDIR /opt/$V/app")).toContain(`find "/opt/$V/app" ${giveUnpacked}`);
    expect(fix("ARG V=1\nWORKDIR /opt/$V\nADD a.tgz x-${V}/")).toContain(`find "/opt/$V/x-\${V}" ${giveUnpacked}`);
    expect(fix("ARG V=1\nWORKDIR /opt/$V\nRUN make && chown -R root /opt/$V/sys")).toContain(
      'find "/opt/$V" ! -user 65532 ! -path "/opt/$V/sys" ! -path "/opt/$V/sys/*" -exec',
    );
    expect(fix("ARG V=1\nWORKDIR /opt/$V\nRUN --mount=type=cache,target=tmp make")).toContain(
      `find "/opt/$V" -path "/opt/$V/tmp" -prune -o ${give}`,
    );
    expect(fix("ARG V=1\nWORKDIR /opt/$V\nRUN --mount=type=cache,target=tmp make")).toContain(
      'chown 65532:65532 "/opt/$V/tmp"',
    );
  });

  test("without variables it is what it was", () => {
    expect(fix("ENV V=1\nWORKDIR '/opt/a b'\nVOLUME /d\nRUN :")).toContain("chown 65532:65532 /d '/opt/a b'");
    expect(fix("ENV R=/opt\nWORKDIR $R\nWORKDIR /opt/app")).toContain("chown 65532:65532 /opt/app\n");
  });
});

describe("where the variable is not what it was, its value is written", () => {
  test.each([
    "ARG V=1\nWORKDIR /opt/app-$V\nRUN V=2 && make",
    "ARG V=1\nWORKDIR /opt/app-$V\nRUN for V in 1 2; do make $V; done",
    "ARG V=1\nWORKDIR /opt/app-$V\nRUN . /etc/os-release && make",
    "ARG V=1\nWORKDIR /opt/app-$V\nRUN make && unset V",
    "ARG V=1\nWORKDIR /opt/app-$V\nRUN [ -e x ] || export V=2; make",
    "ARG V=1\nWORKDIR /opt/app-$V\nENV V=2\nRUN make",
    "ARG V=1\nWORKDIR /opt/app-$V\nARG V=2\nRUN make",
    "ARG V=1\nWORKDIR /opt/app-$V\nFROM base\nRUN make",
    "ENV UID=1\nWORKDIR /opt/app-$UID\nRUN make",
    "ENV V=x1\nWORKDIR /opt/app-${V#x}\nRUN make",
    "ENV V=1\nWORKDIR /opt/app\\-$V\nRUN make",
  ])("%s", (lines) => {
    expect(fix(lines)).toContain(`find /opt/app-1 ${give}`);
  });

  test.each([
    "WORKDIR /opt/app-$V\nARG V\nRUN make",
    "ARG V\nWORKDIR /opt/app-$V\nRUN set -eu; make",
    'ARG V\nWORKDIR /opt/app-$V\nSHELL ["/bin/bash", "-euc"]\nRUN make',
    "WORKDIR /opt/app-$V\nRUN make",
  ])("not given: %s", (lines) => {
    expect(fix(lines)).toContain(`find /opt/app- ${give}`);
  });

  test("a command's own variables end with it; the stage that an ENV comes from does not matter", () => {
    expect(fix("ARG V=1\nWORKDIR /opt/app-$V\nRUN V=2 make && (V=3; make)")).toContain(`find "/opt/app-$V" ${give}`);
    expect(fix("ENV V=1\nWORKDIR /opt/app-$V\nFROM base\nRUN make")).toContain(`find "/opt/app-$V" ${give}`);
    expect(fix("ARG V=1\nWORKDIR /opt/app-$V\nFROM base\nARG V=1\nRUN make")).toContain(`find "/opt/app-$V" ${give}`);
  });
});
