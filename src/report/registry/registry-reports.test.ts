import { expect, test } from "vitest";
import { readTarget, type ReportedTarget } from "../../results/reported.ts";
import { Tally } from "../../results/tally.ts";
import { renderCsv } from "./csv.ts";
import { renderNdjson, renderRegistryJson } from "./json.ts";
import { renderRegistryJunit } from "./junit.ts";
import { renderRegistryMarkdown } from "./markdown.ts";
import { adviceOf, overviewOf, repositoryOf } from "./overview.ts";
import { resultLine } from "./scan-text.ts";
import { renderRegistrySarif } from "./sarif.ts";
import { renderRegistryText } from "./text.ts";

const policy = { failOn: "error", allowUnknown: false } as const;
const tool = { name: "image-fix", version: "0.1.0" };

function target(name: string, more: object = {}): ReportedTarget {
  const read = readTarget({
    target: name,
    kind: "image",
    verdict: "admit",
    configUser: "1",
    uid: 1,
    findings: [],
    ...more,
  });
  if (read === undefined) throw new Error(name);
  return read;
}
const root = (name: string) =>
  target(name, { verdict: "root", configUser: "", uid: 0, kubeletMessage: "will run as root" });
const unread = (name: string) =>
  target(name, {
    verdict: "unknown",
    error: { code: "REGISTRY_FAILED", message: "it answers 500", hint: "try later" },
  });

test.each([
  ["docker://h:1/team/app:1.0", "h:1/team/app"],
  ["docker://h:1/team/app@sha256:ab", "h:1/team/app"],
  ["docker://h:1/team/app:1@sha256:ab", "h:1/team/app"],
  ["docker://h:1", "h"],
  ["oci:./layout:1.0", "oci:./layout"],
])("the repository of %s is %s", (name, repository) => {
  expect(repositoryOf(name)).toBe(repository);
});

test("repositories with most trouble come first, with the advice for most of their images", () => {
  const targets = [
    target("docker://h/good:1"),
    root("docker://h/bad:1"),
    root("docker://h/bad:2"),
    unread("docker://h/bad:3"),
    root("docker://h/worse:1"),
  ];
  const { repositories, counts, failing } = overviewOf(targets, policy);
  expect(repositories.map(({ name, trouble }) => [name, trouble])).toEqual([
    ["h/bad", 3],
    ["h/worse", 1],
    ["h/good", 0],
  ]);
  expect(repositories[0]?.advice).toBe(adviceOf(root("x")));
  expect(counts).toMatchObject({ admit: 1, root: 3, unread: 1 });
  expect(failing).toBe(3);
});

test("why an image is not applicable is told, and stays in what is merged", () => {
  const evidence = ["it is no image but an artifact (application/vnd.cncf.helm.config.v1+json)"];
  const chart = target("docker://h/chart:1", { verdict: "not-applicable", configUser: null, uid: null, evidence });
  expect([...renderCsv([chart])].join("")).toContain(evidence[0]);
  expect(JSON.parse([...renderNdjson([chart])].join(""))).toMatchObject({ evidence });
  const options = { colour: false, columns: 80, verbose: true };
  expect(resultLine(chart, options)).toContain(evidence[0]);
  const findings = [{ rule: "windows-image", severity: "info", outcome: "fail", message: "It runs on Windows" }];
  const windows = target("docker://h/win:1", { verdict: "not-applicable", evidence: [], findings });
  expect(resultLine(windows, options)).toContain("not applicable: It runs on Windows");
});

test("why an image could not be read is a reason, and no advice", () => {
  expect(adviceOf(unread("a"))).toBe("try later");
  const error = { code: "IMAGE_INVALID", message: "its manifest is no JSON object", hint: null };
  const one = target("docker://h/a:1", { verdict: "unknown", error });
  expect(adviceOf(one)).toBeNull();
  expect([...renderCsv([one])].join("")).toContain("its manifest is no JSON object");
});

