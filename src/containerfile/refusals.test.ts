/** What BuildKit refuses is refused, with its place and what was probably meant. */
import { describe, expect, test } from "vitest";
import { parseContainerfile } from "./parse.ts";
import { positionAt } from "./position.ts";

/** `line:column message (hint)` of every fault. */
const faults = (text: string): readonly string[] =>
  parseContainerfile(text).errors.map(({ span, message, hint }) => {
    const { line, column } = positionAt(text, span.start);
    return `${line}:${column} ${message}${hint === undefined ? "" : ` (${hint})`}`;
  });

test.each([
  [
    "apiVersion: v1\n",
    "1:1 unknown instruction apiVersion: (this looks like YAML: image-fix manifest reads Kubernetes' and Tekton's)",
  ],
  ["#!x\nhallo2 x\n", "2:1 unknown instruction hallo2 (a Containerfile begins with FROM, or with ARG above it)"],
])("%j begins with something else", (text, expected) => {
  expect(faults(text)[0]).toBe(expected);
});

describe("refused", () => {
  test.each([
    ["", "1:1 the file has no instructions (a Containerfile begins with FROM image)"],
    ["# only a comment\n", "2:1 the file has no instructions (a Containerfile begins with FROM image)"],
    ["ARG x\n", "2:1 the file has no FROM, so there is nothing to build (a Containerfile begins with FROM image)"],
    ["FROM a\n  RUNN x\n", "2:3 unknown instruction RUNN (did you mean RUN?)"],
    ["FROM a\nuser2 x\n", "2:1 unknown instruction user2 (did you mean USER?)"],
    [
      "FROM a\nEOF\n",
      "2:1 unknown instruction EOF (if it belongs to the line above, end that line with the escape character)",
    ],
    ["FROM a b c # d\n", "1:1 FROM requires either one or three arguments (a comment must stand on a line of its own)"],
    [
      "FROM a AS 1x\n",
      "1:11 invalid name for a build stage: 1x (a name begins with a letter and holds letters, digits, - _ and . only)",
    ],
    ["FROM\n", "1:1 FROM requires either one or three arguments (write FROM image or FROM image AS name)"],
    ["FROM --platfrom=x a\n", "1:6 unknown flag --platfrom of FROM (did you mean --platform?)"],
    ["FROM a\nUSER\n", "2:1 USER requires exactly one argument"],
    [
      "FROM a\nUSER --foo u\n",
      "2:6 unknown flag --foo of USER (USER takes no flags; flags of a program stand behind its name)",
    ],
    [
      "FROM a\nCOPY a\n",
      "2:1 COPY requires at least two arguments, the last is the destination (write COPY source destination)",
    ],
    ["FROM a\nCOPY --chown a b\n", "2:6 flag --chown needs a value (write --chown=value, with no blank before it)"],
    ["FROM a\nCOPY --from=a --from=b a b\n", "2:15 flag --from is given twice (keep one of them)"],
    ["FROM a\nCOPY --link=maybe a b\n", "2:6 flag --link is true or false, not maybe (write --link or --link=false)"],
    ["FROM a\nENV a=b c\n", '2:9 ENV: no = in "c" (write name=value, and put a value with blanks into quotes)'],
    ["FROM a\nENV a\n", "2:5 ENV must have two arguments (write ENV name=value)"],
    ["FROM a\nENV =b\n", "2:5 ENV names can not be blank (write the name in front of the =)"],
    [
      "FROM a\nCMD [1]\n",
      "2:5 CMD: a JSON array here may hold nothing but strings (put every element into double quotes)",
    ],
    ["FROM a\nSHELL bash -c\n", '2:1 SHELL requires the arguments to be in JSON form (write SHELL ["/bin/sh", "-c"])'],
    ["FROM a\nHEALTHCHECK x\n", "2:1 unknown type x in HEALTHCHECK (write HEALTHCHECK CMD … or HEALTHCHECK NONE)"],
    ["FROM a\nONBUILD ONBUILD RUN x\n", "2:1 ONBUILD ONBUILD is not allowed (write one ONBUILD)"],
    ["FROM a\nONBUILD FROM b\n", "2:9 FROM is not allowed as an ONBUILD trigger"],
    ["USER u\nFROM a\n", "1:1 USER stands before the first FROM (only ARG may; move it behind FROM)"],
    [
      "FROM a\nCOPY a <<EOF\nx\nEOF\n",
      "2:8 COPY cannot accept a heredoc as a destination (name the file behind the heredoc word)",
    ],
    ["FROM a\nRUN --mount=type=cahce,target=/x y\n", "2:5 type=cahce in --mount is not known (did you mean cache?)"],
    ["FROM a\nEXPOSE 99999\n", "2:8 EXPOSE 99999: a port is a number from 0 to 65535, or a range such as 8000-8010"],
    ["FROM a\nUSER ${x!}\n", expect.stringContaining('2:6 unsupported modifier (!) in substitution, in "${x!}"')],
    [
      "FROM a\nUSER 'x\n",
      expect.stringContaining("2:6 unexpected end of statement while looking for matching single-quote"),
    ],
    ["FROM a\nUSER ${x\n", expect.stringContaining("2:6 syntax error: missing '}'")],
    ["FROM a\nHEALTHCHECK CMD []\n", "2:1 missing command after HEALTHCHECK CMD"],
    [
      "FROM a\nHEALTHCHECK --interval=2562048h CMD x\n",
      "2:24 --interval=2562048h is no duration (write such as 30s, 1m30s or 500ms)",
    ],
    ["FROM a\nRUN --device= x\n", "2:14 --device=: the device is missing (write --device=vendor.com/class=name)"],
    [
      "FROM a\nRUN --device=name=v.com/c=a,x=y z\n",
      "2:14 --device=name=v.com/c=a,x=y: there is no x in it, only name and required (write --device=vendor.com/class=name)",
    ],
    ["FROM a\nRUN --device=a,b x\n", expect.stringContaining("2:14 --device=a,b: there is no b in it")],
    ["FROM a\nRUN --device=a,name=b x\n", expect.stringContaining("the device is named twice")],
    ["FROM a\nRUN --device=a,required=maybe x\n", expect.stringContaining("required is true or false")],
    ["FROM a\nRUN []\n", "2:1 RUN [] names no program (write RUN command)"],
    ['FROM a\nVOLUME a ""\n', "2:10 VOLUME specified can not be an empty string"],
    [
      "FROM a\nRUN --mount=type=secret,required x\n",
      "2:5 a secret in --mount has neither id, source nor target (write --mount=type=secret,id=NAME)",
    ],
    ["FROM a\nRUN --mount=type=tmpfs,target=/a,size=xx x\n", "2:5 size=xx in --mount is no size (write such as 64m)"],
    ["FROM a\nRUN --mount=type=tmpfs,target=/a,size=-1 x\n", "2:5 size=-1 in --mount is no size (write such as 64m)"],
    ["FROM a\nRUN --mount=type=tmpfs,target=/a,size=1ki x\n", "2:5 size=1ki in --mount is no size (write such as 64m)"],
    ["FROM a\nRUN --mount=target=/a,size=1g x\n", "2:5 size in --mount is not for the type bind (it is for tmpfs)"],
    [
      "FROM a\nRUN --mount=type=tmpfs,target=/a,uid=5 x\n",
      "2:5 uid in --mount is not for the type tmpfs (it is for cache, secret, ssh)",
    ],
    [
      "FROM a\nRUN --mount=type=cache,target=/a,required x\n",
      "2:5 required in --mount is not for the type cache (it is for secret, ssh)",
    ],
    [
      "FROM a\nRUN --mount=type=ssh,sharing=locked x\n",
      "2:5 sharing in --mount is not for the type ssh (it is for cache)",
    ],
    [
      "FROM a\nRUN --mount=type=ssh,src=b x\n",
      "2:5 src in --mount is not for the type ssh (it is for bind, cache, tmpfs, secret)",
    ],
    [
      "FROM a\nRUN --mount=type=secret,id=a,required=maybe x\n",
      "2:5 required=maybe in --mount is neither true nor false",
    ],
    [
      "FROM a\nRUN --mount=type=secret,id=a,src=b x\n",
      "2:5 a secret in --mount has both id and source (keep one of them)",
    ],
    [
      "FROM a\nRUN --mount=type=secret,id=a,from=b x\n",
      "2:5 a secret in --mount comes from no stage (take from= away)",
    ],
    [
      "FROM a\nRUN --mount=type=cache,target=/ x\n",
      "2:5 the target of --mount is the root of the file system (write target=/folder)",
    ],
    [
      "FROM a\nADD --checksum=abc https://b/c d\n",
      "2:16 --checksum=abc: the algorithms are sha256, sha384, sha512 (write sha256:HEX)",
    ],
    [
      "FROM a\nADD --checksum=sha256:abc https://b/c d\n",
      "2:16 --checksum=sha256:abc: sha256 has 64 digits, here are 3 (write sha256:HEX)",
    ],
    [
      "FROM a\nADD --checksum=sha256:XY https://b/c d\n",
      "2:16 --checksum=sha256:XY: a digest is written in digits and a to f (write sha256:HEX)",
    ],
    [
      "FROM a\nADD --checksum=sha256:abc b c\n",
      "2:5 --checksum is only for a source that is downloaded (take it away)",
    ],
    [
      "FROM a\nADD --checksum=sha256:abc https://b https://c d\n",
      "2:5 --checksum is for one source (write an ADD of its own for each download)",
    ],
    ["FROM a\nADD --checksum=sha256:abc <<E d\nE\n", "2:5 --checksum is not for a here-document (take it away)"],
    [
      "FROM a\nCOPY git@example.com:b/c.git d\n",
      "2:6 COPY takes no git repository as its source (use ADD, or RUN git clone)",
    ],
    ["FROM a\nHEALTHCHECK --retries=2147483648 CMD x\n", expect.stringContaining("is no number of tries")],
    ["FROM a\nRUN --mount=type=cache,target=/a,uid=4294967296 x\n", expect.stringContaining("no number of 32 bits")],
    ["FROM a\nRUN --mount=type=cache,target=/a,mode=40000000000 x\n", expect.stringContaining("no octal number of 32")],
    ["FROM a\nEXPOSE 1.2.3.04:80:90\n", "2:8 EXPOSE 1.2.3.04:80:90: what stands first is no IP address"],
    ["FROM a\nEXPOSE 1:2:3\n", "2:8 EXPOSE 1:2:3: what stands first is no IP address"],
    [
      "# syntax=docker/dockerfile:1\n# check=skip=all;\nFROM a\n",
      '2:1 # check=: there is no option "" (write such as # check=skip=all;error=true)',
    ],
    ["# check=true\nFROM a\n", '1:1 # check=: there is no option "true" (write such as # check=skip=all;error=true)'],
    ["# check=error=yes\nFROM a\n", "1:1 # check=: error is true or false (write such as # check=skip=all;error=true)"],
  ])("%j", (text, fault) => {
    expect(faults(text)).toEqual([fault]);
  });

  test("COPY --from takes no variable", () => {
    expect(faults("FROM a\nCOPY --from=$x a b\n")[0]).toContain("COPY --from does not expand variables");
  });

  test("reading goes on behind a fault", () => {
    expect(faults("FROM a\nRUNN x\nUSER\nUZER y\n").map((one) => one.split(" ")[0])).toEqual(["2:1", "3:1", "4:1"]);
  });

  test("columns are UTF-16 units, behind a byte order mark too", () => {
    expect(faults("\ufeffFROM a\n💥 RUNN\n")[0]).toMatch(/^2:1 /);
  });
});

