import { describe, expect, test } from "vitest";
import { capabilityData, tarWithCapabilities } from "../../../test/support/file-capabilities.ts";
import { sha256, tarOf, type TestEntry } from "../../../test/support/registry.ts";
import type { Finding } from "../../core/finding.ts";
import { readConfigFile } from "../../image/config-file.ts";
import { readLayerStream } from "../../image/layer/read-layer.ts";
import type { ImageLayer } from "../../image/view.ts";
import { readImageFacts } from "./image-facts.ts";
import { findingsOf } from "./image-findings.ts";

const program = (path: string, more: Partial<TestEntry> = {}): TestEntry => ({
  path,
  mode: 0o755,
  text: "\x7fELF",
  ...more,
});
const script = (path: string, text: string, more: Partial<TestEntry> = {}): TestEntry =>
  program(path, { text: `#!/bin/sh\n${text}\n`, ...more });
const folder = (path: string, mode: number): TestEntry => ({ path, type: "directory", mode });
const linkTo = (path: string, linkTarget: string): TestEntry => ({ path, type: "symlink", linkTarget });

const base: readonly TestEntry[] = [
  { path: "etc/passwd", text: "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:\n" },
  { path: "etc/group", text: "app:x:1000:\n" },
  { path: "home/app", type: "directory", mode: 0o755, uid: 1000, gid: 1000 },
  folder("root", 0o700),
  ...["bin/sh", "bin/bash", "bin/env", "bin/gosu", "bin/python3", "sbin/tini", "usr/bin/dumb-init"].map((path) =>
    program(path),
  ),
];