test("what could not be read comes before what was found", () => {
  const codeOf = (...targets: readonly ReportedTarget[]): number => {
    const tally = new Tally(policy);
    for (const one of targets) tally.add(one);
    return tally.exitCode;
  };
  expect(codeOf(target("a"))).toBe(0);
  expect(codeOf(target("a"), root("b"))).toBe(1);
  expect(codeOf(root("a"), unread("b"))).toBe(3);
  const open = target("a", { findings: [{ rule: "r", severity: "error", outcome: "open", message: "m" }] });
  expect(codeOf(open)).toBe(1);
  const lenient = new Tally({ ...policy, allowUnknown: true });
  lenient.add(open);
  expect(lenient.exitCode).toBe(0);
  lenient.add(unread("b"));
  expect(lenient.exitCode).toBe(3);
});

test.each(["=1+1", "+1", "-1", "@x", "\t=1", " =1", "|x", "%x", "＝1"])("a spreadsheet does not run %j", (text) => {
  const csv = [...renderCsv([target("docker://h/a:1", { configUser: text })])].join("");
  expect(csv.split("\r\n")[1]).toContain(`,"'`);
});

test("csv quotes what would end a field", () => {
  const csv = [...renderCsv([target('docker://h/a:"1",\r\nx', { configUser: "\u001b[31m" })])].join("");
  expect(csv).toMatch(/^\ufeffimage,repository/);
  expect(csv).toContain('"h/a:""1"",\\x0d\nx"');
  expect(csv).not.toContain("\u001b");
});

test("json and ndjson give back what was read", () => {
  const targets = [root("docker://h/\u202ea:1"), unread("docker://h/b:1")];
  const tally = new Tally(policy);
  const json = [...renderRegistryJson(targets, tally.summary, ["x"], tool)].join("");
  expect(JSON.parse(json).targets.map(readTarget)).toEqual(targets);
  expect(json).not.toContain("\u202e");
  expect([...renderNdjson(targets)].map((line) => readTarget(JSON.parse(line)))).toEqual(targets);
});

test("junit is red where the run is, a suite a repository", () => {
  const xml = [
    ...renderRegistryJunit(
      [target("docker://h/a:1"), root("docker://h/a:2"), unread('docker://h/b:"<1>')],
      ["half"],
      policy,
    ),
  ].join("");
  expect(xml).toContain('tests="4" failures="1" errors="2"');
  expect(xml).toContain('<testsuite name="h/a" tests="2" failures="1" errors="0">');
  expect(xml).toContain('<failure type="root" message="will run as root">');
  expect(xml).not.toContain('"<1>');
});

test("sarif has one result for each rule and repository, within what code scanning keeps", () => {
  const targets = Array.from({ length: 300 }, (_, at) => root(`docker://h/a:${at}`)).concat(
    root("docker://h/b:1"),
    target("docker://h/c:1"),
  );
  const log = JSON.parse(renderRegistrySarif(targets, { tool, rules: [], unread: [], gaps: [] }));
  const [run] = log.runs;
  expect(run.results.map((result: { ruleId: string }) => result.ruleId)).toEqual(["root-user", "root-user"]);
  expect(run.results[0].locations[0].logicalLocations).toHaveLength(100);
  expect(run.results[0].properties.images).toBe(300);
  expect(run.invocations[0].executionSuccessful).toBe(true);
  const many = Array.from({ length: 5100 }, (_, at) => root(`docker://h/r${at}:1`));
  const large = JSON.parse(renderRegistrySarif(many, { tool, rules: [], unread: [], gaps: [] })).runs[0];
  expect(large.results).toHaveLength(5000);
  expect(large.invocations[0].toolExecutionNotifications[0].message.text).toMatch(/^100 results are left out/);
});

