import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "chown first", text: "FROM debian:12\nRUN chown -R 1 /srv && setcap cap_net_raw+ep /srv/x\n" },
    {
      name: "set again",
      text: "FROM debian:12\nRUN setcap cap_net_raw+ep /x && chown 1 /x && setcap cap_net_raw+ep /x\n",
    },
    { name: "another folder", text: "FROM debian:12\nRUN setcap cap_net_raw+ep /srv/x && chown -R 1 /srv2\n" },
    { name: "the folder alone", text: "FROM debian:12\nRUN setcap cap_net_raw+ep /srv/x && chown 1 /srv\n" },
    { name: "setgid folders", text: "FROM debian:12\nRUN mkdir /d && chmod g+s /d && chown -R 1 /d\n" },
    {
      name: "in a stage that does not ship",
      text: "FROM debian:12 AS b\nRUN setcap cap_net_raw+ep /srv/x && chown -R 1 /srv\nFROM debian:12\nCOPY --from=b /srv /srv\n",
    },
    { name: "an ordinary mode", text: "FROM debian:12\nRUN chmod 755 /srv/x && chown -R 1 /srv\n" },
  ],
  invalid: [
    {
      name: "in one RUN",
      text: "FROM debian:12\nRUN setcap cap_net_raw+ep /srv/x && chown -R 1 /srv\n",
      lines: [2],
      marks: ["chown -R 1 /srv"],
    },
    {
      name: "in a later RUN",
      text: "FROM debian:12\nRUN setcap cap_net_raw+ep /srv/x\nRUN chown 1:1 /srv/x\n",
      lines: [3],
    },
    {
      name: "in a child stage",
      text: "FROM debian:12 AS p\nRUN setcap cap_net_raw+ep /srv/x\nFROM p\nRUN chown -R 1 /\n",
      lines: [4],
    },
    {
      name: "of a file that another stage gave them",
      text: "FROM debian:12 AS b\nRUN setcap cap_net_raw+ep /srv/x\nFROM debian:12\nCOPY --from=b /srv/x /app/x\nRUN chown -R 1 /app\n",
      lines: [5],
      says: ["/app/x"],
    },
    { name: "a glob", text: "FROM debian:12\nRUN setcap cap_net_raw+ep /srv/x && chown 1 /srv/*\n", lines: [2] },
    { name: "chgrp too", text: "FROM debian:12\nRUN setcap cap_net_raw+ep /srv/x && chgrp -R 0 /srv\n", lines: [2] },
    {
      name: "setuid",
      text: "FROM debian:12\nRUN chmod u+s /srv/x && chown -R 1 /srv\n",
      lines: [2],
      says: ["setuid bit"],
    },
    {
      name: "both",
      text: "FROM debian:12\nRUN chmod 4755 /srv/x && setcap cap_net_raw+ep /srv/y && chown -R 1 /srv\n",
      lines: [2],
      says: ["/srv/x, /srv/y"],
    },
  ],
});
