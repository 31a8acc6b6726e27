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
      name: "a home that WORKDIRs lead to",
      text: `FROM debian:12\nWORKDIR /home\nWORKDIR app\nWORKDIR /\n${noHome}CMD app "$HOME/x"\n`,
    },
    {
      name: "the home is the working directory",
      text: `FROM debian:12\nWORKDIR /home/app\n${noHome}CMD app "$HOME/x"\n`,
    },
    { name: "npm as root", text: `FROM debian:12\nRUN npm ci\n${noHome}CMD ["app"]\n` },
    { name: "exec form expands nothing", text: `FROM debian:12\n${noHome}CMD ["app", "$HOME/x"]\n` },
    { name: "nothing known of the account", text: 'FROM example.com/b\nUSER 10001\nCMD app "$HOME/x"\n' },
    {
      name: "a home that is there and that anybody may write",
      text: "FROM debian:12\nRUN useradd -l -M -d /tmp -u 1000 app\nUSER 1000\nCMD echo ~\n",
    },
    {
      name: "a folder of the base that is given to the user",
      text: "FROM debian:12\nRUN useradd -l -M -d /srv -u 1000 app && chown app /srv\nUSER 1000\nCMD echo ~\n",
    },
    {
      name: "a folder of the base that is opened",
      text: "FROM example.com/b\nRUN useradd -l -M -d /data -u 1000 app && chmod 1777 /data\nUSER 1000\nCMD echo ~\n",
    },
    { name: "the RUN sets HOME", text: `FROM debian:12\n${noHome}RUN HOME=/tmp npm ci\n` },
    { name: "the RUN exports HOME", text: `FROM debian:12\n${noHome}RUN export HOME=/tmp && \\\n  npm ci\n` },
    { name: "env sets HOME", text: `FROM debian:12\n${noHome}RUN env HOME=/tmp npm ci\n` },
    { name: "a here-document sets HOME", text: `FROM debian:12\n${noHome}RUN <<EOF\nexport HOME=/tmp\nnpm ci\nEOF\n` },
    { name: "ARG sets HOME for the build", text: `FROM debian:12\nARG HOME=/tmp\n${noHome}RUN npm ci\n` },
    {
      name: "what is started sets HOME",
      text: `FROM debian:12\n${noHome}CMD ["sh", "-c", "export HOME=/tmp; exec app ~/x"]\n`,
    },
    { name: "npm's cache is elsewhere", text: `FROM debian:12\n${noHome}ENV NPM_CONFIG_CACHE=/tmp/npm\nRUN npm ci\n` },
    { name: "npm's cache is elsewhere by option", text: `FROM debian:12\n${noHome}RUN npm ci --cache /tmp/npm\n` },
    {
      name: "Go's caches are elsewhere",
      text: `FROM debian:12\n${noHome}ENV GOCACHE=/tmp/go GOPATH=/go\nRUN go build ./...\n`,
    },
    {
      name: "Maven's repository is elsewhere",
      text: `FROM debian:12\n${noHome}RUN mvn -Dmaven.repo.local=/tmp/m2 package\n`,
    },
    {
      name: "pip's user folder is elsewhere",
      text: `FROM debian:12\n${noHome}RUN PYTHONUSERBASE=/srv pip install --user x\n`,
    },
    { name: "no-passwd-entry says it", text: 'FROM alpine:3.20\nUSER 10001\nCMD app "$HOME/x"\n' },
  ],
  invalid: [
    { name: "an empty HOME is none", text: `FROM debian:12\nENV HOME=\n${noHome}CMD app "$HOME/x"\n`, lines: [4] },
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
      name: "a folder of the base that stays root's",
      text: "FROM debian:12\nRUN useradd -l -M -d /srv -u 1000 app\nUSER 1000\nCMD echo ~\n",
      lines: [3],
      says: ['has the home "/srv", which cannot be written'],
    },
    {
      name: "a folder below /tmp that nobody makes",
      text: "FROM debian:12\nRUN useradd -l -M -d /tmp/app -u 1000 app\nUSER 1000\nCMD echo ~\n",
      lines: [3],
      says: ["is never made"],
    },
    { name: "HOME for an earlier RUN", text: `FROM debian:12\n${noHome}RUN HOME=/tmp a\nRUN npm ci\n`, lines: [3] },
    { name: "a variable named like it", text: `FROM debian:12\n${noHome}RUN APP_HOME=/tmp npm ci\n`, lines: [3] },
    {
      name: "another program's cache",
      text: `FROM debian:12\n${noHome}ENV YARN_CACHE_FOLDER=/tmp/y\nRUN npm ci\n`,
      lines: [3],
    },
    { name: "one of Go's two caches", text: `FROM debian:12\n${noHome}ENV GOPATH=/go\nRUN go build\n`, lines: [3] },
    {
      name: "no account, with a group",
      text: 'FROM alpine:3.20\nUSER 10001:10001\nCMD app "$HOME/x"\n',
      lines: [2],
      says: ["HOME is /"],
    },
  ],
});
