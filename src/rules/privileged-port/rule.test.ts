import { describe, expect, test } from "vitest";
import { isPrivileged, portOfFlag, privilegedPorts } from "../ports.ts";
import { known } from "../../core/finding.ts";
import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

const needsPerson = true;
const withEnv = (...env: readonly string[]) => ({ config: known({ env }, "test") });
const file = (lines: string): string => `FROM alpine:3.20\nUSER 65532:65532\n${lines}\n`;

testRule(rule, {
  valid: [
    { name: "1024", text: file("EXPOSE 1024") },
    { name: "0 is any port", text: file("EXPOSE 0") },
    { name: "a variable without value", text: file("EXPOSE $PORT") },
    { name: "a variable", text: file("ENV PORT=8080\nEXPOSE $PORT") },
    { name: "a range above", text: file("EXPOSE 8000-8010/udp") },
    {
      name: "a package that a variable names in another word",
      text: 'FROM debian:12\nRUN P="curl nginx" && apt-get install -y "$P" $Q\nUSER 65532\nCMD ["nginx"]\n',
    },
    ...Object.entries({
      "whose ports are moved": 'RUN sed -i "s/80/8080/" /etc/apache2/ports.conf\nCMD ["apache2-foreground"]',
      "whose port a variable gives":
        'ENV A=8080\nRUN sed -i "s/^.*$/Listen $A/" /etc/apache2/ports.conf\nCMD ["apache2-foreground"]',
      "whose ports somebody's text gives": 'RUN echo "$PORTS" > /etc/apache2/ports.conf\nCMD ["apache2-foreground"]',
      "whose configuration is written anew":
        'RUN echo "Include sites/*" > /etc/apache2/apache2.conf\nCMD ["apache2-foreground"]',
      "that something else is started in": 'CMD ["php", "worker.php"]',
      "of which another software of that port is not known": 'CMD ["nginx-exporter"]',
    }).map(([name, lines]) => ({ name: `a base with Apache, ${name}`, text: `FROM php:8.4-apache\n${lines}\n` })),
    { name: "a builder stage", text: "FROM alpine:3.20 AS b\nEXPOSE 80\nFROM alpine:3.20\n" },
    { name: "options of something else", text: file('CMD ["make", "-p", "80x", "--ports", "8080", "-p", "4"]') },
    { name: "a site of Caddy above", text: 'FROM caddy:2\nENV SERVER_NAME=":8080"\n' },
    { name: "a custom that EXPOSE explains", text: file("ENV PORT=80\nEXPOSE 8080") },
    { name: "a variable of another machine's port", text: file("ENV DB_PORT=443 LISTEN_ADDR=db:80") },
    { name: "a customary variable of the base", text: 'FROM alpine:3.20\nCMD ["/app"]\n', base: withEnv("PORT=80") },
    {
      name: "a script that listens low only sometimes, or asks another machine",
      text: file('COPY run.sh /\nCMD ["/run.sh"]'),
      context: {
        "run.sh": '#!/bin/sh\n[ -n "$TLS" ] && exec app --port 443\nmysql --port 80\nexec app --port "${PORT:-8080}"\n',
      },
    },
    { name: "a port that is a target", text: file('CMD ["curl", "http://backend:80/"]') },
    {
      name: "an address of another machine",
      text: file('CMD ["app", "--url", "https://api.example.com:443"]'),
    },
    {
      name: "an address of another machine in one word",
      text: file('CMD ["vault", "status", "-address=https://vault:443"]'),
    },
    { name: "the port of a host that is another's", text: file('CMD ["app", "--host=db", "--port=80"]') },
    { name: "a client", text: file("CMD mosquitto_sub -h broker -p 443 -t x") },
    { name: "the ssh client", text: file('CMD ["ssh", "-p", "22", "-N", "bastion"]') },
    {
      name: "a default that ENV replaces",
      text: file('ENV PORT=8080\nCMD ["sh", "-c", "uvicorn a:b --port ${PORT:-80}"]'),
    },
    { name: "exec form puts no ENV in", text: file('ENV PORT=80\nCMD ["uvicorn", "a:b", "--port", "${PORT}"]') },
    { name: "a variable that nobody sets", text: file("CMD uvicorn a:b --port ${PORT}") },
    {
      name: "EXPOSE says where nginx listens",
      text: "FROM nginx:1.27\nCOPY nginx.conf /etc/nginx/nginx.conf\nEXPOSE 8080\nUSER 101\n",
    },
    {
      name: "the configuration is replaced",
      text: "FROM nginx:1.27\nCOPY default.conf /etc/nginx/conf.d/default.conf\nUSER 101\n",
    },
    {
      name: "the port is moved by sed",
      text: "FROM nginx:1.27\nRUN sed -i 's/80;/8080;/' /etc/nginx/conf.d/default.conf\nUSER 101\n",
    },
    {
      name: "the configuration that is copied listens above",
      text: "FROM nginx:1.27\nCOPY site.conf /etc/nginx/conf.d/default.conf\nUSER 101\n",
      context: { "site.conf": "server {\n  # listen 80;\n  listen [::]:8080 default_server;\n}\n" },
    },
    {
      name: "a configuration that listens where a variable says",
      text: "FROM nginx:1.27\nCOPY site.conf.template /etc/nginx/templates/\nUSER 101\n",
      context: { "site.conf.template": "server {\n  listen ${PORT};\n}\n" },
    },
    ...Object.entries({
      "listens above": ":8080, http://app.test:8081 {\n  reverse_proxy backend:80 {\n    to other:443\n  }\n}\n",
      "listens where a variable says": ":{$PORT:80} {\n}\n",
      "names its sites": "example.com {\n}\n",
    }).map(([what, Caddyfile]) => ({
      name: `a Caddyfile that ${what}`,
      text: "FROM caddy:2\nCOPY Caddyfile /etc/caddy/Caddyfile\n",
      context: { Caddyfile },
    })),
    ...[
      "sed -i 's/80/8080/' /etc/nginx/conf.d/default.conf",
      'cd /etc/nginx/conf.d && perl -pi -e "s/80/$P/" default.conf',
    ].map((run) => ({
      name: `a configuration whose ports are moved behind it: ${run}`,
      text: `FROM nginx:1.27\nCOPY site.conf /etc/nginx/conf.d/default.conf\nRUN ${run}\n`,
      context: { "site.conf": "server { listen 80; }\n" },
    })),
    {
      name: "a configuration of something that is not started",
      text: 'FROM nginx:1.27\nCOPY site.conf /etc/nginx/conf.d/\nUSER 101\nCMD ["ls"]\n',
      context: { "site.conf": "server { listen 80; }\n" },
    },
    {
      name: "a folder of which only a part says nothing",
      text: "FROM nginx:1.27\nCOPY conf.d /etc/nginx/conf.d\nUSER 101\n",
      context: { "conf.d/gzip.conf": "gzip on;\n" },
    },
    {
      name: "the port is moved by sed in the base's folder",
      text: "FROM httpd:2.4\nRUN sed -i 's/^Listen 80/Listen 8080/' conf/httpd.conf\nUSER 33\n",
    },
    { name: "the base's program does not start", text: 'FROM nginx:1.27\nUSER 101\nCMD ["ls"]\n' },
  ],
  invalid: [
    ...Object.entries({
      "as the base does": 'CMD ["apache2-foreground"]',
      "behind a script of the file": 'COPY run.sh /\nENTRYPOINT ["/run.sh"]\nCMD ["apache2-foreground"]',
      "and PHP is configured": 'RUN echo x > /usr/local/etc/php/conf.d/x.ini\nCMD ["apache2-foreground"]',
      "and PHP's settings are copied": 'COPY x.ini /usr/local/etc/php/conf.d/\nCMD ["apache2-foreground"]',
      "and its document root is moved":
        "RUN sed -ri -e 's!/var/www/html!${APACHE_DOCUMENT_ROOT}!g' /etc/apache2/sites-available/000-default.conf\nCMD [\"apache2-foreground\"]",
      "and it gets a name": 'RUN echo "ServerName localhost" >> /etc/apache2/apache2.conf\nCMD ["apache2-foreground"]',
      "and packages have a source": 'RUN echo x | tee /etc/apt/sources.list.d/x.list\nCMD ["apache2-foreground"]',
    }).map(([name, lines]) => ({
      name: `what the base brings is started: ${name}`,
      text: `FROM php:8.4-apache\n${lines}\n`,
      lines: [1 + lines.split("\n").length],
      says: ["Apache HTTP Server listens on port 80 unless told otherwise"],
      needsPerson,
    })),
    ...Object.entries({
      "several in one variable": 'P="curl nginx" && apt-get install -y $P',
      "one whose version nobody knows": 'apt-get install -y "nginx=$VERSION"',
      "each in a loop": "for p in curl nginx; do apt-get install -y $p; done",
      "behind an option whose value nobody knows": "apt-get install -t $RELEASE nginx",
      "behind a word that nobody knows": "apt-get $OPTIONS install nginx",
    }).map(([name, run]) => ({
      name: `packages in variables: ${name}`,
      text: `FROM debian:12\nRUN ${run}\nUSER 65532\nCMD ["nginx"]\n`,
      lines: [4],
      says: ["nginx listens on port 80 unless told otherwise"],
      needsPerson,
    })),
    {
      name: "80",
      text: file("EXPOSE 80"),
      lines: [3],
      marks: ["80"],
      says: ["Port 80 is below 1024: without root and NET_BIND_SERVICE a process may bind it only"],
      needsPerson: true,
    },
    {
      name: "one finding for one EXPOSE",
      text: file("EXPOSE 8080 443/udp 80/tcp"),
      lines: [3],
      marks: ["443/udp"],
      says: ["Ports 443/udp and 80 are below 1024: without root and NET_BIND_SERVICE a process may bind them only"],
      needsPerson: true,
    },
    { name: "two EXPOSEs", text: file("EXPOSE 80\nEXPOSE 443"), lines: [3, 4], needsPerson: true },
    {
      name: "a range that begins below",
      text: file("EXPOSE 1000-2000"),
      lines: [3],
      says: ["Ports 1000-2000 are"],
      needsPerson: true,
    },
    { name: "a variable", text: file("ARG PORT=80\nEXPOSE ${PORT}/tcp"), lines: [4], needsPerson: true },
    { name: "ports in one variable", text: file('ENV PORTS="80 443"\nEXPOSE $PORTS'), lines: [4], needsPerson: true },
    {
      name: "in the parent stage",
      text: "FROM alpine:3.20 AS p\nEXPOSE 22\nFROM p\nUSER 1000:1000\n",
      lines: [2],
      needsPerson: true,
    },
    { name: "--port", text: file('CMD ["uvicorn", "app:app", "--port", "80"]'), lines: [3], needsPerson: true },
    { name: "--port=", text: file('ENTRYPOINT ["server"]\nCMD ["--port=443"]'), lines: [4], needsPerson: true },
    { name: "--bind", text: file("CMD gunicorn --bind 0.0.0.0:80 app"), lines: [3], needsPerson: true },
    { name: "ENV in shell form", text: file("ENV PORT=80\nCMD uvicorn a:b --port ${PORT}"), lines: [4], needsPerson },
    {
      name: "ENV of the parent stage in sh -c",
      text: 'FROM alpine:3.20 AS p\nENV PORT=80\nFROM p\nENTRYPOINT ["sh", "-c", "exec uvicorn a:b --port $PORT"]\n',
      lines: [4],
      needsPerson,
    },
    {
      name: "a default that nobody replaces",
      text: file("CMD uvicorn a:b --port ${PORT:-80}"),
      lines: [3],
      needsPerson,
    },
    {
      name: "a host that is the machine",
      text: file("CMD uvicorn a:b --host 0.0.0.0 --port 80"),
      lines: [3],
      needsPerson,
    },
    ...Object.entries({
      "of ASP.NET": "ENV ASPNETCORE_URLS=http://+:80\nEXPOSE 8080",
      "of ASP.NET with two": 'ENV ASPNETCORE_URLS="https://+:8443;http://*:80"',
      "of ASP.NET with ports": "ENV ASPNETCORE_HTTP_PORTS=80;8080",
      "by custom": "ENV PORT=80",
      "with the value of an argument": "ARG P=80\nENV A=b SERVER_PORT=$P",
      "that a later one replaces": "ENV HTTP_PORT=8080\nENV HTTP_PORT 80",
    }).map(([name, lines]) => ({
      name: `a variable ${name}`,
      text: file(`${lines}\nCMD ["/app"]`),
      lines: [2 + lines.split("\n").findLastIndex((line) => line.startsWith("ENV")) + 1],
      says: [" tells the application to listen on port 80, below 1024"],
      needsPerson,
    })),
    {
      name: "a framework's variable of the base",
      text: 'FROM alpine:3.20\nCMD ["dotnet", "app.dll"]\n',
      base: withEnv("ASPNETCORE_URLS=http://+:80"),
      lines: [1],
      says: ["ASPNETCORE_URLS tells the application to listen on port 80"],
      needsPerson,
    },
    {
      name: "a script of the context",
      text: file('ENV PORT=80\nEXPOSE 8080\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]'),
      context: { "run.sh": '#!/bin/sh\nset -e\nexec gunicorn --bind "0.0.0.0:${PORT:-8000}" app:app\n' },
      lines: [6],
      says: ["run.sh listens on port 80, below 1024"],
      needsPerson,
    },
    { name: "Java's way", text: file('CMD ["java", "-Dserver.port=80", "-jar", "a.jar"]'), lines: [3], needsPerson },
    { name: "an entry point", text: file('CMD ["traefik", "--entrypoints.web.address=:80"]'), lines: [3], needsPerson },
    { name: "php -S", text: file('CMD ["php", "-S", "0.0.0.0:80"]'), lines: [3], needsPerson: true },
    {
      name: "-p with a port everybody knows",
      text: file('CMD ["http-server", "-p", "80"]'),
      lines: [3],
      needsPerson: true,
    },
    {
      name: "what EXPOSE has said is said once",
      text: file('EXPOSE 80\nCMD ["server", "--port", "80"]'),
      lines: [3],
      needsPerson: true,
    },
    {
      name: "a variable that what the base starts does not read",
      text: "FROM nginx:1.27\nENV PORT=8080\n",
      lines: [1],
      needsPerson,
    },
    {
      name: "the base image's own port",
      text: "FROM nginx:1.27\nCOPY site /usr/share/nginx/html\n",
      lines: [1],
      needsPerson: true,
    },
    {
      name: "a configuration that is copied",
      text: "FROM nginx:1.27\nCOPY conf/site.conf /etc/nginx/conf.d/default.conf\nEXPOSE 8080\nUSER 101\n",
      context: { "conf/site.conf": "server { listen 80 default_server; listen [::]:443 ssl; listen 8080; }\n" },
      lines: [2],
      says: ["nginx, by conf/site.conf, listens on ports 80 and 443, below 1024"],
      needsPerson,
    },
    ...Object.entries({
      "port 80": ":80\nfile_server\n",
      "ports 80 and 443": "{\n  admin off\n}\nhttp://localhost:80, :443 {\n  root /srv\n}\n:8080 {\n}\n",
    }).map(([ports, Caddyfile]) => ({
      name: `a Caddyfile with ${ports}`,
      text: "FROM caddy:2\nCOPY conf/Caddyfile /etc/caddy/\n",
      context: { "conf/Caddyfile": Caddyfile },
      lines: [2],
      says: [`Caddy, by conf/Caddyfile, listens on ${ports}, below 1024`],
      needsPerson,
    })),
    {
      name: "a configuration of which something else is changed",
      text: "FROM nginx:1.27\nCOPY site.conf /etc/nginx/conf.d/\nRUN sed -i 's!/srv!/www!' /etc/nginx/conf.d/site.conf\n",
      context: { "site.conf": "server { listen 80; root /srv; }\n" },
      lines: [2],
      needsPerson,
    },
    {
      name: "a folder of settings that is copied",
      text: "FROM nginx:1.27\nCOPY conf.d /etc/nginx/conf.d/\nEXPOSE 8080\nUSER 101\n",
      context: { "conf.d/a.conf": "server { listen 8080; }\n", "conf.d/b.conf": "server { listen 80; }\n" },
      lines: [2],
      says: ["nginx, by conf.d/b.conf, listens on port 80, below 1024"],
      needsPerson: true,
    },
    {
      name: "a configuration that says nothing of ports",
      text: 'FROM debian:12\nRUN apt-get install -y apache2\nCOPY 000-default.conf /etc/apache2/sites-available/\nCMD ["apache2", "-DFOREGROUND"]\n',
      context: { "000-default.conf": "<VirtualHost *:80>\n  DocumentRoot /srv\n</VirtualHost>\n" },
      lines: [4],
      says: ["Apache HTTP Server listens on port 80 unless told otherwise"],
      needsPerson,
    },
    {
      name: "a virtual host for the base image's Apache",
      text: "FROM php:8.3-apache\nCOPY site.conf /etc/apache2/sites-available/000-default.conf\nUSER 33\n",
      context: { "site.conf": "<VirtualHost *:80>\n  DocumentRoot /srv\n</VirtualHost>\n" },
      lines: [1],
      needsPerson,
    },
    {
      name: "a configuration in a here-document",
      text: 'FROM nginx:1.27\nCOPY <<"EOF" /etc/nginx/conf.d/default.conf\nserver { listen 80; }\nEOF\nUSER 101\n',
      lines: [2],
      needsPerson,
    },
    {
      name: "a configuration in a here-document with a name of its own",
      text: "FROM nginx:1.27\nCOPY <<a.conf /etc/nginx/conf.d/default.conf\nserver { listen 80; }\na.conf\nUSER 101\n",
      lines: [2],
      needsPerson,
    },
    {
      name: "a configuration that a RUN writes",
      text: "FROM nginx:1.27\nRUN echo 'server { listen 80; }' > /etc/nginx/conf.d/default.conf\nUSER 101\n",
      lines: [2],
      says: ["/etc/nginx/conf.d/default.conf"],
      needsPerson,
    },
    ...Object.entries({
      "of the context": "COPY . /src/",
      "that its RUN writes": "RUN echo 'server { listen 80; }' > /src/nginx.conf",
      "in a here-document": "COPY <<nginx.conf /src/\nserver { listen 80; }\nnginx.conf",
    }).map(([name, line]) => ({
      name: `a configuration that another stage hands on: ${name}`,
      text: `FROM node:22 AS build\n${line}\nFROM nginx:1.27\nCOPY --from=build /src/nginx.conf /etc/nginx/conf.d/default.conf\nUSER 101\n`,
      context: { "nginx.conf": "server { listen 80; }\n" },
      lines: [3 + line.split("\n").length],
      says: ["nginx.conf, listens on port 80"],
      needsPerson,
    })),
    {
      name: "haproxy, lighttpd and Apache by their words",
      text: "FROM debian:12\nRUN apt-get install -y haproxy lighttpd apache2\nCOPY h.cfg l.conf p.conf /etc/all/\nCMD haproxy -f /etc/all/h.cfg & lighttpd -D -f /etc/all/l.conf & apache2 -f /etc/all/p.conf\n",
      context: { "h.cfg": "  bind *:443 ssl\n", "l.conf": "server.port = 81\n", "p.conf": "listen 0.0.0.0:80\n" },
      lines: [3, 3, 3],
      needsPerson,
    },
    { name: "EXPOSE instead of the base's port", text: "FROM nginx:1.27\nEXPOSE 80\n", lines: [2], needsPerson: true },
  ],
});

