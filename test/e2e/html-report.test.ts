/**
 * The HTML report in headless Chromium: names that would be markup, script or style stay text; filters, search and
 * paging work; 20,000 results stay usable. Without Chromium it is skipped by name.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium, headless } from "./support/browser.ts";
import { root, runToEnd } from "./support/command.ts";

const program = join(root, "bin", "image-fix.js");
const isRequired = process.env["IMAGE_FIX_REQUIRE_ENGINES"] === "1";

/** Would change the title of the page if any of it were run. */
const act = "document.title='pwned'";
const hostile = [
  `<script>${act}</script>`,
  `</script><script>${act}</script>`,
  `"><img src=x onerror="${act}">`,
  `'><svg onload="${act}">`,
  `" onmouseover="${act}" autofocus onfocus="${act}`,
  "<!-- <script>",
  "</title></style></textarea><h1 id=planted>",
  "javascript:alert(1)",
  "\u202egnp.exe\u202c",
  "\u001b[31mred",
  "a".repeat(400),
];

const line = (target: string, more: object = {}): string =>
  JSON.stringify({
    target: `docker://registry.example/${target}`,
    kind: "image",
    verdict: "admit",
    configUser: "65532",
    uid: 65532,
    kubeletMessage: null,
    findings: [],
    digest: `sha256:${"0".repeat(64)}`,
    platform: "linux/amd64",
    error: null,
    ...more,
  });

const symbolic = (text: string): object => ({
  verdict: "symbolic",
  configUser: text,
  uid: null,
  kubeletMessage: `image has non-numeric user (${text})`,
  findings: [
    {
      rule: "symbolic-user",
      severity: "error",
      outcome: "fail",
      message: text,
      fix: { title: text, applicability: "manual" },
    },
  ],
});

const shownRows = (html: string): number => (html.match(/<tr role="row" class="row"/g) ?? []).length;
const count = (html: string): string => /id="count"[^>]*>([^<]*)</.exec(html)?.[1] ?? "";

describe.skipIf(chromium === undefined && !isRequired)("the HTML report, in Chromium", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "image-fix-html-"));
  });
  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  /** Writes the page of some results. */
  async function page(name: string, lines: readonly string[]): Promise<string> {
    const source = join(folder, `${name}.ndjson`);
    await writeFile(source, `${lines.join("\n")}\n`);
    const file = join(folder, `${name}.html`);
    const made = await runToEnd(process.execPath, [program, "report", "--format", "html", "-o", file, source]);
    expect(made.stderr).toBe("");
    return file;
  }

  /** The page's elements after its script has run. */
  async function dom(file: string, hash = "", width = 1280): Promise<string> {
    const { stdout } = await runToEnd(chromium ?? "chromium", [
      ...headless,
      `--user-data-dir=${join(folder, "profile")}`,
      `--window-size=${width},900`,
      "--virtual-time-budget=10000",
      "--dump-dom",
      `file://${file}${hash}`,
    ]);
    return stdout;
  }

  test("no text becomes markup, script or style", async () => {
    const lines = hostile.flatMap((text) => [
      line(`${text}:${text}`, { ...symbolic(text), platform: text, digest: text }),
      line(text, { verdict: "unknown", findings: [], error: { code: text, message: text, hint: text } }),
    ]);
    const file = await page("hostile", lines);
    const text = await readFile(file, "utf8");
    // It loads nothing, and may not.
    expect(text).toContain("default-src 'none'");
    expect(text).not.toMatch(/\b(?:src|href)=["']?https?:/);
    const html = await dom(file);
    expect(html).toMatch(/<title>Users of container images<\/title>/);
    expect(html).not.toContain("pwned</title>");
    const body = html.replace(/<script[\s\S]*?<\/script>/g, "").replace(/<style[\s\S]*?<\/style>/g, "");
    expect(body).not.toMatch(/<img|<h1 id="?planted|<script|<svg onload/i);
    // No element has a handler: what looks like one stands in text or in a quoted value.
    expect(body.replace(/"[^"]*"/g, '""')).not.toMatch(/<[^>]*\son\w+=/);
    // oxlint-disable-next-line no-control-regex -- none of these may be in it
    expect(html).not.toMatch(/[\u0000-\u0008\u001b\u202a-\u202e]/);
    expect(count(html)).toBe(`${lines.length} results`);
  });

  test("the address filters by verdict, search, rule and platform", async () => {
    const lines = Array.from({ length: 300 }, (_, at) =>
      line(`team/app${at}:1`, at % 3 === 0 ? symbolic("node") : at % 50 === 1 ? { platform: "linux/arm64" } : {}),
    );
    const file = await page("filters", lines);
    expect(count(await dom(file))).toBe("300 results");
    expect(shownRows(await dom(file))).toBe(100);
    const symbolicOnly = await dom(file, "#verdict=symbolic");
    expect(count(symbolicOnly)).toBe("100 of 300 results");
    expect(symbolicOnly).toMatch(/data-standing="symbolic" aria-pressed="true"/);
    expect(count(await dom(file, "#search=app299"))).toBe("1 of 300 results");
    expect(count(await dom(file, "#rule=symbolic-user&search=app3%20node"))).toBe("5 of 300 results");
    expect(count(await dom(file, "#platform=linux%2Farm64"))).toBe("4 of 300 results");
  });

  test("without its script the page still shows totals, pictures and the worst images", async () => {
    const file = await page("plain", [line("team/a:1", symbolic("node")), line("team/b:1")]);
    const text = await readFile(file, "utf8");
    const [body = ""] = text.split('<script type="application/json"');
    expect(body).toContain('<tr role="row" class="row"');
    expect(body.indexOf("user is a name")).toBeGreaterThan(0);
    expect(body).toMatch(/<svg class="tiles"[^>]*role="img" aria-label="2 repositories, 1 of them/);
  });

  test("20,000 results are one page that opens in seconds", async () => {
    const lines = Array.from({ length: 20_500 }, (_, at) =>
      line(`team${at % 40}/app${at % 900}:1.${at}`, at % 4 === 0 ? symbolic(`user${at % 7}`) : {}),
    );
    const file = await page("large", lines);
    expect((await readFile(file)).length).toBeLessThan(8_000_000);
    const started = performance.now();
    const html = await dom(file, "#search=app77%20user");
    expect(count(html)).toMatch(/^\d+ of 20,000 results$/);
    expect(shownRows(html)).toBeGreaterThan(0);
    expect(html).toContain("500 more are counted above");
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  test.each([390, 1280])("a picture of it at %d pixels", async (width) => {
    const file = await page("picture", [line("team/a:1", symbolic("node")), line("team/b:1")]);
    const picture = join(folder, `${width}.png`);
    await runToEnd(chromium ?? "chromium", [
      ...headless,
      `--user-data-dir=${join(folder, "profile")}`,
      `--window-size=${width},900`,
      `--screenshot=${picture}`,
      `file://${file}`,
    ]);
    expect((await readFile(picture)).subarray(1, 4).toString("latin1")).toBe("PNG");
  });
});
