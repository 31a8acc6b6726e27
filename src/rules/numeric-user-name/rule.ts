import { placeOf } from "../placing.ts";
import { defineRule } from "../rule.ts";

/** A name that reads as a number. */
const isNumeric = (name: string): boolean => /^[+-]?[0-9]+$/.test(name);

export const rule = defineRule({
  id: "numeric-user-name",
  title: "No account's name is a number",
  severity: "warning",
  messages: {
    created:
      'The account created here is named "{name}": some runtimes look a number up as a name first, so USER {name} may run with the uid of that line',
    base: 'The base image has an account named "{name}" (uid {uid}): some runtimes look a number up as a name first, so USER {name} may run as uid {uid}',
  },
  check: ({ model, effects, base }, report) => {
    const fix = { title: "Give the account a name that begins with a letter", applicability: "manual" } as const;
    for (const { name, nameWord, command, at } of effects.users) {
      if (name === undefined || !isNumeric(name)) continue;
      report("created", { at: nameWord?.span ?? command.span, stage: at.stage, data: { name }, fix });
    }
    const { target } = model.graph;
    const named = base.accounts.known ? base.accounts.value.passwd.find(({ name }) => isNumeric(name)) : undefined;
    if (named !== undefined) {
      report("base", { at: placeOf(target.from), stage: target, data: { name: named.name, uid: named.uid }, fix });
    }
  },
});
