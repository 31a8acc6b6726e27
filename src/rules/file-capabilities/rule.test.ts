import { expect, test } from "vitest";
import { judge, testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

const capable = "FROM debian:12 AS b\nRUN setcap cap_net_raw+ep /srv/x";
/** A last stage on line 3. */
const shipped = (...lines: readonly string[]): string => `${capable}\nFROM debian:12\n${lines.join("\n")}\n`;
/** One more stage in between. */
const made = (run: string, copy = "COPY --from=b /srv/x /x"): string =>
  `${capable}\nRUN ${run}\nFROM debian:12\n${copy}\n`;

/** Stages that each copy the one above them twice. */
const doubling = (stages: number): string =>
  Array.from(
    { length: stages },
    (_, index) => `FROM debian:12\nCOPY --from=${index} / /a/\nCOPY --from=${index} / /b/\n`,
  ).reduce((text, stage) => text + stage, `${capable}\n`);

testRule(rule, {
  valid: [
    ...Object.entries({
      "taken away": "RUN setcap -r /usr/bin/caddy",
      "taken away, by whatever path": 'RUN setcap -r "$(command -v caddy)"',
      "lost in a copy": "RUN cp /usr/bin/caddy /usr/bin/server",
      "another program in its place": "COPY --from=registry.example.com/caddy:1 /usr/bin/caddy /usr/bin/",
      "another program is started": 'CMD ["/app"]',
    }).map(([name, line]) => ({ name: `of the official image: ${name}`, text: `FROM caddy:2\n${line}\n` })),
    ...[
      ["taken away in its stage", made("setcap -r /srv/x")],
      ["lost to a chown in its stage", made("chown -R 1 /srv")],
      ["overwritten in its stage", made("go build -o /srv/x .")],
      ["another file in its place", made("cp /bin/true /srv/x")],
      ["another file moved into its place", made("mv /tmp/x /srv/x")],
      ["moved away", made("mv /srv/x /srv/y")],
      ["removed", made("rm -rf /srv")],
      ["a copy without attributes", made("cp -p /srv/x /srv/y", "COPY --from=b /srv/y /x")],
      ["a copy of the folder without attributes", made("cp -r /srv /out", "COPY --from=b /out /x")],
      ["a copy that is told to keep none", made("cp -a --no-preserve=mode,xattr /srv/x /y", "COPY --from=b /y /x")],
      ["a symbolic link", made("ln -s /srv/x /y", "COPY --from=b /y /x")],
      ["a link to another file in its place", made("ln -f /bin/true /srv/x")],
      ["a symbolic link in its place", made("ln -sf /bin/true /srv/x")],
      ["install keeps none", made("install -m 755 /srv/x /out/x", "COPY --from=b /out/x /x")],
      ["BusyBox keeps none", made("cp -a /srv/x /y", "COPY --from=b /y /x").replaceAll("debian:12", "alpine:3.20")],
      ["taken away where it ships", shipped("COPY --from=b /srv/x /x", "RUN setcap -r /x")],
      ["replaced by another file", shipped("COPY --from=b /srv/x /usr/bin/", "COPY x /usr/bin/x")],
      ["a folder beside it", shipped("COPY --from=b /srv2 /srv", "COPY --from=b /sr /s")],
      ["another pattern", shipped("COPY --from=b /srv/y* /x/")],
      ["the same path of another stage", shipped("COPY --from=other/image /srv/x /x")],
      [
        "a copy behind the one that a later stage is made from",
        `${capable}\nFROM debian:12 AS c\nFROM debian:12\nCOPY --from=c /srv/x /x\n`,
      ],
      ["more than anybody looks at: copies that double with each stage", doubling(40)],
    ].map(([name = "", text = ""]) => ({ name, text })),
    { name: "taken away again", text: "FROM debian:12\nRUN setcap cap_net_raw+ep /bin/x && setcap -r /bin/x\n" },
    { name: "lost to a chown", text: "FROM debian:12\nRUN setcap cap_net_raw+ep /srv/x && chown -R 1 /srv\n" },
    {
      name: "a builder stage",
      text: "FROM debian:12 AS b\nRUN setcap cap_net_raw+ep /x\nFROM debian:12\nCOPY --from=b /y /y\n",
    },
  ],
  invalid: [
    ...[
      ["from a stage, by its name", shipped("COPY --from=b /srv/x /usr/bin/app"), "/usr/bin/app"],
      ["by its index and in a known folder", shipped("COPY --from=0 /srv/x /usr/bin"), "/usr/bin/x"],
      ["into the working directory", shipped("WORKDIR /app", "COPY --from=b /srv/x ."), "/app/x", 5],
      ["into a folder that a RUN made", shipped("RUN mkdir -p /app", "COPY --from=b /srv/x /app"), "/app/x", 5],
      ["within a folder", shipped("COPY --from=b /srv/ /"), "/x"],
      ["within everything", shipped("COPY --from=b / /all"), "/all/srv/x"],
      ["by a pattern", shipped("COPY --from=b /s*/x* /y/"), "/y/x"],
      ["with an owner and a mode", shipped("COPY --from=b --chown=1 --chmod=755 /srv/x /x"), "/x"],
      ["several sources", shipped("COPY --from=b /etc/y /srv/x /usr/local/bin/"), "/usr/local/bin/x"],
      ["moved behind it", shipped("COPY --from=b /srv/x /x", "RUN mv /x /usr/bin/app"), "/usr/bin/app"],
      ["another mode behind it", shipped("COPY --from=b /srv/x /x", "RUN chmod 755 /x && touch /x"), "/x"],
      ["perhaps taken away", shipped("COPY --from=b /srv/x /x", "RUN test -e /y || rm /x"), "/x"],
      ["of a stage that is based on it", `${capable}\nFROM b AS c\nFROM debian:12\nCOPY --from=c /srv/x /x\n`, "/x", 5],
      [
        "of a copy",
        `${capable}\nFROM debian:12 AS c\nCOPY --from=b /srv /out\nFROM debian:12\nCOPY --from=c /out/x /x\n`,
        "/x",
        6,
      ],
      ["in a stage that ships", `${capable}\nFROM debian:12 AS c\nCOPY --from=b /srv/x /x\nFROM c\n`, "/x"],
      ["cp -a keeps them", made("cp -a /srv/x /y", "COPY --from=b /y /z"), "/z", 5],
      ["so does cp -a of the folder", made("cp -a /srv /out", "COPY --from=b /out/x /z"), "/z", 5],
      ["and of what is in it", made("cp -a /srv/. /out/", "COPY --from=b /out/x /z"), "/z", 5],
      ["and --preserve=all", made("cp --preserve=all /srv/x /y", "COPY --from=b /y /z"), "/z", 5],
      ["told last to keep them", made("cp --no-preserve=all -a /srv/x /y", "COPY --from=b /y /z"), "/z", 5],
      ["not told of them", made("cp -a --no-preserve=mode /srv/x /y", "COPY --from=b /y /z"), "/z", 5],
      ["a hard link is the same file", made("ln /srv/x /y", "COPY --from=b /y /z"), "/z", 5],
      ["so is one by cp", made("cp -rl /srv /y", "COPY --from=b /y/x /z"), "/z", 5],
      ["in a layer of its own", shipped("COPY --link --from=b --chown=1 /srv/x /x"), "/x"],
      ["mv keeps them", made("mv /srv/x /y", "COPY --from=b /y /z"), "/z", 5],
    ].map(([name, text, path, line = 4]) => ({
      name: String(name),
      text: String(text),
      lines: [Number(line)],
      says: [`COPY brings ${path} with cap_net_raw+ep, which setcap gives it in stage b: with all`],
      needsPerson: true,
    })),
    {
      name: "brought, and not effective",
      text: "FROM debian:12\nRUN setcap cap_net_raw+p /x\nFROM debian:12\nCOPY --from=0 /x /y\n",
      lines: [4],
      says: [
        "COPY brings /y with cap_net_raw+p, which setcap gives it in stage 0: with all capabilities dropped, it runs",
      ],
    },
    {
      name: "overwritten, and given again",
      text: "FROM debian:12\nRUN setcap cap_net_raw+ep /x && cp /y /x\nRUN setcap cap_net_raw+ep /x\n",
      lines: [3],
      needsPerson: true,
    },
    ...["FROM caddy:2\n", 'FROM caddy:2\nCOPY Caddyfile /etc/caddy/\nCMD ["caddy", "run"]\n'].map((text) => ({
      name: `of the official image: ${text}`,
      text,
      lines: [1],
      outcome: "open" as const,
      says: [/^The official image of Caddy gives \/usr\/bin\/caddy cap_net_bind_service=\+ep, as far as is known/],
    })),
    {
      name: "effective",
      text: "FROM debian:12\nRUN setcap cap_net_bind_service=+ep /srv/x\n",
      lines: [2],
      marks: ["setcap cap_net_bind_service=+ep /srv/x"],
      says: [/\/srv\/x .*operation not permitted/],
      needsPerson: true,
    },
    {
      name: "quoted",
      text: "FROM debian:12\nRUN setcap 'cap_net_bind_service=+ep' /srv/x\n",
      lines: [2],
      needsPerson: true,
    },
    {
      name: "not effective",
      text: "FROM debian:12\nRUN setcap cap_net_raw+p /srv/x\n",
      lines: [2],
      says: ["runs without them"],
    },
    {
      name: "not permitted, so nothing is missed",
      text: "FROM debian:12\nRUN setcap cap_net_raw=ei /srv/x\n",
      lines: [2],
      says: ["runs without them"],
    },
    {
      name: "each file with its own",
      text: "FROM debian:12\nRUN setcap cap_net_raw=eip /usr/bin/tini cap_net_admin+ep /srv/{x,y}\n",
      lines: [2, 2, 2],
      says: ["/usr/bin/tini cap_net_raw=eip:", "/srv/x cap_net_admin+ep:", "/srv/y cap_net_admin+ep:"],
      needsPerson: true,
    },
    {
      name: "set again behind the chown",
      text: "FROM debian:12\nRUN setcap cap_net_raw+ep /x && chown 1 /x\nRUN setcap cap_net_raw+ep /x\n",
      lines: [3],
      needsPerson: true,
    },
    {
      name: "a chown of something else",
      text: "FROM debian:12\nRUN setcap cap_net_raw+ep /srv/x && chown -R 1 /data\n",
      lines: [2],
      needsPerson: true,
    },
    {
      name: "a chown of the folder alone",
      text: "FROM debian:12\nRUN setcap cap_net_raw+ep /srv/x && chown 1 /srv\n",
      lines: [2],
      needsPerson: true,
    },
  ],
});

test.each([
  ["cap_net_bind_service=+ep", "Do without setcap (a port of 1024 or more needs none)"],
  ["cap_net_raw+ep", "Do without setcap"],
])("what to do instead of %s", (capabilities, title) => {
  const { findings } = judge({ text: `FROM debian:12\nRUN setcap ${capabilities} /srv/x\nUSER 1000\n` });
  expect(findings.find((one) => one.rule === rule.id)?.fix?.title).toBe(title);
});
