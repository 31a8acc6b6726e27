import { homedir } from "node:os";
import { expect, test } from "vitest";
import { homeFolder } from "./home-folder.ts";

test("HOME, else the account's", () => {
  expect(homeFolder({ HOME: "/home/me" })).toBe("/home/me");
  expect(homeFolder({})).toBe(homedir());
  expect(homeFolder({ HOME: "" })).toBe(homedir());
});
