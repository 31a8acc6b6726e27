import { describe, expect, test } from "vitest";
import { known } from "../core/finding.ts";
import type { BaseFacts, Family } from "../image/base-facts.ts";
import { unknownBase } from "../facts/base/merge.ts";
import { parseGroup, parsePasswd } from "../image/accounts.ts";
import { coversImage, recipeFor, shippedBook, shippedRecipes } from "./recipe-book.ts";
import { renderAccount } from "./render-account.ts";

const wanted = { uid: 65532, gid: 65532, userName: "nonroot", home: "/home/nonroot" };

function base(
  family: Family | undefined,
  more: { passwd?: string; group?: string; tools?: readonly string[]; shell?: boolean } = {},
): BaseFacts {
  const { passwd, group = "", tools, shell = true } = more;
  return {
    ...unknownBase("registry.example.com/base:1", "test"),
    ...(family !== undefined && { family: known(family, "test") }),
    ...(passwd !== undefined && {
      accounts: known({ passwd: parsePasswd(passwd), group: parseGroup(group), complete: true }, "test"),
    }),
    ...(tools !== undefined && { tools: known(new Set(tools), "test") }),
    shell: known(shell, "test"),
  };
}
const commands = (facts: BaseFacts, more: Partial<typeof wanted> = {}): string =>
  renderAccount(shippedBook(), facts, { ...wanted, ...more }).commands.join(" && ");

describe("what is written", () => {
  test.each([
    ["Alpine", base("alpine", { passwd: "", tools: ["adduser"] }), "adduser -u 65532 -h /home/nonroot -D nonroot"],
    [
      "Debian",
      base("debian", { passwd: "", tools: ["useradd"] }),
      "groupadd -g 65532 nonroot && useradd -l -u 65532 -g 65532 -m -d /home/nonroot -s /usr/sbin/nologin nonroot",
    ],
    [
      "the gid has a group",
      base("debian", { passwd: "", group: "web:x:65532:\n", tools: ["useradd"] }),
      "useradd -l -u 65532 -g 65532 -m -d /home/nonroot -s /usr/sbin/nologin nonroot",
    ],
    [
      "the name is taken, and so is the next",
      base("alpine", { passwd: "nonroot:x:1:1::/:\nnonroot65532:x:2:2::/:\n", tools: ["adduser"] }),
      "adduser -u 65532 -h /home/nonroot -D nonroot65532-2",
    ],
    [
      "the name is a group's",
      base("alpine", { passwd: "", group: "nonroot:x:7:\n", tools: ["adduser"] }),
      "addgroup -g 65532 nonroot65532 && adduser -u 65532 -h /home/nonroot -G nonroot65532 -D nonroot",
    ],
    [
      "a home in a folder that may not be there, which adduser does not make",
      base("alpine", { passwd: "", tools: ["adduser"] }),
      "mkdir -p /srv/app && adduser -u 65532 -h /srv/app/home -D nonroot",
      { home: "/srv/app/home" },
    ],
    ["the uid is there", base("debian", { passwd: "app:x:65532:100::/srv:/bin/sh\n" }), ""],
    ["no shell", base("distroless", { passwd: "", shell: false }), ""],
    [
      "no account tools",
      base("fedora", { passwd: "", tools: ["chown"] }),
      "echo 'nonroot:x:65532:' >> /etc/group && echo 'nonroot:x:65532:65532::/home/nonroot:/sbin/nologin' >> /etc/passwd && mkdir -p /home/nonroot && chown 65532:65532 /home/nonroot",
    ],
  ])("%s", (_, facts, expected, more: Partial<typeof wanted> = {}) => {
    expect(commands(facts, more)).toBe(expected);
  });

  test("BusyBox uses adduser up to the uid that it accepts", () => {
    const facts = base("busybox", { passwd: "", tools: ["adduser"] });
    expect(commands(facts, { uid: 1000, gid: 1000 })).toBe("adduser -u 1000 -h /home/nonroot -D nonroot");
    expect(commands(facts)).toContain(">> /etc/passwd");
  });

  test("where nobody knows the accounts, the uid is asked for first and nothing can fail the build", () => {
    for (const family of ["alpine", "debian", "fedora", undefined] as const) {
      const text = commands(base(family));
      expect(text).toMatch(/^(?:getent passwd 65532|grep -q '\^\[\^:\]\*:\[\^:\]\*:65532:' \/etc\/passwd)/);
      expect(text).toContain("echo 'nonroot:x:65532:65532::/home/nonroot:");
    }
  });

  test("numbers alone where there is neither shell nor account", () => {
    expect(renderAccount(shippedBook(), base("scratch", { passwd: "", shell: false }), wanted)).toMatchObject({
      recipe: "scratch",
      commands: [],
      name: undefined,
      home: undefined,
    });
  });
});

describe("which recipe", () => {
  test("every family has one, and only one", () => {
    const all = shippedRecipes().flatMap(({ families }) => families);
    expect(all).toEqual([...new Set(all)]);
    expect(all.length).toBeGreaterThan(15);
  });

  test("a shell without a family: the last resort", () => {
    expect(recipeFor(shippedBook(), base(undefined))?.id).toBe("passwd-append");
  });

  test("the user's own win: by image, then by family", () => {
    const facts = [{ fact: "f", source: "s" }];
    const reuse = { do: "reuse", name: "app", uid: 10, gid: 10 } as const;
    const own = [
      { id: "family", title: "", families: ["debian" as const], images: [], account: reuse, facts },
      { id: "image", title: "", families: [], images: ["registry.example.com/*"], account: reuse, facts },
    ];
    expect(recipeFor({ ...shippedBook(), own }, base("debian"))?.id).toBe("image");
    expect(recipeFor({ ...shippedBook(), own: own.slice(0, 1) }, base("debian"))?.id).toBe("family");
  });

  test.each([
    ["registry.example.com/team/*", "registry.example.com/team/app:1", true],
    ["registry.example.com/team/*", "registry.example.com/other/app:1", false],
    ["docker.io/library/node", "docker.io/library/node:20", true],
    ["docker.io/library/node", "docker.io/library/node@sha256:00", true],
    ["docker.io/library/node", "docker.io/library/nodes:20", false],
    ["*-alpine", "docker.io/library/node:20-alpine", true],
    ["a*b*c", "abc", true],
    ["a*bb*bc", "abbc", false],
  ])("%s covers %s: %s", (glob, reference, expected) => {
    expect(coversImage(glob, reference)).toBe(expected);
  });
});
