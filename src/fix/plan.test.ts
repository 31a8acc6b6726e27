/** What a fix writes, rule by rule of the product's contract: the text before and the text after. */
import { describe, expect, test } from "vitest";
import { known } from "../core/finding.ts";
import { parseGroup, parsePasswd } from "../image/accounts.ts";
import { found } from "../rules/test-kit.ts";
import { fixed, planOf, type FixSetup } from "./test-kit.ts";

interface Case extends Omit<FixSetup, "text"> {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** Text without the indentation and the first line break of a template. */
function plain(text: string): string {
  const lines = text.replace(/^\n/, "").split("\n");
  const indent = /^ */.exec(lines[0] ?? "")?.[0].length ?? 0;
  return lines.map((line) => line.slice(Math.min(indent, /^ */.exec(line)?.[0].length ?? 0))).join("\n");
}

const table = (cases: readonly Case[]): void => {
  test.each(cases.map((one) => [one.name, one] as const))("%s", (_, { before, after, ...setup }) => {
    expect(fixed({ ...setup, text: plain(before) })).toBe(plain(after));
  });
};

/** The RUN of Debian's recipe, below a template's indentation. */
const created = (uid = 65532) => `RUN groupadd -g ${uid} nonroot && \\
            useradd -l -u ${uid} -g ${uid} -m -d /home/nonroot -s /usr/sbin/nologin nonroot`;

const accounts = (passwd: string, group = "") => ({
  passwd: parsePasswd(passwd),
  group: parseGroup(group),
});

const besideWorkdir = (run: string): string =>
  fixed({ text: `FROM debian:bookworm-slim\nWORKDIR /opt\n${run}\nWORKDIR /opt/app-1.0\nCMD ["id"]\n` });

const ofRepository = (...lines: readonly string[]): string =>
  fixed({ text: `FROM debian:bookworm-slim\nWORKDIR /app\nRUN git clone https://e.com/r .\n${lines.join("\n")}\n` });

describe("what a RUN leaves to hand over", () => {
  const search = "find /opt/app-1.0 ! -user 65532";

  test.each([
    ["unpacked beside a later WORKDIR", "RUN tar -xf app-1.0.tar.gz"],
    ["unpacked into a folder around it", "RUN unzip -q /tmp/a.zip -d /opt"],
    ["cloned beside it", "RUN git clone https://example.com/app-1.0.git"],
    ["cloned into /, by its name", "RUN cd / && git clone https://example.com/opt/app-1.0.git"],
  ])("%s", (_, run) => {
    expect(besideWorkdir(run)).toContain(search);
  });

  test.each([
    ["a whole file system", "RUN curl -L https://example.com/s6.tar.gz | tar -xz -C /"],
    ["unpacked elsewhere", "RUN tar -xf app-1.0.tar.gz -C /srv"],
    ["copied by name", "RUN cp -r /tmp/x /srv/"],
    ["made by name beside it", "RUN tar -xf sdk.tar.gz && mkdir /opt/app-1.0"],
  ])("nothing: %s", (_, run) => {
    expect(besideWorkdir(run)).not.toContain("find /opt");
  });

  test.each([
    ["removed with its folder", "RUN echo x > /app/a && cp /app/a /usr/local/bin/ && rm -rf /app"],
    ["moved away", "RUN echo x > /app/a && mv /app /srv/app"],
    ["removed by rmdir", "RUN echo x > /app/a && rm /app/a && rmdir /app"],
    ["a download", "RUN wget -q https://e.com/t.tgz -O t.tgz && tar -xzf t.tgz -C /usr/local && rm t.tgz"],
    [
      "a download that its URL names",
      "RUN curl -LO https://e.com/`curl -s https://e.com/stable.txt`/kubectl && chmod +x ./kubectl && mv ./kubectl /bin",
    ],
    ["built in a folder of its own", "RUN mkdir tmp && cd tmp && make && touch x && cd .. && rm -rf tmp"],
  ])("nothing: %s", (_, run) => {
    expect(fixed({ text: `FROM debian:bookworm-slim\nWORKDIR /app\n${run}\n` })).not.toContain("find /app");
  });

  const gives = "-exec chown -h 65532:65532 {} +";
  const files = `find /app ! -type d ! -name .git ! -user 65532 ${gives}`;
  const all = `find /app ! -user 65532 ${gives}`;

  describe("a repository that a COPY brings and hands over", () => {
    const context = { ".git/HEAD": "ref: refs/heads/main\n" };
    const told = String.raw`RUN printf '[safe]\ndirectory = %s\n' "$D" >> /etc/gitconfig`;
    const of = (...lines: readonly string[]): FixSetup => ({
      text: `FROM debian:12\nARG D=/src\nWORKDIR $D\nCOPY . .\n${lines.join("\n")}\nCMD ["id"]\n`,
      context,
    });

    test("git is told that root may work in it, above the first RUN that asks", () => {
      const text = fixed(of("RUN make", "RUN git describe > v", "RUN git log"));
      expect(text).toContain("COPY --chown=65532:65532 . .\n");
      expect(text).toContain(`\n${told}\nRUN git describe > v && find`);
      expect(text.split("/etc/gitconfig")).toHaveLength(2);
    });

    test.each([
      ["another user asks", of("USER daemon", "RUN git describe", "USER root")],
      ["nothing asks", of("RUN make")],
      ["there is none", { ...of("RUN git describe > v"), context: {} }],
      [
        "its author gives it away",
        { ...of("RUN git describe"), text: of("RUN git describe").text.replace("COPY", "COPY --chown=9:9") },
      ],
      [
        "it is not handed over",
        { ...of("RUN git describe"), text: of("RUN cd /x && git describe").text.replace("COPY . .", "COPY . /x") },
      ],
    ])("not where %s", (_, setup) => {
      expect(fixed(setup)).not.toContain("gitconfig");
    });
  });

  test("a repository's folders stay root's until the last RUN that may ask git", () => {
    const text = ofRepository("RUN git submodule update --init", "RUN make");
    expect(text).toContain(`RUN git clone https://e.com/r . && ${files}\n`);
    expect(text).toContain(`RUN git submodule update --init && ${files}\n`);
    expect(text).toContain(`RUN make && ${all}\n`);
  });

  test.each([
    "RUN pip install .",
    "RUN cd sub && ./build.sh",
    "RUN git -C /app describe",
    "WORKDIR /\nRUN make -C /app\nWORKDIR /app",
  ])("they are handed over behind it: %s", (run) => {
    const text = ofRepository(run);
    expect(text).toContain(`RUN git clone https://e.com/r . && ${files}\n`);
    expect(text.slice(text.indexOf(files) + files.length)).toContain(all);
  });

  test.each([
    ["RUN git pull", false],
    ["RUN make", true],
  ])("where find may be missing, all waits for what certainly asks git: %s", (run, isAtOnce) => {
    const clone = "RUN dnf install -y git && git clone https://e.com/r .";
    const text = fixed({ text: `FROM registry.example.com/x\nWORKDIR /app\n${clone}\n${run}\n` });
    expect(text.includes(`${clone}\n`)).toBe(!isAtOnce);
    expect(text).toContain(`${run} && chown -hR --from=0 65532:65532 /app\n`);
  });

  test.each([
    ["nothing asks git", "RUN apt-get install -y curl && cat a > b"],
    ["it works elsewhere", "RUN cd /srv && make"],
    ["another user works there", "USER daemon\nRUN make\nUSER root\nRUN make"],
  ])("everything is handed over at once: %s", (_, run) => {
    expect(ofRepository(run)).toContain(`RUN git clone https://e.com/r . && ${all}\n`);
  });

  test.each([
    ["only what is in it is removed", "RUN echo x > /app/a && rm -rf /app/*"],
    ["it is made again", "RUN echo x > /app/a && rm -rf /app && mkdir /app && echo y > /app/b"],
    ["it may be removed", "RUN echo x > /app/a && if [ -e /x ]; then rm -rf /app; fi"],
    ["another one is removed", "RUN echo x > /app/a && rm -rf /application"],
    ["a download is unpacked here", "RUN wget https://e.com/t.tgz -O t.tgz && tar -xzf t.tgz && rm t.tgz"],
    ["a folder around it stays", "RUN mkdir -p a/b && touch a/b/c && rm -rf a/b"],
  ])("something: %s", (_, run) => {
    expect(fixed({ text: `FROM debian:bookworm-slim\nWORKDIR /app\n${run}\n` })).toContain("find /app");
  });
});

describe("same account, numeric spelling", () => {
  table([
    {
      name: "the uid is pinned in the file",
      before: `
        FROM alpine:3.20
        RUN adduser -u 10001 -D app
        USER app
      `,
      after: `
        FROM alpine:3.20
        RUN adduser -u 10001 -D app
        USER 10001
      `,
    },
    {
      name: "BusyBox's long options",
      before: `
        FROM alpine:3.20
        RUN addgroup -S elfie --gid 568 && adduser -S elfie --ingroup elfie --uid 568
        USER elfie
      `,
      after: `
        FROM alpine:3.20
        RUN addgroup -S elfie --gid 568 && adduser -S elfie --ingroup elfie --uid 568
        USER 568
      `,
    },
    {
      name: "usermod has the last word",
      before: `
        FROM node:22-slim
        ARG UID=1500
        RUN usermod -u $UID node && groupmod -g $UID node
        USER node
      `,
      after: `
        FROM node:22-slim
        ARG UID=1500
        RUN usermod -u $UID node && groupmod -g $UID node
        USER 1500
      `,
    },
    {
      name: "the group stays only where the author wrote one",
      before: `
        FROM alpine:3.20
        RUN addgroup -g 2000 web && adduser -u 10001 -G web -D app
        USER app:web
      `,
      after: `
        FROM alpine:3.20
        RUN addgroup -g 2000 web && adduser -u 10001 -G web -D app
        USER 10001:2000
      `,
    },
    {
      name: "a group that is not the account's own keeps its number",
      before: `
        FROM alpine:3.20
        RUN addgroup -g 2000 data && adduser -D -u 10001 app
        USER app:data
      `,
      after: `
        FROM alpine:3.20
        RUN addgroup -g 2000 data && adduser -D -u 10001 app
        USER 10001:2000
      `,
    },
    {
      name: "an owner before its account, with another group",
      before: `
        FROM debian:bookworm-slim
        COPY --chown=app:www-data site /srv/site
        RUN useradd -l -u 10001 app
        USER 10001
      `,
      after: `
        FROM debian:bookworm-slim
        COPY --chown=10001:33 site /srv/site
        RUN useradd -l -u 10001 app
        USER 10001
      `,
    },
    {
      name: "a group whose number nobody knows stays as it is written",
      before: `
        FROM alpine:3.20
        RUN apk add --no-cache docker && adduser -D -u 10001 app
        USER app:docker
      `,
      after: `
        FROM alpine:3.20
        RUN apk add --no-cache docker && adduser -D -u 10001 app
        USER 10001:docker
      `,
    },
    {
      name: "a group of the base image",
      before: `
        FROM debian:bookworm-slim
        RUN useradd -l -u 10001 app
        USER app:www-data
      `,
      after: `
        FROM debian:bookworm-slim
        RUN useradd -l -u 10001 app
        USER 10001:33
      `,
    },
    {
      name: "a group that is renumbered",
      before: `
        FROM node:22-slim
        RUN usermod -u 1500 node && groupmod -g 1500 node
        USER node:node
      `,
      after: `
        FROM node:22-slim
        RUN usermod -u 1500 node && groupmod -g 1500 node
        USER 1500:1500
      `,
    },
    {
      name: "a group that is made by itself gets whichever gid is free, and is kept by its name",
      before: `
        FROM alpine:3.20
        RUN addgroup -S app && adduser -S -u 10001 -G app app
        USER app:app
      `,
      after: `
        FROM alpine:3.20
        RUN addgroup -S app && adduser -S -u 10001 -G app app
        USER 10001:app
      `,
    },
    {
      name: "a group that the account's tool makes has the account's number",
      before: `
        FROM alpine:3.20
        RUN adduser -D -u 10001 app
        USER app:app
      `,
      after: `
        FROM alpine:3.20
        RUN adduser -D -u 10001 app
        USER 10001:10001
      `,
    },
    {
      name: "an account of another stage, whose passwd is copied",
      before: `
        FROM alpine:3.20 AS build
        RUN adduser -D -u 10001 app
        FROM scratch
        COPY --from=build /etc/passwd /etc/group /etc/
        COPY --from=build /bin/busybox /x
        USER app
        ENTRYPOINT ["/x"]
      `,
      after: `
        FROM alpine:3.20 AS build
        RUN adduser -D -u 10001 app
        FROM scratch
        COPY --from=build /etc/passwd /etc/group /etc/
        COPY --from=build /bin/busybox /x
        USER 10001
        ENTRYPOINT ["/x"]
      `,
    },
    {
      name: "an account of the base image",
      before: `
        FROM node:20-alpine
        USER node
      `,
      after: `
        FROM node:20-alpine
        USER 1000
      `,
    },
    {
      name: "the name comes with the base image: a USER is written",
      baseUser: "jenkins",
      before: `
        FROM jenkins/jenkins:lts
        COPY plugins.txt /
      `,
      after: `
        FROM jenkins/jenkins:lts
        COPY plugins.txt /
        USER 1000
      `,
    },
    {
      name: "the line that decides stands in another stage that ships",
      before: `
        FROM debian:bookworm-slim AS base
        RUN useradd -u 1234 app
        USER app
        FROM golang:1.22 AS build
        USER nobody
        FROM base
        COPY --from=build /out /srv/out
      `,
      after: `
        FROM debian:bookworm-slim AS base
        RUN useradd -u 1234 app
        USER 1234
        FROM golang:1.22 AS build
        USER nobody
        FROM base
        COPY --from=build /out /srv/out
      `,
    },
    {
      name: "read from the built original",
      observed: accounts("root:x:0:0::/root:/bin/sh\nsvc:x:997:996::/srv:/bin/sh\n"),
      before: `
        FROM debian:bookworm-slim
        RUN apt-get update && apt-get install -y svc
        USER svc
      `,
      after: `
        FROM debian:bookworm-slim
        RUN apt-get update && apt-get install -y svc
        USER 997
      `,
    },
  ]);

  test.each(["USER app\n", ""])("a uid that a build argument may bring is left to a person: %j", (user) => {
    const text = `FROM debian:12\nARG U\nRUN useradd \${U:+-u} $U -m app\n${user}`;
    expect(planOf({ text })).toMatchObject({ kind: "manual" });
    expect(planOf({ text: text.replace("${U:+-u} $U", "-u 1000") })).toMatchObject({ kind: "edits" });
  });

  test.each([
    ["debian:12", "useradd -l -u ${U} app"],
    ["debian:12", "useradd --uid=$U app"],
    ["debian:12", "adduser --disabled-password --uid $U app"],
    ["alpine:3.20", "adduser -D -u $U app"],
  ])("%s: %s, a uid that only a build argument has, gets none beside it", (base, command) => {
    const text = `FROM ${base}\nARG U\nRUN ${command}\n`;
    const manual = {
      kind: "manual",
      why: expect.stringMatching(/with a uid that nothing here tells \((?:--uid=)?\$\{?U\}?\)/),
      from: "author",
    };
    expect(planOf({ text })).toMatchObject(manual);
    expect(planOf({ text: `${text}USER app\n` })).toMatchObject(manual);
    expect(planOf({ text: `${text}USER app\n`, options: { canObserve: true } })).toMatchObject({ kind: "observe" });
    expect(fixed({ text: `${text.replace("ARG U", "ARG U=1000")}USER app\n` })).toMatch(/\nUSER 1000\n$/);
  });

  test.each([
    ["example.com/base", "", "manual"],
    ["scratch", "COPY rootfs/ /\n", "manual"],
    ["debian:12", "", "edits"],
  ])("an account that is made where it is missing: on %s %j", (base, lines, kind) => {
    const text = `FROM ${base}\n${lines}RUN id app || useradd app\nUSER app\n`;
    expect(planOf({ text }).kind).toBe(kind);
    expect(planOf({ text, options: { canObserve: true } }).kind).toBe("observe");
  });

  test("a USER above the RUN that makes its account is left to a person", () => {
    const text = "FROM alpine:3.20\nUSER app\nRUN adduser -D -u 1000 app\n";
    expect(planOf({ text })).toMatchObject({ kind: "manual" });
    expect(fixed({ text: "FROM alpine:3.20\nRUN adduser -D -u 1000 app\nUSER app\nRUN id\n" })).toContain(
      "USER 1000\n",
    );
  });
  test("an account that an ONBUILD trigger of the base image may make is asked for", () => {
    const base = { config: known({ onBuild: ["RUN useradd app"] }, "test") };
    const text = "FROM debian:bookworm-slim\nUSER app\n";
    expect(planOf({ text, base, options: { canObserve: true } })).toMatchObject({ kind: "observe" });
  });

  test("a name that only the built original can tell is asked for", () => {
    const text = "FROM debian:bookworm-slim\nRUN apt-get install -y svc\nUSER svc\n";
    expect(planOf({ text, options: { canObserve: true } })).toMatchObject({ kind: "observe" });
    expect(planOf({ text })).toMatchObject({ kind: "manual" });
  });

  test("a name that is uid 0 is never kept", () => {
    expect(fixed({ text: "FROM alpine:3.20\nRUN echo 'toor:x:0:0::/:/bin/sh' >> /etc/passwd\nUSER toor\n" })).toContain(
      "\nUSER 65532\n",
    );
  });
});

const steps = (text: string): string => {
  const plan = planOf({ text });
  return plan.kind === "edits" ? plan.steps.join("\n") : plan.kind;
};

describe("the number of a base image's account", () => {
  test("is said to depend on a build argument that chooses the base image", () => {
    expect(steps("ARG OS=bookworm\nFROM php:8.4-cli-$OS\nUSER www-data\n")).toMatch(
      /USER becomes 33, .* with FROM php:8\.4-cli-\$OS; another value may give another number\)/,
    );
  });

  test.each([
    "FROM php:8.4-cli-bookworm\nUSER www-data\n",
    "ARG V=3.20\nFROM alpine:$V\nRUN adduser -D -u 5000 app\nUSER app\n",
  ])("does not where nothing chooses another one: %j", (text) => {
    expect(steps(text)).toContain("the same account in numbers");
    expect(steps(text)).not.toContain("another");
  });
});

