import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

const openshift = true;

testRule(rule, {
  valid: [
    { name: "without --openshift", text: "FROM alpine:3.20\nRUN chown -R 1:1 /data\nUSER 1:1\n" },
    {
      name: "group 0 with the owner's rights",
      text: "FROM alpine:3.20\nRUN chown -R 1:0 /data && chmod -R g=u /data\nUSER 1\n",
      openshift,
    },
    {
      name: "chgrp",
      text: "FROM alpine:3.20\nRUN chown -R 1:1 /data && chgrp -R 0 /data && chmod -R g+rwX /data\nUSER 1\n",
      openshift,
    },
    { name: "775", text: "FROM alpine:3.20\nRUN chown 1:root /data && chmod 775 /data\nUSER 1\n", openshift },
    { name: "a copy", text: "FROM alpine:3.20\nCOPY --chown=1:0 --chmod=775 a /data/\nUSER 1\n", openshift },
    {
      name: "a copy whose modes a RUN behind it changes",
      text: "FROM alpine:3.20\nCOPY --chown=1:0 a /data/\nRUN chmod -R g=u /data\nUSER 1\n",
      openshift,
    },
    { name: "given to root", text: "FROM alpine:3.20\nRUN chown -R root:root /data\nUSER 1\n", openshift },
  ],
  invalid: [
    {
      name: "a group of its own",
      text: "FROM alpine:3.20\nRUN chown -R 1:1 /data\nUSER 1\n",
      openshift,
      lines: [2],
      says: ["given to 1:1"],
    },
    {
      name: "group 0 without the rights",
      text: "FROM alpine:3.20\nRUN chown -R 1:0 /data\nUSER 1\n",
      openshift,
      lines: [2],
    },
    {
      name: "a tree of which only the folder gets the rights",
      text: "FROM alpine:3.20\nRUN chown -R 1:0 /data && chmod g=u /data\nUSER 1\n",
      openshift,
      lines: [2],
      says: ["without the owner's rights"],
    },
    {
      name: "a copy of group 0 keeps its modes",
      text: "FROM alpine:3.20\nRUN mkdir /data && chmod -R g=u /data\nCOPY --chown=1:0 a /data/\nRUN chmod g=u /data\nUSER 1\n",
      openshift,
      lines: [3],
      says: ["What COPY puts into /data keeps its modes"],
    },
    { name: "a copy", text: "FROM alpine:3.20\nCOPY --chown=1:1 a /data/\nUSER 1\n", openshift, lines: [2] },
  ],
});
