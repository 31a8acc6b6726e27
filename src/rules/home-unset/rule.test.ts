import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

const noHome = "RUN useradd -l -u 10001 --no-create-home app\nUSER 10001\n";

testRule(rule, {
  valid: [
    { name: "nothing asks for HOME", text: `FROM debian:12\n${noHome}CMD ["/srv/app"]\n` },
    { name: "HOME is set", text: `FROM debian:12\nENV HOME=/srv\n${noHome}CMD app "$HOME/x"\n` },
    {
      name: "the home is made",
      text: 'FROM debian:12\nRUN useradd -l -m -u 10001 app\nUSER 10001\nCMD app "$HOME/x"\n',
    },
    { name: "the home is made by mkdir", text: `FROM debian:12\nRUN mkdir -p /home/app\n${noHome}CMD app "$HOME/x"\n` },
    {
      name: "the home is the working directory",
      text: `FROM debian:12\nWORKDIR /home/app\n${noHome}CMD app "$HOME/x"\n`,
    },
    { name: "npm as root", text: `FROM debian:12\nRUN npm ci\n${noHome}CMD ["app"]\n` },
    { name: "exec form expands nothing", text: `FROM debian:12\n${noHome}CMD ["app", "$HOME/x"]\n` },
    { name: "nothing known of the account", text: 'FROM example.com/b\nUSER 10001\nCMD app "$HOME/x"\n' },
    { name: "no-passwd-entry says it", text: 'FROM alpine:3.20\nUSER 10001\nCMD app "$HOME/x"\n' },
  ],
  invalid: [
    {
      name: "a tilde alone in what sh -c starts",
      text: 'FROM debian:12\nRUN useradd -l -u 1000 -M app\nUSER 1000\nCMD ["sh", "-c", "cd ~ && ls"]\n',
      lines: [3],
    },
    {
      name: "CMD uses it",
      text: `FROM debian:12\n${noHome}CMD app "$HOME/x"\n`,
      lines: [3],
      marks: ["10001"],
      says: ["CMD on line 4 uses HOME"],
    },
    { name: "a tilde", text: `FROM debian:12\n${noHome}ENTRYPOINT app ~/x\n`, lines: [3] },
    { name: "npm behind USER", text: `FROM debian:12\n${noHome}RUN npm ci\n`, lines: [3], says: ["the RUN on line 4"] },
    {
      name: "busybox without a home",
      text: 'FROM alpine:3.20\nRUN adduser -D -H -u 10001 app\nUSER 10001:10001\nCMD app "$HOME/x"\n',
      lines: [3],
    },
    {
      name: "a home that cannot be",
      text: "FROM debian:12\nRUN useradd -l -u 10001 -d /nonexistent app\nUSER 10001\nCMD cd ~ && app\n",
      lines: [3],
    },
    {
      name: "no account, with a group",
      text: 'FROM alpine:3.20\nUSER 10001:10001\nCMD app "$HOME/x"\n',
      lines: [2],
      says: ["HOME is /"],
    },
  ],
});
