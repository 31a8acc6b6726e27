/** What useradd, usermod, userdel and groupmod leave, in the order in which they stand. */
import { describe, expect, test } from "vitest";
import { inputOf } from "../rules/test-kit.ts";
import { FinalAccounts } from "./final-accounts.ts";

function accountsOf(lines: string, from = "node:22-slim"): FinalAccounts {
  const { base, effects } = inputOf({ text: `FROM ${from}\n${lines}\n` });
  return new FinalAccounts(base, effects);
}

/** `name uid gid`, `none`, or why it is not known. */
function shown(fact: ReturnType<FinalAccounts["byName"]>): string {
  if (!fact.known) return fact.why;
  return fact.value === undefined ? "none" : `${fact.value.name} ${fact.value.uid} ${fact.value.gid ?? "?"}`;
}

describe("an account by its name", () => {
  test.each([
    ["of the base", "RUN id", "node", "node 1000 1000"],
    ["created", "RUN useradd -l -u 1001 -g 0 app", "app", "app 1001 0"],
    ["created, then given another uid", "RUN useradd -l -u 1001 app && usermod -u 1002 app", "app", "app 1002 ?"],
    ["created without a uid, then given one", "RUN useradd app && usermod -u 1002 app", "app", "app 1002 ?"],
    ["of the base, given another uid", "RUN usermod -u 1500 node", "node", "node 1500 1000"],
    ["and its group another gid", "RUN usermod -u 1500 node && groupmod -g 1501 node", "node", "node 1500 1501"],
    ["in RUNs of their own", "RUN groupmod -g 1501 node\nRUN usermod -u 1500 node", "node", "node 1500 1501"],
    ["from build arguments", "ARG UID=1500\nRUN usermod -u $UID node", "node", "node 1500 1000"],
    ["renamed", "RUN usermod -l app node", "app", "app 1000 1000"],
    ["renamed, moved and given a uid", "RUN usermod -u 7 -l app -d /srv -m node", "app", "app 7 1000"],
    ["given a primary group", "RUN usermod -g 50 node", "node", "node 1000 50"],
    ["given more groups only", "RUN usermod -aG users node", "node", "node 1000 1000"],
    ["deleted and made again", "RUN userdel -r node && useradd -l -u 1000 -g 100 node", "node", "node 1000 100"],
    ["the same uid, perhaps", 'RUN if [ -n "$X" ]; then usermod -u 1000 node; fi', "node", "node 1000 1000"],
  ])("%s", (_, lines, name, expected) => {
    expect(shown(accountsOf(lines).byName(name))).toBe(expected);
  });

  test.each([
    ["another uid, perhaps", 'RUN if [ -n "$X" ]; then usermod -u 1002 node; fi', "node", "line 2 changes accounts"],
    ["a uid that nobody knows", "RUN usermod -u $(cat /uid) node", "node", "line 2 changes accounts"],
    ["a name that nobody knows", "RUN usermod -u 7 $(cat /name)", "node", "line 2 changes accounts"],
    ["an edit", "RUN sed -i s/a/b/ /etc/passwd", "node", "line 2 changes accounts"],
    ["deleted, perhaps", "RUN if id node; then userdel node; fi", "node", "line 2 changes accounts"],
    ["no uid", "RUN useradd app", "app", '"app" is created without a fixed uid on line 2'],
  ])("not certain: %s", (_, lines, name, expected) => {
    expect(shown(accountsOf(lines).byName(name))).toBe(expected);
  });

  test("of a base that nobody knows, what usermod sets is known", () => {
    expect(shown(accountsOf("RUN usermod -u 1500 app", "example.com/base").byName("app"))).toBe("app 1500 ?");
    expect(shown(accountsOf("RUN usermod -d /srv app", "example.com/base").byName("app"))).toContain("not known");
  });
});

describe("an account by its uid", () => {
  test.each([
    ["before the change there was one", "RUN useradd -l -u 1001 app && usermod -u 1002 app", 1001, "none"],
    ["after it", "RUN useradd -l -u 1001 -g 0 app && usermod -u 1002 app", 1002, "app 1002 0"],
    ["deleted", "RUN userdel man", 6, "none"],
  ])("%s", (_, lines, uid, expected) => {
    expect(shown(accountsOf(lines, "debian:12").byUid(uid))).toMatch(
      expected === "none" ? /^none$|may have more/ : expected,
    );
  });
});
