import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { homeFolder, replacementHome } from "./home-folder.ts";

test("HOME, else the account's", () => {
  expect(homeFolder({ HOME: "/home/me" })).toBe("/home/me");
  expect(homeFolder({})).toBe(homedir());
  expect(homeFolder({ HOME: "" })).toBe(homedir());
});

test("podman gets / in place of a home that is not there", async () => {
  expect(await replacementHome({ HOME: tmpdir() })).toBeUndefined();
  expect(await replacementHome({ HOME: join(tmpdir(), "image-fix-nowhere") })).toBe("/");
  expect(await replacementHome({ HOME: import.meta.filename })).toBe("/");
  expect(await replacementHome({ HOME: "/" })).toBe("/");
});
