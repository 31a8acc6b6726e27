import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "made and given", text: "FROM alpine:3.20\nRUN mkdir /data && chown 1:1 /data\nVOLUME /data\nUSER 1:1\n" },
    { name: "copied and given", text: "FROM alpine:3.20\nCOPY --chown=1:1 seed /data/\nVOLUME /data\nUSER 1:1\n" },
    {
      name: "open to all",
      text: "FROM alpine:3.20\nRUN mkdir -m 777 /data && chmod 777 /data\nVOLUME /data\nUSER 1:1\n",
    },
    { name: "made by the user", text: "FROM alpine:3.20\nUSER 1:1\nRUN mkdir -p /tmp/x /data\nVOLUME /data\n" },
    {
      name: "a folder around it",
      text: "FROM alpine:3.20\nRUN mkdir -p /srv/data && chown -R 1:1 /srv\nUSER 1:1\n",
      writable: ["/srv/data"],
    },
    { name: "/tmp", text: "FROM alpine:3.20\nUSER 1:1\n", writable: ["/tmp/x"] },
    { name: "the image runs as root", text: "FROM alpine:3.20\nVOLUME /data\n" },
    { name: "the base image's volume", text: "FROM postgres:16\nUSER 999\n" },
    {
      name: "a folder that a package may bring",
      text: "FROM fedora:41\nRUN dnf -y install postgresql-server\nVOLUME /var/lib/pgsql/data\nUSER 26\n",
    },
    {
      name: "a folder that a script of the author's is told",
      text: "FROM fedora:41\nRUN /usr/libexec/fix-permissions /data\nVOLUME /data/x\nUSER 26\n",
    },
    { name: "a path that nobody knows", text: "FROM example.com/a\nVOLUME $DATA\nUSER 26:26\n" },
  ],
  invalid: [
    { name: "a volume", text: "FROM alpine:3.20\nVOLUME /data\nUSER 1:1\n", lines: [2] },
    {
      name: "a volume that root makes",
      text: "FROM alpine:3.20\nRUN mkdir /data\nVOLUME /data\nUSER 1:1\n",
      lines: [3],
    },
    {
      name: "a path asked for",
      text: "FROM alpine:3.20\nUSER 1:1\n",
      writable: ["/var/cache/app"],
      lines: [2],
      says: ["Nothing gives /var/cache/app"],
    },
    {
      name: "somebody else's",
      text: "FROM alpine:3.20\nRUN mkdir /data && chown 5 /data\nVOLUME /data\nUSER 1:1\n",
      lines: [3],
    },
  ],
});
