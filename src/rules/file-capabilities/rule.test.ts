import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "taken away again", text: "FROM debian:12\nRUN setcap cap_net_raw+ep /bin/x && setcap -r /bin/x\n" },
    { name: "lost to a chown", text: "FROM debian:12\nRUN setcap cap_net_raw+ep /srv/x && chown -R 1 /srv\n" },
    {
      name: "a builder stage",
      text: "FROM debian:12 AS b\nRUN setcap cap_net_raw+ep /x\nFROM debian:12\nCOPY --from=b /y /y\n",
    },
  ],
  invalid: [
    {
      name: "effective",
      text: "FROM debian:12\nRUN setcap cap_net_bind_service=+ep /srv/x\n",
      lines: [2],
      marks: ["setcap cap_net_bind_service=+ep /srv/x"],
      says: [/\/srv\/x .*operation not permitted/],
      needsPerson: true,
    },
    {
      name: "quoted",
      text: "FROM debian:12\nRUN setcap 'cap_net_bind_service=+ep' /srv/x\n",
      lines: [2],
      needsPerson: true,
    },
    {
      name: "not effective",
      text: "FROM debian:12\nRUN setcap cap_net_raw+p /srv/x\n",
      lines: [2],
      says: ["runs without them"],
    },
    {
      name: "not permitted, so nothing is missed",
      text: "FROM debian:12\nRUN setcap cap_net_raw=ei /srv/x\n",
      lines: [2],
      says: ["runs without them"],
    },
    {
      name: "each file with its own",
      text: "FROM debian:12\nRUN setcap cap_net_raw=eip /usr/bin/tini cap_net_admin+ep /srv/{x,y}\n",
      lines: [2, 2, 2],
      says: ["/usr/bin/tini cap_net_raw=eip:", "/srv/x cap_net_admin+ep:", "/srv/y cap_net_admin+ep:"],
      needsPerson: true,
    },
    {
      name: "set again behind the chown",
      text: "FROM debian:12\nRUN setcap cap_net_raw+ep /x && chown 1 /x\nRUN setcap cap_net_raw+ep /x\n",
      lines: [3],
      needsPerson: true,
    },
    {
      name: "a chown of something else",
      text: "FROM debian:12\nRUN setcap cap_net_raw+ep /srv/x && chown -R 1 /data\n",
      lines: [2],
      needsPerson: true,
    },
    {
      name: "a chown of the folder alone",
      text: "FROM debian:12\nRUN setcap cap_net_raw+ep /srv/x && chown 1 /srv\n",
      lines: [2],
      needsPerson: true,
    },
  ],
});
