import { describe, expect, test } from "vitest";
import { parseGroup, parsePasswd } from "../image/accounts.ts";
import { composeIdLine, readIdLine } from "./id-line.ts";

describe("readIdLine", () => {
  test.each([
    ["uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)", { uid: 65532, gid: 65532, name: "nonroot" }],
    ["uid=65532 gid=0(root)", { uid: 65532, gid: 0, name: undefined }],
    ["uid=1000 gid=1000 groups=1000", { uid: 1000, gid: 1000, name: undefined }],
  ])("%s", (line, expected) => {
    expect(readIdLine(line)).toEqual(expected);
  });

  test.each(["", "id: not found", "uid=root gid=0", "uid=99999999999 gid=0", " uid=1 gid=1"])("%j is none", (line) => {
    expect(readIdLine(line)).toBeUndefined();
  });
});

test("composeIdLine names what has a name", () => {
  const accounts = {
    passwd: parsePasswd("app:x:1000:1000::/:\n"),
    group: parseGroup("app:x:1000:\nwheel:x:10:app\n"),
  };
  expect(composeIdLine(1000, 1000, [1000, 10, 77], accounts)).toBe(
    "uid=1000(app) gid=1000(app) groups=1000(app),10(wheel),77",
  );
  expect(composeIdLine(65532, 0, [0], accounts)).toBe("uid=65532 gid=0 groups=0");
});
