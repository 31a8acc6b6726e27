import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    {
      name: "group 0 may enter, and the user is in it",
      text: "FROM alpine:3.20\nRUN mkdir /app && chgrp -R 0 /app && chmod -R 770 /app\nWORKDIR /app\nUSER 1001\n",
    },
    {
      name: "others alone are kept out",
      text: "FROM alpine:3.20\nRUN mkdir /app && chmod o-x /app\nWORKDIR /app\nUSER 1001\n",
    },
    {
      name: "open",
      text: "FROM alpine:3.20\nWORKDIR /srv/app\nRUN chmod 755 /srv/app && chmod -R o-w /srv\nUSER 1:1\n",
    },
    {
      name: "opened again",
      text: "FROM alpine:3.20\nWORKDIR /srv/app\nRUN chmod 700 /srv && chmod 711 /srv\nUSER 1:1\n",
    },
    {
      name: "the user's own",
      text: "FROM alpine:3.20\nWORKDIR /srv/app\nRUN chown 1 /srv/app && chmod 700 /srv/app\nUSER 1:1\n",
    },
    { name: "another folder", text: "FROM alpine:3.20\nWORKDIR /srv/app\nRUN chmod 700 /srv/keys\nUSER 1:1\n" },
    { name: "the image runs as root", text: "FROM alpine:3.20\nWORKDIR /srv/app\nRUN chmod 700 /srv\n" },
    {
      name: "made open",
      text: "FROM alpine:3.20\nRUN umask 022 && mkdir -p /srv/a && mkdir -m 711 /srv/b\nWORKDIR /srv/a\nUSER 1:1\n",
    },
    {
      name: "made closed, and opened",
      text: "FROM alpine:3.20\nRUN mkdir -m 700 /srv/a && chmod 755 /srv/a\nWORKDIR /srv/a\nUSER 1:1\n",
    },
    {
      name: "there before mkdir -p",
      text: "FROM alpine:3.20\nWORKDIR /srv\nRUN mkdir -p a && mkdir -pm 700 /srv a\nWORKDIR a\nUSER 1:1\n",
    },
    {
      name: "copied before mkdir -p",
      text: "FROM alpine:3.20\nCOPY a /srv/a/\nRUN umask 077 && mkdir -p /srv/a\nWORKDIR /srv/a\nUSER 1:1\n",
    },
    {
      name: "under the mask of another RUN",
      text: "FROM alpine:3.20\nRUN umask 077\nRUN mkdir /srv/a\nWORKDIR /srv/a\nUSER 1:1\n",
    },
    {
      name: "by the group",
      text: "FROM alpine:3.20\nWORKDIR /srv/app\nRUN chown root:1 /srv/app && chmod 750 /srv/app\nUSER 1:1\n",
    },
  ],
  invalid: [
    {
      name: "group 0 is kept out too",
      text: "FROM alpine:3.20\nRUN mkdir /app && chmod 700 /app\nWORKDIR /app\nUSER 1001\n",
      lines: [2],
    },
    {
      name: "the user has a group of its own",
      text: "FROM alpine:3.20\nRUN adduser -D -u 1001 app && mkdir /app && chmod 770 /app\nWORKDIR /app\nUSER 1001\n",
      lines: [2],
    },
    {
      name: "made closed",
      text: "FROM alpine:3.20\nRUN mkdir -p -m 700 /srv/a\nWORKDIR /srv/a/b\nUSER 1:1\n",
      lines: [2],
      marks: ["mkdir -p -m 700 /srv/a"],
      says: ["Mode 700 closes /srv/a"],
    },
    {
      name: "made under a mask",
      text: "FROM alpine:3.20\nRUN umask 077 && mkdir -p /srv/a\nWORKDIR /srv/a\nUSER 1:1\n",
      lines: [2],
      says: ["Mode 700 closes /srv/a"],
    },
    {
      name: "the folder",
      text: "FROM alpine:3.20\nWORKDIR /srv/app\nRUN chmod 700 /srv/app\nUSER 1:1\n",
      lines: [3],
      marks: ["chmod 700 /srv/app"],
    },
    { name: "on the way", text: "FROM alpine:3.20\nWORKDIR /srv/app\nRUN chmod 0750 /srv\nUSER 1:1\n", lines: [3] },
    { name: "by letters", text: "FROM alpine:3.20\nWORKDIR /srv/app\nRUN chmod go-rwx /srv\nUSER app\n", lines: [3] },
    { name: "recursive", text: "FROM alpine:3.20\nWORKDIR /srv/app\nRUN chmod -R o= /srv\nUSER 1:1\n", lines: [3] },
  ],
});
