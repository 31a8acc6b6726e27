import { describe, expect, test } from "vitest";
import { resolveInside, type Step } from "./resolve-inside.ts";

/** `null` is a folder, a text a link's target, anything else a file. */
const image: Readonly<Record<string, null | string | true>> = {
  "/etc": null,
  "/etc/passwd": true,
  "/etc/os-release": "../usr/lib/os-release",
  "/etc/absolute": "/usr/lib/os-release",
  "/etc/outside": "../../../../../usr/lib/os-release",
  "/etc/loop": "loop",
  "/etc/folder": "/usr",
  "/etc/dangling": "nowhere",
  "/lib": "usr/lib",
  "/usr": null,
  "/usr/lib": null,
  "/usr/lib/os-release": true,
  "/etc/pipe": "/dev/pipe",
};

async function look(place: string): Promise<Step> {
  const found = image[place];
  if (found === undefined) return { kind: "absent" };
  if (found === null) return { kind: "directory" };
  return found === true ? { kind: "file" } : { kind: "link", target: found };
}

describe("resolveInside", () => {
  test.each([
    ["/etc/passwd", "/etc/passwd"],
    ["//etc/./../etc/passwd", "/etc/passwd"],
    ["/etc/os-release", "/usr/lib/os-release"],
    ["/etc/absolute", "/usr/lib/os-release"],
    ["/lib/os-release", "/usr/lib/os-release"],
    ["/lib/../lib/os-release", "/usr/lib/os-release"],
    // ".." at the root stays at the root: a link can never name a file of the machine.
    ["/etc/outside", "/usr/lib/os-release"],
    ["/../../etc/passwd", "/etc/passwd"],
    ["/etc/folder/lib/os-release", "/usr/lib/os-release"],
  ])("%s is %s", async (path, expected) => {
    expect(await resolveInside(path, look)).toBe(expected);
  });

  test.each(["/etc", "/nothing", "/etc/dangling", "/etc/loop", "/etc/passwd/x", "/etc/folder", "/", ""])(
    "%j is no file",
    async (path) => {
      expect(await resolveInside(path, look)).toBeUndefined();
    },
  );
});
