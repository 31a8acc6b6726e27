import { expect, test } from "vitest";
import { judge, testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "made and given", text: "FROM alpine:3.20\nRUN mkdir /data && chown 1:1 /data\nVOLUME /data\nUSER 1:1\n" },
    { name: "copied and given", text: "FROM alpine:3.20\nCOPY --chown=1:1 seed /data/\nVOLUME /data\nUSER 1:1\n" },
    ...Object.entries({
      "where everybody may": "touch /tmp/x > /dev/null",
      "in the working directory": "touch x /app/y",
      "as root alone": 'if [ "$(id -u)" = 0 ]; then\n  mkdir -p /run/app\nfi',
      perhaps: "[ -z $X ] || echo $X > /etc/app/x",
      "where somebody sets a variable": '[ -n "$X" ] && echo $X > /etc/app/x',
      "or not": "mkdir -p /run/app || true",
      somewhere: "echo 1 > $DIR/x",
      "or gives a mode, or not": "chmod 777 /srv || true\nchmod -x /dev/null $X /tmp/x",

      "by a name that no shell should see": "touch '/srv/$(id)/x' '/srv/a;b/x'",
    }).map(([what, line]) => ({
      name: `a start script that writes ${what}`,
      text: 'FROM alpine:3.20\nWORKDIR /app\nRUN chown 1 /app\nCOPY run.sh /\nUSER 1:1\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": `#!/bin/sh\n${line}\nexec "$@"\n` },
      startedAsRoot: true,
    })),
    ...Object.entries({
      "/run/app": "/var/run/app",
      "/var/run/app": "/run/app",
    }).map(([given, written]) => ({
      name: `a start script that writes ${written} where ${given} is given`,
      text: `FROM alpine:3.20\nCOPY run.sh /\nRUN mkdir ${given} && chown 1 ${given}\nUSER 1:1\nENTRYPOINT ["/run.sh"]\n`,
      context: { "run.sh": `#!/bin/sh\ntouch ${written}/pid\n` },
      startedAsRoot: true,
    })),
    ...[
      '"--log-file", "/dev/stdout"',
      '"--access-logfile=-"',
      '"--pid", "host", "--data-dir", "data"',
      '"--data-dir=/tmp/x"',
      '"--config", "/etc/x.conf", "--log-config=/etc/log.conf"',
    ].map((options) => ({
      name: `options that say no folder to give: ${options}`,
      text: `FROM alpine:3.20\nUSER 1:1\nCMD ["server", ${options}]\n`,
      startedAsRoot: true,
    })),
    {
      name: "a start script of an image that its author had run so",
      text: 'FROM alpine:3.20\nCOPY run.sh /\nUSER 1:1\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": "#!/bin/sh\nmkdir -p /run/app\n" },
    },
    {
      name: "a folder with a file that says something",
      text: "FROM alpine:3.20\nRUN mkdir -p /var/lib/app && echo 1 > /var/lib/app/version\nUSER 1:1\n",
    },
    {
      name: "open to all",
      text: "FROM alpine:3.20\nRUN mkdir -m 777 /data && chmod 777 /data\nVOLUME /data\nUSER 1:1\n",
    },
    ...["find /data ! -user 1", "find / -xdev -path /proc -prune -o -user root"].map((search) => ({
      name: `a VOLUME that a search gives away: ${search}`,
      text: `FROM alpine:3.20\nRUN mkdir -p /data && echo x > /data/x\nRUN ${search} -exec chown -h 1:1 {} +\nUSER 1:1\nVOLUME /data\n`,
    })),
    {
      name: "asked for, and given by a search",
      text: "FROM alpine:3.20\nRUN mkdir -p /data/x && find /data ! -user 1 -exec chown -h 1:1 {} +\nUSER 1:1\n",
      writable: ["/data/x"],
    },
    { name: "made by the user", text: "FROM alpine:3.20\nUSER 1:1\nRUN mkdir -p /tmp/x /data\nVOLUME /data\n" },
    {
      name: "a folder around it",
      text: "FROM alpine:3.20\nRUN mkdir -p /srv/data && chown -R 1:1 /srv\nUSER 1:1\n",
      writable: ["/srv/data"],
    },
    { name: "/tmp", text: "FROM alpine:3.20\nUSER 1:1\n", writable: ["/tmp/x"] },
    { name: "the image runs as root", text: "FROM alpine:3.20\nVOLUME /data\n" },
    { name: "the base image's volume", text: "FROM postgres:16\nUSER 999\n" },
    {
      name: "a folder that a package may bring",
      text: "FROM fedora:41\nRUN dnf -y install postgresql-server\nVOLUME /var/lib/pgsql/data\nUSER 26\n",
    },
    {
      name: "given to an account of a package's that may have that number",
      text: "FROM fedora:41\nRUN dnf -y install postgresql-server && mkdir /pgdata && chown -R postgres /pgdata\nVOLUME /pgdata\nUSER 26\n",
    },
    {
      name: "a folder that a script of the author's is told",
      text: "FROM fedora:41\nRUN /usr/libexec/fix-permissions /data\nVOLUME /data/x\nUSER 26\n",
    },
    {
      name: "a folder made and left that a script of somebody's own is told",
      text: "FROM fedora:41\nRUN mkdir -p /var/lib/app/data && /usr/libexec/open-up -v /var/lib/app\nUSER 26\n",
    },
    {
      name: "a folder that Red Hat's fix-permissions opens",
      text: "FROM fedora:41\nENV DATA=/app/data\nRUN mkdir -p $DATA && fix-permissions $DATA\nUSER 1001\n",
    },
    {
      name: "a folder with an access list",
      text: "FROM fedora:41\nRUN mkdir -p /var/log/app && setfacl -m u:26:rwx /var/log/app\nUSER 26\n",
    },
    {
      name: "a folder that another stage made somebody's",
      text: "FROM alpine:3.20 AS b\nRUN mkdir -p /u01/data && chown -R 1000 /u01\nFROM alpine:3.20\nCOPY --from=b /u01 /u01\nVOLUME /u01/data\nUSER 1000\n",
      writable: ["/u01/in"],
    },
    {
      name: "a folder of an image that nobody has read",
      text: "FROM alpine:3.20\nCOPY --from=example.com/a /u01 /u01/\nVOLUME /u01/data\nUSER 1000\n",
    },
    { name: "a path that nobody knows", text: "FROM example.com/a\nVOLUME $DATA\nUSER 26:26\n" },
    {
      name: "a folder that is given",
      text: "FROM alpine:3.20\nRUN mkdir -p /var/log/app && chown 1 /var/log/app\nUSER 1:1\n",
    },
    {
      name: "a folder around it that is given",
      text: "FROM alpine:3.20\nRUN mkdir -p /app/logs\nRUN chown -R 1:1 /app\nUSER 1:1\n",
    },
    {
      name: "what somebody else is given, its author saw to",
      text: "FROM alpine:3.20\nRUN mkdir -p /var/log/app && chown 5 /var/log/app\nUSER 1:1\n",
    },
    {
      name: "a mode of its own",
      text: "FROM alpine:3.20\nRUN mkdir -p /data /app/tmp && chmod 777 /data && chmod -R g+w /app\nUSER 5000:5000\n",
    },
    {
      name: "a mode that it is made with",
      text: "FROM alpine:3.20\nRUN mkdir -m 1777 /data && install -d -o 1 /app/logs\nUSER 1:1\n",
    },
    ...["chmod 1777", "chmod g=u", "chmod 0775", "chmod o=rwx", "chmod $MODE", "chmod -R a+rwX"].map((chmod) => ({
      name: `${chmod}: the user may write it`,
      text: `FROM alpine:3.20\nRUN mkdir -p /var/lib/x && ${chmod} /var/lib/x\nUSER 5000\n`,
    })),
    {
      name: "made with a mode for root's group, which the user has",
      text: "FROM alpine:3.20\nRUN mkdir -m 0770 /var/lib/x && install -dm 775 /var/lib/y\nUSER 5000\n",
    },
    {
      name: "a name that says nothing",
      text: "FROM alpine:3.20\nRUN mkdir -p /app/lib /opt/tool /etc/app/data /usr/share/app/cache\nUSER 1:1\n",
    },
    {
      name: "the system's own",
      text: "FROM alpine:3.20\nRUN mkdir -p /var/lib/apt/lists /var/cache/apk /run/sshd /var/run/sshd\nUSER 1:1\n",
    },
    {
      name: "data that is brought",
      text: "FROM alpine:3.20\nCOPY seed /data/\nRUN mkdir -p /srv/data && cp -r /seed /srv/data\nUSER 1:1\n",
    },
    {
      name: "a folder to work in while building",
      text: "FROM alpine:3.20\nRUN mkdir /work && cd /work && make && rm -rf /work\nRUN mkdir -p /build/tmp && cd /build && make\nUSER 1:1\n",
    },
    { name: "perhaps made", text: "FROM alpine:3.20\nRUN if [ -e /x ]; then mkdir /data; fi\nUSER 1:1\n" },
    { name: "below /tmp", text: "FROM alpine:3.20\nRUN mkdir -p /tmp/app/cache\nUSER 1:1\n" },
    {
      name: "what a find gives away",
      text: "FROM alpine:3.20\nWORKDIR /app\nRUN mkdir logs && find /app ! -user 1 -exec chown -h 1:1 {} +\nUSER 1:1\n",
    },
    { name: "made by the user", text: "FROM alpine:3.20\nUSER 1:1\nRUN mkdir -p /srv/logs\nUSER 1:1\n" },
    {
      name: "asked for, and given",
      text: "FROM alpine:3.20\nRUN mkdir -p /data && chown 1:1 /data\nUSER 1:1\n",
      writable: ["/data"],
    },
    {
      name: "in a builder alone",
      text: "FROM alpine:3.20 AS b\nRUN mkdir /data\nFROM alpine:3.20\nCOPY --from=b /x /x\nUSER 1:1\n",
    },
    { name: "as root anything goes", text: "FROM alpine:3.20\nRUN mkdir /data\n" },
  ],
  invalid: [
    ...Object.entries({
      "a file that is written": ["echo $API > /etc/app/env.conf", "/etc/app"],
      "a file that is changed": ["sed -i s/a/b/ /etc/app/app.conf", "/etc/app"],
      "a file right in a folder of the system": ["date > /etc/motd", "/etc/motd"],
      "a file right below the root": ["date > /state", "/state"],
      "a file that another takes the place of there": ["sed -i s/a/b/ /etc/motd", "/etc"],
      "a folder that is made": ["mkdir -p /var/run/app", "/var/run/app"],
      "a mode that is changed": ["chmod 600 /etc/app/key", "/etc/app/key"],
      "modes of a folder": ["chmod -R g+w,o= /srv/state/", "/srv/state"],
      several: ["mkdir -p /run/app\ntouch /srv/state/x", "/run/app, /srv/state"],
    }).map(([what, [line = "", path = ""]]) => ({
      name: `a start script: ${what}`,
      text: 'FROM alpine:3.20\nCOPY run.sh /\nUSER 1:1\nENTRYPOINT ["/run.sh"]\n',
      context: { "run.sh": `#!/bin/sh\nset -e\n${line}\nexec "$@"\n` },
      startedAsRoot: true,
      lines: [4],
      says: [`Nothing gives ${path} to "1", and run.sh, which the container starts, writes there on line 3`],
    })),
    ...Object.entries({
      'CMD ["server", "--pid", "/run/server.pid"]': "/run",
      "CMD exec server --pidfile=/var/run/server/x.pid": "/var/run/server",
      'ENTRYPOINT ["server"]\nCMD ["--data-dir=/data"]': "/data",
      'CMD ["prometheus", "--storage.tsdb.path", "/prometheus/"]': "/prometheus",
      'CMD ["gunicorn", "--access-logfile", "/srv/log/a.log", "--error-logfile", "/srv/log/e.log", "app:app"]':
        "/srv/log",
      'CMD ["mongod", "--dbpath", "/db"]': "/db",
    }).map(([lines, path]) => ({
      name: `an option that says where: ${lines}`,
      text: `FROM alpine:3.20\nUSER 1:1\n${lines}\n`,
      startedAsRoot: true,
      lines: [2 + lines.split("\n").length],
      says: [`Nothing gives ${path} to "1", and CMD writes there`],
    })),
    {
      name: "a shell text that writes as it starts",
      text: "FROM nginx:1.27\nUSER 101\nCMD envsubst < /t > /etc/nginx/conf.d/default.conf && exec nginx\n",
      startedAsRoot: true,
      lines: [3],
      says: ['Nothing gives /etc/nginx/conf.d to "101", and CMD writes there'],
    },
    {
      name: "a folder with a file that is only touched",
      text: "FROM alpine:3.20\nRUN mkdir -p /var/log/app && touch /var/log/app/app.log\nUSER 1:1\n",
      lines: [2],
      says: ["Nothing gives /var/log/app to"],
    },
    ...["find /data ! -user 2 -exec chown -h 2:2 {} +", "find /data -type f ! -user 1 -exec chown 1:1 {} +"].map(
      (search) => ({
        name: `a VOLUME that a search leaves: ${search}`,
        text: `FROM alpine:3.20\nRUN mkdir -p /data && ${search}\nUSER 1:1\nVOLUME /data\n`,
        lines: [4],
      }),
    ),
    ...["useradd -u 27 app", "useradd -u 27 app && usermod -s /bin/sh app"].map((made) => ({
      name: `given to an account that certainly has another number: ${made}`,
      text: `FROM example.com/a\nRUN ${made} && mkdir /pgdata && chown -R app /pgdata\nVOLUME /pgdata\nUSER 26:26\n`,
      lines: [3],
    })),
    ...[
      "mkdir -p /var/lib/x && chmod 755 /var/lib/x",
      "mkdir -p /var/lib/x && chmod -R u+w,go-w /var/lib",
      "mkdir -p /var/lib/x && chmod 0700 $Y",
      "mkdir -m 755 /var/lib/x",
      "install -d -m 0750 /var/lib/x",
    ].map((script) => ({
      name: `a mode that gives the user nothing: ${script}`,
      text: `FROM alpine:3.20\nRUN ${script}\nUSER 5000\n`,
      lines: [2],
      says: ["/var/lib/x"],
    })),
    ...["chmod 775", "chmod g=u"].map((chmod) => ({
      name: `${chmod} of root's group, which the user has not`,
      text: `FROM alpine:3.20\nRUN adduser -D -u 1000 app && mkdir /var/lib/x && ${chmod} /var/lib/x\nUSER 1000\n`,
      lines: [2],
      says: ["/var/lib/x"],
    })),
    {
      name: "a folder that is root's in another stage too, or comes from the context, or lies elsewhere",
      text: "FROM alpine:3.20 AS b\nRUN mkdir -p /u01/data\nFROM alpine:3.20 AS c\nUSER 1000\nFROM alpine:3.20\nCOPY --from=b /u01 /u01\nCOPY u02 /u02\nCOPY --from=c /tmp/x /u03/x\nVOLUME /u01/data /u02/data /u04/data\nUSER 1000\n",
      lines: [9, 9, 9],
    },
    { name: "a volume", text: "FROM alpine:3.20\nVOLUME /data\nUSER 1:1\n", lines: [2] },
    {
      name: "a volume that root makes",
      text: "FROM alpine:3.20\nRUN mkdir /data\nVOLUME /data\nUSER 1:1\n",
      lines: [3],
    },
    {
      name: "a path asked for",
      text: "FROM alpine:3.20\nUSER 1:1\n",
      writable: ["/var/cache/app"],
      lines: [2],
      says: ["Nothing gives /var/cache/app"],
    },
    {
      name: "somebody else's",
      text: "FROM alpine:3.20\nRUN mkdir /data && chown 5 /data\nVOLUME /data\nUSER 1:1\n",
      lines: [3],
    },
    {
      name: "folders that are made for the application to write: once",
      text: "FROM alpine:3.20\nRUN mkdir -p /var/log/app /var/run/app\nRUN mkdir /data && install -d /app/logs\nUSER 1:1\n",
      lines: [2],
      marks: ["mkdir -p /var/log/app /var/run/app"],
      says: ["/var/log/app, /var/run/app, /data, /app/logs"],
    },
    {
      name: "the outermost of them",
      text: "FROM alpine:3.20\nRUN mkdir -p /app/data && mkdir -p /app/data/cache\nUSER 1:1\n",
      lines: [2],
      says: ["gives /app/data to"],
    },
    {
      name: "the working directory does not reach it",
      text: "FROM alpine:3.20\nRUN mkdir -p /var/lib/shop\nWORKDIR /app\nCOPY --chown=1:1 . .\nUSER 1:1\n",
      lines: [2],
    },
    {
      name: "beside a volume",
      text: "FROM alpine:3.20\nRUN mkdir /data /var/log/app\nVOLUME /data\nUSER 1:1\n",
      lines: [2, 3],
    },
    {
      name: "below a working directory that is the user's",
      text: "FROM alpine:3.20\nWORKDIR /app\nRUN mkdir logs && chown 1:1 /app\nUSER 1:1\n",
      lines: [3],
    },
  ],
});

test.each([
  ["ln -snf /usr/share/zoneinfo/UTC /etc/localtime", "Let the script do this only when id -u is 0, or do it in a RUN"],
  ["sed -i s/a/b/ /etc/motd\ndate > /etc/timezone", "Run image-fix with --writable /etc/timezone"],
  [
    "echo 10.0.0.1 db >> /etc/hosts",
    "Write it into the Pod (hostAliases, dnsConfig): each container gets these files mounted, as root's",
  ],
  ["touch /usr/local/bin/x /srv/state/x", "Run image-fix with --writable /srv/state"],
])("a whole folder of the system is nothing to give away: %s", (line, title) => {
  const { findings } = judge({
    text: 'FROM alpine:3.20\nCOPY run.sh /\nUSER 1:1\nENTRYPOINT ["/run.sh"]\n',
    context: { "run.sh": `#!/bin/sh\n${line}\n` },
    startedAsRoot: true,
  });
  expect(findings.filter((one) => one.rule === rule.id).map(({ fix }) => fix?.title)).toEqual([title]);
});