describe("a text that is none of a Containerfile", () => {
  const utf16 =
    "1:1 the file is UTF-16, which no builder reads (save the file as UTF-8 (in PowerShell: Set-Content -Encoding utf8))";
  const returns =
    "1:1 the lines end in CR alone, so every builder takes the file for one line (save the file with LF or CRLF)";

  test.each([
    [Buffer.from("\ufeffFROM a\nUSER 1\n", "utf16le").toString("latin1"), utf16],
    [Buffer.from("\ufeffFROM a\n", "utf16le").swap16().toString("latin1"), utf16],
    [Buffer.from("# c\r\nFROM a\r\n", "utf16le").toString("utf8"), utf16],
    ["FROM a\rUSER 1\r", returns],
    ["# c\rFROM a\rUSER 1", returns],
    ["ARG x\r\rFROM a\r", returns],
  ])("%j: the cause is named, and nothing that follows from it", (text, fault) => {
    expect(faults(text)).toEqual([fault]);
  });

  test.each(["FROM a\r", "FROM a\rAS\rb", "FROM a\r\nRUN x\ry\r\n"])("%j is read", (text) => {
    expect(faults(text)).toEqual([]);
  });

  test("a fault of another kind stays what it is", () => {
    expect(faults("FROM a\r\nRUNN \ry\r\n")[0]).toContain("unknown instruction RUNN");
    expect(faults("RUNN x\r")[0]).toContain("unknown instruction RUNN");
  });
});

