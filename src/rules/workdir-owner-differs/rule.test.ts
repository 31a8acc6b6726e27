import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "made as root", text: "FROM node:22\nWORKDIR /work\nUSER 1000\nRUN npm ci\n" },
    { name: "nothing writes there", text: 'FROM node:22\nUSER 1000\nWORKDIR /work\nCOPY . .\nCMD ["node"]\n' },
    {
      name: "the folder was copied before",
      text: "FROM node:22\nCOPY --chown=1000 . /work\nUSER 1000\nWORKDIR /work\nRUN npm ci\n",
    },
    {
      name: "the folder was made before",
      text: "FROM node:22\nRUN mkdir /work && chown 1000 /work\nUSER 1000\nWORKDIR /work\nRUN npm ci\n",
    },
    { name: "the user's home", text: "FROM node:22\nUSER node\nWORKDIR /home/node\nRUN npm ci\n" },
    {
      name: "the home of an account whose uid is left to chance",
      text: "FROM alpine:3.20\nRUN adduser -D app\nUSER app\nWORKDIR /home/app\nRUN touch x\n",
    },
    {
      name: "the home of an account by a variable",
      text: "FROM debian:12\nENV U=app\nRUN useradd -ms /bin/sh -d /srv/$U $U\nUSER $U\nWORKDIR /srv/$U\nRUN touch x\n",
    },
    {
      name: "the home of an account that a script makes",
      text: "FROM debian:12\nRUN apt-get install -y db\nUSER db\nWORKDIR /home/db\nRUN touch x\n",
    },
    {
      name: "a script may make it",
      text: "FROM debian:12\nCOPY setup.sh /\nRUN /setup.sh\nUSER 1000\nWORKDIR /work\nRUN touch x\n",
    },
    {
      name: "a base that nobody has read may have it",
      text: "FROM example.com/b\nUSER 1000\nWORKDIR /work\nRUN touch x\n",
    },
    { name: "made as root first", text: "FROM node:22\nWORKDIR /work/app\nUSER 1000\nWORKDIR /work\nRUN npm ci\n" },
    { name: "the image runs as root", text: "FROM node:22\nUSER 1000\nWORKDIR /work\nRUN npm ci\nUSER 0\n" },
    { name: "root writes", text: "FROM node:22\nUSER 1000\nWORKDIR /work\nUSER 0\nRUN npm ci\nUSER 1000\n" },
  ],
  invalid: [
    {
      name: "npm ci",
      text: "FROM node:22\nUSER node\nWORKDIR /home/node/app\nCOPY --chown=node package.json .\nRUN npm ci\n",
      lines: [3],
      marks: ["/home/node/app"],
      says: ["the RUN on line 5"],
    },
    { name: "a redirection", text: "FROM alpine:3.20\nUSER 1000:1000\nWORKDIR /work\nRUN echo x > y\n", lines: [3] },
    {
      name: "with the base image's user",
      text: "FROM example.com/b\nWORKDIR /work\nRUN touch x\n",
      baseUser: "1001",
      lines: [2],
    },
    {
      name: "a path",
      text: "FROM alpine:3.20\nUSER 1000:1000\nWORKDIR /work\nRUN cd /tmp && mkdir -p /work/x\n",
      lines: [3],
    },
  ],
});
