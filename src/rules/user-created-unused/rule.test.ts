import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "used", text: "FROM debian:12\nRUN useradd -u 1000 app\nUSER 1000\n" },
    { name: "used by name", text: "FROM debian:12\nRUN useradd app\nUSER app\nRUN x\nUSER root\n" },
    { name: "gosu in ENTRYPOINT", text: 'FROM debian:12\nRUN useradd app\nENTRYPOINT ["gosu", "app", "x"]\n' },
    { name: "su in shell form", text: "FROM debian:12\nRUN useradd app\nCMD su app -c x\n" },
    { name: "for a build step", text: "FROM archlinux\nRUN useradd build && su build -c makepkg\n" },
    { name: "sudo -u in a RUN", text: "FROM debian:12\nRUN useradd build\nRUN sudo -u build make\n" },
    {
      name: "in a script",
      text: 'FROM debian:12\nRUN useradd app\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": "#!/bin/sh\nexec setpriv --reuid=app x\n" },
    },
    {
      name: "a script that cannot be read, with su-exec",
      text: 'FROM alpine:3.20\nRUN apk add su-exec && adduser -D app\nENTRYPOINT ["/entrypoint.sh"]\n',
    },
    { name: "a builder stage", text: "FROM debian:12 AS b\nRUN useradd app\nFROM debian:12\n" },
    { name: "perhaps never made", text: "FROM debian:12\nRUN test -e /x || useradd -u 1000 app\n" },
    { name: "another non-root user", text: "FROM debian:12\nRUN useradd app\nUSER 65532:65532\n" },
    { name: "a base nobody knows", text: "FROM example.com/b\nRUN useradd app\n" },
  ],
  invalid: [
    {
      name: "in a stage that is copied whole over scratch",
      text: "FROM debian:12 AS b\nRUN useradd -u 1000 app\nFROM scratch\nCOPY --from=b / /\n",
      lines: [2],
    },
    {
      name: "never used",
      text: 'FROM debian:12\nRUN useradd -l -u 1000 app\nCMD ["x"]\n',
      lines: [2],
      marks: ["useradd -l -u 1000 app"],
    },
    { name: "used for files alone", text: "FROM debian:12\nRUN useradd app\nCOPY --chown=app:app a /a\n", lines: [2] },
    {
      name: "under a condition",
      text: "FROM debian:12\nRUN if ! id app; then useradd app; fi\n",
      lines: [2],
      marks: ["useradd app"],
    },
    { name: "USER root on purpose", text: "FROM alpine:3.20\nRUN adduser -D app\nUSER root\n", lines: [2] },
    { name: "in the parent stage", text: "FROM debian:12 AS p\nRUN useradd app\nFROM p\nCMD x\n", lines: [2] },
    { name: "two of them", text: "FROM debian:12\nRUN useradd a\nRUN useradd b\n", lines: [2, 3] },
    {
      name: "on a continued line",
      text: "FROM debian:12\nRUN true && \\\n    groupadd app && \\\n    useradd -g app app\n",
      lines: [4],
    },
  ],
});
