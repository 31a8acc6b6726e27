import type { Analysis } from "../../src/app/analyse.ts";

/** Why the family of what an analysed file builds on is not known; `undefined` when it is. */
export function unknownFamilyOf({ input }: Analysis): string | undefined {
  const { family, evidence, reference } = input.base;
  if (!family.known) return family.why;
  return evidence === "none" ? `nothing is known of ${reference}` : undefined;
}
