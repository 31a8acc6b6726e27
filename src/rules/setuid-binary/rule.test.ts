import { describe, expect, test } from "vitest";
import { setsSetuid } from "../../facts/setuid-modes.ts";
import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "the image runs as root", text: "FROM debian:12\nRUN chmod u+s /x\n" },
    { name: "taken away", text: "FROM debian:12\nRUN chmod u+s /x && chmod u-s /x\nUSER 1:1\n" },
    { name: "overwritten", text: "FROM debian:12\nRUN chmod 4755 /x && chmod 755 /x\nUSER 1:1\n" },
    { name: "setgid folders", text: "FROM debian:12\nRUN chmod 2775 /d && chmod g+s /e\nUSER 1:1\n" },
    {
      name: "copied without its mode",
      text: "FROM debian:12 AS b\nRUN chmod u+s /x && cp /x /y\nFROM debian:12\nCOPY --from=b /y /y\nUSER 1:1\n",
    },
    {
      name: "copied with other attributes alone",
      text: "FROM debian:12 AS b\nRUN chmod u+s /x && cp --preserve=xattr,ownership /x /y\nFROM debian:12\nCOPY --from=b /y /y\nUSER 1:1\n",
    },
    { name: "lost to a chown", text: "FROM debian:12\nRUN chmod u+s /x && chown 1 /x\nUSER 1:1\n" },
  ],
  invalid: [
    { name: "u+s", text: "FROM debian:12\nRUN chmod u+s /x\nUSER 1:1\n", lines: [2], marks: ["chmod u+s /x"] },
    {
      name: "brought from another stage",
      text: "FROM debian:12 AS b\nRUN chmod u+s /x\nFROM debian:12\nCOPY --from=b /x /y\nUSER 1:1\n",
      lines: [4],
      says: ["COPY brings /y setuid, as chmod makes it in stage b"],
    },
    {
      name: "copied with its mode",
      text: "FROM debian:12 AS b\nRUN chmod u+s /x && cp --preserve=mode /x /y\nFROM debian:12\nCOPY --from=b /y /y\nUSER 1:1\n",
      lines: [4],
      says: ["COPY brings /y setuid, as chmod makes it in stage b"],
    },
    { name: "4755, as a name", text: "FROM debian:12\nRUN chmod 4755 /x\nUSER app\n", lines: [2] },
  ],
});

describe("setsSetuid", () => {
  test.each(["4755", "6755", "04755", "u+s", "+s", "a+s", "ug+s", "u=rwxs", "u=rwx,u+s"])("%s", (mode) => {
    expect(setsSetuid(mode)).toBe(true);
  });
  test.each(["755", "2755", "1777", "0755", "g+s", "u-s", "+x", "o=s", undefined])("not %s", (mode) => {
    expect(setsSetuid(mode)).toBe(false);
  });
});
