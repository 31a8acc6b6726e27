import { describe, expect, test } from "vitest";
import {
  parseBuildArg,
  parseBuildContext,
  parseChoice,
  parseGid,
  parseHome,
  parseImagePath,
  parsePlatform,
  parseSeconds,
  parseSecret,
  parseTag,
  parseUid,
  parseUserName,
} from "./values.ts";

const good = <T>(value: T) => ({ ok: true, value });
const bad = (part: string) => ({ ok: false, error: expect.stringContaining(part) });

describe("parseUid", () => {
  test.each([
    ["1", good(1)],
    ["65532", good(65532)],
    ["2147483647", good(2147483647)],
    ["0", bad("0 is root")],
    ["00", bad("0 is root")],
    ["2147483648", bad('"2147483648" is no uid; give a number from 1 to 2147483647, such as 65532')],
    ["99999999999", bad("is no uid")],
    ["-1", bad("is no uid")],
    ["+1", bad("is no uid")],
    ["1.5", bad("is no uid")],
    ["1e3", bad("is no uid")],
    ["app", bad("is no uid")],
    ["", bad("an empty text is no uid")],
  ])("%j", (text, expected) => expect(parseUid(text)).toEqual(expected));
});

describe("parseGid", () => {
  test.each([
    ["0", good(0)],
    ["65532", good(65532)],
    ["2147483648", bad("is no gid; give a number from 0 to")],
  ])("%j", (text, expected) => expect(parseGid(text)).toEqual(expected));
});

describe("parseSeconds", () => {
  test.each([
    ["1", good(1)],
    ["86400", good(86400)],
    ["0", bad("is no time")],
    ["86401", bad("whole seconds from 1 to 86400")],
    ["10m", bad("such as 600")],
  ])("%j", (text, expected) => expect(parseSeconds(text)).toEqual(expected));
});

describe("parseUserName", () => {
  test.each([
    ["nonroot", good("nonroot")],
    ["_apt-1", good("_apt-1")],
    ["a".repeat(32), good("a".repeat(32))],
    ["a".repeat(33), bad("at most 32")],
    ["root", bad("root is the name of uid 0")],
    ["1001", bad("is no user name")],
    ["App", bad("lower-case")],
    ["a b", bad("is no user name")],
    ["a:0:0::/:/bin/sh\nb", bad("is no user name")],
  ])("%j", (text, expected) => expect(parseUserName(text)).toEqual(expected));
});

describe("parseImagePath", () => {
  test.each([
    ["/data", good("/data")],
    ["/var//lib/./app/", good("/var/lib/app")],
    ["/öl", good("/öl")],
    ["data", bad('"data" is no absolute path; give one inside the image, such as /data')],
    ["./Containerfile", bad("is no absolute path")],
    ["", bad("an empty text is no absolute path")],
    ["/", bad("/ is the whole file system")],
    ["/..", bad("leads upwards")],
    ["/a/../etc", bad("leads upwards")],
    ["/a b", bad("holds a blank")],
    ["/a$b", bad('holds "$"')],
    ["/a\nUSER 0", bad("holds")],
    ["/a;b", bad('holds ";"')],
  ])("%j", (text, expected) => expect(parseImagePath(text)).toEqual(expected));
});

describe("parseHome", () => {
  test.each([
    ["/home/app", good("/home/app")],
    ["/var/lib/app", good("/var/lib/app")],
    ["/app", good("/app")],
    ["/etc", bad("/etc is a folder of the system and stays root's")],
    ["/usr/bin/../lib", bad("leads upwards")],
    ["/usr//lib/x", bad("/usr/lib/x is a folder of the system")],
    ["/root", bad("is a folder of the system")],
    ["/home", bad("is a folder of the system")],
    ["/", bad("/ is the whole file system")],
  ])("%j", (text, expected) => expect(parseHome(text)).toEqual(expected));
});

describe("parsePlatform", () => {
  test.each([
    ["linux/amd64", good("linux/amd64")],
    ["linux/arm/v7", good("linux/arm/v7")],
    ["linux/x86_64", good("linux/x86_64")],
    ["linux/amd46", bad("is no platform")],
    ["arm64", bad("such as linux/arm64")],
    ["Linux/AMD64", bad("such as linux/amd64")],
    ["linux/amd64,linux/arm64", bad("is no platform")],
  ])("%j", (text, expected) => expect(parsePlatform(text)).toEqual(expected));
});

describe("parseTag", () => {
  test.each([
    ["app", good("app")],
    ["app:1", good("app:1")],
    ["registry.example.com:5000/team/app:non-root", good("registry.example.com:5000/team/app:non-root")],
    ["App", bad("is no image name")],
    ["app:", bad("is no image name")],
    ["app@sha256:00", bad("is no image name")],
    ["-app", bad("is no image name")],
    ["", bad("an empty text is no image name")],
  ])("%j", (text, expected) => expect(parseTag(text)).toEqual(expected));
});

describe("parseBuildArg", () => {
  test.each([
    ["A=1", good({ key: "A", value: "1" })],
    ["A=", good({ key: "A", value: "" })],
    ["A=b=c", good({ key: "A", value: "b=c" })],
    ["A", good({ key: "A", value: undefined })],
    ["=1", bad("give KEY=VALUE")],
    ["A B=1", bad("is no build argument")],
  ])("%j", (text, expected) => expect(parseBuildArg(text)).toEqual(expected));
});

describe("parseBuildContext", () => {
  test.each([
    ["shared=../shared", good({ name: "shared", value: "../shared" })],
    [
      "alpine:3=docker-image://x/alpine@sha256:1",
      good({ name: "alpine:3", value: "docker-image://x/alpine@sha256:1" }),
    ],
    ["src=https://example.com/a.git?x=1", good({ name: "src", value: "https://example.com/a.git?x=1" })],
    ["shared", bad("give NAME=FOLDER")],
    ["shared=", bad("is no build context")],
    ["=x", bad("is no build context")],
    ["-a=x", bad("is no build context")],
  ])("%j", (text, expected) => expect(parseBuildContext(text)).toEqual(expected));
});

describe("parseSecret", () => {
  test.each([
    ["id=npmrc,src=/home/me/.npmrc", good("id=npmrc,src=/home/me/.npmrc")],
    ["id=npmrc", good("id=npmrc")],
    ["type=env,id=token,env=TOKEN", good("type=env,id=token,env=TOKEN")],
    ["npmrc", bad("give id=ID,src=FILE")],
    ["src=/x", bad("is no secret")],
    ["id=", bad("is no secret")],
    ["id=a,scr=/x", bad("is no secret")],
    ["", bad("an empty text is no secret")],
  ])("%j", (text, expected) => expect(parseSecret(text)).toEqual(expected));
});

describe("parseChoice", () => {
  const parse = parseChoice(["text", "json", "sarif"]);
  test.each([
    ["json", good("json")],
    ["jsno", bad('"jsno" is none of text, json or sarif; did you mean json?')],
    ["JSON", bad("did you mean json?")],
    ["yaml-stream", { ok: false, error: '"yaml-stream" is none of text, json or sarif' }],
  ])("%j", (text, expected) => expect(parse(text)).toEqual(expected));
});
