import { describe, expect, test } from "vitest";
import { fixed, planOf, type FixSetup } from "./test-kit.ts";

const drops = '#!/bin/sh\nif [ "$(id -u)" = 0 ]; then\n@\n  exec gosu app "$0" "$@"\nfi\nexec "$@"\n';
const setup = (script: string, lines = ""): FixSetup => ({
  text: `FROM debian:12\nRUN useradd -l -u 900 -m app\n${lines}COPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n`,
  context: { "run.sh": script },
});

/** The folders that the fix makes and gives away for the account. */
function handed(one: FixSetup): readonly string[] {
  const [, paths = ""] = /chown 900:900 (.*)/.exec(fixed(one)) ?? [];
  return paths.split(" ").filter((path) => path !== "" && path !== "\\" && path !== "&&");
}
const asRoot = (command: string, lines = ""): readonly string[] => handed(setup(drops.replace("@", command), lines));
const asAll = (command: string, lines = ""): readonly string[] =>
  handed(setup(`#!/bin/sh\n${command}\nexec "$@"\n`, lines));

describe("folders that the start makes or gives away as root", () => {
  test.each([
    ["mkdir -p /data/db", ["/data/db"]],
    ["mkdir -m 755 /data", ["/data"]],
    ["install -d -o app -m 700 /data", ["/data"]],
    ["mkdir -p /data/{a,b}", ["/data/a", "/data/b"]],
    ["chown -R app:app /data", ["/data"]],
    ['chown -R "$PUID:$PGID" /data', ["/data"]],
    ["find /data ! -user app -exec chown app {} +", ["/data"]],
    ["mkdir -p /var/run/app && chown -R app /var/run/app", ["/var/run/app"]],
    ["chown -R app /var/lib/app /opt/app", ["/opt/app", "/var/lib/app"]],
  ])("%s", (command, paths) => {
    expect(asRoot(command)).toEqual(paths);
  });

  test("a variable that the image sets is followed", () => {
    expect(asRoot('mkdir -p "$DATA_DIR"/db', "ENV DATA_DIR=/srv/data\n")).toEqual(["/srv/data/db"]);
  });

  test.each([
    "chown -R root /data",
    "chown -R 0:0 /data",
    "chown app /run/docker.sock",
    "chown -R app /opt/app.conf",
    "chown -R app /etc/app",
    "chown -R app /usr/local/share/x",
    "mkdir -p /run/sshd /var/lib/apt/x /tmp/x /dev/net",
    'mkdir -p "$SOMEWHERE"',
    "mkdir -p logs",
    'mkdir -p \'/data/$(id)\' "/a b" \'/c;d\' "/e\u001b[31m" "/n\nl"',
  ])("nothing of the system's, and nothing that is not known: %s", (command) => {
    expect(asRoot(command)).toEqual([]);
  });

  test("what the script makes for everybody is made here, where nobody else could", () => {
    expect(asAll("mkdir -p /data/db /data/log")).toEqual(["/data/db", "/data/log"]);
    // The application makes what lies below a folder that it has.
    expect(asAll("mkdir -p /data /data/log")).toEqual(["/data"]);
    expect(asAll("mkdir -p /srv/app/log", "WORKDIR /srv/app\n")).toEqual(["/srv/app"]);
  });

  test("below a folder that is given, what only root makes is made too", () => {
    expect(asRoot("mkdir -p /srv/app/log; chown -R app /srv/app/x", "WORKDIR /srv/app\n")).toEqual([
      "/srv/app",
      "/srv/app/log",
    ]);
  });

  test("below a folder that is given, so is what is made on the way", () => {
    expect(asRoot("mkdir -p /srv/app/var/log /srv/app/var/db", "WORKDIR /srv/app\n")).toEqual([
      "/srv/app",
      "/srv/app/var",
      "/srv/app/var/db",
      "/srv/app/var/log",
    ]);
  });

  test("more folders than anybody writes are left", () => {
    expect(asRoot(Array.from({ length: 4000 }, (_, at) => `mkdir -p /data/${at}/x`).join("\n"))).toHaveLength(50);
  });

  test("in a VOLUME nothing is made", () => {
    expect(asRoot("mkdir -p /data/db", "VOLUME /data\n")).toEqual(["/data"]);
  });

  test("files that are copied into such a folder are handed over with it", () => {
    expect(fixed(setup(drops.replace("@", "chown -R app /data"), "COPY seed /data/seed\n"))).toContain(
      "COPY --chown=900:900 seed /data/seed",
    );
  });

  test("what a RUN may do somewhere is not looked for there", () => {
    const one = setup(drops.replace("@", "chown -R app /data"), "RUN cd /data && some-tool --here\n");
    expect(fixed(one)).not.toContain("find");
  });

  test("of a shell text, and said in the steps", () => {
    const plan = planOf({ text: "FROM debian:12\nRUN useradd -l -u 900 -m app\nCMD mkdir -p /data && exec app\n" });
    expect(plan.kind === "edits" && plan.steps).toContain("/data: made and given here, which CMD can do only as root");
  });
});
