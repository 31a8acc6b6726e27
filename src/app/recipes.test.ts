import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listRecipes } from "./recipes.ts";

const wanted = { uid: 65532, gid: 65532, userName: "nonroot", home: "/home/nonroot" };
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-recipes-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const recipe = (id: string, images: string): string => `id: ${id}
title: The team's images
images: ["${images}"]
account: { do: reuse, name: app, uid: 1234, gid: 0 }
facts: [{ fact: the base has app, source: its Containerfile }]
`;

test("every recipe with what it would write, as a person would have written it", async () => {
  const list = await listRecipes(wanted);
  if (!list.ok) throw new Error("a list is expected");
  const writes = new Map(list.value.recipes.map((one) => [one.id, one.writes]));
  expect(writes.get("alpine")).toEqual(["RUN adduser -u 65532 -h /home/nonroot -D nonroot", "USER 65532"]);
  expect(writes.get("scratch")).toEqual(["USER 65532:65532"]);
  expect(writes.get("debian")?.[0]).toMatch(/^RUN groupadd -g 65532 nonroot && useradd -l -u 65532 /);
  expect(list.value.software.length).toBeGreaterThan(40);
});

test("the user's own come first", async () => {
  await writeFile(join(folder, "team.yaml"), recipe("team", "registry.example.com/team/*"));
  const list = await listRecipes({ ...wanted, recipesDir: folder });
  expect(list.ok && list.value.recipes[0]).toMatchObject({ id: "team", own: true, writes: ["USER 1234"] });
});

test("two of them for the same image are an error, with the file that says it second", async () => {
  await writeFile(join(folder, "a.yaml"), recipe("one", "registry.example.com/team/*"));
  await writeFile(join(folder, "b.yaml"), recipe("two", "registry.example.com/team/*"));
  expect(await listRecipes({ ...wanted, recipesDir: folder })).toMatchObject({
    ok: false,
    error: { code: "RECIPE_INVALID", file: join(folder, "b.yaml"), message: expect.stringContaining("one and two") },
  });
});

test("an error in a recipe has its place", async () => {
  await writeFile(join(folder, "a.yaml"), recipe("one", "x").replace("uid: 1234", "uid: 0"));
  expect(await listRecipes({ ...wanted, recipesDir: folder })).toMatchObject({
    ok: false,
    error: { code: "RECIPE_INVALID", line: 4, column: 39, message: "account.uid: 0 is root" },
  });
});

test("a folder without a recipe is said, as a misspelt path would be", async () => {
  await mkdir(join(folder, "nginx"));
  await writeFile(join(folder, "nginx", "software.yaml"), "id: nginx\n");
  expect(await listRecipes({ ...wanted, recipesDir: folder })).toMatchObject({
    ok: false,
    error: { code: "UNREADABLE", file: folder, message: "there is no recipe in it" },
  });
});

test("a folder that is not there is said", async () => {
  expect(await listRecipes({ ...wanted, recipesDir: join(folder, "no") })).toMatchObject({
    ok: false,
    error: { code: "UNREADABLE", message: "there is no such folder" },
  });
});