describe("an account that is there is used", () => {
  table([
    {
      name: "distroless has nonroot",
      before: `
        FROM gcr.io/distroless/static-debian12
        COPY app /app
        ENTRYPOINT ["/app"]
      `,
      after: `
        FROM gcr.io/distroless/static-debian12
        COPY app /app
        USER 65532
        ENTRYPOINT ["/app"]
      `,
    },
    {
      name: "the account that the base's authors made for applications",
      before: `
        FROM node:20-alpine
        WORKDIR /app
        COPY . .
        CMD ["node", "."]
      `,
      after: `
        FROM node:20-alpine
        WORKDIR /app
        COPY --chown=1000:1000 . .
        RUN chown 1000:1000 /app
        USER 1000
        CMD ["node", "."]
      `,
    },
    {
      name: "the user of the base image, which USER root overrides and nobody restores",
      before: `
        FROM registry.access.redhat.com/ubi9/nodejs-20
        USER root
        RUN dnf install -y jq
        CMD ["node", "."]
      `,
      after: `
        FROM registry.access.redhat.com/ubi9/nodejs-20
        USER root
        RUN dnf install -y jq
        USER 1001
        CMD ["node", "."]
      `,
    },
    {
      name: "an account that the file makes and never uses, with a home",
      before: `
        FROM debian:bookworm-slim
        RUN useradd -u 900 -r svc
        WORKDIR /opt/svc
        CMD ["sh"]
      `,
      after: `
        FROM debian:bookworm-slim
        RUN useradd -u 900 -r svc
        WORKDIR /opt/svc
        RUN mkdir -p /home/svc && chown 900:900 /home/svc /opt/svc
        USER 900
        CMD ["sh"]
      `,
    },
    {
      name: "the wanted uid is taken by the file itself",
      before: `
        FROM alpine:3.20
        RUN adduser -u 65532 -D web && adduser -u 1001 -D worker
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        RUN adduser -u 65532 -D web && adduser -u 1001 -D worker
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "--uid names an account of the base",
      options: { uid: 1000 },
      before: `
        FROM ubuntu:24.04
        CMD ["sh"]
      `,
      after: `
        FROM ubuntu:24.04
        USER 1000
        CMD ["sh"]
      `,
    },
  ]);
});

describe("the account that the file gives the application's files to", () => {
  table([
    {
      name: "an account of the base, by chown in the base's working directory",
      before: `
        FROM php:8.3-apache
        COPY . /var/www/html
        RUN chown -R www-data:www-data /var/www/html
      `,
      after: `
        FROM php:8.3-apache
        COPY . /var/www/html
        RUN chown -R www-data:www-data /var/www/html
        USER 33
      `,
    },
    {
      name: "what else the application needs is given to it too, its registered home is not",
      before: `
        FROM debian:bookworm-slim
        WORKDIR /var/www/html
        COPY . .
        RUN mkdir storage && chown -R www-data storage
        CMD ["./run"]
      `,
      after: `
        FROM debian:bookworm-slim
        WORKDIR /var/www/html
        COPY --chown=33:33 . .
        RUN mkdir storage && chown -R www-data storage
        RUN chown 33:33 /var/www/html
        USER 33
        CMD ["./run"]
      `,
    },
    {
      name: "by COPY --chown, to a folder of the application's own",
      before: `
        FROM php:8.3-fpm-alpine
        COPY --chown=www-data:www-data . /srv/app
        CMD ["php-fpm"]
      `,
      after: `
        FROM php:8.3-fpm-alpine
        COPY --chown=www-data:www-data . /srv/app
        USER 82
        CMD ["php-fpm"]
      `,
    },
    {
      name: "by its number and by its name, with some files given to root",
      before: `
        FROM debian:bookworm-slim
        COPY --chown=33:33 . /srv/app
        RUN chown -R www-data /srv/data && chown root:root /srv/app/key && chown -R :games /srv/games
      `,
      after: `
        FROM debian:bookworm-slim
        COPY --chown=33:33 . /srv/app
        RUN chown -R www-data /srv/data && chown root:root /srv/app/key && chown -R :games /srv/games
        USER 33
      `,
    },
    {
      name: "one of several accounts that the file creates",
      before: `
        FROM alpine:3.20
        RUN adduser -D builder && adduser -D app
        COPY --chown=app . /srv/app
      `,
      after: `
        FROM alpine:3.20
        RUN adduser -D builder && adduser -u 65532 -D app
        COPY --chown=app . /srv/app
        USER 65532
      `,
    },
    {
      name: "rather than one that the file creates for something else",
      before: `
        FROM debian:bookworm-slim
        RUN useradd -u 1000 deploy
        COPY --chown=www-data . /srv/app
      `,
      after: `
        FROM debian:bookworm-slim
        RUN useradd -u 1000 deploy
        COPY --chown=www-data . /srv/app
        USER 33
      `,
    },
    {
      name: "not where files are given to two",
      before: `
        FROM debian:bookworm-slim
        COPY --chown=www-data . /srv/app
        COPY --chown=games . /srv/games
      `,
      after: `
        FROM debian:bookworm-slim
        COPY --chown=www-data . /srv/app
        COPY --chown=games . /srv/games
        ${created()}
        USER 65532
      `,
    },
    {
      name: "not where one of the owners is nobody's name here",
      before: `
        FROM debian:bookworm-slim
        COPY --chown=www-data . /srv/app
        RUN chown -R mysql /srv/data
      `,
      after: `
        FROM debian:bookworm-slim
        COPY --chown=www-data . /srv/app
        RUN chown -R mysql /srv/data
        ${created()}
        USER 65532
      `,
    },
    {
      name: "by a number that nobody has yet: the new account gets it",
      before: `
        FROM debian:bookworm-slim
        COPY --chown=1001:0 . /srv/app
        RUN chown -R 1001 /srv/data
      `,
      after: `
        FROM debian:bookworm-slim
        COPY --chown=1001:0 . /srv/app
        RUN chown -R 1001 /srv/data
        ${created(1001)}
        USER 1001
      `,
    },
    {
      name: "by a number, where nothing can be created",
      before: `
        FROM scratch
        COPY --chown=1001:2002 app /app
        ENTRYPOINT ["/app"]
      `,
      after: `
        FROM scratch
        COPY --chown=1001:2002 app /app
        USER 1001:2002
        ENTRYPOINT ["/app"]
      `,
    },
    {
      name: "by a number, rather than the account that the base's authors meant",
      before: `
        FROM node:22-alpine
        COPY --chown=2000:2000 . /srv/app
      `,
      after: `
        FROM node:22-alpine
        COPY --chown=2000:2000 . /srv/app
        RUN getent passwd 2000 >/dev/null || adduser -u 2000 -h /home/nonroot -D nonroot 2>/dev/null || \\
            { echo 'nonroot:x:2000:' >> /etc/group && echo 'nonroot:x:2000:2000::/home/nonroot:/sbin/nologin' >> /etc/passwd && mkdir -p /home/nonroot && chown 2000:2000 /home/nonroot; }
        USER 2000
      `,
    },
    {
      name: "by the number that an account without a uid was taken to get",
      before: `
        FROM debian:bookworm-slim
        RUN useradd --create-home app
        COPY --chown=1000:1000 . /srv/app
      `,
      after: `
        FROM debian:bookworm-slim
        RUN useradd -u 1000 --create-home app
        COPY --chown=1000:1000 . /srv/app
        USER 1000
      `,
    },
    {
      name: "by that number and by its name",
      before: `
        FROM alpine:3.20
        RUN adduser -D builder && adduser -D app
        COPY --chown=1001:1001 . /srv/app
        RUN chown app /srv/data
      `,
      after: `
        FROM alpine:3.20
        RUN adduser -D builder && adduser -u 1001 -D app
        COPY --chown=1001:1001 . /srv/app
        RUN chown app /srv/data
        USER 1001
      `,
    },
    {
      name: "not a system's number that nobody is known to have",
      before: `
        FROM alpine:3.20
        COPY --chown=482:482 . /srv/app
      `,
      after: `
        FROM alpine:3.20
        COPY --chown=482:482 . /srv/app
        RUN adduser -u 65532 -h /home/nonroot -D nonroot
        USER 65532
      `,
    },
    {
      name: "a name that a package makes: the built original tells its uid",
      observed: accounts("root:x:0:0::/root:/bin/sh\nthing:x:101:102::/var/lib/thing:/bin/false\n"),
      before: `
        FROM debian:bookworm-slim
        RUN apt-get update && apt-get install -y thing
        RUN mkdir /srv/data && chown -R thing: /srv/data
        CMD ["thing", "--data=/srv/data"]
      `,
      after: `
        FROM debian:bookworm-slim
        RUN apt-get update && apt-get install -y thing
        RUN mkdir /srv/data && chown -R thing: /srv/data
        USER 101
        CMD ["thing", "--data=/srv/data"]
      `,
    },
    {
      name: "not for what packages keep below /var",
      before: `
        FROM debian:bookworm-slim
        RUN chown -R _apt /var/cache/apt && chown man /usr/share/man
      `,
      after: `
        FROM debian:bookworm-slim
        RUN chown -R _apt /var/cache/apt && chown man /usr/share/man
        ${created()}
        USER 65532
      `,
    },
    {
      name: "not against --uid",
      options: { uid: 20000, gid: 20000 },
      before: `
        FROM debian:bookworm-slim
        COPY --chown=www-data . /srv/app
      `,
      after: `
        FROM debian:bookworm-slim
        COPY --chown=www-data . /srv/app
        ${created(20000)}
        USER 20000
      `,
    },
  ]);
});

test.each([
  ["root", "# image-fix ignore=root-user -- it manages the host\nUSER root\n"],
  ["a name", "RUN adduser -D app\n# image-fix ignore=symbolic-user -- the cluster sets runAsUser\nUSER app\n"],
])("%s that is meant stays", (_, lines) => {
  expect(planOf({ text: `FROM alpine:3.20\nCOPY . /app\n${lines}CMD ["/app/run.sh"]\n` })).toEqual({ kind: "nothing" });
});

test("so is a name that a RUN which goes on may not have made", () => {
  const text = "FROM debian:bookworm-slim\nRUN useradd -u 33 app || true\nCOPY --chown=app . /srv/app\n";
  const why = expect.stringContaining('line 3 gives files of the application to "app"');
  expect(planOf({ text, options: { canObserve: true } })).toEqual({ kind: "observe", why });
  expect(fixed({ text: text.replace("-u 33", "-u 3300") })).toMatch(/\nUSER 3300\n$/);
});

test("a name that nobody here knows is asked of the built original, or left to a person", () => {
  const text = "FROM debian:bookworm-slim\nRUN apt-get install -y thing\nCOPY --chown=thing . /srv/app\n";
  const what = 'line 3 gives files of the application to "thing", whose uid only the built image tells';
  expect(planOf({ text, options: { canObserve: true } })).toEqual({ kind: "observe", why: what });
  expect(planOf({ text })).toEqual({
    kind: "manual",
    why: `${what}: run with an engine, which tells its uid, or write USER and the number`,
    from: "engine",
  });
  expect(planOf({ text, options: { uid: 20000 } }).kind).toBe("edits");
});

describe("without a build", () => {
  const options = { toObserve: "without --dry-run" };

  test("it is said that the run that builds may write another uid", () => {
    const text = "FROM debian:bookworm-slim\nRUN useradd -r app\nUSER app\n";
    const step =
      'line 2: fix the uid of app to 65532 ("app" was created without a fixed uid; a run without --dry-run keeps the one that its build gives)';
    expect(planOf({ text, options })).toMatchObject({ steps: [step, "line 3: USER becomes 65532"] });
    const observed = { passwd: parsePasswd("app:x:999:999::/home/app:/bin/sh\n"), group: [] };
    expect(planOf({ text, options, observed })).toMatchObject({
      steps: ['line 2: fix the uid of app to 999 ("app" was created without a fixed uid)', "line 3: USER becomes 999"],
    });
  });

  test("nothing is said where no build is asked: 65532 is what a run with an engine writes too", () => {
    const text = "FROM debian:bookworm-slim\nRUN useradd -r app\n";
    expect(planOf({ text, options: { canObserve: true } })).toEqual(planOf({ text, options }));
  });

  test("what only a build tells names the option that stands in its way", () => {
    const text = "FROM debian:bookworm-slim\nRUN apt-get install -y svc\nUSER svc\n";
    const why = 'nothing here tells which uid "svc" has: run without --dry-run, which tells it, or write the number';
    expect(planOf({ text, options })).toMatchObject({ kind: "manual", why });
  });
});

describe("the uid is pinned where it was left to chance", () => {
  table([
    {
      name: "USER names the account",
      before: `
        FROM alpine:3.20
        RUN adduser -D app
        USER app
      `,
      after: `
        FROM alpine:3.20
        RUN adduser -u 65532 -D app
        USER 65532
      `,
    },
    {
      name: "useradd leaves the login logs alone",
      before: `
        FROM debian:bookworm-slim
        RUN useradd --create-home app
        USER app
      `,
      after: `
        FROM debian:bookworm-slim
        RUN useradd -u 65532 -l --create-home app
        USER 65532
      `,
    },
    {
      name: "in a script in a JSON string",
      before: `
        FROM debian:bookworm-slim
        RUN ["/bin/bash", "-c", "set -e; echo \\"x\\"; useradd -m app"]
        USER app
      `,
      after: `
        FROM debian:bookworm-slim
        RUN ["/bin/bash", "-c", "set -e; echo \\"x\\"; useradd -u 65532 -l -m app"]
        USER 65532
      `,
    },
    {
      name: "as words of a JSON array",
      before: `
        FROM alpine:3.20
        RUN ["adduser", "-D", "app"]
        USER app
      `,
      after: `
        FROM alpine:3.20
        RUN ["adduser", "-u", "65532", "-D", "app"]
        USER 65532
      `,
    },
    {
      name: "in a script in quotes that holds quotes, over two lines",
      before: `
        FROM debian:bookworm-slim
        RUN bash -c "echo \\"b\\" > /b && \\
            useradd app"
        USER app
      `,
      after: `
        FROM debian:bookworm-slim
        RUN bash -c "echo \\"b\\" > /b && \\
            useradd -u 65532 -l app"
        USER 65532
      `,
    },
    {
      name: "not in a script that is put together: a new account it is",
      before: `
        FROM debian:bookworm-slim
        RUN U=app; bash -c "useradd $U"
      `,
      after: `
        FROM debian:bookworm-slim
        RUN U=app; bash -c "useradd $U"
        ${created()}
        USER 65532
      `,
    },
    {
      name: "a USER root at the end takes the number",
      before: `
        FROM alpine:3.20
        RUN adduser -D app
        CMD ["id"]
        USER root
      `,
      after: `
        FROM alpine:3.20
        RUN adduser -u 65532 -D app
        CMD ["id"]
        USER 65532
      `,
    },
    {
      name: "packages that it could not install are installed by root, and it is itself again by its number",
      before: `
        FROM debian:bookworm-slim
        RUN useradd -r app
        USER app
        RUN apt-get update
        CMD ["x"]
      `,
      after: `
        FROM debian:bookworm-slim
        RUN useradd -u 65532 -l -r app
        USER 65532
        USER root
        RUN apt-get update
        USER 65532
        CMD ["x"]
      `,
    },
    {
      name: "not in a stage that does not ship, which stays as it is",
      before: `
        FROM debian:bookworm-slim AS b
        RUN useradd -l -u 5000 app
        USER 5000
        RUN apt-get update
        COPY --chown=nope:app x /x
        FROM debian:bookworm-slim
        RUN useradd -l -u 5000 app
        USER app
        COPY --from=b /x /x
      `,
      after: `
        FROM debian:bookworm-slim AS b
        RUN useradd -l -u 5000 app
        USER 5000
        RUN apt-get update
        COPY --chown=nope:app x /x
        FROM debian:bookworm-slim
        RUN useradd -l -u 5000 app
        USER 5000
        COPY --from=b /x /x
      `,
    },
    {
      name: "not where its group would have to have a gid that is taken: only USER becomes a number",
      observed: accounts("root:x:0:0::/root:/bin/sh\nsvc:x:100:101::/home/svc:/bin/sh\n", "users:x:100:\nsvc:x:101:\n"),
      before: `
        FROM debian:bookworm-slim
        RUN adduser --system --group svc
        USER svc
      `,
      after: `
        FROM debian:bookworm-slim
        RUN adduser --system --group svc
        USER 100
      `,
    },
    {
      name: "a group of its own, whose gid useradd chooses, is left to its passwd line",
      before: `
        FROM debian:bookworm-slim
        RUN useradd --create-home app
        USER app:app
      `,
      after: `
        FROM debian:bookworm-slim
        RUN useradd -u 65532 -l --create-home app
        USER 65532
      `,
    },
    {
      name: "it keeps the uid that it has in the built original",
      observed: accounts("root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n"),
      before: `
        FROM debian:bookworm-slim
        RUN useradd --create-home app
        USER app
      `,
      after: `
        FROM debian:bookworm-slim
        RUN useradd -u 1000 --create-home app
        USER 1000
      `,
    },
    {
      name: "Debian's adduser",
      before: `
        FROM debian:bookworm-slim
        RUN adduser --system --group app
        USER app
      `,
      after: `
        FROM debian:bookworm-slim
        RUN adduser --uid 65532 --system --group app
        USER 65532
      `,
    },
    {
      name: "an account that nobody uses yet",
      before: `
        FROM alpine:3.20
        RUN addgroup -S app && adduser -S app -G app
        WORKDIR /app
        COPY . .
        CMD ["./run"]
      `,
      after: `
        FROM alpine:3.20
        RUN addgroup -S app && adduser -u 65532 -S app -G app
        WORKDIR /app
        COPY --chown=65532:65532 . .
        RUN chown 65532:65532 /app
        USER 65532
        CMD ["./run"]
      `,
    },
  ]);
});

describe("what no account can be called", () => {
  table([
    {
      name: "a number with what its author takes for a comment",
      before: `
        FROM alpine:3.20
        USER 65532 # nonroot
      `,
      after: `
        FROM alpine:3.20
        USER 65532
      `,
    },
    {
      name: "a name with what its author takes for a comment",
      before: `
        FROM alpine:3.20
        RUN adduser -D -u 1000 app
        USER app # not root
      `,
      after: `
        FROM alpine:3.20
        RUN adduser -D -u 1000 app
        USER 1000
      `,
    },
  ]);

  test.each(["1000 2000", "1e3", "-app", "a;touch x", "$(id)", "a b", "Ünï", "# app"])("USER %s", (name) => {
    const text = fixed({ text: `FROM alpine:3.20\nUSER ${name}\n` });
    expect(text).toBe("FROM alpine:3.20\nRUN adduser -u 65532 -h /home/nonroot -D nonroot\nUSER 65532\n");
  });
});

describe("a new account by the family's recipe", () => {
  table([
    {
      name: "the guide's example, with its one line of comment",
      options: { comments: true },
      before: `
        FROM docker.io/library/alpine:3.20
        WORKDIR /app
        COPY . /app
        ENTRYPOINT ["/app/report.sh"]
      `,
      after: `
        FROM docker.io/library/alpine:3.20
        WORKDIR /app
        COPY --chown=65532:65532 . /app
        # Run as non-root; Kubernetes can check only a number (runAsNonRoot)
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && chown 65532:65532 /app
        USER 65532
        ENTRYPOINT ["/app/report.sh"]
      `,
    },
    {
      name: "Debian",
      before: `
        FROM debian:bookworm-slim
        CMD ["sh"]
      `,
      after: `
        FROM debian:bookworm-slim
        RUN groupadd -g 65532 nonroot && \\
            useradd -l -u 65532 -g 65532 -m -d /home/nonroot -s /usr/sbin/nologin nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "UBI minimal has no useradd",
      before: `
        FROM registry.access.redhat.com/ubi9/ubi-minimal
        CMD ["sh"]
      `,
      after: `
        FROM registry.access.redhat.com/ubi9/ubi-minimal
        RUN echo 'nonroot:x:65532:' >> /etc/group && \\
            echo 'nonroot:x:65532:65532::/home/nonroot:/sbin/nologin' >> /etc/passwd && \\
            mkdir -p /home/nonroot && \\
            chown 65532:65532 /home/nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "BusyBox refuses uids above 60000",
      before: `
        FROM busybox:1.36
        CMD ["sh"]
      `,
      after: `
        FROM busybox:1.36
        RUN echo 'nonroot:x:65532:' >> /etc/group && \\
            echo 'nonroot:x:65532:65532::/home/nonroot:/sbin/nologin' >> /etc/passwd && \\
            mkdir -p /home/nonroot && \\
            chown 65532:65532 /home/nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "scratch: numbers only",
      before: `
        FROM golang:1.22 AS build
        RUN go build -o /out/app .
        FROM scratch
        COPY --from=build /out/app /app
        ENTRYPOINT ["/app"]
      `,
      after: `
        FROM golang:1.22 AS build
        RUN go build -o /out/app .
        FROM scratch
        COPY --from=build /out/app /app
        USER 65532:65532
        ENTRYPOINT ["/app"]
      `,
    },
    {
      name: "scratch with all files of a stage: by what that stage has",
      before: `
        FROM alpine:3.20 AS base
        COPY app /srv/app
        USER 1000
        FROM scratch
        COPY --from=base / /
        WORKDIR /srv
        ENTRYPOINT ["/srv/app"]
      `,
      after: `
        FROM alpine:3.20 AS base
        COPY --chown=65532:65532 app /srv/app
        USER 1000
        FROM scratch
        COPY --from=base / /
        WORKDIR /srv
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && chown 65532:65532 /srv
        USER 65532
        ENTRYPOINT ["/srv/app"]
      `,
    },
    {
      name: "a script copied to / is no /etc/passwd",
      before: `
        FROM debian:bookworm-slim
        COPY docker-entrypoint.sh healthcheck.py /
        ENTRYPOINT ["/docker-entrypoint.sh"]
      `,
      after: `
        FROM debian:bookworm-slim
        COPY docker-entrypoint.sh healthcheck.py /
        ${created()}
        USER 65532
        ENTRYPOINT ["/docker-entrypoint.sh"]
      `,
    },
    {
      name: "a folder copied to / may hold one: guarded",
      before: `
        FROM alpine:3.20
        COPY rootfs run.sh /
        CMD ["/run.sh"]
      `,
      after: `
        FROM alpine:3.20
        COPY rootfs run.sh /
        RUN getent passwd 65532 >/dev/null || adduser -u 65532 -h /home/nonroot -D nonroot 2>/dev/null || \\
            { echo 'nonroot:x:65532:' >> /etc/group && echo 'nonroot:x:65532:65532::/home/nonroot:/sbin/nologin' >> /etc/passwd && mkdir -p /home/nonroot && chown 65532:65532 /home/nonroot; }
        USER 65532
        CMD ["/run.sh"]
      `,
    },
    {
      name: "a base that nobody knows: guarded, so that nothing it has taken breaks the build",
      before: `
        FROM registry.example.com/team/base:1
        RUN yum install -y jq
      `,
      after: `
        FROM registry.example.com/team/base:1
        RUN yum install -y jq
        RUN getent passwd 65532 >/dev/null || \\
            { groupadd -g 65532 nonroot && useradd -l -u 65532 -g 65532 -m -d /home/nonroot -s /sbin/nologin nonroot; } 2>/dev/null || \\
            { echo 'nonroot:x:65532:' >> /etc/group && echo 'nonroot:x:65532:65532::/home/nonroot:/sbin/nologin' >> /etc/passwd && mkdir -p /home/nonroot && chown 65532:65532 /home/nonroot; }
        USER 65532
      `,
    },
    {
      name: "options",
      options: { uid: 4242, gid: 4300, userName: "svc", home: "/srv/svc" },
      before: `
        FROM alpine:3.20
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        RUN addgroup -g 4300 svc && adduser -u 4242 -h /srv/svc -G svc -D svc
        USER 4242
        CMD ["sh"]
      `,
    },
    {
      name: "name and gid are taken in the file",
      before: `
        FROM alpine:3.20
        RUN addgroup -g 65532 grp && adduser -u 1234 -D nonroot && adduser -u 1235 -D other
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        RUN addgroup -g 65532 grp && adduser -u 1234 -D nonroot && adduser -u 1235 -D other
        RUN adduser -u 65532 -h /home/nonroot -G grp -D nonroot65532
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "name and gid are taken in the base",
      base: {
        accounts: known(
          { ...accounts("nonroot:x:7:7::/:/bin/sh\n", "nonroot:x:7:\ngrp:x:65532:\n"), complete: true },
          "test",
        ),
      },
      before: `
        FROM debian:bookworm-slim
        CMD ["sh"]
      `,
      after: `
        FROM debian:bookworm-slim
        RUN useradd -l -u 65532 -g 65532 -m -d /home/nonroot -s /usr/sbin/nologin nonroot65532
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "the home is there before the account",
      before: `
        FROM debian:bookworm-slim
        COPY rc /home/nonroot/.config/rc
        CMD ["sh"]
      `,
      after: `
        FROM debian:bookworm-slim
        COPY --chown=65532:65532 rc /home/nonroot/.config/rc
        RUN groupadd -g 65532 nonroot && \\
            useradd -l -u 65532 -g 65532 -m -d /home/nonroot -s /usr/sbin/nologin nonroot && \\
            mkdir -p /home/nonroot && \\
            chown 65532:65532 /home/nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
  ]);
});

test("packages take no uid that is asked for with root's group", () => {
  const text = 'FROM debian:bookworm-slim\nRUN apt-get install -y nginx\nCMD ["sh"]\n';
  expect(fixed({ text, options: { openshift: true } })).toContain(
    "RUN useradd -l -u 65532 -g 0 -m -d /home/nonroot -s /usr/sbin/nologin nonroot && ",
  );
});

describe("places", () => {
  table([
    {
      name: "above VOLUME, which would discard a later change of owner",
      before: `
        FROM alpine:3.20
        RUN mkdir /data
        VOLUME ["/data"]
        EXPOSE 8080
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        RUN mkdir /data
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && mkdir -p /data && chown 65532:65532 /data
        VOLUME ["/data"]
        EXPOSE 8080
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "a VOLUME that is the working directory, which nothing has made yet",
      before: `
        FROM alpine:3.20
        VOLUME ["/data"]
        WORKDIR /data
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && mkdir -p /data && chown 65532:65532 /data
        VOLUME ["/data"]
        WORKDIR /data
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "above the VOLUME of a stage that the target is based on",
      before: `
        FROM alpine:3.20 AS base
        WORKDIR /data/work
        VOLUME /data
        FROM alpine:3.20 AS other
        VOLUME /data
        FROM base
        WORKDIR /srv
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20 AS base
        WORKDIR /data/work
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && \\
            mkdir -p /data /srv && \\
            chown 65532:65532 /data /srv
        VOLUME /data
        FROM alpine:3.20 AS other
        VOLUME /data
        FROM base
        WORKDIR /srv
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "below the VOLUME of a stage that is only copied from",
      before: `
        FROM alpine:3.20 AS build
        VOLUME /data
        FROM alpine:3.20
        COPY --from=build /data /data
        WORKDIR /data
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20 AS build
        VOLUME /data
        FROM alpine:3.20
        COPY --from=build --chown=65532:65532 /data /data
        WORKDIR /data
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && chown 65532:65532 /data
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "behind a VOLUME of a system folder, which stays root's",
      before: `
        FROM alpine:3.20
        VOLUME /var/log
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        VOLUME /var/log
        RUN adduser -u 65532 -h /home/nonroot -D nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "a root window in the middle stays",
      before: `
        FROM alpine:3.20
        USER nobody
        RUN whoami
        USER root
        RUN apk add curl
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        USER nobody
        RUN whoami
        USER root
        RUN apk add curl
        RUN adduser -u 65532 -h /home/nonroot -D nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "a USER root that stands last takes the number",
      before: `
        FROM alpine:3.20
        RUN apk add curl
        USER 0
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        RUN apk add curl
        RUN adduser -u 65532 -h /home/nonroot -D nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "builder stages stay as they are; the final FROM is a local stage",
      before: `
        FROM node:20-alpine AS base
        WORKDIR /app
        FROM base AS build
        COPY . .
        RUN npm ci
        FROM base
        COPY --from=build /app/dist ./dist
        CMD ["node", "dist"]
      `,
      after: `
        FROM node:20-alpine AS base
        WORKDIR /app
        FROM base AS build
        COPY . .
        RUN npm ci
        FROM base
        COPY --from=build --chown=1000:1000 /app/dist ./dist
        RUN chown 1000:1000 /app
        USER 1000
        CMD ["node", "dist"]
      `,
    },
    {
      name: "a variable that nobody sets gets a default",
      before: `
        FROM alpine:3.20
        ARG APP_UID
        USER $APP_UID
      `,
      after: `
        FROM alpine:3.20
        ARG APP_UID
        RUN adduser -u 65532 -h /home/nonroot -D nonroot
        USER \${APP_UID:-65532}
      `,
    },
    {
      name: "two variables that nobody sets are `:`, which is root",
      before: `
        FROM alpine:3.20
        USER \${A}:\${B}
      `,
      after: `
        FROM alpine:3.20
        RUN adduser -u 65532 -h /home/nonroot -D nonroot
        USER 65532
      `,
    },
    {
      name: "an ONBUILD USER is the children's",
      before: `
        FROM alpine:3.20
        RUN adduser -u 10001 -D app
        ONBUILD USER app
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        RUN adduser -u 10001 -D app
        ONBUILD USER app
        USER 10001
        CMD ["sh"]
      `,
    },
  ]);
});

