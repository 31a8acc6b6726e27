/** What useradd, usermod, userdel and groupmod leave, in the order in which they stand. */
import { describe, expect, test } from "vitest";
import { known } from "../core/finding.ts";
import { inputOf } from "../rules/test-kit.ts";
import { FinalAccounts } from "./final-accounts.ts";

function accountsOf(lines: string, from = "node:22-slim"): FinalAccounts {
  const { base, effects } = inputOf({ text: `FROM ${from}\n${lines}\n` });
  return new FinalAccounts(base, effects);
}

/** `name uid gid`, `none`, or why it is not known. */
function shown(fact: ReturnType<FinalAccounts["byName"]>): string {
  if (!fact.known) return fact.why;
  return fact.value === undefined ? "none" : `${fact.value.name} ${fact.value.uid} ${fact.value.gid ?? "?"}`;
}

test.each([
  ["a number", "RUN useradd -l -u 1001 app", "created on line 2"],
  [
    "a variable",
    "ARG UID=1001\nRUN useradd -l -u ${UID} app",
    "created on line 3 with uid ${UID}; another value is another user",
  ],
])("where the uid of an account comes from: %s", (_, lines, from) => {
  expect(accountsOf(lines).byName("app")).toMatchObject({ value: { uid: 1001 }, from });
});