describe("not refused", () => {
  test.each([
    "ARG x\nFROM a\n",
    "FROM a AS build\nFROM build\n",
    "FROM a\nUSER a b\n",
    "FROM a\nUSER $x\n",
    "FROM a\nARG --foo x\nSTOPSIGNAL --foo 9\nHEALTHCHECK --foo NONE\n",
    "FROM a\nCOPY --link --parents --exclude=a --exclude=b c d\n",
    "FROM a\nRUN --mount=type=cache,target=/a --mount=type=bind,target=/b,rw --network=none x\n",
    `FROM a\nADD --checksum=sha256:${"0a".repeat(32)} --keep-git-dir=true --unpack=false https://b c\n`,
    "FROM a\nADD --checksum=abc git@b:c d\nADD --checksum=abc https://b/c.git#main d\nADD --checksum=$X $Y d\n",
    "FROM a\nCOPY git@b c\nCOPY github.com/a/b c\nCOPY a@b/c:d e\nEXPOSE 0000000000080\nADD --checksum=abc github.com/a/b c\n",
    "FROM a\nCOPY --chmod=u+xg+w,o=g-r b c\nHEALTHCHECK --retries=0002147483647 CMD x\n",
    "FROM a\nRUN --mount=required=false,type=secret,id=a --mount=type=ssh,mode=0600 x\n",
    "FROM a\nRUN --mount=type=tmpfs,target=/a,size=1.5GiB --mount=type=cache,target=/b,uid=5,mode=0755,sharing=locked x\n",
    "FROM a\nRUN --mount=type=$T,target=/a,size=1g --mount=type=bind,target=$T x\n",
    "FROM a\nRUN --mount=type=bind,target=/a,tmpfs-size=1g,ro=yes x\n",
    "FROM a\nHEALTHCHECK --interval=5s --timeout=3s --start-period=1m --start-interval=1s --retries=3 CMD x\n",
    "FROM a\nMAINTAINER me\n",
    "FROM a\nRUN\n",
    'FROM a\nUSER ""\n',
    "FROM a\nHEALTHCHECK CMD x []\n",
    'FROM a\nHEALTHCHECK CMD [""]\n',
    "FROM a\nHEALTHCHECK --interval=2562047h47m16.854775807s --timeout=0 CMD x\n",
    "FROM a\nEXPOSE 1.2.3.4:80:90 [::1]:80:90 ::1:80:90 80:90\n",
    "FROM a\nRUN --mount=type=cache,target=/a,uid=04294967295,gid=0,mode=37777777777 x\n",
    "# check=skip=all;error=true;experimental=a,b and more\nFROM a\n",
    "# check=skip=;error=T\nFROM a\n",
    "FROM a\nRUN --device=v.com/c --device=v.com/c=a,required --device=name=v.com/c,required=false --device=$X x\n",
    "FROM a\nRUN --mount=type=secret,id=a --mount=type=secret,src=a --mount=type=secret,target=/a x\n",
    "FROM a\nRUN --mount=type=secret,$X --mount=type=$T,required x\n",
    "FROM a\nRUN --mount=type=tmpfs,target=/a,size=64m --mount=type=tmpfs,target=/b,size=$S x\n",
    "FROM a\nCMD []\nENTRYPOINT []\nRUN [ -f a ]\n",
    "FROM a\nVOLUME $X /a\n",
    "FROM --platform= a\n",
    "FROM a\nARG ${X:-X=1}\n",
    "ARG ${X:-X=1}\nFROM a\n",
    "FROM a\nUSER ${x:-w}${x-w}${x:+w}${x+w}${x:?e}${x?e}${x#p}${x##p}${x%p}${x%%p}${x/p/r}${x//p/r}\n",
  ])("%j", (text) => {
    expect(faults(text)).toEqual([]);
  });
});
