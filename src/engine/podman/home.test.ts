import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { podmanHome } from "./home.ts";

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "image-fix-home-"));
});
afterAll(async () => await rm(home, { recursive: true }));

/** Without one that the machine may have below `/`. */
const configured = { XDG_CONFIG_HOME: "/etc/xdg" };

test("podman gets / in place of a home that is not there", async () => {
  expect(await podmanHome({ ...configured, HOME: home })).toEqual({});
  expect(await podmanHome({ ...configured, HOME: join(home, "nowhere") })).toEqual({ HOME: "/" });
  expect(await podmanHome({ ...configured, HOME: import.meta.filename })).toEqual({ HOME: "/" });
  expect(await podmanHome({ ...configured, HOME: "/" })).toEqual({ HOME: "/" });
});

test("podman is told where its configuration would be, where it is not there", async () => {
  const config = join(home, ".config");
  expect(await podmanHome({ HOME: home })).toEqual({ XDG_CONFIG_HOME: config });
  expect(await podmanHome({ HOME: home, XDG_CONFIG_HOME: "" })).toEqual({ XDG_CONFIG_HOME: config });
  await mkdir(config);
  expect(await podmanHome({ HOME: home })).toEqual({});
});
