/** What one command does to accounts. */
import type { AccountChange, GroupChange, GroupCreation, UserCreation } from "./effects.ts";

/** What one command does to accounts, without its place in the build. */
export type AccountEffect =
  | { readonly kind: "user"; readonly effect: Omit<UserCreation, "at"> }
  | { readonly kind: "group"; readonly effect: Omit<GroupCreation, "at"> }
  | { readonly kind: "change"; readonly effect: Omit<AccountChange, "at"> }
  | { readonly kind: "group-change"; readonly effect: Omit<GroupChange, "at"> };

/** A number as account tools read it; `undefined` for names and what is not known. */
export function idOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}
