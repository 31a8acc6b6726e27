/**
 * The HTML report as people use it: by keyboard, by ear, in the dark, on a phone, on paper and without its script.
 * Without Chromium it is skipped by name.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser, chromium, type Accessible } from "./support/browser.ts";
import { imageFix } from "./support/command.ts";
import { cutOff, focusable, focused, lowContrast } from "./support/page-looks.ts";

const isRequired = process.env["IMAGE_FIX_REQUIRE_ENGINES"] === "1";

const verdicts = ["root", "symbolic", "invalid", "unknown", "admit", "not-applicable"] as const;
const findings = {
  root: { rule: "root-user", severity: "error", outcome: "fail", message: "The image runs as root", fix: null },
  symbolic: {
    rule: "symbolic-user",
    severity: "error",
    outcome: "fail",
    message: "USER is a name",
    fix: { title: "Write USER 1000", applicability: "safe" },
  },
};

/** 231 images of all kinds; some names are long, or not Latin. */
const lines = Array.from({ length: 231 }, (_, at) => {
  const verdict = verdicts[at % verdicts.length] ?? "root";
  const team = ["web", "観測/ログ", "a-long-name-of-a-team/that-has-many-parts/and-many-more-parts/than-fit"][at % 3];
  const error = at % 40 === 39 ? { code: "IMAGE_NOT_FOUND", message: "no such image", hint: "look at the tag" } : null;
  return JSON.stringify({
    target: `docker://registry.example/${team}/app${at % 60}:1.${at}`,
    kind: "image",
    verdict: error === null ? verdict : "unknown",
    configUser: verdict === "symbolic" ? "node" : "65532",
    uid: verdict === "admit" ? 65532 : null,
    kubeletMessage: null,
    findings: verdict === "root" || verdict === "symbolic" ? [findings[verdict]] : [],
    digest: `sha256:${"0".repeat(64)}`,
    platform: at % 5 === 0 ? "linux/arm64" : "linux/amd64",
    error,
  });
});

interface Focused {
  readonly place: number;
  readonly name: string;
  readonly hasFrame: boolean;
  readonly isSeen: boolean;
}

