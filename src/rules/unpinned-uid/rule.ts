import { mayGetUid } from "../../facts/chance-uid.ts";
import type { UserCreation } from "../../facts/effects.ts";
import { runsAsRoot } from "../decided-user.ts";
import { defineRule, type RuleInput } from "../rule.ts";

/** Tells the creations with whose uid, as the command happens to give it, the final user stands or falls. */
function reliedOn({ user, effects: { users } }: RuleInput): (creation: UserCreation) => boolean {
  if (user.verdict === "symbolic") return ({ name }) => name !== undefined && name === user.userPart;
  if (user.verdict !== "admit" || !user.uid.known || user.at === undefined) return () => false;
  // A number that no account is known to have, beside one account whose uid is left to chance: the author looked it up.
  const uid = user.uid.value;
  if ((user.account.known && user.account.value !== undefined) || users.some((one) => one.uid === uid))
    return () => false;
  const mayGetIt = mayGetUid(
    uid,
    users.flatMap((one) => one.uid ?? []),
  );
  const [only, another] = users.filter((one) => one.uid === undefined && mayGetIt(one));
  return (creation) => creation === only && another === undefined;
}

export const rule = defineRule({
  id: "unpinned-uid",
  title: "The account that the image runs as is created with a fixed uid",
  severity: "warning",
  messages: {
    name: '"{name}" gets whichever uid is free when the image is built, so the number to write into USER can change with the base image',
    number:
      'USER is {uid}, but "{name}" gets whichever uid is free when the image is built: a change in the base image parts the two',
  },
  check: (input, report) => {
    if (runsAsRoot(input)) return;
    const { user, effects } = input;
    const isRelied = reliedOn(input);
    for (const creation of effects.users) {
      if (creation.uid !== undefined || creation.uidWord !== undefined || !isRelied(creation)) continue;
      report(user.verdict === "symbolic" ? "name" : "number", {
        at: creation.command.span,
        stage: creation.at.stage,
        data: { name: creation.name ?? "the account", uid: user.userPart ?? "" },
        fix: {
          title: `Pin the uid where the account is created`,
          applicability: user.verdict === "symbolic" ? "safe" : "manual",
        },
      });
    }
  },
});
