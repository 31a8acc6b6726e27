import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { knownMessages } from "../explain/messages/index.ts";
import { manifestRules } from "../manifest/rules.ts";
import { renderExplanations } from "../report/text-explain.ts";
import type { ExplainReport } from "../explain/report.ts";
import { explain } from "./explain.ts";
import { listRules } from "./rule-pages.ts";

async function asked(...words: readonly string[]): Promise<ExplainReport> {
  const result = await explain({ words });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const ruleFolders = (await readdir(join(import.meta.dirname, "..", "rules"), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe("rules", () => {
  test.each([...ruleFolders, ...manifestRules.map(({ id }) => id)])("%s has a page", async (id) => {
    const { rules, messages, unknown } = await asked(id);
    expect({ messages, unknown }).toEqual({ messages: [], unknown: [] });
    expect(rules.map(({ rule }) => rule)).toEqual([id]);
    expect(rules[0]?.severity).toMatch(/^(?:error|warning|info)$/);
    expect(rules[0]?.summary).not.toBe("");
    expect(rules[0]?.page).toMatch(new RegExp(`^# ${id}\n`));
    expect(rules[0]?.page).not.toContain("<!--");
  });

  test("several, however they are written", async () => {
    const { rules } = await asked("[root-user]", "Symbolic_User,home-unset", "root-user");
    expect(rules.map(({ rule }) => rule)).toEqual(["root-user", "symbolic-user", "home-unset"]);
  });

  test("the known among several; the others are named", async () => {
    const { rules, messages, unknown } = await asked(
      "root-user",
      "CreateContainerConfigError",
      "nope",
      "symbolic-user",
    );
    expect(rules.map(({ rule }) => rule)).toEqual(["root-user", "symbolic-user"]);
    expect(messages).toHaveLength(1);
    expect(unknown).toEqual([{ text: "nope", meant: null }]);
  });

  test("a list of them all", async () => {
    const listed = await listRules();
    expect(listed.map(({ rule }) => rule).toSorted()).toEqual(
      [...ruleFolders, ...manifestRules.map(({ id }) => id)].toSorted(),
    );
    expect(listed.every(({ summary }) => summary !== "")).toBe(true);
  });

  test("other tools' ids", async () => {
    expect((await asked("DL3002")).rules.map(({ rule }) => rule)).toContain("root-user");
    expect((await asked("CKV_DOCKER_8")).rules.map(({ rule }) => rule)).toContain("root-user");
    expect((await asked("DL9999")).unknown).toEqual([{ text: "DL9999", meant: null }]);
  });

  test.each([
    ["root-usr", "root-user"],
    ["user-root", "root-user"],
    ["symbolic_uesr", "symbolic-user"],
    ["seccomp-profiles", "seccomp-profile"],
  ])("%s: did you mean %s", async (word, meant) => {
    expect(await asked(word)).toMatchObject({ rules: [], unknown: [{ text: word, meant }] });
  });

  test("a pasted report of ours names its rules", async () => {
    const line = "./Containerfile:7:6: error: USER names an account by a word [symbolic-user]";
    for (const words of [[line], line.split(" ")]) {
      const { rules, unknown } = await asked(...words);
      expect(rules.map(({ rule }) => rule)).toEqual(["symbolic-user"]);
      expect(unknown).toEqual([]);
    }
  });

  test.each(knownMessages.map(({ id, rules }) => ({ id, rules })))(
    "the rules that $id names exist",
    async ({ rules }) => {
      const known = new Set([...ruleFolders, ...manifestRules.map((rule) => rule.id)]);
      expect((rules ?? []).filter((rule) => !known.has(rule))).toEqual([]);
    },
  );
});

describe("texts", () => {
  test("several words are one text", async () => {
    const words = "container has runAsNonRoot and image will run as root".split(" ");
    expect((await asked(...words)).messages.map(({ id }) => id)).toEqual(["image-runs-as-root"]);
  });

  test("standard input goes before words", async () => {
    const result = await explain({ words: ["-"], input: "exec /usr/bin/caddy: operation not permitted" });
    expect(result.ok && result.value.messages.map(({ id }) => id)).toEqual(["exec-operation-not-permitted"]);
  });

  test("unknown text is said to be unknown", async () => {
    expect(await asked("the moon is made of cheese")).toEqual({
      rules: [],
      messages: [],
      unknown: [{ text: "the moon is made of cheese", meant: null }],
    });
  });

  test.each([[""], ["  \n"]])("nothing at all (%j) is wrong usage", async (word) => {
    expect(await explain({ words: [word] })).toMatchObject({ ok: false, error: { code: "USAGE" } });
  });

  test("a log without end is wrong usage", async () => {
    const result = await explain({ words: ["-"], input: "x".repeat(9 * 1024 * 1024) });
    expect(result).toMatchObject({ ok: false, error: { code: "USAGE" } });
  });
});

describe("at a terminal", () => {
  const shown = { colour: false, columns: 80 };

  test("a rule's page ends with how it is silenced, once", async () => {
    const [port, root] = await Promise.all([asked("privileged-port"), asked("root-user")]);
    expect(renderExplanations(port, shown)).toMatch(/\n {4}# image-fix ignore=privileged-port -- reason\n$/);
    expect(renderExplanations(root, shown).match(/image-fix ignore=root-user/g)).toHaveLength(1);
  });

  test.each(knownMessages.map(({ id, example }) => ({ id, example })))(
    "$id leaves no template unfilled, and fits",
    async ({ example }) => {
      const text = renderExplanations(await asked(example), shown);
      expect(text).not.toMatch(/%\{|undefined|\}\}/);
      const wide = text
        .split("\n")
        .filter((line) => line.length > 80 && !line.startsWith("       ") && /\S \S/.test(line.trim()));
      expect(wide).toEqual([]);
    },
  );

  test("a hostile paste moves no cursor", async () => {
    const text = renderExplanations(
      await asked(
        "container has runAsNonRoot and image has non-numeric user (a\u001b]0;x\u0007\u009b2J\u202eb), cannot verify user is non-root",
      ),
      shown,
    );
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});
