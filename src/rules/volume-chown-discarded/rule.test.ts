import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "chown first", text: "FROM debian:12\nRUN chown -R 1 /data\nVOLUME /data\n" },
    { name: "another folder", text: "FROM debian:12\nVOLUME /data\nRUN chown -R 1 /database\n" },
    { name: "a folder around it, not recursive", text: "FROM debian:12\nVOLUME /srv/data\nRUN chown 1 /srv\n" },
    { name: "COPY stays with every builder", text: "FROM debian:12\nVOLUME /data\nCOPY --chown=1:1 a /data/\n" },
    { name: "a builder stage", text: "FROM debian:12 AS b\nVOLUME /data\nRUN chown 1 /data\nFROM debian:12\n" },
  ],
  invalid: [
    {
      name: "the volume",
      text: "FROM debian:12\nVOLUME /data\nRUN chown -R 1 /data\n",
      lines: [3],
      marks: ["chown -R 1 /data"],
      says: ["VOLUME since line 2"],
    },
    {
      name: "below the volume",
      text: 'FROM debian:12\nVOLUME ["/a", "/data/"]\nRUN mkdir /data/x && chown 1 /data/x\n',
      lines: [3],
    },
    {
      name: "around the volume",
      text: "FROM debian:12\nVOLUME /srv/data\nRUN chown -R 1 /srv\n",
      lines: [3],
      says: ["/srv/data is a VOLUME"],
    },
    { name: "of the parent stage", text: "FROM debian:12 AS p\nVOLUME /data\nFROM p\nRUN chown 1 /data\n", lines: [4] },
    {
      name: "of the base image",
      text: "FROM postgres:16\nRUN chown -R postgres /var/lib/postgresql/data\n",
      lines: [2],
      says: ["of the base image"],
    },
    { name: "by a variable", text: "FROM debian:12\nENV D=/data\nVOLUME $D\nRUN chown 1 $D\n", lines: [4] },
    {
      name: "one finding for one RUN",
      text: "FROM debian:12\nVOLUME /a /b\nRUN chown 1 /a && chown 1 /b\n",
      lines: [3],
    },
  ],
});