describe("ownership", () => {
  table([
    {
      name: "folders alone, which a later search finds, are not searched for twice",
      before: `
        FROM debian:bookworm-slim
        WORKDIR /app
        RUN mkdir media
        RUN mkdir -p static && touch static/x
        RUN mkdir logs
        RUN ./collect > list
        RUN mkdir last
        CMD ["sh"]
      `,
      after: `
        FROM debian:bookworm-slim
        WORKDIR /app
        RUN mkdir media
        RUN mkdir -p static && touch static/x && find /app ! -user 65532 -exec chown -h 65532:65532 {} +
        RUN mkdir logs
        RUN ./collect > list && find /app ! -user 65532 -exec chown -h 65532:65532 {} +
        RUN mkdir last && find /app ! -user 65532 -exec chown -h 65532:65532 {} +
        RUN groupadd -g 65532 nonroot && \\
            useradd -l -u 65532 -g 65532 -m -d /home/nonroot -s /usr/sbin/nologin nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "the HOME that the file sets, which nothing makes",
      before: `
        FROM alpine:3.20
        ENV HOME /tekton/home
        WORKDIR /workspace
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        ENV HOME /tekton/home
        WORKDIR /workspace
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && \\
            mkdir -p /tekton/home && \\
            chown 65532:65532 /tekton/home /workspace
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "the HOME that the file sets, around the working directory",
      before: `
        FROM debian:bookworm-slim
        ENV HOME=/home/app APP_HOME=/home/app/web
        RUN mkdir -p $APP_HOME
        WORKDIR $APP_HOME
        COPY . .
        CMD ["sh"]
      `,
      after: `
        FROM debian:bookworm-slim
        ENV HOME=/home/app APP_HOME=/home/app/web
        RUN mkdir -p $APP_HOME
        WORKDIR $APP_HOME
        COPY --chown=65532:65532 . .
        RUN groupadd -g 65532 nonroot && \\
            useradd -l -u 65532 -g 65532 -m -d /home/nonroot -s /usr/sbin/nologin nonroot && \\
            mkdir -p /home/app && \\
            chown 65532:65532 /home/app "$APP_HOME"
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "no HOME that is a folder of the system, or that nobody knows",
      before: `
        FROM alpine:3.20
        ARG H=/tmp
        ENV HOME=/opt/app
        ENV HOME=$H
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        ARG H=/tmp
        ENV HOME=/opt/app
        ENV HOME=$H
        RUN adduser -u 65532 -h /home/nonroot -D nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "COPY and ADD, in legacy ENV, with other flags; an explicit owner stays",
      before: `
        FROM alpine:3.20
        ENV APP_DIR /opt/thing
        WORKDIR $APP_DIR
        ADD x.tar.gz .
        ADD --chown=33:33 y .
        COPY --link z .
        COPY tool /usr/local/bin/
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        ENV APP_DIR /opt/thing
        WORKDIR $APP_DIR
        ADD --chown=65532:65532 x.tar.gz .
        ADD --chown=33:33 y .
        COPY --chown=65532:65532 z .
        COPY tool /usr/local/bin/
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && \\
            find "$APP_DIR" ! -user 65532 ! -user 33 ! -perm -4000 -exec chown -h 65532:65532 {} +
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "--link stays where no folder above changes its owner",
      before: `
        FROM alpine:3.20
        WORKDIR /app
        COPY --link a .
        COPY --link=true --chmod=755 b bin/
        COPY --link=false c ./
        WORKDIR /usr/src/app
        COPY --link=true --chmod=755 d .
        ADD --link e sub/
        COPY --link f ./f
        CMD ["sh"]
      `,
      options: { writable: ["/app"] },
      after: `
        FROM alpine:3.20
        WORKDIR /app
        COPY --link --chown=65532:65532 a .
        COPY --link=true --chmod=755 --chown=65532:65532 b bin/
        COPY --link=false --chown=65532:65532 c ./
        WORKDIR /usr/src/app
        COPY --chown=65532:65532 --chmod=755 d .
        ADD --chown=65532:65532 e sub/
        COPY --chown=65532:65532 f ./f
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && \\
            mkdir -p /app && \\
            chown 65532:65532 /app /usr/src/app
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "a tree around the working directory",
      before: `
        FROM alpine:3.20
        COPY . /srv/app
        WORKDIR /srv/app/web
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        COPY --chown=65532:65532 . /srv/app
        WORKDIR /srv/app/web
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && chown 65532:65532 /srv/app/web
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "a working directory of the system stays root's",
      before: `
        FROM alpine:3.20
        WORKDIR /usr/local/bin
        COPY tool .
        CMD ["tool"]
      `,
      after: `
        FROM alpine:3.20
        WORKDIR /usr/local/bin
        COPY tool .
        RUN adduser -u 65532 -h /home/nonroot -D nonroot
        USER 65532
        CMD ["tool"]
      `,
    },
    {
      name: "files that a RUN makes, in the same RUN, in its own layout",
      before: `
        FROM alpine:3.20
        WORKDIR /srv/app
        RUN make all > out.log; \\
            make install; \\
            ls
        RUN touch one \\
          && touch two
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        WORKDIR /srv/app
        RUN make all > out.log; \\
            make install; \\
            ls && \\
            find /srv/app ! -user 65532 -exec chown -h 65532:65532 {} +
        RUN touch one \\
          && touch two \\
          && find /srv/app ! -user 65532 -exec chown -h 65532:65532 {} +
        RUN adduser -u 65532 -h /home/nonroot -D nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "a here-document, exec form, a mount, another SHELL",
      before: `
        FROM debian:bookworm-slim
        WORKDIR /srv/app
        SHELL ["/bin/bash", "-o", "pipefail", "-c"]
        RUN <<EOF
        echo hi > generated.txt
        EOF
        RUN --mount=type=cache,target=/root/.cache make build
        RUN ["touch", "/srv/app/exec.txt"]
        CMD ["sh"]
      `,
      after: `
        FROM debian:bookworm-slim
        WORKDIR /srv/app
        SHELL ["/bin/bash", "-o", "pipefail", "-c"]
        RUN <<EOF
        echo hi > generated.txt
        find /srv/app ! -user 65532 -exec chown -h 65532:65532 {} +
        EOF
        RUN --mount=type=cache,target=/root/.cache make build && find /srv/app ! -user 65532 -exec chown -h 65532:65532 {} +
        RUN ["touch", "/srv/app/exec.txt"]
        RUN groupadd -g 65532 nonroot && \\
            useradd -l -u 65532 -g 65532 -m -d /home/nonroot -s /usr/sbin/nologin nonroot && \\
            find /srv/app ! -user 65532 -exec chown -h 65532:65532 {} +
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "a here-document for a shell that is named behind it",
      before: `
        FROM alpine:3.20
        WORKDIR /app
        RUN <<EOF sh -e
        touch made
        EOF
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        WORKDIR /app
        RUN <<EOF sh -e
        touch made
        EOF
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && \\
            find /app ! -user 65532 -exec chown -h 65532:65532 {} +
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "a here-document for another interpreter",
      before: `
        FROM alpine:3.20
        WORKDIR /app
        RUN <<EOF
        #!/usr/bin/perl
        open(F, ">made");
        EOF
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        WORKDIR /app
        RUN <<EOF
        #!/usr/bin/perl
        open(F, ">made");
        EOF
        RUN getent passwd 65532 >/dev/null || adduser -u 65532 -h /home/nonroot -D nonroot 2>/dev/null || \\
            { echo 'nonroot:x:65532:' >> /etc/group && echo 'nonroot:x:65532:65532::/home/nonroot:/sbin/nologin' >> /etc/passwd && mkdir -p /home/nonroot && chown 65532:65532 /home/nonroot; } && \\
            find /app ! -user 65532 ! -perm -4000 -exec chown -h 65532:65532 {} +
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "a SHELL that is no POSIX shell",
      before: `
        FROM alpine:3.20
        WORKDIR /app
        SHELL ["/usr/bin/perl", "-e"]
        RUN open(F, ">made");
        SHELL ["/bin/sh", "-c"]
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        WORKDIR /app
        SHELL ["/usr/bin/perl", "-e"]
        RUN open(F, ">made");
        SHELL ["/bin/sh", "-c"]
        RUN getent passwd 65532 >/dev/null || adduser -u 65532 -h /home/nonroot -D nonroot 2>/dev/null || \\
            { echo 'nonroot:x:65532:' >> /etc/group && echo 'nonroot:x:65532:65532::/home/nonroot:/sbin/nologin' >> /etc/passwd && mkdir -p /home/nonroot && chown 65532:65532 /home/nonroot; } && \\
            find /app ! -user 65532 ! -perm -4000 -exec chown -h 65532:65532 {} +
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "what ONBUILD triggers of a parent stage write, where they say where to work",
      before: `
        FROM alpine:3.20 AS base
        ONBUILD WORKDIR /app
        ONBUILD COPY src .
        ONBUILD RUN adduser -D -u 65532 other

        FROM base
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20 AS base
        ONBUILD WORKDIR /app
        ONBUILD COPY src .
        ONBUILD RUN adduser -D -u 65532 other

        FROM base
        RUN getent passwd 65532 >/dev/null || adduser -u 65532 -h /home/nonroot -D nonroot 2>/dev/null || \\
            { echo 'nonroot:x:65532:' >> /etc/group && echo 'nonroot:x:65532:65532::/home/nonroot:/sbin/nologin' >> /etc/passwd && mkdir -p /home/nonroot && chown 65532:65532 /home/nonroot; } && \\
            find /app ! -user 65532 ! -perm -4000 -exec chown -h 65532:65532 {} +
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "ONBUILD triggers that write nothing, or run in another stage",
      before: `
        FROM alpine:3.20 AS base
        ONBUILD ENV A=1
        FROM base AS tool
        ONBUILD RUN make
        FROM tool AS other
        FROM base
        WORKDIR /app
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20 AS base
        ONBUILD ENV A=1
        FROM base AS tool
        ONBUILD RUN make
        FROM tool AS other
        FROM base
        WORKDIR /app
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && chown 65532:65532 /app
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "setuid, capabilities and owners that the author chose are left alone",
      before: `
        FROM alpine:3.20
        WORKDIR /app
        COPY --chown=33 www /app/www
        COPY --chown=root:root keys /app/keys
        RUN setcap cap_net_raw+ep /app/ping && chmod u+s /app/helper
        RUN make
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        WORKDIR /app
        COPY --chown=33 www /app/www
        COPY --chown=root:root keys /app/keys
        RUN setcap cap_net_raw+ep /app/ping && chmod u+s /app/helper
        RUN make && \\
            find /app ! -user 65532 ! -user 33 ! -path /app/keys ! -path '/app/keys/*' ! -path /app/ping ! -path /app/helper -exec chown -h 65532:65532 {} +
        RUN adduser -u 65532 -h /home/nonroot -D nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "no find in the base: chown --from touches root's files alone",
      before: `
        FROM registry.access.redhat.com/ubi9/ubi-minimal
        WORKDIR /app
        RUN make
        CMD ["sh"]
      `,
      after: `
        FROM registry.access.redhat.com/ubi9/ubi-minimal
        WORKDIR /app
        RUN make && chown -hR --from=0 65532:65532 /app
        RUN echo 'nonroot:x:65532:' >> /etc/group && \\
            echo 'nonroot:x:65532:65532::/home/nonroot:/sbin/nologin' >> /etc/passwd && \\
            mkdir -p /home/nonroot && \\
            chown 65532:65532 /home/nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "--openshift: group 0, which gets the owner's permissions",
      options: { openshift: true },
      before: `
        FROM alpine:3.20
        WORKDIR /app
        COPY . .
        RUN make
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        WORKDIR /app
        COPY --chown=65532:0 . .
        RUN make && \\
            find /app ! -user 65532 ! -type l -exec chmod g=u {} + && \\
            find /app ! -user 65532 -exec chown -h 65532:0 {} +
        RUN adduser -u 65532 -h /home/nonroot -G root -D nonroot && chmod g=u /app /home/nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "--openshift without find: what an earlier layer holds is not stored again for its modes",
      options: { openshift: true },
      before: `
        FROM registry.access.redhat.com/ubi9/ubi-minimal
        WORKDIR /app
        RUN make tools
        COPY . .
        RUN make
        CMD ["sh"]
      `,
      after: `
        FROM registry.access.redhat.com/ubi9/ubi-minimal
        WORKDIR /app
        RUN make tools && chown -hR --from=0 65532:0 /app && chmod -R g=u /app
        COPY --chown=65532:0 . .
        RUN make && chown -hR --from=0 65532:0 /app
        RUN echo 'nonroot:x:65532:0::/home/nonroot:/sbin/nologin' >> /etc/passwd && \\
            mkdir -p /home/nonroot && \\
            chown 65532:0 /home/nonroot && \\
            chmod g=u /app /home/nonroot
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "--writable",
      options: { writable: ["/var/lib/app", "/data"] },
      before: `
        FROM alpine:3.20
        CMD ["sh"]
      `,
      after: `
        FROM alpine:3.20
        RUN adduser -u 65532 -h /home/nonroot -D nonroot && \\
            mkdir -p /data /var/lib/app && \\
            chown 65532:65532 /data /var/lib/app
        USER 65532
        CMD ["sh"]
      `,
    },
    {
      name: "known software: its folders in the RUN that installs it",
      before: `
        FROM debian:bookworm-slim
        RUN apt-get update && apt-get install -y --no-install-recommends mosquitto
        CMD ["mosquitto", "-c", "/etc/mosquitto/mosquitto.conf"]
      `,
      after: `
        FROM debian:bookworm-slim
        RUN apt-get update && apt-get install -y --no-install-recommends mosquitto && \\
            mkdir -p /var/lib/mosquitto /var/log/mosquitto /run/mosquitto && \\
            chown -R 65532:65532 /var/lib/mosquitto /var/log/mosquitto /run/mosquitto
        RUN groupadd -g 65532 nonroot && \\
            useradd -l -u 65532 -g 65532 -m -d /home/nonroot -s /usr/sbin/nologin nonroot
        USER 65532
        CMD ["mosquitto", "-c", "/etc/mosquitto/mosquitto.conf"]
      `,
    },
    {
      name: "software that is installed and not started: nothing",
      before: `
        FROM debian:bookworm-slim
        RUN apt-get update && apt-get install -y redis-server
        CMD ["redis-cli"]
      `,
      after: `
        FROM debian:bookworm-slim
        RUN apt-get update && apt-get install -y redis-server
        RUN groupadd -g 65532 nonroot && \\
            useradd -l -u 65532 -g 65532 -m -d /home/nonroot -s /usr/sbin/nologin nonroot
        USER 65532
        CMD ["redis-cli"]
      `,
    },
  ]);
});

