/** A `chown` that gives files to whoever runs it: anybody may do that with what is their own already. */
import { ownershipEffects } from "../facts/ownership-commands.ts";
import type { ShellCommand } from "../shell/model.ts";
import type { RuleInput } from "./rule.ts";

/** Tells them, where the image ends as an account that is known and not root's; source: chown(2), chown_ok and chgrp_ok of Linux' fs/attr.c. */
export function isOwnChown({ user: { account } }: RuleInput): (command: ShellCommand) => boolean {
  if (!account.known || account.value === undefined || account.value.uid === 0) return () => false;
  const { name, uid, gid } = account.value;
  const users = new Set([name, String(uid)]);
  // A group of the account's name is its own.
  const groups = new Set([undefined, "", name, ...(gid === undefined ? [] : [String(gid)])]);
  return (command) => {
    const effects = ownershipEffects(command);
    return (
      effects.length > 0 &&
      effects.every(({ kind, effect }) => {
        if (kind !== "owner" || !("owner" in effect) || effect.tool !== "chown") return false;
        const [user = "", group] = effect.owner?.split(":") ?? [];
        return users.has(user) && groups.has(group);
      })
    );
  };
}
