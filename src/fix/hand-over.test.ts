import { describe, expect, test } from "vitest";
import { fixed, type FixSetup } from "./test-kit.ts";

const fix = (lines: string, setup: Partial<FixSetup> = {}): string =>
  fixed({ ...setup, text: `FROM alpine:3.20\n${lines}\nCMD ["sh"]\n` }).replace(/ \\\n +/g, " ");
const mariadb = (lines: string): string =>
  fixed({
    text: `FROM debian:bookworm-slim\nRUN apt-get install -y mariadb-server\n${lines}\nCMD ["mariadbd"]\n`,
  }).replace(/ \\\n +/g, " ");
/** The lines of the RUN that makes the account and of those behind it. */
const late = (text: string): string => text.slice(text.indexOf("RUN adduser"), text.indexOf("USER 65532"));
const account = "RUN adduser -u 65532 -h /home/nonroot -D nonroot";
const give = "! -user 65532 -exec chown -h 65532:65532 {} +";
/** An archive may hold files with the setuid bit, which a new owner would take away. */
const giveUnpacked = "! -user 65532 ! -perm -4000 -exec chown -h 65532:65532 {} +";

describe("an ADD that unpacks: the archive keeps its owners where --chown is not for them", () => {
  test.each(["app.tar", "app.tar.gz", "app.TGZ", "dist/*.tar.xz", "app-${VERSION}.tar.zst", "a.txt b.tbz2"])(
    "ADD %s",
    (source) => {
      const text = fix(`ARG VERSION=1\nADD ${source} /app/\nWORKDIR /app`);
      expect(text).toContain(`ADD --chown=65532:65532 ${source} /app/\n`);
      expect(late(text)).toBe(`${account} && find /app ${giveUnpacked}\n`);
    },
  );

  test.each([
    "app.zip",
    "app.gz",
    "tarball",
    "https://example.com/app.tar.gz",
    "--unpack=false app.tar.gz",
    "--chown=33:33 app.tar.gz",
  ])("ADD %s: nothing to search", (source) => {
    expect(late(fix(`ADD ${source} /app/\nWORKDIR /app`))).toBe(`${account} && chown 65532:65532 /app\n`);
  });

  test("COPY unpacks nothing; ADD --unpack of a URL does", () => {
    expect(late(fix("COPY app.tar.gz /app/\nWORKDIR /app"))).not.toContain("find");
    expect(late(fix("ADD --unpack https://example.com/x /app/\nWORKDIR /app"))).toContain("find /app");
  });

  test("only the folder that it goes into; of a folder around, only the application's", () => {
    expect(late(fix("WORKDIR /app\nADD a.tgz vendor/"))).toBe(
      `${account} && chown 65532:65532 /app && find /app/vendor ${giveUnpacked}\n`,
    );
    expect(late(fix("ADD a.tgz /opt/\nWORKDIR /opt/app"))).toBe(`${account} && find /opt/app ${giveUnpacked}\n`);
    expect(late(fix("ADD a.tgz /usr/share/x/\nWORKDIR /app"))).not.toContain("find");
  });

  test("a RUN behind it that hands over what it makes does the rest", () => {
    expect(late(fix("WORKDIR /app\nADD a.tgz .\nRUN make"))).toBe(`${account}\n`);
    expect(late(fix("WORKDIR /app\nRUN make\nADD a.tgz ."))).toContain("find /app");
  });
});

describe("mounts below a folder", () => {
  test("a search goes round them", () => {
    const bind = "--mount=type=bind,source=package.json,target=package.json";
    expect(fix(`WORKDIR /app\nRUN ${bind} npm ci`)).toContain(
      `RUN ${bind} npm ci && find /app -path /app/package.json -prune -o ${give}\n${account}\nUSER`,
    );
    expect(fix(`WORKDIR /app\nRUN --mount=type=cache,target=/root/.npm ${bind} npm ci`)).toContain(
      `npm ci && find /app -path /app/package.json -prune -o ${give}\n${account}\nUSER`,
    );
  });

  test("--openshift", () => {
    expect(
      fix("WORKDIR /app\nRUN --mount=type=tmpfs,dst=/app/tmp make", { openshift: true, options: { openshift: true } }),
    ).toContain(
      "make && find /app -path /app/tmp -prune -o ! -user 65532 ! -type l -exec chmod g=u {} + && " +
        "find /app -path /app/tmp -prune -o ! -user 65532 -exec chown -h 65532:0 {} +\n",
    );
  });

  test("the folder that a cache was mounted on is handed over by itself", () => {
    expect(late(fix("WORKDIR /app\nRUN --mount=type=cache,target=.next/cache npm run build"))).toBe(
      `${account} && mkdir -p /app/.next/cache && chown 65532:65532 /app/.next/cache\n`,
    );
  });

  test("not where a later RUN hands it over, nor where it is another mount's or no folder of the application", () => {
    expect(late(fix("WORKDIR /app\nRUN --mount=type=cache,target=/app/gen make\nRUN npm prune"))).toBe(`${account}\n`);
    expect(
      late(
        fix("WORKDIR /app\nRUN --mount=type=bind,target=. --mount=type=cache,target=/app/gen make && cp gen/x /bin/"),
      ),
    ).toBe(`${account} && chown 65532:65532 /app\n`);
    expect(late(fix("WORKDIR /app\nRUN --mount=type=cache,target=/var/cache/apk apk add curl"))).not.toContain("apk");
  });

  test("a RUN that writes only into mounts has nothing to hand over", () => {
    expect(fix("WORKDIR /app\nRUN --mount=type=cache,target=/app/gen touch gen/a")).toContain("touch gen/a\nRUN");
  });

  test("where a target is not known, or nothing can go round it, a later RUN does it", () => {
    const unknown = fix("ARG SHELL_FROM=x\nWORKDIR /app\nRUN --mount=type=bind,target=${X?no} make");
    expect(unknown).toContain("make\nRUN adduser");
    expect(late(unknown)).toBe(`${account} && find /app ${give}\n`);
    const small = fixed({
      text: "FROM registry.access.redhat.com/ubi9/ubi-minimal\nWORKDIR /app\nRUN --mount=type=bind,target=a.txt make\n",
    });
    expect(small).toContain("target=a.txt make\nRUN echo");
    expect(small).toContain("chown -hR --from=0 65532:65532 /app\nUSER");
  });
});

