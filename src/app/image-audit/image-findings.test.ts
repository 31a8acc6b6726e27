import { describe, expect, test } from "vitest";
import { sha256, tarOf, type TestEntry } from "../../../test/support/registry.ts";
import type { Finding } from "../../core/finding.ts";
import { readConfigFile } from "../../image/config-file.ts";
import { readLayerStream } from "../../image/layer/read-layer.ts";
import type { ImageLayer, OpenImage } from "../../image/view.ts";
import { evidenceOf } from "./image-evidence.ts";
import { readImageFacts, type ImageFacts } from "./image-facts.ts";
import { findingsOf } from "./image-findings.ts";

const accounts = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n";
const groups = "root:x:0:\napp:x:1000:\n";
const folder = (path: string, mode: number, id: number): TestEntry => ({
  path,
  type: "directory",
  mode,
  uid: id,
  gid: id,
});
const home = folder("home/app", 0o755, 1000);

interface Case {
  readonly config: Readonly<Record<string, unknown>>;
  readonly passwd?: string;
  readonly group?: string;
  /** Beside accounts and home; a later entry of the same path wins. */
  readonly files?: readonly TestEntry[];
}

function imageOf({ config, passwd = accounts, group = groups, files = [] }: Case): OpenImage {
  const bytes = tarOf([{ path: "etc/passwd", text: passwd }, { path: "etc/group", text: group }, home, ...files]);
  const digest = sha256(bytes);
  const layer: ImageLayer = {
    digest,
    size: bytes.length,
    read: (contents = new Set()) => readLayerStream(parts(bytes), { digest, size: bytes.length }, contents, "test"),
  };
  const file = readConfigFile({ os: "linux", architecture: "amd64", config });
  if (file === undefined) throw new Error("no configuration");
  return { digest: null, platform: file.platform, config: file, layers: [layer] };
}

