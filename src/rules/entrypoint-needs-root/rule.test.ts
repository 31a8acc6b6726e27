import { describe, expect, test } from "vitest";
import type { Software } from "../../recipe/software.ts";
import { inputOf, judge, testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

const needsPerson = true;
const gosu = "FROM debian:12\nRUN apt-get update && apt-get install -y gosu\n";

const called = 'FROM debian:12\nWORKDIR /app\nCOPY . .\nENTRYPOINT ["/app/run.sh"]\n';

testRule(rule, {
  valid: [
    {
      name: "a script that switches only as root, above a base that nobody knows",
      text: 'FROM registry.example.com/app:1\nRUN apt-get install -y gosu\nCOPY run.sh /\nUSER 1000\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": '#!/bin/sh\nif [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi\nexec "$@"\n' },
    },
    {
      name: "a script that keeps certificates elsewhere",
      text: 'FROM debian:12\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": '#!/bin/sh\nupdate-ca-certificates --etccertsdir /tmp/certs\nexec "$@"\n' },
    },
    { name: "the program itself", text: 'FROM debian:12\nENTRYPOINT ["/app"]\nCMD ["--sudo"]\n' },
    {
      name: "a CMD that a shell's ENTRYPOINT never sees",
      text: 'FROM debian:12\nENTRYPOINT /app\nCMD ["sudo", "x"]\n',
    },
    {
      name: "an entrypoint that is replaced",
      text: 'FROM debian:12 AS b\nENTRYPOINT ["gosu", "app", "x"]\nFROM b\nENTRYPOINT ["/app"]\n',
    },
    {
      name: "a builder stage",
      text: 'FROM debian:12 AS b\nENTRYPOINT ["gosu", "app", "x"]\nFROM debian:12\nCOPY --from=b /x /x\n',
    },
    { name: "su in a RUN", text: 'FROM debian:12\nRUN su app -c make\nENTRYPOINT ["/app"]\n' },
    { name: "the base's own script", text: "FROM postgres:16\n" },
    ...Object.entries({
      "whose start switches users only as root": "FROM couchbase\n",
      "whose start is replaced": 'FROM rocker/rstudio:4\nCMD ["R"]\n',
    }).map(([name, text]) => ({ name: `a base ${name}`, text })),
    ...Object.entries({
      "by its name": "RUN apt-get install -y postgresql\nUSER postgres\n",
      "by the number that the file gives it":
        "RUN useradd -u 999 postgres && apt-get install -y postgresql\nUSER 999\n",
      "by a number that its package may have given it": "RUN apt-get install -y postgresql\nUSER 100\n",
      "as soon as it is used": "RUN useradd -u 999 postgres && apt-get install -y postgresql\n",
    }).map(([name, lines]) => ({
      name: `PostgreSQL as the account that its files belong to, ${name}`,
      text: `FROM debian:12\n${lines}CMD ["postgres", "-D", "/data"]\n`,
    })),
    ...Object.entries({
      "that is another's": 'CMD ["named", "-g"]\n',
      "of another program": 'CMD ["sh", "-c", "sort -u /zones && named -g"]\n',
      "of software that leaves it alone": 'CMD ["memcached", "-u", "memcache"]\n',
    }).map(([name, cmd]) => ({
      name: `an option ${name}`,
      text: `FROM debian:12\nRUN apt-get install -y bind9 memcached\n${cmd}`,
    })),
    {
      name: "setpriv that does not switch",
      text: 'FROM debian:12\nENTRYPOINT ["setpriv", "--no-new-privs", "/app"]\n',
    },
    {
      name: "gosu installed for a script that the author has another user start",
      text: `${gosu}USER 8983\nENTRYPOINT ["docker-entrypoint.sh"]\n`,
    },
    {
      name: "gosu installed for a script that the author has another user start, by name",
      text: `${gosu}RUN useradd -u 8983 -l solr\nUSER solr\nENTRYPOINT ["docker-entrypoint.sh"]\n`,
    },
    {
      name: "gosu installed for a script that is there, beside a program that is none",
      text: `${gosu}COPY run.sh /\nCOPY app /app\nENTRYPOINT ["/run.sh"]\nCMD ["/app/run"]\n`,
      context: { "run.sh": '#!/bin/sh\nif [ "$(id -u)" = 0 ]; then exec gosu app "$0" "$@"; fi\nexec "$@"\n' },
    },
    {
      name: "what is done only where a variable is set that the image does not set",
      text: 'FROM debian:12\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": '#!/bin/sh\nif [ -n "$PUID" ]; then usermod -u "$PUID" app; fi\nexec "$@"\n' },
    },
    { name: "gosu installed, no script", text: `${gosu}ENTRYPOINT ["python3", "app.py"]\n` },
    {
      name: "a script that looks who it is",
      text: `${gosu}COPY run.sh /\nENTRYPOINT ["/run.sh"]\n`,
      context: { "run.sh": '#!/bin/sh\nif [ "$(id -u)" = 0 ]; then\n  exec gosu app "$0" "$@"\nfi\nexec "$@"\n' },
    },
    {
      name: "a script that a RUN writes and that looks who it is",
      text: `${gosu}RUN echo '#!/bin/sh' > /run.sh && echo '[ $(id -u) != 0 ] || exec gosu app "$0" "$@"' >> /run.sh && echo 'exec "$@"' >> /run.sh\nENTRYPOINT ["/run.sh"]\n`,
    },
    {
      name: "a script that does nothing of the kind",
      text: `${gosu}COPY run.sh /\nENTRYPOINT ["/run.sh"]\n`,
      context: { "run.sh": '#!/bin/sh\nset -e\nmkdir -p /tmp/x\nexec "$@"\n' },
    },
    {
      name: "a script whose chown may fail",
      text: 'FROM debian:12\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": '#!/bin/sh\nchown -R app /data || true\nexec "$@"\n' },
    },
    ...Object.entries({
      "a script that only root starts": {
        "run.sh": '#!/bin/sh\nif [ "$(id -u)" = 0 ]; then /app/own.sh; fi\nexec "$@"\n',
        "own.sh": "#!/bin/sh\nchown -R app /data\n",
      },
      "a script that switches as root alone": {
        "run.sh": '#!/bin/sh\nexec ./own.sh "$@"\n',
        "own.sh": '#!/bin/sh\nif [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi\nexec "$@"\n',
      },
      "functions that are there to be called": {
        "run.sh": '#!/bin/sh\n. ./lib.sh\nexec "$@"\n',
        "lib.sh": "own() { chown -R app /data; }\n",
      },
      "a started script that may fail": {
        "run.sh": '#!/bin/sh\n/app/own.sh || true\nexec "$@"\n',
        "own.sh": "#!/bin/sh\nchown -R app /data\n",
      },
      "scripts that start each other": {
        "run.sh": "#!/bin/sh\nexec ./other.sh\n",
        "other.sh": "#!/bin/sh\nexec ./run.sh\n",
      },
      "a script that is not there": { "run.sh": "#!/bin/sh\n. /opt/lib.sh\nexec ./none.sh\n" },
      "a script that nothing starts": {
        "run.sh": "#!/bin/sh\necho /app/own.sh\nexec app\n",
        "own.sh": "#!/bin/sh\nchown -R app /data\n",
      },
    }).map(([name, context]) => ({ name, text: called, context })),
    {
      name: "a script in another language",
      text: 'FROM debian:12\nCOPY run.py /\nENTRYPOINT ["/run.py"]\n',
      context: { "run.py": "#!/usr/bin/env python3\nsu = 1\n" },
    },
    {
      name: "sh -c that looks who it is",
      text: `FROM debian:12\nCMD ["sh", "-c", "[ $(id -u) = 0 ] && chown app /data; exec app"]\n`,
    },
    {
      name: "sh -c whose chown may fail",
      text: 'FROM debian:12\nCMD ["sh", "-c", "chown -R app /data || true; exec app"]\n',
    },
    { name: "a chown without a shell behind an option", text: 'FROM debian:12\nENTRYPOINT ["app"]\nCMD ["--chown"]\n' },
    {
      name: "a guard in shell form",
      text: 'FROM debian:12\nCMD if [ "$(id -u)" = 0 ]; then exec gosu app /app; fi; exec /app\n',
    },
  ],
  invalid: [
    {
      name: "a script that takes certificates in as it starts",
      text: 'FROM debian:12\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": '#!/bin/sh\nupdate-ca-certificates\nexec "$@"\n' },
      lines: [3],
      says: ["run.sh starts update-ca-certificates on line 2, which needs root"],
      needsPerson,
    },
    {
      name: "a setting that only root may have, of software that runs without it",
      text: 'FROM debian:12\nRUN apt-get install -y tor\nCOPY torrc /etc/tor/torrc\nCMD ["tor"]\n',
      context: { torrc: "SocksPort 9050\nUser debian-tor\n" },
      lines: [3],
      says: ['torrc tells Tor "User debian-tor", which only root may: '],
      needsPerson,
    },
    ...Object.entries({
      'CMD ["/usr/sbin/named", "-g", "-u", "bind"]': ["CMD", "BIND", "-u bind"],
      'ENTRYPOINT ["named"]\nCMD ["-g", "-ubind"]': ["ENTRYPOINT", "BIND", "-ubind"],
      "CMD slapd -h ldap://:1389 -u openldap -g openldap -d 0": ["CMD", "OpenLDAP server", "-u openldap"],
      "CMD exec gunicorn --group=web -b :8000 app": [
        "CMD",
        "Gunicorn and other Python application servers",
        "--group=web",
      ],
    }).map(([start, [by, title, option]]) => ({
      name: `an option that only root may use: ${start}`,
      text: `FROM debian:12\nRUN apt-get install -y bind9 slapd gunicorn\n${start}\n`,
      lines: [3],
      says: [`${by} tells ${title} "${option}", which only root may: `],
      needsPerson,
    })),
    {
      name: "an option that only root may use, in a script",
      text: 'FROM debian:12\nRUN apt-get install -y snmpd\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": "#!/bin/sh\nexec /usr/sbin/snmpd -f -u Debian-snmp\n" },
      lines: [4],
      says: ['run.sh tells Net-SNMP agent "-u Debian-snmp", which only root may: '],
      needsPerson,
    },
    ...Object.entries({ cron: "supercronic", sshd: "kubectl exec" }).map(([tool, instead]) => ({
      name: `a script that starts ${tool}: what to do instead`,
      text: 'FROM debian:12\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": `#!/bin/sh\nexec ${tool} -f\n` },
      lines: [3],
      says: [new RegExp(`^run\\.sh starts ${tool} on line 2, which needs root: .*${instead}`)],
      needsPerson,
    })),
    ...Object.entries({
      "whatever it starts": "FROM ghcr.io/linuxserver/baseimage-alpine-nginx:3.24\nCOPY root/ /\n",
      "as another user too": "FROM rocker/rstudio:4\nUSER 1000\n",
    }).map(([name, text]) => ({
      name: `a base whose start needs root, ${name}`,
      text,
      lines: [1],
      says: ["What the base image starts by itself is known not to run without root"],
      needsPerson,
    })),
    ...Object.entries({
      "another account": "RUN useradd -u 1000 app && apt-get install -y postgresql\nUSER 1000\n",
      "another account beside its own":
        "RUN useradd -u 999 postgres && useradd -u 1000 app && apt-get install -y postgresql\nUSER app\n",
      "a number that no package gives": "RUN apt-get install -y postgresql\nUSER 65532\n",
      "a low number that is another account's": "RUN useradd -u 998 app && apt-get install -y postgresql\nUSER 998\n",
      "no account of the file": "RUN apt-get install -y postgresql\n# nothing\n",
    }).map(([name, lines]) => ({
      name: `PostgreSQL as ${name}`,
      text: `FROM debian:12\n${lines}CMD ["postgres", "-D", "/data"]\n`,
      lines: [4],
      says: ["PostgreSQL server does not run here as it is"],
      needsPerson,
    })),
    {
      name: "a script that a loop takes in",
      text: 'FROM debian:12\nCOPY run.sh /\nCOPY 1.sh 2.sh /run.d/\nENTRYPOINT ["/run.sh"]\n',
      context: {
        "run.sh": '#!/bin/sh\nfor f in /run.d/*.sh; do\n. "$f"\ndone\nexec "$@"\n',
        "1.sh": "echo 1\n",
        "2.sh": "chown app /data\n",
      },
      lines: [4],
      says: ["2.sh starts chown on line 1"],
      needsPerson: true,
    },
    ...Object.entries({
      "chown -R app:app /data": [/on line 3, which without root and capabilities is refused for every file that/, true],
      "chown 900:900 /data": [/is refused for every file/, true],
      "chown app: /data; chown -R root /srv": [/on line 3, which needs root/, false],
      "chown app:www-data /data": [/which needs root/, false],
      'chown -R "$OTHER" /data': [/which needs root/, false],
      'chown app /data\nexec gosu app "$@"': [/starts gosu on line 4/, false],
    } as const).map(([command, [says, dependsOnPlace]]) => ({
      name: `gives files to its own user: ${command}`,
      text: 'FROM alpine:3.20\nRUN adduser -D -u 900 app\nCOPY run.sh /\nUSER 900\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": `#!/bin/sh\nset -e\n${command}\nexec "$@"\n` },
      lines: [5],
      says: [says],
      needsPerson,
      dependsOnPlace,
    })),
    ...Object.entries({
      "chown -R app /data && exec app": [
        /CMD starts chown, which without root and capabilities is refused for every/,
        true,
      ],
      "chown -R www-data /data && exec app": [/CMD starts chown, which needs root/, false],
      "chown app /data; exec gosu app app": [/CMD starts gosu/, false],
    } as const).map(([command, [says, dependsOnPlace]]) => ({
      name: `gives files to its own user in CMD: ${command}`,
      text: `FROM alpine:3.20\nRUN adduser -D -u 900 app\nUSER 900\nCMD ${command}\n`,
      lines: [4],
      says: [says],
      needsPerson,
      dependsOnPlace,
    })),
    {
      name: "a script of a stage that is copied whole over scratch",
      text: 'FROM alpine:3.20 AS b\nCOPY run.sh /\nFROM scratch\nCOPY --from=b / /\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": "#!/bin/sh\nset -e\nchown -R root:root /root/.ssh\n" },
      lines: [5],
      needsPerson: true,
      dependsOnPlace: false,
    },
    {
      name: "a script of the context above a base that nobody knows",
      text: 'FROM registry.example.com/app:1\nRUN apt-get install -y gosu\nCOPY run.sh /\nUSER 1000\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": '#!/bin/sh\nexec gosu app "$@"\n' },
      lines: [5],
      says: ["run.sh starts gosu"],
      needsPerson: true,
    },
    {
      name: "gosu",
      text: 'FROM debian:12\nENTRYPOINT ["gosu", "app", "/run.sh"]\n',
      lines: [2],
      marks: ['"gosu"'],
      needsPerson,
    },
    {
      name: "by its path, in CMD",
      text: 'FROM debian:12\nCMD ["/usr/sbin/su-exec", "app", "x"]\n',
      lines: [2],
      needsPerson,
    },
    {
      name: "behind an init",
      text: 'FROM debian:12\nENTRYPOINT ["tini", "-g", "--", "gosu", "app", "x"]\n',
      lines: [2],
      marks: ['"gosu"'],
      needsPerson,
    },
    {
      name: "CMD behind an init",
      text: 'FROM debian:12\nENTRYPOINT ["/usr/bin/dumb-init", "--"]\nCMD ["su", "-", "app"]\n',
      lines: [3],
      needsPerson,
    },
    {
      name: "shell form",
      text: "FROM debian:12\nCMD mkdir -p /x && exec su-exec app /app\n",
      lines: [2],
      marks: ["su-exec"],
      needsPerson,
    },
    { name: "sudo in shell form", text: "FROM debian:12\nCMD sudo -u app /app\n", lines: [2], needsPerson },
    { name: "sh -c", text: 'FROM debian:12\nCMD ["sh", "-c", "runuser -u app -- /app"]\n', lines: [2], needsPerson },
    {
      name: "setpriv",
      text: 'FROM debian:12\nENTRYPOINT ["setpriv", "--reuid=1000", "--clear-groups", "/app"]\n',
      lines: [2],
      needsPerson,
    },
    {
      name: "as a non-root user too",
      text: 'FROM debian:12\nUSER 1000:1000\nENTRYPOINT ["gosu", "app", "x"]\n',
      lines: [3],
      needsPerson,
    },
    {
      name: "in the parent stage",
      text: 'FROM debian:12 AS p\nENTRYPOINT ["gosu", "app", "x"]\nFROM p AS last\nCMD ["y"]\n',
      lines: [2],
      needsPerson,
    },
    {
      name: "a script of the context",
      text: 'FROM debian:12\nCOPY docker/run.sh /usr/local/bin/\nENTRYPOINT ["run.sh"]\nCMD ["app"]\n',
      context: { "docker/run.sh": '#!/bin/bash\nset -e\nusermod -u "$PUID" app\nexec gosu app "$@"\n' },
      lines: [3],
      says: ["docker/run.sh starts usermod"],
      needsPerson,
    },
    ...Object.entries({
      "a script that takes the place of the first": 'exec /app/own.sh "$@"',
      "a script from the working folder": "./own.sh",
      "a script that is taken in": ". ./own.sh",
      "a script beside the first": '. "$(dirname "$0")/own.sh"',
      "a script beside the first, in bash's way": 'source "${BASH_SOURCE%/*}/own.sh"',
      "a script for a shell": "bash -e own.sh",
      "a script in a shell's text": "bash -c ./own.sh",
      "a script behind an init": "exec tini -- /app/own.sh",
      "a script where the first goes": "cd / && app/own.sh",
      "a script that a function starts": "go() { /app/own.sh; }\ngo",
    }).map(([name, command]) => ({
      name,
      text: called,
      context: {
        "run.sh": `#!/bin/sh\n${command}\n`,
        "own.sh": "#!/bin/sh\nset -e\nchown -R app /data\n",
      },
      lines: [4],
      marks: ['"/app/run.sh"'],
      says: ["own.sh starts chown on line 3, which needs root"],
      needsPerson: true,
    })),
    {
      name: "a script behind a script",
      text: called,
      context: {
        "run.sh": "#!/bin/sh\nexec ./next.sh\n",
        "next.sh": "#!/bin/sh\n./run.sh\nexec ./own.sh\n",
        "own.sh": "#!/bin/sh\nexec gosu app app\n",
      },
      lines: [4],
      says: ["own.sh starts gosu on line 2"],
      needsPerson,
    },
    {
      name: "a script that hands a folder over",
      text: 'FROM debian:12\nCOPY run.sh /\nCMD ["/run.sh"]\n',
      context: { "run.sh": "#!/bin/sh\nchown -R app /data\nexec /app\n" },
      lines: [3],
      says: ["chown"],
      needsPerson,
    },
    {
      name: "sh -c that hands a folder over",
      text: 'FROM debian:12\nCMD ["sh", "-c", "chown -R app /data && exec app"]\n',
      lines: [2],
      says: ["CMD starts chown, which needs root"],
      needsPerson,
    },
    {
      name: "shell form that changes an account",
      text: 'FROM debian:12\nCMD usermod -u "$PUID" app && exec app\n',
      lines: [2],
      marks: ["usermod"],
      needsPerson,
    },
    {
      name: "shell form that says who it is",
      text: 'FROM debian:12\nCMD echo "I am $(whoami)" && exec gosu app /app\n',
      lines: [2],
      marks: ["gosu"],
      needsPerson,
    },
    {
      name: "a script that says who it is",
      text: 'FROM debian:12\nCOPY run.sh /\nCMD ["/run.sh"]\n',
      context: { "run.sh": '#!/bin/sh\necho "starting as $(whoami)"\nexec gosu app "$@"\n' },
      lines: [3],
      says: ["run.sh starts gosu"],
      needsPerson,
    },
    {
      name: "a script that refuses everybody else",
      text: 'FROM debian:12\nCOPY run.sh /\nCMD ["/run.sh"]\n',
      context: { "run.sh": '#!/bin/sh\n[ "$(id -u)" -eq 0 ] || exit 1\nexec gosu app "$@"\n' },
      lines: [3],
      says: ["run.sh starts gosu"],
      needsPerson,
    },
    {
      name: "a script that a RUN writes",
      text: `${gosu}RUN printf '%s\\n' '#!/bin/sh' 'exec gosu app "$@"' > /run.sh\nENTRYPOINT ["/run.sh"]\n`,
      lines: [4],
      says: ["/run.sh starts gosu on line 2"],
      needsPerson,
    },
    {
      name: "an installation at the start",
      text: "FROM debian:12\nCMD apt-get update && apt-get install -y curl && exec app\n",
      lines: [2],
      says: ["CMD starts apt-get, which needs root"],
      needsPerson,
    },
    {
      name: "inferred from a package",
      text: `${gosu}COPY entrypoint.sh /\nENTRYPOINT ["/entrypoint.sh"]\n`,
      lines: [4],
      says: ["gosu is installed"],
      needsPerson,
    },
    {
      name: "known software is no script of the author's",
      text: 'FROM debian:12\nRUN apt-get install -y gosu\nADD https://github.com/just-containers/s6-overlay/releases/download/v3.2.0.2/s6-overlay-noarch.tar.xz /tmp\nENTRYPOINT ["/init"]\n',
      lines: [4],
      says: ["s6-overlay does not run here as it is"],
      needsPerson,
    },
    {
      name: "inferred from a download",
      text: 'FROM debian:12\nRUN curl -fsSL -o /usr/local/bin/gosu https://example.com/gosu-amd64\nCMD ["/start.sh"]\n',
      lines: [3],
      needsPerson,
    },
    {
      name: "inferred from a copy",
      text: 'FROM debian:12\nCOPY --from=tianon/gosu /gosu /usr/local/bin/\nENTRYPOINT ["bash", "/docker-entrypoint.sh"]\n',
      lines: [3],
      needsPerson,
    },
  ],
});

describe("entrypoint-needs-root", () => {
  const cron: Software = {
    id: "cron",
    title: "cron",
    packages: { apt: ["cron"] },
    images: [],
    commands: ["cron"],
    writable: [],
    ports: [],
    nonRoot: "never",
    advice: "use a CronJob",
    source: "cron(8)",
  };

  const messages = (text: string, isBase = false): readonly string[] => {
    const { model } = inputOf({ text });
    const run = model.shipped.find(({ instruction }) => instruction.keyword === "RUN")?.instruction;
    return judge({ text, software: [{ software: cron, at: isBase ? undefined : run }] })
      .findings.filter(({ rule: id }) => id === "entrypoint-needs-root")
      .map(({ message }) => message);
  };

  test("known software that CMD starts", () => {
    expect(messages('FROM debian:12\nRUN apt-get install -y cron\nCMD ["cron", "-f"]\n')).toEqual([
      "cron does not run as another user than root as it is: use a CronJob",
    ]);
  });

  const web: Software = { ...cron, id: "web", title: "web", commands: ["web"], ports: [80], nonRoot: "manual" };
  const ofWeb = (rest: string): readonly string[] =>
    judge({ text: `FROM example.com/web\n${rest}`, software: [{ software: web, at: undefined }] }).findings.map(
      ({ rule: id }) => id,
    );

  test.each([
    ["", "privileged-port alone"],
    ["EXPOSE 80\n", "the author's own port"],
    ["EXPOSE 8080\nCOPY web.conf /etc/web/web.conf\n", "a configuration of their own"],
  ])("says nothing twice of software with a low port: %j (%s)", (rest) => {
    expect(ofWeb(rest)).not.toContain("entrypoint-needs-root");
  });

  test("a port that is only declared changes nothing in the software", () => {
    expect(ofWeb("EXPOSE 8080\n")).toContain("entrypoint-needs-root");
  });

  test.each([
    ["etc/cont-init.d/10-own", 1],
    ["etc/s6-overlay/s6-rc.d/user/contents.d/app", 1],
    ["etc/init.d/app", 0],
  ])("software that is given files below the root: %s", (path, count) => {
    const context = { [`rootfs/${path}`]: "" };
    const text = "FROM example.com/b\nCOPY rootfs /\n";
    const findings = judge({ text, context }).findings.filter(({ rule: id }) => id === "entrypoint-needs-root");
    expect(findings).toHaveLength(count);
  });

  test("known software by service", () => {
    expect(
      messages("FROM debian:12\nRUN apt-get install -y cron\nCMD service cron start && tail -f /dev/null\n"),
    ).toHaveLength(1);
  });

  test.each([
    ["its entrypoint", 'FROM debian:12\nENTRYPOINT ["dockerd-entrypoint.sh"]\n', 1],
    [
      "a script of the author's has its entrypoint's name",
      'FROM debian:12\nCOPY bin/dockerd-entrypoint.sh /usr/local/bin/\nENTRYPOINT ["/usr/local/bin/dockerd-entrypoint.sh"]\n',
      0,
    ],
    [
      "a script of the author's gets its entrypoint's name",
      'FROM debian:12\nCOPY run.sh /dockerd-entrypoint.sh\nENTRYPOINT ["/dockerd-entrypoint.sh"]\n',
      0,
    ],
    ["the author's binary has its name", 'FROM debian:12\nCOPY dockerd /usr/bin/\nENTRYPOINT ["dockerd"]\n', 1],
    ["BusyBox brings it", 'FROM alpine:3.20\nCMD ["crond", "-f"]\n', 1],
    ["its path says what it is", 'FROM debian:12\nRUN apt-get install -y systemd-sysv\nCMD ["/sbin/init"]\n', 1],
    [
      "its archive is fetched, and its init started",
      'FROM debian:12\nADD https://github.com/just-containers/s6-overlay/releases/download/v3.2.0.2/s6-overlay-noarch.tar.xz /tmp\nRUN tar -C / -Jxpf /tmp/s6-overlay-noarch.tar.xz\nENTRYPOINT ["/init"]\n',
      1,
    ],
    [
      "a RUN fetches its archive",
      'FROM alpine:3.20\nRUN wget -qO- https://github.com/just-containers/s6-overlay/releases/download/v2.2.0.3/s6-overlay-amd64.tar.gz | tar -xz -C /\nENTRYPOINT ["/init"]\n',
      1,
    ],
    [
      "its archive is fetched, and something else started",
      'FROM debian:12\nADD https://github.com/just-containers/s6-overlay/releases/download/v3.2.0.2/s6-overlay-noarch.tar.xz /tmp\nENTRYPOINT ["/app"]\n',
      0,
    ],
    ["a base of nobody's knowledge is given services", "FROM example.com/b\nCOPY run /etc/services.d/app/run\n", 1],
    ["they are no services of its own init", 'FROM alpine:3.20\nCOPY run /etc/services.d/app/run\nCMD ["/app"]\n', 0],
    ["nobody starts them", 'FROM example.com/b\nCOPY run /etc/services.d/app/run\nENTRYPOINT ["/app"]\n', 0],
    ["its init is started", 'FROM alpine:3.20\nCOPY x /etc/cont-init.d/\nENTRYPOINT ["/init"]\n', 1],
    ["an init of the author's own", 'FROM debian:12\nCOPY init /\nENTRYPOINT ["/init"]\n', 0],
    ["another path of that name", 'FROM debian:12\nCOPY init /app/\nCMD ["/app/init"]\n', 0],
    [
      "its usual configuration cannot be read",
      'FROM debian:12\nRUN apt-get install -y supervisor\nCMD ["supervisord", "-n"]\n',
      1,
    ],
    [
      "a file beside its usual configuration",
      'FROM debian:12\nRUN apt-get install -y supervisor\nCOPY app.conf /etc/supervisor/conf.d/\nCMD ["supervisord", "-n"]\n',
      1,
    ],
    [
      "a configuration of its own",
      'FROM debian:12\nRUN apt-get install -y supervisor\nCMD ["supervisord", "-c", "/srv/supervisord.conf"]\n',
      0,
    ],
    [
      "its usual configuration is replaced",
      'FROM debian:12\nRUN apt-get install -y haproxy\nCOPY haproxy.cfg /etc/haproxy/\nCMD ["haproxy", "-f", "/etc/haproxy/haproxy.cfg"]\n',
      0,
    ],
    [
      "its usual configuration is edited",
      "FROM debian:12\nRUN apt-get install -y haproxy && sed -i /chroot/d /etc/haproxy/haproxy.cfg\nCMD haproxy -f /etc/haproxy/haproxy.cfg\n",
      0,
    ],
    [
      "Debian's apache2ctl, whatever the port",
      "FROM debian:12\nRUN apt-get install -y apache2 && sed -i s/80/8080/ /etc/apache2/ports.conf\nEXPOSE 8080\nCMD apache2ctl -D FOREGROUND\n",
      1,
    ],
    [
      "a service of software that works",
      "FROM debian:12\nRUN apt-get install -y redis-server\nCMD service redis start\n",
      1,
    ],
    ["the ssh client", "FROM debian:12\nRUN apt-get install -y openssh-client\nCMD ssh -N -L 8080:db:80 bastion\n", 0],
    [
      "the ssh client, where the server is installed too",
      'FROM alpine:3.20\nRUN apk add openssh\nCMD ["ssh", "-p", "22", "bastion"]\n',
      0,
    ],
    ["sshd", 'FROM debian:12\nRUN apt-get install -y openssh-server\nCMD ["/usr/sbin/sshd", "-D"]\n', 1],
    ["ssh as a service", "FROM debian:12\nRUN apt-get install -y ssh\nCMD service ssh start && sleep infinity\n", 1],
    ["ssh's init script", "FROM debian:12\nCMD /etc/init.d/ssh start && sleep infinity\n", 1],
    ["ssh by systemctl", 'FROM debian:12\nCMD ["systemctl", "start", "ssh.service"]\n', 1],
    ["software that works", 'FROM debian:12\nRUN apt-get install -y redis-server\nCMD ["redis-server"]\n', 0],
  ])("known software: %s", (_, text, count) => {
    const findings = judge({ text }).findings.filter(({ rule: id }) => id === "entrypoint-needs-root");
    expect(findings).toHaveLength(count);
    expect(findings.every((one) => one.needsPerson === true)).toBe(true);
  });

  test.each([
    ["USER 1000", 0],
    ["USER app", 0],
    ["USER root", 1],
    ["", 1],
  ])("known software that its author has run as somebody other than root: %s", (user, count) => {
    const text = `FROM debian:12\nADD https://github.com/just-containers/s6-overlay/releases/download/v3/s6-overlay-noarch.tar.xz /tmp\nRUN useradd app && chown -R app /run\n${user}\nENTRYPOINT ["/init"]\n`;
    const found = (startedAsRoot: boolean) =>
      judge({ text, startedAsRoot }).findings.filter(({ rule: id }) => id === "entrypoint-needs-root");
    expect(found(false)).toHaveLength(count);
    // A fix has put the user in.
    expect(found(true)).toHaveLength(1);
  });

  test("the author's own user, which the configuration of supervisor names", () => {
    const text =
      'FROM debian:12\nRUN apt-get install -y supervisor && useradd app\nCOPY supervisord.conf /etc/supervisord.conf\nUSER app\nCMD ["supervisord"]\n';
    const context = { "supervisord.conf": "[supervisord]\nnodaemon=true\n[program:a]\nuser=app\n" };
    expect(judge({ text, context }).findings.map(({ rule: id }) => id)).not.toContain("entrypoint-needs-root");
  });

  test.each([
    ['CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]', 1],
    ["CMD postfix start-fg", 1],
    ['CMD ["supervisord", "-n"]', 1],
    ['CMD ["smbd", "-F"]', 1],
    ["CMD haproxy-exporter", 0],
  ])("known software that is built, or that a base brings whom nobody knows: %s", (start, count) => {
    const text = `FROM example.com/base\nCOPY haproxy.cfg /usr/local/etc/haproxy/\n${start}\n`;
    const context = { "haproxy.cfg": "global\n    chroot /var/lib/haproxy\n" };
    const found = judge({ text, context }).findings.filter(({ rule: id }) => id === "entrypoint-needs-root");
    expect(found).toHaveLength(count);
  });

  test.each([
    ["haproxy", "haproxy.cfg", "global\n    chroot /var/lib/haproxy\n    user haproxy\n", "chroot /var/lib/haproxy"],
    ["haproxy", "haproxy.cfg", "global\n    chroot \t  /srv\n", "chroot /srv"],
    ["haproxy", "haproxy.cfg", "global\n    log stdout format raw local0\n", undefined],
    ["supervisor", "supervisord.conf", "[supervisord]\nnodaemon=true\n[program:a]\nuser=app\n", "user=app"],
    ["supervisor", "supervisord.conf", "[supervisord]\nnodaemon=true\n; user=app\n", undefined],
    ["supervisor", "www.conf", "[www]\nuser = www-data\nlisten = 9000\n", undefined],
  ])("the configuration of %s that is copied is read: %s %j", (name, file, config, line) => {
    const program = name === "haproxy" ? "haproxy" : "supervisord";
    const { findings } = judge({
      text: `FROM debian:12\nRUN apt-get install -y ${name}\nCOPY ${file} /etc/${name}/\nCMD ${program} -f /etc/${name}/${file}\n`,
      context: { [file]: config },
    });
    const said = findings.filter(({ rule: id }) => id === "entrypoint-needs-root").map(({ message }) => message);
    expect(said).toEqual(line === undefined ? [] : [expect.stringContaining(`"${line}", which only root may: `)]);
  });

  test.each([
    ["COPY conf.d/ /etc/supervisor/conf.d/", true],
    ["COPY docker/conf.d /etc/supervisor/conf.d", true],
    ["COPY conf.d/*.conf /etc/supervisor/conf.d/", true],
    ["WORKDIR /etc/supervisor\nCOPY conf.d conf.d", true],
    ["COPY conf.d/x*.conf /etc/supervisor/conf.d/", false],
    ["COPY conf.d/ /srv/conf.d/", false],
    ["COPY other/ /etc/supervisor/conf.d/", false],
  ])("settings in a folder that is copied to one of settings: %s", (copy, isFound) => {
    const text = `FROM debian:12\nRUN apt-get install -y supervisor\n${copy}\nCMD ["supervisord"]\n`;
    const program = "[program:a]\ncommand=a\nuser=app\n";
    const context = { "conf.d/a.conf": program, "docker/conf.d/a.conf": program, "other/a.txt": program };
    const said = judge({ text, context }).findings.filter(({ message }) => message.includes('"user=app"'));
    expect(said).toHaveLength(isFound ? 1 : 0);
  });

  test("known software that is installed and not started", () => {
    expect(messages('FROM debian:12\nRUN apt-get install -y cron\nCMD ["/app"]\n')).toEqual([]);
  });

  test("known software of the base image", () => {
    expect(messages("FROM example.com/cron\n", true)).toEqual([
      "The base image starts cron, which does not run as another user than root as it is: use a CronJob",
    ]);
  });
});