describe("ports", () => {
  test.each([
    [0, false],
    [1, true],
    [1023, true],
    [1024, false],
  ])("%i is privileged: %s", (port, expected) => {
    expect(isPrivileged(port)).toBe(expected);
  });

  test.each([
    ["80", ["80"]],
    ["80/tcp", ["80"]],
    ["53/udp", ["53/udp"]],
    ["0", []],
    ["0-10", ["0-10"]],
    ["20-22", ["20-22"]],
    ["90-80", []],
    ["8080", []],
    ["80abc", []],
    ["", []],
  ])("EXPOSE %s gives %j", (word, expected) => {
    expect(privilegedPorts(word)).toEqual(expected);
  });

  test.each([
    ["server", ["server", "--listen-address=:80"], 1, 80],
    ["server", ["server", "--listen", "tcp://0.0.0.0:443"], 1, 443],
    ["server", ["server", "--urls", "http://+:80"], 1, 80],
    ["server", ["server", "--addr", "[::]:80"], 1, 80],
    ["gunicorn", ["gunicorn", "-b", ":80"], 1, 80],
    ["server", ["server", "-b", ":80"], 1, undefined],
    ["python3", ["python3", "-m", "http.server", "80"], 3, 80],
    ["python", ["python", "manage.py", "runserver", "0.0.0.0:80"], 3, 80],
    ["ssh", ["ssh", "-p", "2222"], 1, undefined],
    ["ssh", ["ssh", "-p", "22", "bastion"], 1, undefined],
    ["mysql", ["mysql", "--port=443"], 1, undefined],
    ["app", ["app", "--host", "10.0.0.5", "--port", "80"], 3, undefined],
    ["app", ["app", "--host", "::", "--port", "80"], 3, 80],
    ["app", ["app", "--host", "--port", "80"], 2, 80],
    ["app", ["app", "--host", undefined, "--port", "80"], 3, 80],
    ["app", ["app", "--listen-port", "80", "--server-addr", "hub"], 1, 80],
    ["flask", ["flask", "run", "-h", "0.0.0.0", "-p", "80"], 4, 80],
    ["app", ["app", "--address", "localhost:80"], 1, 80],
    ["app", ["app", "--address", "127.0.0.1:80"], 1, 80],
    ["app", ["app", "--address", "consul:80"], 1, undefined],
    ["app", ["app", "--server-addr=hub.example.com:443"], 1, undefined],
    ["app", ["app", "--listen", "tcp://gateway:443"], 1, 443],
    ["app", ["app", "--bind-addr", "10.0.0.1:80"], 1, 80],
    ["app", ["app", "--port", "tcp://db:80"], 1, undefined],
    ["server", ["server", "--port", undefined], 1, undefined],
  ])("%s %j", (program, words, index, expected) => {
    expect(portOfFlag(program, words, index)).toBe(expected);
  });
});
