/** Every family has a page that shows what its sample says. The samples themselves are golden stories. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { shippedRecipes } from "./recipe-book.ts";

const root = join(import.meta.dirname, "../../recipes");

test.each(shippedRecipes().map(({ id }) => id))("%s has a page with its sample", (family) => {
  const page = readFileSync(join(root, family, "README.md"), "utf8");
  const sample = join(root, family, "samples/new-account/expected/Containerfile");
  expect(page).toMatch(/^# \S/);
  if (existsSync(sample)) expect(page).toContain(readFileSync(sample, "utf8"));
  else expect(family).toBe("passwd-append");
});
