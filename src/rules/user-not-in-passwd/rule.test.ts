import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "a number in scratch", text: "FROM scratch\nUSER 65532:65532\n" },
    { name: "an account made in the file", text: "FROM alpine:3.20\nRUN adduser -D -u 1000 app\nUSER app\n" },
    {
      name: "an account made behind USER is there in the end",
      text: "FROM alpine:3.20\nUSER app\nUSER 0\nRUN adduser -D -u 1000 app\nUSER app\n",
    },
    { name: "a base whose accounts nobody knows", text: "FROM example.com/base\nUSER app\n" },
    {
      name: "a passwd file is copied",
      text: "FROM scratch\nCOPY --from=alpine:3.20 /etc/passwd /etc/passwd\nUSER nobody\n",
    },
    {
      name: "a name that no RUN works as, in a stage that is copied from",
      text: "FROM scratch AS b\nCOPY a /a\nUSER app:web\nFROM alpine:3.20\nCOPY --from=b /a /a\nUSER 1000:1000\n",
    },
    {
      name: "an account that BusyBox makes, with a group's name behind it",
      text: "FROM alpine:3.20\nRUN adduser -D -u 1000 app users\nUSER app\n",
    },
    {
      name: "a line that a group of commands writes",
      text: "FROM alpine:3.20\nRUN { echo app:x:1:1::/:; echo b:x:2:2::/:; } >> /etc/passwd\nUSER app\n",
    },
    { name: "root is root-user's", text: "FROM scratch\nUSER root\n" },
    { name: "a script may make the account", text: "FROM debian:12\nCOPY setup.sh /\nRUN /setup.sh\nUSER app\n" },
    { name: "a script that is piped in", text: "FROM alpine:3.20\nRUN wget -qO- example.com | sh\nUSER app\n" },
    ...["su -c 'useradd -u 5 app'", "setsid useradd app", "echo app | xargs adduser -D", "C='adduser -D'; $C app"].map(
      (run) => ({
        name: `another program makes the account: ${run}`,
        text: `FROM alpine:3.20\nRUN ${run}\nUSER app\n`,
      }),
    ),
    { name: "a make target", text: "FROM alpine:3.20\nRUN make -C /src user\nUSER app\n" },
    {
      name: "packages may bring the account",
      text: "FROM debian:12\nRUN apt-get update && apt-get install -y nginx\nUSER nginx\n",
    },
    {
      name: "a name that no RUN works as before it is there",
      text: "FROM alpine:3.20\nUSER app\nCOPY . /app\nWORKDIR /app\nUSER root\nRUN adduser -D -u 1000 app\nUSER app\nRUN id\n",
    },
    { name: "a RUN as a name that nobody knows", text: "FROM example.com/base\nUSER app\nRUN id\nUSER 1000:1000\n" },
    { name: "a RUN as a user of the base", text: "FROM alpine:3.20\nUSER nobody:nogroup\nRUN id\nUSER 1000:1000\n" },
  ],
  invalid: [
    {
      name: "another program is started, which makes no account",
      text: "FROM alpine:3.20\nRUN find /srv -exec chmod a+r {} + && su -c 'mkdir /x'\nUSER app\n",
      lines: [3],
    },
    {
      name: "a RUN as a name that is never there, in a stage that is copied from",
      text: "FROM alpine:3.20 AS b\nUSER app\nRUN id\nFROM alpine:3.20\nCOPY --from=b /a /a\nUSER 1000:1000\n",
      lines: [2],
      says: ["the build stops there"],
      needsPerson: true,
    },
    {
      name: "a user who is put into a group, and is not there",
      text: "FROM alpine:3.20\nRUN adduser app users || true\nUSER app\n",
      lines: [3],
    },
    {
      name: "a group of commands that writes another file",
      text: "FROM alpine:3.20\nRUN { echo app:x:1:1::/:; } >> /etc/motd\nUSER app\n",
      lines: [3],
    },
    { name: "a name in scratch", text: "FROM scratch\nCOPY app /app\nUSER app\n", lines: [3], marks: ["app"] },
    {
      name: "a shell that is told what to do, which makes no account",
      text: 'FROM alpine:3.20\nRUN sh -c "mkdir /app" && /bin/touch /app/x\nUSER app\n',
      lines: [3],
    },
    { name: "a name in a stage on scratch", text: "FROM scratch AS s\nUSER app\nFROM s\n", lines: [2] },
    { name: "a group in scratch", text: "FROM scratch\nUSER 1000:app\n", lines: [2], says: ['no group "app"'] },
    {
      name: "an account that a RUN makes as itself",
      text: "FROM alpine:3.20\nUSER app\nRUN adduser -D -u 1000 app\n",
      lines: [2],
      says: ['no user "app" where the RUN on line 3'],
      needsPerson: true,
    },
    {
      name: "a RUN as a name that is never there",
      text: "FROM alpine:3.20\nUSER app\nRUN id\nRUN id\nUSER 1000:1000\n",
      lines: [2],
      needsPerson: true,
    },
    {
      name: "a RUN with a group that is not there",
      text: "FROM alpine:3.20\nUSER nobody:web\nRUN id\nUSER 1000:1000\n",
      lines: [2],
      says: ['no group "web"'],
      needsPerson: true,
    },
    { name: "said once", text: "FROM alpine:3.20\nUSER app\nRUN id\n", lines: [2], says: ["no account"] },
  ],
});
