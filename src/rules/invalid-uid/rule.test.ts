import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "the largest uid", text: "FROM alpine:3.20\nUSER 2147483647:2147483647\n" },
    { name: "a padded number", text: "FROM alpine:3.20\nUSER 01000\n" },
    { name: "zero is root-user's", text: "FROM alpine:3.20\nUSER 0\n" },
    { name: "a group by name", text: "FROM debian:12\nUSER 1000:www-data\n" },
  ],
  invalid: [
    {
      name: "one too many",
      text: "FROM alpine:3.20\nUSER 2147483648\n",
      lines: [2],
      says: ["invalid user id (2147483648)"],
    },
    { name: "both out of range", text: "FROM alpine:3.20\nUSER 3000000000:3000000000\n", lines: [2] },
    { name: "negative", text: "FROM alpine:3.20\nUSER -1\n", lines: [2], says: ["invalid user id (-1)"] },
    { name: "from an argument", text: "FROM alpine:3.20\nARG U=4294967296\nUSER $U\n", lines: [3] },
    { name: "from the base image", text: "FROM example.com/x\n", baseUser: "4294967295", lines: [1] },
    {
      name: "only the group is out of range",
      text: "FROM alpine:3.20\nUSER 1000:4294967296\n",
      lines: [2],
      says: ["gid 4294967296"],
    },
    { name: "two colons", text: "FROM alpine:3.20\nUSER 1:2:3\n", lines: [2], says: ["more than one colon"] },
  ],
});
