/** passwd and group as the runtimes read them (moby/sys/user), observed with hostile images. */
import { describe, expect, test } from "vitest";
import { byGid, byName, byUid, longestAccountLine, parseGroup, parsePasswd, unreadableLine } from "./accounts.ts";

const uidOf = (text: string): number | undefined => byName(parsePasswd(text), "appuser")?.uid;

describe("passwd", () => {
  test.each([
    ["appuser:x:1000:1000::/home/app:/bin/sh\n", 1000],
    ["appuser:x::0\n", 0],
    ["appuser:x\n", 0],
    ["appuser\n", 0],
    ["appuser:x:abc:0\n", 0],
    ["appuser:x:0x3e8:0\n", 0],
    ["appuser:x:1e3:0\n", 0],
    ["appuser:x: 1000:0\n", 0],
    ["appuser:x:1_000:0\n", 0],
    ["appuser:x:١٠٠٠:0\n", 0],
    ["appuser:x:+0:0\n", 0],
    ["appuser:x:+1000:0\n", 1000],
    ["appuser:x:0001000:0\n", 1000],
    ["appuser:x:4294967296:0\n", 0],
    ["appuser:x:4294968296:0\n", 1000],
    ["  appuser:x:1000:0\n", 1000],
    ["\tappuser:x:1000:0\r\n", 1000],
    ["\u0085appuser:x:1000:0\n", 1000],
    ["\n\n\nappuser:x:1000:0", 1000],
    ["appuser:x:1000:0\nappuser:x:0:0\n", 1000],
    ["appuser:x:0:0\nappuser:x:1000:0\n", 0],
    ["#appuser:x:0:0\nappuser:x:1000:0\n", 1000],
    ["other:x:5:5\n", undefined],
    ["", undefined],
  ])("%j: uid %s", (text, uid) => {
    expect(uidOf(text)).toBe(uid);
  });

  test.each(["-1", "-1000", "99999999999999999999", "2147483648"])(
    "%s stays outside what a runtime starts",
    (field) => {
      const uid = uidOf(`appuser:x:${field}:0\n`) ?? 0;
      expect(uid < 0 || uid > 2147483647).toBe(true);
    },
  );

  test("all fields", () => {
    expect(parsePasswd("root:x:0:0:root:/root:/bin/sh\napp:x:5:6:A, B:/srv:/bin/false\n")).toEqual([
      { name: "root", uid: 0, gid: 0, home: "/root", shell: "/bin/sh", line: 1 },
      { name: "app", uid: 5, gid: 6, home: "/srv", shell: "/bin/false", line: 2 },
    ]);
  });

  test("the first line of a uid wins", () => {
    const accounts = { passwd: parsePasswd("a:x:7:1\nb:x:7:2\n"), group: [] };
    expect(byUid(accounts, 7)?.name).toBe("a");
  });
});

describe("group", () => {
  test("members, and broken ids", () => {
    const group = parseGroup("root:x:0:\nvideo:x:44:app,web,\nbroken:x:oops:\nshort\n");
    expect(group.map(({ name, gid, members }) => [name, gid, members])).toEqual([
      ["root", 0, []],
      ["video", 44, ["app", "web"]],
      ["broken", 0, []],
      ["short", 0, []],
    ]);
    expect(byGid({ passwd: [], group }, 0)?.name).toBe("root");
  });
});

const line = (bytes: number): string => `long:x:5:5:${"x".repeat(bytes - 11)}`;

describe("long lines", () => {
  test("64 KiB less one byte is read", () => {
    const text = `${line(longestAccountLine)}\nappuser:x:1000:0\n`;
    expect(uidOf(text)).toBe(1000);
    expect(unreadableLine(text)).toBeUndefined();
  });

  test("a longer one stops the reader, and every container", () => {
    const text = `root:x:0:0\n${line(longestAccountLine + 1)}\nappuser:x:1000:0\n`;
    expect(parsePasswd(text).map(({ name }) => name)).toEqual(["root"]);
    expect(unreadableLine(text)).toBe(2);
  });

  test("bytes count, not characters", () => {
    expect(unreadableLine("é".repeat(longestAccountLine / 2 + 1))).toBe(1);
  });

  test("of /etc/group stop nobody", () => {
    const group = parseGroup(`big:x:5:${"x,".repeat(longestAccountLine)}\napp:x:1000:web\n`);
    expect(group.map(({ name, gid }) => [name, gid])).toEqual([
      ["big", 5],
      ["app", 1000],
    ]);
  });
});