describe("an account by its name", () => {
  test.each([
    ["of the base", "RUN id", "node", "node 1000 1000"],
    ["created", "RUN useradd -l -u 1001 -g 0 app", "app", "app 1001 0"],
    ["created, then given another uid", "RUN useradd -l -u 1001 app && usermod -u 1002 app", "app", "app 1002 ?"],
    ["created without a uid, then given one", "RUN useradd app && usermod -u 1002 app", "app", "app 1002 ?"],
    ["of the base, given another uid", "RUN usermod -u 1500 node", "node", "node 1500 1000"],
    ["and its group another gid", "RUN usermod -u 1500 node && groupmod -g 1501 node", "node", "node 1500 1501"],
    ["in RUNs of their own", "RUN groupmod -g 1501 node\nRUN usermod -u 1500 node", "node", "node 1500 1501"],
    ["from build arguments", "ARG UID=1500\nRUN usermod -u $UID node", "node", "node 1500 1000"],
    ["renamed", "RUN usermod -l app node", "app", "app 1000 1000"],
    ["renamed, moved and given a uid", "RUN usermod -u 7 -l app -d /srv -m node", "app", "app 7 1000"],
    ["given a primary group", "RUN usermod -g 50 node", "node", "node 1000 50"],
    ["given one that it may not get", "RUN if [ -e /x ]; then usermod -g 50 node; fi", "node", "node 1000 ?"],
    ["given its own again", "RUN if [ -e /x ]; then usermod -g 1000 node; fi", "node", "node 1000 1000"],
    ["given more groups only", "RUN usermod -aG users node", "node", "node 1000 1000"],
    ["deleted and made again", "RUN userdel -r node && useradd -l -u 1000 -g 100 node", "node", "node 1000 100"],
    ["where it is not there", "RUN id app >/dev/null 2>&1 || useradd -l -u 70 -g 0 app", "app", "app 70 0"],
    ["where the file has none", "RUN grep -q ^app: /etc/passwd || useradd -l -u 70 -g 0 app", "app", "app 70 0"],
    [
      "where its uid is free",
      'RUN if [ -z "$(getent passwd 70)" ]; then useradd -u 70 -g 0 app; fi',
      "app",
      "app 70 0",
    ],
    [
      "with either tool",
      "RUN if [ -e /x ]; then useradd -u 70 -g 0 app; else adduser --uid 70 --gid 0 app; fi",
      "app",
      "app 70 0",
    ],
    [
      "with another family's tool, which is not read here",
      "RUN if [ $ID = alpine ]; then adduser -D -s /bin/sh -u 70 -G a app; else useradd -u 70 -g 0 app; fi",
      "app",
      "app 70 0",
    ],
    ["whose failure is caught", "RUN useradd -u 1007 -g 0 app || true", "app", "app 1007 0"],
    ["by the second tool", "RUN x || true; useradd -u 70 -g 0 app || adduser -D -u 70 app", "app", "app 70 0"],
    ["whose uid is taken, where that is allowed", "RUN useradd -o -u 1000 -g 0 app || true", "app", "app 1000 0"],
    ["whose uid was taken", "RUN userdel node; useradd -u 1000 -g 0 app; true", "app", "app 1000 0"],
    [
      "beside an archive and a search elsewhere",
      "RUN tar -xf /x -C /opt && tar -cf /y /etc && find /etc -name x -delete",
      "node",
      "node 1000 1000",
    ],
    ["the same uid, perhaps", 'RUN if [ -n "$X" ]; then usermod -u 1000 node; fi', "node", "node 1000 1000"],
  ])("%s", (_, lines, name, expected) => {
    expect(shown(accountsOf(lines).byName(name))).toBe(expected);
  });

  test.each([
    ["another uid, perhaps", 'RUN if [ -n "$X" ]; then usermod -u 1002 node; fi', "node", "line 2 changes accounts"],
    [
      "a uid that is taken, and nobody minds",
      "RUN useradd -u 1000 app || true",
      "app",
      'line 2 cannot create "app": uid 1000 is "node" already',
    ],
    [
      "a uid that is taken, where the build goes on",
      "RUN adduser --uid 1000 app; mkdir /x",
      "app",
      'line 2 cannot create "app": uid 1000 is "node" already',
    ],
    [
      "a uid that is taken, so that nothing is made",
      "RUN getent passwd 1000 || useradd -u 1000 app",
      "app",
      'line 2 cannot create "app": uid 1000 is "node" already',
    ],
    [
      "a uid that another of the file has",
      "RUN useradd -u 1500 -g 0 a; useradd -u 1500 -g 0 app; true",
      "app",
      'line 2 cannot create "app": uid 1500 is "a" already',
    ],
    ["every file of the folder", "RUN rm -f /etc/p?s[s]w*", "node", "line 2 changes accounts"],
    ["a file that comes into the folder", "RUN cp /tmp/passwd /etc/", "node", "line 2 changes accounts"],
    ["a name that is taken, and nobody minds", "RUN usermod -l root node || true", "node", "line 2 changes accounts"],
    ["another's uid, and nobody minds", "RUN usermod -u 1000 games || true", "games", "line 2 changes accounts"],
    ["a uid that nobody knows", "RUN usermod -u $(cat /uid) node", "node", "line 2 changes accounts"],
    ["a name that nobody knows", "RUN usermod -u 7 $(cat /name)", "node", "line 2 changes accounts"],
    ["an edit", "RUN sed -i s/a/b/ /etc/passwd", "node", "line 2 changes accounts"],
    ["an edit in its folder", "RUN cd /etc && sed -i s/a/b/ passwd", "node", "line 2 changes accounts"],
    ["a file in its place", "RUN install -m 644 /tmp/p /etc/passwd", "node", "line 2 changes accounts"],
    ["the same by dd", "RUN dd if=/tmp/p of=/etc/passwd", "node", "line 2 changes accounts"],
    ["an archive unpacked beside it", "RUN tar -xzf /x.tgz -C /etc", "node", "line 2 changes accounts"],
    ["an archive unpacked there", "WORKDIR /etc\nRUN curl x | tar xz", "node", "line 3 changes accounts"],
    ["a search that deletes it", "RUN find /etc -name passwd -delete", "node", "line 2 changes accounts"],
    ["a program that makes what files say", "RUN systemd-sysusers", "app", "line 2 changes accounts"],
    ["a file that goes", "WORKDIR /etc\nRUN rm passwd", "node", "line 3 changes accounts"],
    ["deleted, perhaps", "RUN if id node; then userdel node; fi", "node", "line 2 changes accounts"],
    ["behind what succeeds", "RUN true || useradd -u 7 app", "app", 'line 2 may or may not create "app"'],
    ["behind another's failure", "RUN test -e /x || useradd -u 7 app", "app", 'line 2 may or may not create "app"'],
    ["in a branch", 'RUN if [ "$X" ]; then useradd -u 7 app; fi; id app', "app", 'line 2 may or may not create "app"'],
    ["no uid", "RUN useradd app", "app", '"app" is created without a fixed uid on line 2'],
  ])("not certain: %s", (_, lines, name, expected) => {
    expect(shown(accountsOf(lines).byName(name))).toBe(expected);
  });

  test("of two lines of the base the first counts", () => {
    const line = { name: "app", home: "/", shell: "", line: 0 };
    const passwd = [7, 8].map((id) => ({ ...line, uid: id, gid: id }));
    const accounts = known({ passwd, group: [], complete: true }, "test");
    const { base, effects } = inputOf({ text: "FROM example.com/base\n", base: { accounts } });
    expect(shown(new FinalAccounts(base, effects).byName("app"))).toBe("app 7 7");
  });

  test("of a base that nobody knows, what usermod sets is known", () => {
    expect(shown(accountsOf("RUN usermod -u 1500 app", "example.com/base").byName("app"))).toBe("app 1500 ?");
    expect(shown(accountsOf("RUN usermod -d /srv app", "example.com/base").byName("app"))).toContain("not known");
  });
});

