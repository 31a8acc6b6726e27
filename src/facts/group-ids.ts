/** The gid of a group by its name: made in the file, or one of the base. */
import type { BaseFacts } from "../image/base-facts.ts";
import type { GroupCreation } from "./effects.ts";

/** `undefined` where it is left to chance, or nobody knows such a group. */
export function gidOfGroup(
  group: string,
  groups: readonly Pick<GroupCreation, "name" | "gid">[],
  { accounts }: BaseFacts,
): number | undefined {
  const made = groups.find(({ name }) => name === group);
  if (made !== undefined) return made.gid;
  return accounts.known ? accounts.value.group.find(({ name }) => name === group)?.gid : undefined;
}