async function* parts(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function judge(one: Case): Promise<{ readonly facts: ImageFacts; readonly findings: readonly Finding[] }> {
  const facts = await readImageFacts(imageOf(one), { facts: "all", deep: false, writable: [] });
  expect(facts.failure).toBeNull();
  return { facts, findings: findingsOf(facts, { rules: {}, openshift: false, deep: false }) };
}

const rulesOf = async (one: Case): Promise<readonly string[]> => (await judge(one)).findings.map(({ rule }) => rule);

const long = (bytes: number): string => `long:x:5000:${"x".repeat(bytes - 12)}\n`;

test("an account with its home, for comparison", async () => {
  expect(await rulesOf({ config: { User: "1000" } })).toEqual([]);
  expect(await rulesOf({ config: { User: "app" } })).toEqual(["symbolic-user"]);
});

describe("long lines", () => {
  test.each(["1000", "app"])("of /etc/passwd: nothing starts, also as %s", async (user) => {
    const { findings } = await judge({ config: { User: user }, passwd: `${accounts}${long(65_536)}` });
    expect(findings.find(({ rule }) => rule === "user-not-in-passwd")).toMatchObject({
      severity: "error",
      outcome: "fail",
      message: `No runtime can look "${user}" up: line 3 of /etc/passwd is longer than the 65535 bytes that runtimes read`,
    });
  });

  test("are counted in bytes", async () => {
    const wide = `# ${"é".repeat(40_000)}\n`;
    expect(await rulesOf({ config: { User: "1000" }, passwd: `${accounts}${wide}` })).toEqual(["user-not-in-passwd"]);
    expect(await rulesOf({ config: { User: "1000" }, passwd: `${accounts}${long(65_535)}` })).toEqual([]);
  });

  test("of /etc/group are read, with what stands behind them", async () => {
    const group = `root:x:0:\n${long(70_000)}ldap:x:5000:web,app\napp:x:1000:\n`;
    const work = { ...folder("work", 0o770, 0), gid: 5000 };
    const one = { config: { User: "1000", WorkingDir: "/work" }, group, files: [work] };
    expect(await rulesOf(one)).toEqual([]);
    expect(await rulesOf({ ...one, group: groups })).toEqual(["workdir-not-traversable"]);
    expect(await rulesOf({ config: { User: "app" }, group })).toEqual(["symbolic-user"]);
  });
});

test.each(["1000", "app"])("/etc/passwd is a folder: nothing starts as %s", async (user) => {
  const { findings } = await judge({ config: { User: user }, files: [folder("etc/passwd", 0o755, 0)] });
  expect(findings.map(({ message }) => message)).toContain(`No runtime can look "${user}" up: /etc/passwd is a folder`);
});

test("no /etc/passwd at all is none of the runtimes' business", async () => {
  const image = { ...imageOf({ config: { User: "1000" } }), layers: [] };
  const facts = await readImageFacts(image, { facts: "all", deep: false, writable: [] });
  const found = findingsOf(facts, { rules: {}, openshift: false, deep: false }).map(({ rule }) => rule);
  expect(found).toEqual(["no-passwd-entry"]);
});

const accountWith = (ids: string): string => `root:x:0:0:root:/root:/bin/sh\napp:x:${ids}::/home/app:/bin/sh\n`;

describe("ids that no process can have", () => {
  test.each([
    ["2147483648:1000", 2147483648, ["symbolic-user"]],
    ["-1:1000", -1, ["symbolic-user", "invalid-uid"]],
  ])("the number behind a name is not one of them: %s", async (ids, uid, rules) => {
    const { facts, findings } = await judge({ config: { User: "app" }, passwd: accountWith(ids) });
    expect(findings.map(({ rule }) => rule)).toEqual(rules);
    expect(findings[0]?.fix?.title).toBe(
      `Write a number, and another than its uid ${uid}, which lies outside 1 to 2147483647: USER 65532`,
    );
    expect(facts.uid.known).toBe(false);
    expect(evidenceOf(facts).join("\n")).not.toContain("in numbers");
  });

  test("the largest one is one", async () => {
    const { facts, findings } = await judge({ config: { User: "app" }, passwd: accountWith("2147483647:1000") });
    expect(findings[0]?.fix?.title).toBe("Write the number: USER 2147483647");
    expect(facts.uid).toMatchObject({ known: true, value: 2147483647 });
  });

  test.each(["-1", "2147483648"])("gid %s of the account", async (gid) => {
    const { facts, findings } = await judge({ config: { User: "1000" }, passwd: accountWith(`1000:${gid}`) });
    expect(findings.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([
      `invalid-uid: /etc/passwd gives "app" the gid ${gid}, which lies outside 0 to 2147483647, so a container that takes it from there does not start`,
    ]);
    expect(evidenceOf(facts).some((line) => line.startsWith("group:"))).toBe(false);
  });

  test("a gid that has a line of its own is found there", async () => {
    const group = `${groups}big:x:2147483648:\n`;
    expect(await rulesOf({ config: { User: "1000" }, passwd: accountWith("1000:2147483648"), group })).toEqual([]);
  });

  test.each(["1000:-1", "1000:2147483648", "1000:99999999999999999999"])(
    "the group of %s is told once, and is nobody's to take",
    async (user) => {
      expect(await rulesOf({ config: { User: user } })).toEqual(["invalid-uid"]);
    },
  );
  test("a group of a name too", async () => {
    expect(await rulesOf({ config: { User: "app:-1" } })).toEqual(["symbolic-user", "invalid-uid"]);
  });
  test("another group that is one is dropped", async () => {
    expect(await rulesOf({ config: { User: "1000:2000" } })).toEqual(["group-dropped"]);
  });
});

describe("groups by name", () => {
  test.each([
    ["app:ghost", ["symbolic-user", "user-not-in-passwd"]],
    ["1000:ghost", ["user-not-in-passwd"]],
    ["app:app", ["symbolic-user"]],
    ["1000:app", []],
    ["app:", ["symbolic-user"]],
  ])("%s", async (user, rules) => {
    expect(await rulesOf({ config: { User: user } })).toEqual(rules);
  });

  test("a missing account is enough", async () => {
    const { findings } = await judge({ config: { User: "ghost:ghost" } });
    expect(findings.map(({ message }) => message.includes("no group"))).toEqual([false, false]);
  });
});

test("a third field is ignored by the engines, and refused by containerd alone", async () => {
  const { findings } = await judge({ config: { User: "1000:1000:3" } });
  expect(findings.map(({ rule, severity, message }) => [rule, severity, message])).toEqual([
    [
      "invalid-uid",
      "error",
      'The image\'s user "1000:1000:3" has more than one colon: containerd by itself refuses it, while the kubelet takes what is before the first colon, and Docker and podman what is before the second',
    ],
  ]);
});

describe("HOME", () => {
  test("an empty one is none", async () => {
    expect(await rulesOf({ config: { User: "1000", Env: ["HOME="] } })).toEqual([]);
  });
  test("one that is set counts", async () => {
    expect(await rulesOf({ config: { User: "1000", Env: ["HOME=/nowhere"] } })).toEqual(["home-unset"]);
    expect(await rulesOf({ config: { User: "1000", Env: ["HOME="] }, files: [folder("home/app", 0o755, 0)] })).toEqual([
      "home-unset",
    ]);
  });
});

describe("the working directory", () => {
  test("below a file can never be made", async () => {
    const { findings } = await judge({
      config: { User: "1000", WorkingDir: "/work/a/b" },
      files: [{ path: "work", text: "a file" }],
    });
    expect(findings.map(({ message }) => message)).toEqual(["The working directory /work/a/b is no folder"]);
  });
  test("that is missing is made by the runtimes", async () => {
    expect(await rulesOf({ config: { User: "1000", WorkingDir: "/work/a/b" } })).toEqual([]);
  });
});

describe("ONBUILD USER", () => {
  test.each([
    ["USER 1000:1000", []],
    ['user "1000"', []],
    ["USER 0", ["onbuild-user"]],
    ["USER app", ["onbuild-user"]],
    ["USER $UID", ["onbuild-user"]],
  ])("%s", async (trigger, rules) => {
    expect(await rulesOf({ config: { User: "1000", OnBuild: ["USER root", trigger] } })).toEqual(rules);
  });
});

describe("accounts that are too large to be read", () => {
  const passwd = `${accounts}${`${"x".repeat(1000)}:x:7:7::/:\n`.repeat(1100)}`;

  test.each([
    ["1000", ["no-passwd-entry"]],
    ["1000:1000", ["group-dropped"]],
  ])("leave open what they would tell of USER %s", async (user, rules) => {
    const { findings } = await judge({ config: { User: user }, passwd });
    expect(findings.map(({ rule }) => rule)).toEqual(rules);
    expect(findings.map(({ outcome }) => outcome)).toEqual(["open"]);
    expect(findings[0]?.message).toContain("/etc/passwd is larger than 1048576 bytes");
  });

  test("tell nothing more of a name, which is refused anyway", async () => {
    expect(await rulesOf({ config: { User: "app" }, passwd })).toEqual(["symbolic-user"]);
  });
});