describe("a folder that is a symbolic link is followed", () => {
  test("by a slash behind it", () => {
    const lines = "RUN mkdir -p /opt/app && ln -s /opt/app /app\nWORKDIR /app\nRUN make";
    expect(fix(lines)).toContain(`RUN make && find /app/ ${give}\n`);
    expect(fixed({ text: `FROM registry.access.redhat.com/ubi9/ubi-minimal\n${lines}\n` })).toContain(
      "RUN make && chown -hR --from=0 65532:65532 /app/\n",
    );
  });

  test("not where it is made: it may lead nowhere yet", () => {
    const text = fix("RUN ln -s /opt/app /app\nCOPY . /opt/app\nWORKDIR /app");
    expect(text).toContain("RUN ln -s /opt/app /app\nCOPY");
    expect(late(text)).toBe(`${account} && chown 65532:65532 /app\n`);
  });

  test("a link in it is none", () => {
    expect(fix("WORKDIR /app\nRUN make && ln -s /opt/lib /app/lib")).toContain(`lib && find /app ${give}\n`);
  });
});

describe("what a search has handed over is not handed over again", () => {
  test("a folder below that was there before", () => {
    expect(late(fix("WORKDIR /srv/app\nWORKDIR in/deep\nRUN touch a ../../b"))).toBe(`${account}\n`);
  });

  test("one that a later WORKDIR makes is, and one of an owner that the author chose may be", () => {
    expect(late(fix("WORKDIR /srv/app\nRUN touch b\nWORKDIR in/deep"))).toBe(
      `${account} && chown 65532:65532 /srv/app/in/deep\n`,
    );
    expect(late(fix("WORKDIR /app\nWORKDIR in\nRUN chown daemon /app/x && chown bin /app/y && touch ../a"))).toBe(
      `${account} && chown 65532:65532 /app/in\n`,
    );
    expect(late(fix("WORKDIR /app\nWORKDIR in\nRUN chown -R root /app/in && touch ../a"))).toBe(
      `${account} && chown 65532:65532 /app/in\n`,
    );
  });

  test("above a VOLUME folders are made before they are searched", () => {
    expect(fix('WORKDIR /srv/app\nWORKDIR in\nRUN ["touch", "a"]\nVOLUME /srv/app')).toContain(
      `${account} && mkdir -p /srv/app /srv/app/in && find /srv/app ${give}\nVOLUME`,
    );
  });

  test("what is made behind a VOLUME is searched behind it", () => {
    expect(fix('VOLUME /data\nWORKDIR /app\nRUN ["touch", "a"]')).toContain(
      `${account} && mkdir -p /app /data && chown 65532:65532 /data\nVOLUME /data\nWORKDIR /app\n` +
        `RUN ["touch", "a"]\nRUN find /app ${give}\nUSER 65532\n`,
    );
    expect(fix("VOLUME /data\nWORKDIR /app\nADD a.tgz .\nUSER 0")).toContain(
      `a.tgz .\nRUN find /app ${giveUnpacked}\nUSER 65532\n`,
    );
  });

  test("a VOLUME behind which a RUN writes is handed over above it", () => {
    expect(fix("VOLUME /data\nRUN touch /data/x")).toContain(
      `${account} && mkdir -p /data && chown 65532:65532 /data\nVOLUME /data\n`,
    );
  });
});

