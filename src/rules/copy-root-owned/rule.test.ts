import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    {
      name: "files of a stage that has them all from one that gives some away",
      text: "FROM alpine:3.20 AS b\nRUN mkdir /d && chown 1 /d\nFROM scratch AS c\nCOPY --from=b / /\nFROM alpine:3.20\nVOLUME /data\nCOPY --from=c /d /data/d\nUSER 1:1\n",
    },
    {
      name: "another stage's files keep their owner",
      text: "FROM alpine:3.20 AS b\nRUN mkdir /d && chown 1 /d\nFROM b AS c\nFROM alpine:3.20\nVOLUME /data\nCOPY --from=c /d /data/d\nUSER 1:1\n",
    },
    {
      name: "files of a stage that runs as somebody",
      text: "FROM alpine:3.20 AS b\nUSER 1\nRUN touch /tmp/d\nFROM alpine:3.20\nVOLUME /data\nCOPY --from=b /tmp/d /data/d\nUSER 1:1\n",
    },
    {
      name: "files of an image that nobody has read",
      text: "FROM alpine:3.20\nVOLUME /data\nCOPY --from=example.com/a /d /data/d\nUSER 1:1\n",
    },
    {
      name: "the folder that a service account is registered with",
      text: "FROM php:8.3-fpm\nCOPY . /var/www/html\nUSER 33\n",
    },
    { name: "files that are only read", text: "FROM alpine:3.20\nWORKDIR /app\nCOPY . .\nUSER 1:1\n" },
    { name: "the image runs as root", text: "FROM alpine:3.20\nVOLUME /data\nCOPY a /data/\n" },
    { name: "--chown", text: "FROM alpine:3.20\nVOLUME /data\nCOPY --chown=1:1 a /data/\nUSER 1:1\n" },
    {
      name: "given away behind it",
      text: "FROM alpine:3.20\nCOPY a /data/\nRUN chown -R 1:1 /data\nVOLUME /data\nUSER 1:1\n",
    },
    {
      name: "given away behind it by a search for what is not the user's",
      text: "FROM alpine:3.20\nCOPY a /data/\nRUN find /data ! -user 1 -exec chown -h 1:1 {} +\nVOLUME /data\nUSER 1:1\n",
    },
    {
      name: "brought again as the user's, with a folder around it",
      text: "FROM alpine:3.20\nRUN adduser -D -u 1000 app\nWORKDIR /home/app\nCOPY package*.json yarn.lock ./\nCOPY conf/a.yml conf/\nCOPY --chown=1000:1000 . .\nUSER 1000\n",
    },
    {
      name: "brought again as the user's, under the same name",
      text: "FROM alpine:3.20\nRUN adduser -D -u 1000 app\nWORKDIR /home/app\nCOPY a.yml ./a.yml\nCOPY src lib\nCOPY --chown=1000:1000 a.yml .\nCOPY --chown=app src ./lib\nUSER 1000\n",
    },
    {
      name: "next to a single file that is the user's, in a folder that is not",
      text: "FROM alpine:3.20\nWORKDIR /app\nCOPY config.yml .\nCOPY --chown=1000:1000 app.jar .\nUSER 1000\n",
    },
    {
      name: "a folder that somebody else gets",
      text: "FROM alpine:3.20\nRUN chown 5 /data\nCOPY a /data/\nUSER 1:1\n",
    },
    {
      name: "a builder stage",
      text: "FROM alpine:3.20 AS b\nVOLUME /data\nCOPY a /data/\nFROM alpine:3.20\nUSER 1:1\n",
    },
  ],
  invalid: [
    {
      name: "beside files that are copied as the user's later",
      text: "FROM alpine:3.20\nRUN adduser -D -u 1000 app\nWORKDIR /home/app\nCOPY config.yml ./config.yml\nCOPY src ./src\nCOPY --chown=1000:1000 app.jar .\nCOPY --chown=1000:1000 conf ./\nUSER 1000\n",
      lines: [4, 5],
    },
    {
      name: "under the names that another stage's files have elsewhere",
      text: "FROM alpine:3.20 AS b\nRUN touch /a.yml\nFROM alpine:3.20\nRUN adduser -D -u 1000 app\nWORKDIR /home/app\nCOPY a.yml .\nCOPY --from=b --chown=1000 / .\nCOPY --chown=1000 . sub/\nUSER 1000\n",
      lines: [6],
    },
    {
      name: "another stage's files, all of them root's",
      text: "FROM alpine:3.20 AS b\nRUN touch /d\nFROM alpine:3.20\nVOLUME /data\nCOPY --from=B /d /data/d\nCOPY --from=0 /d /data/e\nUSER 1:1\n",
      lines: [5, 6],
    },
    {
      name: "into a volume",
      text: "FROM alpine:3.20\nVOLUME /data\nCOPY a /data/a\nUSER 1:1\n",
      lines: [3],
      says: ["the volume /data"],
    },
    {
      name: "into a writable path",
      text: "FROM alpine:3.20\nADD a /cache/\nUSER 1:1\n",
      writable: ["/cache"],
      lines: [2],
    },
    {
      name: "into the home",
      text: "FROM alpine:3.20\nRUN adduser -D -u 1000 app\nCOPY a /home/app/\nUSER 1000\n",
      lines: [3],
      says: ["the user's home"],
    },
    {
      name: "into a folder that the file gives to the user",
      text: "FROM alpine:3.20\nWORKDIR /app\nRUN chown 1:1 /app\nCOPY . .\nUSER 1:1\n",
      lines: [4],
      says: ["/app, which is the user's"],
    },
  ],
});
