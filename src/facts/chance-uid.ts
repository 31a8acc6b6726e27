/** Which uids an account can get whose creation leaves its uid to chance. */
import type { UserCreation } from "./effects.ts";

/** Where the tools begin to count for people, and where they end. */
const [firstPersonal, lastPersonal] = [1000, 60_000];
const firstSystem = 100;
/** Accounts that nobody here knows of may have taken as many. */
const most = 100;

/** `--firstuid 5000`, `-K UID_MIN=5000`: other ranges than the usual ones. */
const setsRange = ({ command }: UserCreation): boolean =>
  command.words.some(({ raw }) => /^(?:--(?:firstuid|lastuid|conf|key)\b|-K)/.test(raw));

/**
 * Tells whether an account may get a uid: one of the system below 1000, one for people the first that is free from 1000
 * on (both `adduser`s), or the one behind the highest (`useradd`).
 * @param others uids of other accounts.
 * @see SYS_UID_MIN, UID_MIN and UID_MAX in login.defs(5); FIRST_UID in adduser.conf(5)
 */
export function mayGetUid(uid: number, others: readonly number[]): (creation: UserCreation) => boolean {
  const isSystem = uid >= firstSystem && uid < firstPersonal;
  const isBehind = (from: number): boolean => from >= firstPersonal && uid >= from && uid < from + most;
  const isPersonal = uid <= lastPersonal && (isBehind(firstPersonal) || others.some(isBehind));
  return (creation) => {
    if (creation.uidWord !== undefined || creation.hasHiddenOptions === true || setsRange(creation)) return true;
    return creation.system ? isSystem : isPersonal;
  };
}