describe("names that are not known until the build", () => {
  test.each([
    "RUN for d in in out; do mkdir -p $d; done",
    "ARG MODE\nRUN mkdir -p /app/$MODE/cache",
    "RUN mkdir -p data-$MODE",
    "RUN for d in a b; do (cd $d && npm ci); done",
  ])("%s: what is made in the folder is handed over", (lines) => {
    expect(fix(`WORKDIR /app\n${lines}`)).toContain(`&& find /app ${give}`);
  });

  test.each([
    'RUN mkdir "$GNUPGHOME" && rm -rf "$TMP"',
    "RUN mkdir -p /srv/$x",
    "RUN for d in /srv/a /usr/lib/b; do mkdir -p $d; done",
    "RUN mkdir -m 755 /srv/x",
  ])("%s: nothing to search", (lines) => {
    expect(fix(`WORKDIR /app\n${lines}`)).not.toContain("find");
  });

  test("an owner that its author gave to such a name is kept", () => {
    expect(fix("WORKDIR /app\nRUN for d in a b; do mkdir $d && chown www-data $d; done")).toContain(
      "find /app ! -user 65532 ! -user www-data -exec",
    );
    expect(fix('WORKDIR /app\nRUN make && chown -R root "$d"')).toContain(`find /app ${give}`);
  });
});

const tomcat = (lines: string): string => fixed({ text: `FROM tomcat:9\n${lines}\n` }).replace(/ \\\n +/g, " ");

describe("folders of software that the base image brings", () => {
  const folders = "/usr/local/tomcat/conf/Catalina /usr/local/tomcat/webapps";

  test("what is copied there gets its owner, and the folders alone are handed over", () => {
    const text = tomcat("COPY app.war /usr/local/tomcat/webapps/app.war");
    expect(text).toContain("COPY --chown=65532:65532 app.war");
    expect(text).toContain(`mkdir -p ${folders} && chown 65532:65532 ${folders}\n`);
    expect(text).not.toContain("-R");
  });

  test("what is copied beside or around them stays as it is", () => {
    expect(tomcat("COPY server.xml /usr/local/tomcat/conf/")).toContain("COPY server.xml");
    expect(tomcat("COPY tomcat /usr/local/tomcat")).toContain("COPY tomcat");
  });

  test("what a RUN writes there is handed over in its layer", () => {
    expect(tomcat("RUN curl -o /usr/local/tomcat/webapps/a.war https://example.com/a.war")).toContain(
      `a.war && find /usr/local/tomcat/webapps ${give}`,
    );
  });
});

const pinned = (lines: string, setup: Partial<FixSetup> = {}): string =>
  fixed({ ...setup, text: `FROM debian:bookworm-slim\n${lines}\nCMD ["sh"]\n` }).replace(/ \\\n +/g, " ");

describe("a home that useradd makes is the account's already", () => {
  test.each([
    "RUN useradd -m app\nWORKDIR /home/app\nCOPY x .",
    "RUN useradd -u 5000 -m app\nWORKDIR /home/app",
    "RUN useradd -m app\nCOPY x /home/app/",
  ])("%s", (lines) => {
    expect(pinned(lines)).not.toMatch(/chown (?:-h )?[0-9]|mkdir/);
  });

  test.each([
    "WORKDIR /home/app\nRUN useradd -m app",
    "COPY x /home/app/\nRUN useradd -m app\nWORKDIR /home/app",
    "RUN mkdir -p /home/app && useradd -m app\nWORKDIR /home/app",
    "RUN useradd -m app && chown root /home/app\nWORKDIR /home/app",
    "RUN useradd app\nWORKDIR /home/app",
    "RUN id app || useradd -m app\nWORKDIR /home/app",
    "RUN useradd -m app\nWORKDIR /home/app/src",
  ])("not %s", (lines) => {
    expect(pinned(lines)).toMatch(/chown [0-9]+:[0-9]+ \/home\/app/);
  });
});

const withHome = (lines: string): string =>
  fixed({ text: `FROM alpine:3.20\n${lines}\nWORKDIR /\nCMD ["id"]\n`, options: { home: "/srv/app" } });

test.each(["WORKDIR /srv/app", "WORKDIR /srv\nWORKDIR app", "ENV D=/srv/app\nWORKDIR $D"])(
  "a home that WORKDIRs lead to is handed over, however they are written: %s",
  (lines) => {
    expect(withHome(lines)).toMatch(/chown 65532:65532 .*(?:\/srv\/app|\$D)/);
  },
);

describe("what a later RUN gives to a package's account is handed over there once more", () => {
  test.each([
    [
      "RUN mkdir -p /run/mysqld && chown mysql:mysql /run/mysqld",
      "RUN mkdir -p /run/mysqld && chown mysql:mysql /run/mysqld && chown 65532:65532 /run/mysqld\n",
    ],
    [
      "RUN chown -R mysql /var/lib /run/mysqld/x",
      "RUN chown -R mysql /var/lib /run/mysqld/x && chown -R 65532:65532 /var/lib/mysql /run/mysqld/x\n",
    ],
  ])("%s", (line, expected) => {
    expect(mariadb(line)).toContain(expected);
  });

  test.each([
    "RUN chown mysql /etc/mysql",
    "RUN chown mysql /var/lib",
    "RUN chown root /run/mysqld",
    "RUN chown 999 /run/mysqld",
    "RUN [ -d /x ] || chown mysql /run/mysqld",
  ])("nothing of %s", (line) => {
    expect(mariadb(line)).toContain(`${line}\n`);
  });
});