async function* parts(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

interface Start {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly Volumes?: Readonly<Record<string, object>>;
}

interface Judged {
  readonly findings: readonly Finding[];
  /** How often each layer was read, oldest first. */
  readonly reads: readonly number[];
}

/** What is said of an image with those files over the base. */
const judge = (start: Start, ...files: readonly TestEntry[]): Promise<Judged> => judgeOver(tarOf(files), start);

async function judgeOver(layer: Uint8Array, start: Start): Promise<Judged> {
  const reads = [0, 0];
  const layers = [tarOf(base), layer].map((bytes, at): ImageLayer => {
    const digest = sha256(bytes);
    const size = bytes.length;
    return {
      digest,
      size,
      read: (contents = new Set()) => {
        reads[at] = (reads[at] ?? 0) + 1;
        return readLayerStream(parts(bytes), { digest, size }, contents, "test");
      },
    };
  });
  const config = readConfigFile({ os: "linux", architecture: "amd64", config: { User: "1000", ...start } });
  if (config === undefined) throw new Error("no configuration");
  const facts = await readImageFacts(
    { digest: null, platform: config.platform, config, layers },
    { facts: "all", deep: false, writable: [] },
  );
  expect(facts.failure).toBeNull();
  return { findings: findingsOf(facts, { rules: {}, openshift: false, deep: false }), reads };
}

async function said(start: Start, ...files: readonly TestEntry[]): Promise<readonly string[]> {
  return (await judge(start, ...files)).findings.map(({ rule, message }) => `${rule}: ${message}`);
}

const switches = "which needs CAP_SETUID and CAP_SETGID: in a container without root and capabilities it fails";
const starts = (place: string): string => `entrypoint-needs-root: ${place} starts gosu, ${switches}`;

describe("a script that switches the user", () => {
  test.each<readonly string[]>([
    ["/e.sh"],
    ["/sbin/tini", "--", "/e.sh"],
    ["dumb-init", "/e.sh"],
    ["tini", "--", "env", "A=b", "/e.sh"],
    ["/bin/sh", "/e.sh"],
    ["bash", "-e", "e.sh"],
    ["/bin/sh", "-c", "/e.sh"],
    ["/bin/sh", "-c", "exec /e.sh run"],
    ["/bin/sh", "-c", "cd / && ./e.sh"],
    ["/bin/sh", "-ec", "exec tini -- $APP_HOME/e.sh"],
  ])("%s %s %s %s %s", async (...Entrypoint) => {
    const e = script("e.sh", 'exec gosu app "$@"');
    expect(await said({ Entrypoint, Env: ["APP_HOME="] }, e)).toEqual([starts("/e.sh")]);
  });

  test("which a script gets as its arguments", async () => {
    const inner = script("inner.sh", "exec gosu app server");
    for (const exec of ['exec "$@"', 'exec tini -- "$@"', "exec $@"]) {
      const start = { Entrypoint: ["/e.sh"], Cmd: ["/inner.sh"] };
      expect(await said(start, script("e.sh", exec), inner)).toEqual([starts("/inner.sh")]);
    }
  });

  test("a switch that a script gets as its arguments", async () => {
    const start = { Entrypoint: ["/e.sh"], Cmd: ["gosu", "app", "server"] };
    expect(await said(start, script("e.sh", 'exec "$@"'))).toEqual([
      `entrypoint-needs-root: CMD starts gosu, ${switches} and the container exits`,
    ]);
  });

  test.each<[string, Start, readonly TestEntry[]]>([
    [
      "looks who it runs as",
      { Entrypoint: ["tini", "--", "/e.sh"] },
      [script("e.sh", 'if [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi\nexec "$@"')],
    ],
    ["is not started", { Entrypoint: ["/bin/sh", "-c", "true"] }, [script("e.sh", "exec gosu app")]],
    [
      "is started by root alone",
      { Entrypoint: ["/bin/sh", "-c", "[ -w /etc/passwd ] && exec /e.sh; sleep 1"] },
      [script("e.sh", "exec gosu app")],
    ],
    ["may fail", { Entrypoint: ["/bin/sh", "-c", "/e.sh && true || sleep 1"] }, [script("e.sh", "exec gosu app")]],
    [
      "is an argument of another program",
      { Entrypoint: ["/e.sh"], Cmd: ["/inner.sh"] },
      [script("e.sh", 'exec sleep "$@"'), script("inner.sh", "exec gosu app")],
    ],
    [
      "is no longer the argument",
      { Entrypoint: ["/e.sh"], Cmd: ["/inner.sh"] },
      [script("e.sh", 'shift\nexec "$@"'), script("inner.sh", "exec gosu app")],
    ],
  ])("not when it %s", async (_, start, files) => {
    expect(await said(start, ...files)).toEqual([]);
  });

  test("a script of a megabyte takes no longer than the longest that a person writes", async () => {
    for (const part of ['exec "$@" && ', "sh -c a; "]) {
      const text = part.repeat(1_000_000 / part.length);
      expect(await said({ Entrypoint: ["/e.sh", "/inner"] }, script("e.sh", text))).toEqual([]);
    }
  }, 20_000);

  test("scripts that lead to each other end", async () => {
    const nested = "sh -c ".repeat(500);
    expect(
      await said(
        { Entrypoint: ["/a", "/b"] },
        script("a", `exec /b "$@"\nexec "$@"\nexec ${nested}`),
        script("b", 'exec /a "$@"'),
        program("c", { text: "#!/c\n" }),
      ),
    ).toEqual([]);
  });
});

describe("what is in root's home", () => {
  test.each<[string, Start]>([
    ["the program", { Cmd: ["/root/run.sh"] }],
    ["a shell's command", { Cmd: ["/bin/sh", "-c", "/root/run.sh"] }],
    ["a shell's script", { Cmd: ["sh", "/root/run.sh"] }],
    ["an interpreter's script", { Cmd: ["python3", "-u", "/root/run.sh"] }],
    ["behind an init", { Entrypoint: ["tini", "--"], Cmd: ["/root/run.sh", "/root/more"] }],
    ["a link that leads there", { Cmd: ["/run.sh"] }],
    ["the only one in PATH", { Cmd: ["run.sh"], Env: ["PATH=/root:/bin"] }],
  ])("%s", async (_, start) => {
    const link: TestEntry = { path: "run.sh", type: "symlink", linkTarget: "/root/run.sh" };
    const [found, ...more] = (await judge(start, script("root/run.sh", "true"), link)).findings;
    expect(more).toEqual([]);
    expect(found).toMatchObject({ rule: "uses-root-home", severity: "warning", needsPerson: true });
    expect(found?.message).toContain("/root/run.sh");
    expect(found?.message).toContain(
      "which the container starts, cannot be reached by uid 1000: /root is closed to it",
    );
    expect(found?.fix?.title).toMatch(/^Install it outside \/root/);
  });

  test("an argument", async () => {
    expect(await said({ Cmd: ["gosuless", "--data=/root/data"] }, program("bin/gosuless"))).toEqual([
      "uses-root-home: The container starts with --data=/root/data, and /root is closed to uid 1000",
    ]);
  });

  test("not where it is open, nor what only looks like it", async () => {
    expect(
      await said({ Cmd: ["sh", "/root/run.sh", "/root/x"] }, folder("root", 0o755), script("root/run.sh", "true")),
    ).toEqual([]);
    expect(await said({ Cmd: ["/rootless/run", "/srv/root"] }, script("rootless/run", "true"))).toEqual([]);
    expect(await said({ Cmd: ["sh", "-c", "if [ -x /root/run.sh ]; then /root/run.sh; fi"] })).toEqual([]);
  });
});

const cannot = (path: string, what: string, mode: string): string =>
  `entrypoint-needs-root: ${path}, which the container starts, cannot be ${what} by uid 1000: its mode is ${mode} and its owner uid 0`;

describe("files that are closed to the user", () => {
  test.each<[readonly string[], number, string]>([
    [["/bin/sh", "-c", "/tool"], 0o700, "executed"],
    [["/bin/sh", "-c", "exec /tool arg"], 0o700, "executed"],
    [["tini", "--", "/tool"], 0o644, "executed"],
    [["sh", "/tool"], 0o600, "read"],
    [["python3", "./tool"], 0o700, "read"],
    [["/tool"], 0o711, "read"],
  ])("%j with mode %o", async (Cmd, mode, what) => {
    expect(await said({ Cmd }, script("tool", "true", { mode }))).toEqual([
      cannot("/tool", what, `0${mode.toString(8)}`),
    ]);
  });

  test("a script that a shell reads needs no bit to execute it", async () => {
    expect(await said({ Cmd: ["sh", "/tool"] }, script("tool", "true", { mode: 0o644 }))).toEqual([]);
  });

  test("code and modules are no files", async () => {
    const closed = script("app.run", "true", { mode: 0o600 });
    expect(await said({ Cmd: ["python3", "-m", "app.run"] }, closed)).toEqual([]);
    expect(await said({ Cmd: ["python3", "-c", "app.run"] }, closed)).toEqual([]);
  });

  test("a closed folder is what is named and opened", async () => {
    const { findings } = await judge(
      { Cmd: ["/d/e/tool"] },
      folder("d", 0o700),
      folder("d/e", 0o700),
      program("d/e/tool"),
    );
    expect(findings).toMatchObject([
      {
        rule: "entrypoint-needs-root",
        message: "/d/e/tool, which the container starts, cannot be reached by uid 1000: /d is closed to it",
        fix: { title: "Let everybody enter the folder: chmod a+x /d" },
      },
    ]);
  });

  test("the root folder is the runtime's, whatever the archive says", async () => {
    expect(await said({ Cmd: ["/tool"] }, folder("./", 0o700), program("tool"))).toEqual([]);
  });
});

const app = (shebang: string): TestEntry => program("app", { text: `${shebang}\nrun\n` });

describe("the interpreter of a script", () => {
  test("in a folder that is closed, also where it is a link to one that is open", async () => {
    const python: TestEntry = { path: "root/venv/bin/python", type: "symlink", linkTarget: "/bin/sh" };
    for (const Cmd of [["/app"], ["sh", "-c", "exec /app"]])
      expect(await said({ Cmd }, python, app("#!/root/venv/bin/python -u"))).toEqual([
        "uses-root-home: /root/venv/bin/python (/bin/sh), which the container starts, cannot be reached by uid 1000: /root is closed to it",
      ]);
  });

  test.each(["#!/opt/sh", "#! /opt/sh -e", "#!/bin/env runner", "#!/bin/env -S runner -u"])(
    "%s, closed",
    async (shebang) => {
      const closed = [program("opt/sh", { mode: 0o700 }), program("opt/runner", { mode: 0o700 })];
      const [found, ...more] = await said({ Cmd: ["/app"], Env: ["PATH=/bin:/opt"] }, ...closed, app(shebang));
      expect(more).toEqual([]);
      expect(found).toContain("cannot be executed by uid 1000: its mode is 0700");
    },
  );

  test.each([
    ["#!/not/there", "The image has no /not/there, which the first line of /app names"],
    ["#!/not/there -e", "The image has no /not/there, which the first line of /app names"],
    ["#!/opt/sh\r", "The first line of /app, which the container starts, ends in a carriage return"],
  ])("%j is not there", async (shebang, words) => {
    expect(await said({ Cmd: ["/app"] }, program("opt/sh"), app(shebang))).toEqual([
      expect.stringContaining(`entrypoint-needs-root: ${words}`),
    ]);
  });

  test.each(["#!/bin/sh", "#!/bin/env python3", "#!", "#!\n#!/opt/sh"])("%j says nothing", async (shebang) => {
    expect(await said({ Cmd: ["/app"] }, program("opt/sh", { mode: 0o700 }), app(shebang))).toEqual([]);
  });
});

describe("a name that is looked for in PATH", () => {
  const Env = ["PATH=/opt/x:/opt/y:/bin"];
  const tool = [program("opt/y/tool"), { path: "opt/x/tool", text: "x" }] as const;

  test.each<[string, readonly TestEntry[]]>([
    ["what nobody may execute", [{ path: "opt/x/tool", text: "x", mode: 0o644 }]],
    ["what lies in a closed folder", [folder("opt/x", 0o700), program("opt/x/tool")]],
    ["a folder", [folder("opt/x/tool", 0o755)]],
  ])("the runtime passes over %s", async (_, first) => {
    expect(await said({ Entrypoint: ["tool"], Env }, program("opt/y/tool"), ...first)).toEqual([]);
  });

  test("the runtime takes what only root may execute; an init goes on", async () => {
    const files = [tool[0], program("opt/x/tool", { mode: 0o700 })];
    expect(await said({ Entrypoint: ["tool"], Env }, ...files)).toEqual([
      "entrypoint-needs-root: /opt/x/tool, which the container starts, cannot be executed by uid 1000: its mode is 0700 and its owner uid 0",
    ]);
    expect(await said({ Entrypoint: ["/sbin/tini", "--", "tool"], Env }, ...files)).toEqual([]);
  });

  test("where there is no other, the first is told of", async () => {
    expect((await said({ Entrypoint: ["tool"], Env }, tool[1]))[0]).toContain(
      "/opt/x/tool, which the container starts",
    );
  });
});

describe("file capabilities of what starts", () => {
  test.each<[string, Uint8Array, string, boolean]>([
    ["+ep", capabilityData(1, 4), 'starting it fails with "operation not permitted"', true],
    ["+p", capabilityData(0, 4), "starting it fails or goes without", false],
    ["+ei", capabilityData(1, 0, 4), "starting it fails or goes without", false],
  ])("%s", async (_, capabilities, words, needsPerson) => {
    const layer = tarWithCapabilities(capabilities, program("cap"));
    const { findings } = await judgeOver(layer, { Cmd: ["tini", "--", "/cap"] });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ rule: "file-capabilities", message: expect.stringContaining(words) });
    expect(findings[0]?.needsPerson ?? false).toBe(needsPerson);
  });
});

