import type { ShellCommand } from "../../shell/model.ts";
import { accountEvidence } from "../account-evidence.ts";
import { groupBy } from "../layers.ts";
import { defineRule } from "../rule.ts";
import { programOf } from "../shell-words.ts";

/** `-o` lets two accounts share an id; `groupadd -f` takes another one or the group as it is. */
const allowsDoubles = (command: ShellCommand): boolean =>
  command.words.some(
    ({ value }) =>
      value !== undefined &&
      (/^(?:-[a-zA-Z]*o|--non-unique)$/.test(value) ||
        (programOf(command) === "groupadd" && /^(?:-[a-zA-Z]*f|--force)$/.test(value))),
  );

export const rule = defineRule({
  id: "uid-already-taken",
  title: "A new account's uid, gid and name are free",
  severity: "error",
  messages: {
    uid: 'uid {id} belongs to "{holder}" already, so creating "{name}" fails{end}',
    name: 'There is an account "{name}" already, so creating it fails{end}',
    gid: 'gid {id} belongs to the group "{holder}" already, so creating "{name}" fails{end}',
  },
  check: (input, report) => {
    const { effects } = input;
    if (effects.users.length === 0 && effects.groups.length === 0) return;
    const evidence = accountEvidence(input);
    const creations = [
      ...effects.groups.map((one) => ({ kind: "group" as const, id: one.gid, ...one })),
      ...effects.users.map((one) => ({ kind: "user" as const, id: one.uid, ...one })),
    ]
      .filter(
        ({ tool, command }) =>
          !tool.endsWith("-append") &&
          !command.conditional &&
          command.onFailure !== "caught" &&
          !allowsDoubles(command),
      )
      .toSorted((a, b) => a.command.span.start - b.command.span.start);
    for (const group of groupBy(creations, ({ at }) => at.instruction.index).values()) {
      for (const { kind, id, name = "", command, at } of group) {
        const { start } = command.span;
        const holder =
          id === undefined
            ? undefined
            : kind === "user"
              ? evidence.uidHolder(id, start)
              : evidence.gidHolder(id, start);
        const isTwice = kind === "user" && name !== "" && evidence.user(name, start) === "yes";
        if (holder === undefined && !isTwice) continue;
        const title =
          holder === undefined || holder === name
            ? `Use "${name}" as it is`
            : `Use "${holder}" as it is, or another number`;
        report(holder === undefined || (isTwice && holder === name) ? "name" : kind === "user" ? "uid" : "gid", {
          at: command.span,
          stage: at.stage,
          data: {
            id: id ?? "",
            holder: holder ?? "",
            name: name === "" ? "the account" : name,
            end: command.onFailure === "unnoticed" ? "" : " and the build stops here",
          },
          fix: { title, applicability: "manual" },
        });
        // The first failure of a RUN hides the rest.
        break;
      }
    }
  },
});
