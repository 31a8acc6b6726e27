import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    {
      name: "folders that a loop makes and gives away",
      text: "FROM debian:12\nCOPY . /app\nRUN for d in /app/data /app/logs; do mkdir -p $d && chown -R app:app $d; done\n",
    },
    {
      name: "in a stage whose layers are left behind",
      text: "FROM debian:12 AS b\nCOPY . /app\nRUN chown -R 1 /app\nFROM scratch\nCOPY --from=b / /\n",
    },
    {
      name: "a glob that means something else",
      text: "FROM debian:12\nCOPY . /app/x\nRUN chown -R 1 /solr* /app/[ab]?.*\n",
    },
    {
      name: "only what is root's changes its owner",
      text: "FROM registry.access.redhat.com/ubi9/ubi-minimal\nWORKDIR /app\nCOPY --chown=1001:0 . .\nRUN make && chown -hR --from=0 1001:0 /app\nUSER 1001\n",
    },
    { name: "nothing was copied there", text: "FROM debian:12\nCOPY app /srv/app\nRUN chown -R 1 /data\n" },
    {
      name: "an archive whose name is a variable's is unpacked in the same RUN",
      text: "FROM debian:12\nENV A=a.zip\nCOPY $A /opt/in/\nRUN unzip -q /opt/in/a.zip -d /opt/in && chown -R 1 /opt/in/patch\n",
    },
    { name: "not recursive", text: "FROM debian:12\nCOPY . /app\nRUN chown 1 /app\n" },
    { name: "made in the same RUN", text: "FROM debian:12\nRUN mkdir -p /app/x && chown -R 1 /app\n" },
    {
      name: "a folder made below a copied tree",
      text: "FROM debian:12\nCOPY . /app\nRUN mkdir -p /app/data/logs && chown -R 1 /app/data\n",
    },
    {
      name: "the same, by an option of install",
      text: "FROM debian:12\nCOPY . /app\nRUN install -d /app/data && chown -R 1 /app/data\n",
    },
    {
      name: "the same, in the working directory",
      text: "FROM debian:12\nWORKDIR /app\nCOPY . .\nRUN mkdir data tmp && chown -R 1 data tmp\n",
    },
    { name: "copied behind it", text: "FROM debian:12\nRUN mkdir /app && chown -R 1 /app\nCOPY . /app\n" },
    { name: "a folder whose name only begins alike", text: "FROM debian:12\nCOPY . /app\nRUN chown -R 1 /app2\n" },
    {
      name: "setcap has rewritten the file",
      text: "FROM debian:12\nCOPY proxy /srv/proxy\nRUN setcap cap_net_raw=+ep /srv/proxy && chown -R 1 /srv\n",
    },
    { name: "single files beside it", text: "FROM debian:12\nCOPY a.txt b.txt /app/\nRUN chown -R 1 /app/cache\n" },
    {
      name: "a builder stage",
      text: "FROM debian:12 AS b\nCOPY . /app\nRUN chown -R 1 /app\nFROM debian:12\nCOPY --from=b /app /app\n",
    },
    {
      name: "a root file system copied over, something of the image's own",
      text: "FROM debian:12\nCOPY rootfs /\nRUN chown -R www-data /var/www\n",
    },
  ],
  invalid: [
    {
      name: "files of a stage that was copied whole",
      text: "FROM debian:12 AS b\nCOPY . /app\nFROM scratch\nCOPY --from=b / /\nRUN chown -R 1 /app\n",
      lines: [5],
    },
    {
      name: "the copied tree",
      text: "FROM debian:12\nCOPY . /app\nRUN chown -R 1000:1000 /app\n",
      lines: [3],
      marks: ["chown -R 1000:1000 /app"],
      says: ["rewrites /app,"],
    },
    { name: "with --chown too", text: "FROM debian:12\nCOPY --chown=1 . /app\nRUN chown -R 1 /app\n", lines: [3] },
    {
      name: "by the working directory",
      text: "FROM debian:12\nWORKDIR /app\nCOPY . ./\nRUN chown -R 1 .\n",
      lines: [4],
    },
    {
      name: "a folder around it",
      text: "FROM debian:12\nADD x.tar.gz /opt/app/\nRUN chown --recursive 1 /opt\n",
      lines: [3],
    },
    { name: "a folder of it", text: "FROM debian:12\nCOPY . /app\nRUN chown -R 1 /app/storage\n", lines: [3] },
    {
      name: "a glob",
      text: "FROM debian:12\nCOPY . /app\nRUN chown -R 1 /app/*\n",
      lines: [3],
      says: ["rewrites /app/*,"],
    },
    {
      name: "a glob at the root",
      text: "FROM debian:12\nCOPY . /solr-9/x\nRUN chown -R 1 /solr*\n",
      lines: [3],
      says: ["rewrites /solr*,"],
    },
    {
      name: "with a mkdir of the tree itself",
      text: "FROM debian:12\nCOPY . /app\nRUN mkdir -p /app && chown -R 1 /app\n",
      lines: [3],
    },
    {
      name: "chgrp",
      text: "FROM debian:12\nCOPY . /app\nRUN chgrp -R 0 /app && chmod -R g=u /app\n",
      lines: [3],
      says: ["chgrp -R"],
    },
    {
      name: "one finding for one RUN",
      text: "FROM debian:12\nCOPY a /a\nCOPY b /b\nRUN chown -R 1 /a && chown -R 1 /b\n",
      lines: [4],
      says: ["/a, /b"],
    },
    { name: "in a child stage", text: "FROM debian:12 AS p\nCOPY . /app\nFROM p\nRUN chown -R 1 /app\n", lines: [4] },
    { name: "by a variable", text: "FROM debian:12\nENV D=/app\nCOPY . $D\nRUN chown -R 1 $D\n", lines: [4] },
    {
      name: "what an earlier RUN has made",
      text: "FROM node:22\nWORKDIR /app\nRUN npm install x\nRUN chown -R 1 /app\n",
      lines: [4],
    },
  ],
});
