import type { UserCreation } from "../../facts/effects.ts";
import { runsAsRoot } from "../decided-user.ts";
import { inferredSwitch } from "../started-scripts.ts";
import { defineRule, type RuleInput } from "../rule.ts";
import { programOf } from "../shell-words.ts";
import { readStarted } from "../started.ts";

/** Every word that tells who something runs as, or may: USERs, what the container starts, `su` in a RUN. */
function mentions(input: RuleInput): ReadonlySet<string> {
  const { model, effects, software } = input;
  const words = new Set<string>();
  const add = (word: string | undefined): void => {
    for (const part of word?.split(/[:=,\s"']+/) ?? []) words.add(part);
  };
  for (const { instruction } of model.shipped) {
    if (instruction.keyword === "USER") add(model.expand(instruction, instruction.argument.value).value);
    if (instruction.keyword === "ENV")
      for (const { value } of instruction.pairs) add(model.expand(instruction, value.value).value);
  }
  for (const command of readStarted(input).commands) for (const { value } of command.words) add(value);
  for (const { text } of input.scripts) for (const word of text.split(/[^A-Za-z0-9_.-]+/)) words.add(word);
  for (const { command } of effects.commands) {
    const asOther = [programOf(command), ...command.wrappers.map(({ value }) => value ?? "")].some((name) =>
      /(?:^|\/)(?:su|sudo|runuser|gosu|su-exec|setpriv)$/.test(name),
    );
    if (asOther) for (const { value } of [...command.words, ...command.wrappers]) add(value);
  }
  for (const { software: known } of software) for (const name of [known.id, ...known.commands]) words.add(name);
  return words;
}

const isUsed = (creation: UserCreation, words: ReadonlySet<string>): boolean =>
  (creation.name !== undefined && words.has(creation.name)) ||
  (creation.uid !== undefined && words.has(String(creation.uid)));

export const rule = defineRule({
  id: "user-created-unused",
  title: "An account that is created for the application runs it",
  severity: "warning",
  messages: {
    unused: 'The account "{name}" is created, but no USER names it: the container starts as root all the same',
  },
  check: (input, report) => {
    const { effects } = input;
    if (effects.users.length === 0 || !runsAsRoot(input)) return;
    const started = readStarted(input);
    // A script that nobody can read here, with a tool that drops root beside it, drops to some account.
    if (inferredSwitch(input, started) !== undefined) return;
    const words = mentions(input);
    const seen = new Set<string>();
    for (const creation of effects.users) {
      const { name = "", command, at, uid, unsure } = creation;
      if (name === "" || uid === 0 || unsure !== undefined || seen.has(name) || isUsed(creation, words)) continue;
      seen.add(name);
      report("unused", {
        at: command.span,
        stage: at.stage,
        data: { name },
        fix: { title: `Run the container as "${name}" by its number`, applicability: "safe" },
      });
    }
  },
});