describe.skipIf(chromium === undefined && !isRequired)("the page of the HTML report", () => {
  let folder = "";
  let address = "";
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "image-fix-page-"));
    const source = join(folder, "scan.ndjson");
    await writeFile(source, `${lines.join("\n")}\n`);
    const page = join(folder, "page.html");
    await imageFix(["report", "--format", "html", "-o", page, source]);
    address = `file://${page}`;
    browser = await Browser.start(join(folder, "profile"));
  });
  afterAll(async () => {
    await browser.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the expression in page-looks.ts gives
  const focus = async (): Promise<Focused> => (await browser.evaluate(focused)) as Focused;
  const text = async (selector: string): Promise<unknown> =>
    await browser.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`);
  const attribute = async (selector: string, name: string): Promise<unknown> =>
    await browser.evaluate(`document.querySelector(${JSON.stringify(selector)}).getAttribute("${name}")`);
  const focusOn = async (selector: string): Promise<unknown> =>
    await browser.evaluate(`document.querySelector(${JSON.stringify(selector)}).focus()`);
  const rows = async (): Promise<unknown> => await browser.evaluate(`document.querySelectorAll("tr.row").length`);

  test.each([1280, 390])("Tab goes through everything in order, and its place is seen, at %d pixels", async (width) => {
    await browser.prefer({ "reduced-motion": "reduce" });
    await browser.open(address, width);
    const count = Number(await browser.evaluate(focusable));
    expect(count).toBeGreaterThan(120);
    let last = -1;
    for (let at = 0; at < count; at++) {
      await browser.press("Tab");
      const now = await focus();
      expect(now).toMatchObject({ hasFrame: true, isSeen: true });
      expect(now.place).toBeGreaterThan(last);
      last = now.place;
    }
    await browser.press("Tab");
    expect((await focus()).place).toBe(-1);
  });

  test("Space filters by verdict, and the count is announced", async () => {
    await browser.open(address);
    await focusOn('[data-standing="root"]');
    await browser.press(" ");
    expect(await attribute('[data-standing="root"]', "aria-pressed")).toBe("true");
    expect(await text("[role=status]")).toBe("39 of 231 results, by verdict");
    expect(await rows()).toBe(39);
    await browser.press(" ");
    expect(await attribute('[data-standing="root"]', "aria-pressed")).toBe("false");
    expect(await text("[role=status]")).toBe("231 results, by verdict; page 1 of 3");
  });

  test("Enter sorts; the column and the status say how", async () => {
    await browser.open(address);
    const sorts = `[...document.querySelectorAll("th[data-sort]")].map((head) => head.getAttribute("aria-sort"))`;
    expect(await browser.evaluate(sorts)).toEqual([null, "ascending", null, null, null]);
    await focusOn('[data-sort="user"] button');
    await browser.press("Enter");
    expect(await browser.evaluate(sorts)).toEqual([null, null, "ascending", null, null]);
    expect(await text("[role=status]")).toBe("231 results, by user; page 1 of 3");
    await browser.press("Enter");
    expect(await browser.evaluate(sorts)).toEqual([null, null, "descending", null, null]);
    expect(await text("[role=status]")).toBe("231 results, by user, descending; page 1 of 3");
    expect(await text("tr.row .user")).toBe("node");
  });

  test("arrow keys choose a rule, typing searches, Show all goes back", async () => {
    await browser.open(address);
    await focusOn("#rule");
    await browser.press("ArrowDown");
    expect(await text("#count")).toBe("39 of 231 results");
    await browser.press("Control+/");
    expect(await focus()).toMatchObject({ name: "search" });
    await browser.press(..."example/web/app6:".split(""));
    await expect.poll(async () => await text("#count")).toBe("4 of 231 results");
    await focusOn("#reset");
    await browser.press("Enter");
    expect(await text("#count")).toBe("231 results");
    expect(await browser.evaluate(`[search, rule, platform].map((id) => id.value).join("")`)).toBe("");
    expect(await focus()).toMatchObject({ name: "search" });
    // The button that did it can do no more, and is skipped.
    expect(await browser.evaluate("reset.disabled")).toBe(true);
  });

  test.each([1280, 390])("a platform of any length widens nothing, at %d pixels", async (width) => {
    const source = join(folder, "long.ndjson");
    await writeFile(source, `${JSON.stringify({ ...JSON.parse(lines[0] ?? ""), platform: "x".repeat(5_000) })}\n`);
    const page = join(folder, "long.html");
    await imageFix(["report", "--format", "html", "-o", page, source]);
    await browser.open(`file://${page}`, width);
    expect(await browser.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    expect(await browser.evaluate(`document.querySelector(".scroll").scrollWidth`)).toBeLessThanOrEqual(width);
  });

  test("a single character is nobody's shortcut", async () => {
    await browser.open(address);
    await browser.press("/");
    expect((await focus()).place).toBe(-1);
  });

  test("Enter opens and closes an image", async () => {
    await browser.open(address);
    await focusOn("tr.row .image button");
    await browser.press("Enter");
    expect(await attribute("tr.row .image button", "aria-expanded")).toBe("true");
    expect(await text("tr.row + tr.more")).toContain("The image runs as root [root-user]");
    await browser.press(" ");
    expect(await attribute("tr.row .image button", "aria-expanded")).toBe("false");
    expect(await browser.evaluate(`document.querySelector("tr.more")`)).toBeNull();
  });

  test("turning pages keeps the focus, also on the last one", async () => {
    await browser.open(address);
    await focusOn(".scroll + .pages [data-turn='1']");
    await browser.press("Enter");
    expect(await text("#order")).toBe(", by verdict; page 2 of 3");
    // It goes to the button above the new page.
    const inFront = `document.activeElement.closest(".pages") === document.querySelector(".pages") && document.activeElement.dataset.turn`;
    expect(await browser.evaluate(inFront)).toBe("1");
    await browser.press("Enter", "Enter");
    expect(await text("#order")).toBe(", by verdict; page 3 of 3");
    expect(await rows()).toBe(31);
    expect(await browser.evaluate(inFront)).toBe("1");
    expect(await attribute(".pages [data-turn='1']", "aria-disabled")).toBe("true");
    expect(await attribute(".pages [data-turn='-1']", "aria-disabled")).toBe("false");
  });

  test("a repository of Where to begin shows its images", async () => {
    await browser.open(address);
    const name = String(await attribute("[data-repository]", "data-repository"));
    await focusOn("[data-repository]");
    await browser.press("Enter");
    expect(await browser.evaluate("search.value")).toBe(name);
    expect(await text("tr.row .image")).toContain(name);
    expect(await focus()).toMatchObject({ name: "search", isSeen: true });
  });

  test("an address that is pasted into the open page is followed", async () => {
    await browser.open(address);
    await browser.evaluate(`location.hash = "verdict=symbolic&search=app13:"`);
    await expect.poll(async () => await text("#count")).toBe("4 of 231 results");
    expect(await browser.evaluate("search.value")).toBe("app13:");
    await browser.evaluate(`document.querySelector(".skip").click()`);
    expect(await text("#count")).toBe("4 of 231 results");
    expect(await focus()).toMatchObject({ name: "images-head" });
  });

  test.each([1280, 390])("a screen reader finds landmarks, heads, names and a table at %d pixels", async (width) => {
    await browser.open(address, width);
    await browser.evaluate(`document.querySelector("tr.row .image button").click()`);
    const nodes = await browser.accessible();
    const named = (...roles: readonly string[]): readonly string[] =>
      nodes.filter(({ role }) => roles.includes(role)).map(({ name }) => name);
    const of = (role: string): readonly Accessible[] => nodes.filter((node) => node.role === role);
    const landmarks = nodes.filter(({ role }) => ["banner", "main", "search", "contentinfo"].includes(role));
    expect(landmarks.map(({ role }) => role)).toEqual(["banner", "main", "search", "contentinfo"]);
    expect(of("heading").map(({ name, properties }) => [properties["level"], name])).toEqual([
      [1, "Users of container images"],
      [2, "Totals"],
      [2, "Where to begin"],
      [2, "Every repository"],
      [2, "What could not be read"],
      [2, "Rules, by images"],
      [2, "Images"],
    ]);
    expect(named("navigation")).toEqual(["Pages", "Pages, below the table"]);
    expect(named("searchbox", "combobox")).toEqual(["Search names, users, fixes and digests", "Rule", "Platform"]);
    // Every button has a name of words, without the signs that show its state.
    const buttons = named("button");
    expect(buttons.length).toBeGreaterThan(115);
    expect(buttons.filter((name) => !/^[\p{L}\p{N} ./:,-]+$/u.test(name))).toEqual([]);
    expect(buttons).toContain("Show the images of web/app0");
    expect(of("button").find(({ properties }) => properties["expanded"] === true)?.name).toMatch(/:1\.\d+$/);
    // One picture, not one of each tile.
    expect(named("image", "img")).toEqual([expect.stringMatching(/^60 repositories, \d+ of them with images/)]);
    expect(named("group", "graphics-symbol")).toEqual([]);
    expect(named("table")).toEqual(["Images with their verdicts and fixes"]);
    expect(named("columnheader")).toEqual(["Image", "Verdict", "User", "Platform", "Fix"]);
    expect(of("rowheader")).toHaveLength(100);
    expect(of("row")).toHaveLength(102);
    expect(of("status")).toEqual([
      expect.objectContaining({ properties: expect.objectContaining({ live: "polite", atomic: true }) }),
    ]);
  });

  test.each(["light", "dark"])("everything stands out from what is behind it, %s", async (scheme) => {
    await browser.prefer({ "color-scheme": scheme });
    for (const width of [1280, 390]) {
      await browser.open(address, width);
      await browser.evaluate(`document.querySelector("tr.row .image button").click()`);
      expect(await browser.evaluate(`getComputedStyle(document.body).backgroundColor`)).toBe(
        scheme === "light" ? "rgb(246, 247, 249)" : "rgb(14, 20, 27)",
      );
      expect(await browser.evaluate(lowContrast)).toEqual([]);
    }
  });

  test("it moves only for those who like it", async () => {
    const motion = "getComputedStyle(document.documentElement).scrollBehavior";
    await browser.prefer({ "reduced-motion": "reduce" });
    await browser.open(address);
    expect(await browser.evaluate(motion)).toBe("auto");
    await browser.prefer({ "reduced-motion": "no-preference" });
    expect(await browser.evaluate(motion)).toBe("smooth");
  });

  test.each([320, 390, 768, 1280])("nothing is cut or scrolls sideways at %d pixels", async (width) => {
    await browser.prefer({});
    await browser.open(address, width);
    await browser.evaluate(`document.querySelector("tr.row .image button").click()`);
    expect(await browser.evaluate(cutOff)).toEqual([]);
  });

  // A4 with wide, usual and narrow margins.
  test.each([560, 718, 790])("on paper of %d pixels stand all rows, and no controls", async (width) => {
    await browser.open(address, width);
    await browser.prefer({}, "print");
    await browser.evaluate(`dispatchEvent(new Event("beforeprint"))`);
    expect(await rows()).toBe(231);
    const shown = `[...document.querySelectorAll("input, select, .tools button, .pages button, .skip, .keys")].filter((element) => element.checkVisibility()).length`;
    expect(await browser.evaluate(shown)).toBe(0);
    const signs = `[...document.querySelectorAll("button")].flatMap((button) => [getComputedStyle(button, "::before").content, getComputedStyle(button, "::after").content]).filter((sign) => sign !== "none" && sign !== "normal").length`;
    expect(await browser.evaluate(signs)).toBe(0);
    expect(await browser.evaluate(`getComputedStyle(document.querySelector("thead")).display`)).toBe(
      "table-header-group",
    );
    expect(await browser.evaluate(`getComputedStyle(document.querySelector("tr.row")).display`)).toBe("table-row");
    expect(await browser.evaluate(cutOff)).toEqual([]);
    await browser.evaluate(`dispatchEvent(new Event("afterprint"))`);
    expect(await rows()).toBe(100);
    await browser.prefer({});
  });

  test("a printed page is a few sheets", async () => {
    await browser.open(address);
    const { data } = await browser.send("Page.printToPDF", { paperWidth: 8.27, paperHeight: 11.69 });
    const sheets = Buffer.from(String(data), "base64")
      .toString("latin1")
      .match(/\/Type ?\/Page\b/g);
    expect(sheets?.length).toBeGreaterThan(5);
    expect(sheets?.length).toBeLessThan(16);
  });

  test("without its script it shows no control that does nothing", async () => {
    await browser.send("Emulation.setScriptExecutionDisabled", { value: true });
    await browser.open(address);
    const nodes = await browser.accessible();
    await browser.send("Emulation.setScriptExecutionDisabled", { value: false });
    const controls = nodes.filter(({ role }) => ["button", "searchbox", "combobox", "navigation"].includes(role));
    expect(controls.filter(({ properties }) => properties["disabled"] !== true)).toEqual([]);
    expect(nodes.filter(({ role }) => role === "rowheader")).toHaveLength(50);
    expect(nodes.map(({ name }) => name)).toContain(
      "The first 50 of 231; a browser with scripts shows, searches and sorts all.",
    );
  });
});