describe("an account by its uid", () => {
  test.each([
    ["before the change there was one", "RUN useradd -l -u 1001 app && usermod -u 1002 app", 1001, "none"],
    ["after it", "RUN useradd -l -u 1001 -g 0 app && usermod -u 1002 app", 1002, "app 1002 0"],
    ["deleted", "RUN userdel man", 6, "none"],
    ["beside one that is left to chance", "RUN useradd app", 2000, "none"],
    ["which may be it", "RUN useradd app", 1000, "an account is created without a fixed uid"],
    [
      "which may be it, twice",
      "RUN useradd -r app; [ -e /x ] && useradd -u 4242 app",
      4242,
      '"app" is created more than once',
    ],
  ])("%s", (_, lines, uid, expected) => {
    expect(shown(accountsOf(lines, "debian:12").byUid(uid))).toMatch(
      expected === "none" ? /^none$|may have more/ : expected,
    );
  });
});

/** The account of a name, below a stage that makes some. */
function ofStage(lines: string, name: string): string {
  const text = `FROM alpine:3.20 AS b\nRUN adduser -D -u 2000 -G users app && adduser -D web\nFROM scratch\n${lines}\n`;
  const { base, effects } = inputOf({ text });
  return shown(new FinalAccounts(base, effects).byName(name));
}

