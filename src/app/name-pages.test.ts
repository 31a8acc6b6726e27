import { describe, expect, test } from "vitest";
import { Refusal } from "../core/refusal.ts";
import { registryFailure } from "../registry/refused-answers.ts";
import { namePages } from "./name-pages.ts";

const path = "/v2/_catalog";
const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `r${String(from + at).padStart(5, "0")}`);
const refusal = (status: number): Refusal =>
  new Refusal(registryFailure("h", `it answers ${status}`, undefined, status));

/** What a registry answers to each question: pages that are linked, or a refusal. */
type Answers = Readonly<Record<string, readonly (readonly string[])[] | Refusal>>;

async function list(answers: Answers) {
  const asked: string[] = [];
  const client = {
    host: "h",
    async *pages(question: string) {
      asked.push(question);
      const answer = answers[question] ?? [];
      if (answer instanceof Refusal) throw answer;
      await Promise.resolve();
      for (const repositories of answer) yield { repositories };
    },
  };
  const found: string[] = [];
  for await (const page of namePages(client, { path, key: "repositories" })) found.push(...page);
  return { found, asked };
}

describe("the names of a list", () => {
  test("of linked pages", async () => {
    const { found, asked } = await list({ [`${path}?n=1000`]: [names(0, 1000), names(1000, 1500)] });
    expect(found).toEqual(names(0, 1500));
    expect(asked).toEqual([`${path}?n=1000`]);
  });

  test("of a registry that takes no such number", async () => {
    const { found } = await list({ [`${path}?n=1000`]: refusal(400), [path]: [names(0, 100), names(100, 150)] });
    expect(found).toEqual(names(0, 150));
  });

  test("of a full page without a link: what is behind it is asked for", async () => {
    const answers = {
      [`${path}?n=1000`]: [names(0, 1000)],
      [`${path}?n=1000&last=r00999`]: [names(1000, 2000)],
      [`${path}?n=1000&last=r01999`]: [names(2000, 2001)],
    };
    expect((await list(answers)).found).toEqual(names(0, 2001));
  });

  test.each([
    ["nothing is", [[]]],
    ["the same is, as for who knows no last", [names(0, 1000)]],
    ["no such question is known", refusal(405)],
    ["its last name is gone", refusal(404)],
  ])("of a full page that is all: behind it %s", async (_, answer) => {
    const { found } = await list({ [`${path}?n=1000`]: [names(0, 1000)], [`${path}?n=1000&last=r00999`]: answer });
    expect(found).toEqual(names(0, 1000));
  });

  test.each([
    ["a registry that breaks down behind a full page", { [`${path}?n=1000&last=r00999`]: refusal(500) }, "answers 500"],
    [
      "links that lead round",
      { [`${path}?n=1000`]: [names(0, 2), names(0, 1)] },
      "its list of repositories goes on with those that it has given before",
    ],
    ["one that gives no list", { [`${path}?n=1000`]: refusal(401), [path]: [["a"]] }, "answers 401"],
  ])("not of %s", async (_, answers, message) => {
    await expect(list({ [`${path}?n=1000`]: [names(0, 1000)], ...answers })).rejects.toThrow(message);
  });

  test("not of one that has always more", async () => {
    let given = 0;
    const client = {
      host: "h",
      async *pages() {
        await Promise.resolve();
        yield { repositories: names(given, (given += 1000)) };
      },
    };
    const all = async () => {
      for await (const page of namePages(client, { path, key: "repositories" }, 3)) expect(page).toHaveLength(1000);
    };
    await expect(all()).rejects.toThrow("its list of repositories goes on behind 4000 names");
  });
});