describe("a program that the layers do not have", () => {
  test.each<[string, Start, readonly TestEntry[]]>([
    ["ENTRYPOINT", { Entrypoint: ["/srv/app", "/bin/sh"] }, []],
    ["CMD", { Cmd: ["/srv/./app"] }, []],
    ["a link that leads nowhere", { Cmd: ["/srv/app"] }, [linkTo("srv/app", "/opt/app")]],
    ["below a file", { Cmd: ["/srv/app"] }, [program("srv")]],
    ["hidden", { Cmd: ["/srv/app"] }, [program("srv/.wh.app")]],
  ])("%s", async (_, start, files) => {
    expect(await said(start, ...files)).toEqual([
      "entrypoint-needs-root: The image has no /srv/app, which the container starts: it does so only where something is mounted there",
    ]);
  });

  test.each<[string, Start, readonly TestEntry[]]>([
    ["a folder that is a link", { Cmd: ["/opt/bin/app"] }, [linkTo("opt/bin", "../srv/bin"), program("srv/bin/app")]],
    ["a folder of the base that is one", { Cmd: ["/sbin/sh"] }, [linkTo("sbin", "bin")]],
    ["a link", { Cmd: ["/app"] }, [linkTo("app", "bin/sh")]],
    ["a name that is looked for", { Cmd: ["app"] }, []],
    ["below the working directory", { Cmd: ["./app"], WorkingDir: "/srv" }, []],
    ["a volume", { Cmd: ["/data/bin/app"], Volumes: { "/data/": {} } }, []],
    ["what runtimes mount", { Cmd: ["/run/app"] }, []],
    ["what another program is given", { Entrypoint: ["/bin/env", "--"], Cmd: ["/data"] }, []],
  ])("none: %s", async (_, start, files) => {
    expect((await said(start, ...files)).filter((one) => one.startsWith("entrypoint-needs-root"))).toEqual([]);
  });
});

test("a layer is read but once for the scripts that the configuration names", async () => {
  const files = [script("e.sh", 'exec "$@"'), script("inner.sh", "true")];
  expect((await judge({ Entrypoint: ["/sbin/tini", "--", "/e.sh"], Cmd: ["/inner.sh"] }, ...files)).reads).toEqual([
    1, 1,
  ]);
});