describe("another /etc/passwd", () => {
  const context = {
    passwd: "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nnode:x:7:8::/srv:/bin/sh\n",
    "rootfs/etc/passwd": "node:x:9:9::/:\n",
  };
  const byName = (lines: string, name: string): string => {
    const { base, effects } = inputOf({ text: `FROM node:22-slim\n${lines}\n`, context });
    return shown(new FinalAccounts(base, effects).byName(name));
  };

  test.each([
    ["copied from the context", "COPY passwd /etc/passwd", "toor", "toor 0 0"],
    ["is in the place of the base's", "COPY passwd /etc/passwd", "node", "node 7 8"],
    ["into its folder", "COPY passwd group /etc/", "node", "node 7 8"],
    ["within a folder", "COPY rootfs/ /", "node", "node 9 9"],
    ["changed further down", "COPY passwd /etc/passwd\nRUN usermod -u 77 node", "node", "node 77 8"],
    ["over a change", "RUN usermod -u 77 node\nCOPY passwd /etc/passwd", "node", "node 7 8"],
    ["over what nobody knows", "RUN sed -i s/a/b/ /etc/passwd\nCOPY passwd /etc/passwd", "node", "node 7 8"],
    ["as a here-document", "COPY <<EOF /etc/passwd\nnode:x:0:0::/:\nEOF", "node", "node 0 0"],
    ["written by a shell", "RUN echo 'node:x:0:0::/:' > /etc/passwd", "node", "node 0 0"],
    ["lengthened by echo", "RUN echo 'toor:x:0:0::/:' >> /etc/passwd", "toor", "toor 0 0"],
    ["by echo's words", "RUN echo -n toor:x:0:0:A User:/: >> /etc/passwd", "toor", "toor 0 0"],
    ["by printf", "RUN printf '%s:x:%d:%s::/:\\n' toor 5 6 >> /etc/passwd", "toor", "toor 5 6"],
    ["by printf, twice", "RUN printf '%s:x:%d:9::/:\\n' one 5 toor 6 >> /etc/passwd", "toor", "toor 6 9"],
    ["by printf, with a percentage", "RUN printf 'toor:x:0:0:%%:/%s\\n' >> /etc/passwd", "toor", "toor 0 0"],
    ["by echo, in its folder", "RUN cd /etc && echo 'toor:x:0:0::/:' >> passwd", "toor", "toor 0 0"],
    ["by tee, in its folder", "WORKDIR /etc\nRUN echo 'toor:x:0:0::/:' | tee -a passwd", "toor", "toor 0 0"],
    ["lengthened by cat", "RUN cat >> /etc/passwd <<EOF\ntoor:x:0:0::/:\nEOF", "toor", "toor 0 0"],
    ["lengthened by cat, quoted", "RUN cat <<'EOF' >> /etc/passwd\ntoor:x:0:0:$:/:\nEOF", "toor", "toor 0 0"],
    ["lengthened by tee", "RUN tee -a /etc/passwd <<EOF\ntoor:x:0:0::/:\nEOF", "toor", "toor 0 0"],
    ["by tee behind echo", "RUN echo 'toor:x:0:0::/:' | tee -a /etc/passwd > /dev/null", "toor", "toor 0 0"],
    ["by tee behind a document", "RUN cat <<EOF | tee -a /etc/passwd\ntoor:x:0:0::/:\nEOF", "toor", "toor 0 0"],
    ["by cat behind printf", "RUN printf 'toor:x:%d:0::/:\\n' 7 | cat >> /etc/passwd", "toor", "toor 7 0"],
    ["by an option that dash prints", "RUN echo -e 'toor:x:0:0::/:' >> /etc/passwd", "-e toor", "-e toor 0 0"],
    [
      "by an option that bash knows",
      'SHELL ["/bin/bash", "-c"]\nRUN echo -e \'toor:x:0:0::/:\' >> /etc/passwd',
      "toor",
      "toor 0 0",
    ],
    ["of two lines the first counts", "RUN echo 'node:x:0:0::/:' >> /etc/passwd", "node", "node 1000 1000"],
    [
      "also where both are appended",
      `RUN ${["1", "2"].map((id) => `echo 'x:x:${id}:${id}::/:' >> /etc/passwd`).join("\nRUN ")}`,
      "x",
      "x 1 1",
    ],
    ["another folder's", "COPY passwd /srv/etc/", "node", "node 1000 1000"],
    ["another file", "COPY passwd /etc/passwd.bak", "node", "node 1000 1000"],
  ])("%s", (_, lines, name, expected) => {
    expect(byName(lines, name)).toBe(expected);
  });

  test.each([
    ["of another stage", "COPY --from=x /etc/passwd /etc/passwd"],
    ["that the context does not show", "COPY other/passwd /etc/"],
    ["with a variable", "COPY <<EOF /etc/passwd\nnode:x:$UID:0::/:\nEOF"],
    ["without what is excluded", "COPY --exclude=passwd rootfs/etc/passwd /etc/"],
  ])("nobody knows: %s", (_, lines) => {
    expect(byName(lines, "node")).toBe("line 2 puts another /etc/passwd in place");
  });

  test.each(["COPY --from=b /etc/passwd /etc/passwd", "COPY --from=0 --chown=0:0 etc/passwd /etc/group /etc/"])(
    "of another stage, as that leaves it: %s",
    (lines) => {
      expect(ofStage(lines, "app")).toBe("app 2000 100");
      expect(ofStage(`${lines}\nRUN usermod -u 7 app`, "app")).toBe("app 7 100");
      for (const name of ["web", "other"])
        expect(ofStage(lines, name)).toBe("line 4 puts another /etc/passwd in place");
      expect(ofStage(`${lines}\nRUN adduser -D -u 3 other`, "other")).toBe("line 4 puts another /etc/passwd in place");
    },
  );

  test.each([
    "COPY --from=b /etc/passwd- /etc/passwd",
    "COPY --from=b /etc/passwd /etc",
    "COPY --from=b --exclude=passwd /etc/passwd /etc/",
  ])("of another stage, and perhaps another file: %s", (lines) => {
    expect(ofStage(lines, "app")).toBe("line 4 puts another /etc/passwd in place");
  });

  test.each([
    ["behind a pipe", "RUN cat <<EOF | sed s/0/1/ >> /etc/passwd\nnode:x:0:0::/:\nEOF"],
    ["a variable", "RUN cat >> /etc/passwd <<EOF\nnode:x:$UID:0::/:\nEOF"],
    ["a group", "RUN { echo 'node:x:0:0::/:'; } >> /etc/passwd"],
    ["a shell of its own", "RUN (echo 'node:x:0:0::/:') >> /etc/passwd"],
    ["a format", "RUN printf '%5s:x:0:0::/:\\n' node >> /etc/passwd"],
    ["a group in front of a pipe", "RUN { echo 'node:x:0:0::/:'; echo; } | tee -a /etc/passwd"],
    ["a program in front of a pipe", "RUN echo 'node:x:0:0::/:' | tr x y | tee -a /etc/passwd"],
    ["a variable for printf", "RUN printf '%s:x:0:0::/:\\n' $(id -un) >> /etc/passwd"],
    ["a file beside", "RUN cat more - >> /etc/passwd <<EOF\nnode:x:0:0::/:\nEOF"],
  ])("lengthened by what nobody knows: %s", (_, lines) => {
    expect(byName(lines, "node")).toBe("line 2 changes accounts");
  });
});