test("of repositories with as much trouble, those that are refused come before those that nobody could read", () => {
  const targets = [unread("docker://h/a:1"), root("docker://h/b:1"), target("docker://h/b:2")];
  expect(overviewOf(targets, policy).repositories.map(({ name }) => name)).toEqual(["h/b", "h/a"]);
  expect(
    overviewOf([...targets, target("docker://h/a:2"), target("docker://h/a:3")], policy).repositories,
  ).toMatchObject([{ name: "h/b" }, { name: "h/a" }]);
});

test("SARIF: a result of a file stands in it, at the place of its first finding", () => {
  const finding = {
    rule: "root-user",
    severity: "error",
    outcome: "fail",
    message: "m",
    line: 7,
    column: 6,
    fix: null,
  };
  const more = { kind: "containerfile", verdict: "root", findings: [finding] };
  const log = JSON.parse(
    renderRegistrySarif([target("./a b/Containerfile", more)], { tool, rules: [], unread: [], gaps: [] }),
  );
  expect(log.runs[0].results[0].locations).toEqual([
    {
      physicalLocation: {
        artifactLocation: { uri: "a%20b/Containerfile", uriBaseId: "%SRCROOT%" },
        region: { startLine: 7, startColumn: 6 },
      },
    },
  ]);
  expect(log.runs[0].tool.driver.rules[0].properties).toMatchObject({ "security-severity": "7.5" });
});

test("Markdown: a code that somebody made up is taken at its word", () => {
  const error = { code: "**<b>x</b>", message: "m", hint: null };
  const tally = new Tally(policy);
  const targets = [target("docker://h/b:1", { verdict: "unknown", error })];
  for (const one of targets) tally.add(one);
  expect(renderRegistryMarkdown(overviewOf(targets, policy), tally.unread, [])).toContain("- 1 × `**<b>x</b>` m: ");
});

test("text and markdown name the gaps, the reasons and harmless names", () => {
  const targets = [root("docker://h/\u001b[31m|<b>:1"), unread("docker://h/b:1")];
  const tally = new Tally(policy);
  for (const one of targets) tally.add(one);
  const overview = overviewOf(targets, policy);
  const text = renderRegistryText(overview, tally.unread, ["shards are missing: 0/2"], {
    colour: false,
    columns: 80,
    verbose: false,
  });
  const markdown = renderRegistryMarkdown(overview, tally.unread, ["shards are missing: 0/2"]);
  for (const shown of [text, markdown]) {
    expect(shown).toContain("shards are missing");
    expect(shown).toContain("it answers 500");
    expect(shown).not.toContain("\u001b");
  }
  expect(markdown).not.toMatch(/^\|[^`]*<b>/m);
});

test("text at 40 columns: names that are too wide keep a line, nothing else is broken", () => {
  const long = "a-name-that-is-much-wider-than-the-terminal";
  const targets = [
    root(`docker://h/${long}/観測:1`),
    root("docker://h/観測/ログ🚀:1"),
    { ...unread(`docker://h/${long}:2`), platform: null },
  ];
  const tally = new Tally(policy);
  for (const one of targets) tally.add(one);
  const options = { colour: false, columns: 40, verbose: false };
  const overview = overviewOf(targets, policy);
  expect(renderRegistryText(overview, tally.unread, ["a.ndjson ends in the middle of line 12"], options)).toBe(
    `3 images in 3 repositories
        2  runs as root
        1  could not be read

Where to begin:
  h/a-name-that-is-much-wider-than-the-terminal/観測:
    1 of 1 (1 as root)
    Fix: Give it a numeric user: run
      image-fix on its Containerfile
  h/観測/ログ🚀: 1 of 1 (1 as root)
    Fix: Give it a numeric user: run
      image-fix on its Containerfile
  h/a-name-that-is-much-wider-than-the-terminal:
    1 of 1 (1 not read)
    Fix: try later

1 could not be read:
  1 × it answers 500 [REGISTRY_FAILED]
      docker://h/a-name-that-is-much-wider-than-the-terminal:2
      hint: try later

Not whole:
  a.ndjson ends in the middle of line 12
`,
  );
});
