/** `config.User` against the kubelet's verdict: the cases of `test/fixtures/config-user.json`, and more. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { judgeConfigUser, maxUid, type UserVerdict } from "./config-user.ts";

interface Case {
  readonly user: string;
  readonly verdict: "ok" | "root" | "non-numeric" | "runtime-error";
  readonly kubeletMessage: string | null;
  readonly uid: number | null;
  readonly note: string;
}

const fixture = readFileSync(new URL("../../test/fixtures/config-user.json", import.meta.url), "utf8");
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a case without a field fails its own test
const cases = JSON.parse(fixture) as readonly Case[];

/** The words of the cases for our verdicts. */
const verdictOf: Readonly<Record<Case["verdict"], UserVerdict>> = {
  ok: "admit",
  root: "root",
  "non-numeric": "symbolic",
  "runtime-error": "invalid",
};

const root = "container has runAsNonRoot and image will run as root";
const name = (user: string): string =>
  `container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root`;
const range = (uid: string): string =>
  `container has runAsNonRoot and image has an invalid user id (${uid}). (Must be 1-(2147483647)): must be between 0 and 2147483647, inclusive`;

describe("cases", () => {
  test.each(cases.map((one) => [one.user, one] as const))("%j", (user, one) => {
    const judged = judgeConfigUser(user);
    expect(judged.verdict).toBe(verdictOf[one.verdict]);
    expect(judged.kubeletMessage).toBe(one.kubeletMessage);
    if (one.uid !== null) expect(judged.uid).toBe(BigInt(one.uid));
  });
});

describe("exact texts", () => {
  test.each([
    ["", root],
    [":", root],
    [":1000", root],
    ["0", root],
    ["00", root],
    ["+0", root],
    ["-0", root],
    ["0:65532", root],
    ["-00000000000000000000000000", root],
    ["root", name("root")],
    ["root:root", name("root")],
    ["9223372036854775808", name("9223372036854775808")],
    ["-9223372036854775809", name("-9223372036854775809")],
    ["99999999999999999999999999999999", name("99999999999999999999999999999999")],
    ["1 ", name("1 ")],
    ["1\n", name("1\n")],
    ["1_000", name("1_000")],
    ["0x0", name("0x0")],
    ["１", name("１")],
    ["+", name("+")],
    ["--1", name("--1")],
    ["9223372036854775807", range("9223372036854775807")],
    ["-9223372036854775808", range("-9223372036854775808")],
    ["2147483648", range("2147483648")],
    ["+4294967296", range("4294967296")],
    ["-1:0", range("-1")],
  ])("%j", (user, message) => {
    expect(judgeConfigUser(user).kubeletMessage).toBe(message);
  });

  test.each([
    ["1", 1n],
    ["+1000", 1000n],
    ["08", 8n],
    ["0000000000000000000000000000001000", 1000n],
    ["2147483647", maxUid],
    ["65532:nonroot", 65532n],
    ["1:2:3", 1n],
  ])("%j is admitted", (user, uid) => {
    expect(judgeConfigUser(user)).toMatchObject({ verdict: "admit", uid, kubeletMessage: null });
  });

  test("the parts round the colon", () => {
    expect(judgeConfigUser("a:b:c")).toMatchObject({ userPart: "a", groupPart: "b" });
    expect(judgeConfigUser("a").groupPart).toBeUndefined();
    expect(judgeConfigUser("a:").groupPart).toBe("");
  });
});