test("--openshift: a copied file keeps its modes, and that is said", () => {
  const setup: FixSetup = {
    text: "FROM alpine:3.20\nWORKDIR /app\nCOPY . .\nRUN make\n",
    openshift: true,
    options: { openshift: true },
  };
  expect(planOf(setup)).toMatchObject({
    steps: expect.arrayContaining([
      "line 3: COPY hands its files over with --chown=65532:0, which leaves their modes as they are",
    ]),
  });
  expect(found({ ...setup, text: fixed(setup) })).toEqual(["not-arbitrary-uid-ready:3"]);
});

describe("the file's own way of writing", () => {
  test("CRLF, the escape character, no final line ending", () => {
    const before =
      "# escape=`\r\nFROM debian:bookworm-slim\r\nWORKDIR /srv/app\r\nRUN touch a `\r\n && touch b\r\nCMD sh";
    expect(fixed({ text: before })).toBe(
      [
        "# escape=`",
        "FROM debian:bookworm-slim",
        "WORKDIR /srv/app",
        "RUN touch a `",
        " && touch b `",
        " && find /srv/app ! -user 65532 -exec chown -h 65532:65532 {} +",
        "RUN groupadd -g 65532 nonroot && `",
        "    useradd -l -u 65532 -g 65532 -m -d /home/nonroot -s /usr/sbin/nologin nonroot",
        "USER 65532",
        "CMD sh",
      ].join("\r\n"),
    );
  });

  test("a byte order mark, lower-case keywords and indentation", () => {
    expect(fixed({ text: "\uFEFFfrom alpine:3.20\n  workdir /srv\n  copy a /srv/\n  cmd sh\n" })).toBe(
      "\uFEFFfrom alpine:3.20\n  workdir /srv\n  copy --chown=65532:65532 a /srv/\n" +
        "  run adduser -u 65532 -h /home/nonroot -D nonroot && chown 65532:65532 /srv\n  user 65532\n  cmd sh\n",
    );
  });

  test("a last line without its ending still has none", () => {
    expect(fixed({ text: "FROM scratch\nCOPY app /" })).toBe("FROM scratch\nCOPY app /\nUSER 65532:65532");
  });

  test("nothing is done for a file that is fine", () => {
    expect(planOf({ text: "FROM alpine:3.20\nUSER 1000:1000\n" })).toEqual({ kind: "nothing" });
  });

  test("a Windows image is left alone", () => {
    expect(planOf({ text: "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nRUN dir\n" })).toEqual({
      kind: "nothing",
    });
  });
});

describe("an account that a condition may keep from being made", () => {
  const text = "FROM alpine:3.20\nRUN test -e /x || adduser -D -u 1001 app\n";

  test("is not the application's", () => {
    expect(fixed({ text: `${text}CMD ["id"]\n` })).toContain("USER 65532\n");
    expect(fixed({ text: `${text.replace("test -e /x", "id app")}CMD ["id"]\n` })).toContain("USER 1001\n");
  });

  test("is looked for in the built original", () => {
    const why = 'line 2 may or may not create "app"';
    expect(planOf({ text: `${text}USER app\n`, options: { canObserve: true } })).toEqual({ kind: "observe", why });
  });
});
