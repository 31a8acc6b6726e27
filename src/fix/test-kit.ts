/** Plans and applies a fix to the text of a Containerfile without an engine: what table tests of the fix need. */
import { applyEdits } from "../containerfile/edits.ts";
import type { Accounts } from "../image/accounts.ts";
import { shippedBook } from "../recipe/recipe-book.ts";
import { runRules } from "../rules/run-rules.ts";
import { contextOf, inputOf, type Setup } from "../rules/test-kit.ts";
import type { FixOptions } from "./options.ts";
import { planFix, type Plan } from "./plan.ts";

export interface FixSetup extends Setup {
  readonly options?: Partial<FixOptions>;
  /** Accounts of the built original. */
  readonly observed?: Accounts;
}

/** What a fix would do. Comments are left out unless a test asks for them. */
export function planOf(setup: FixSetup): Plan {
  const { options = {}, observed } = setup;
  const openshift = options.openshift ?? false;
  const uid = options.uid ?? 65532;
  const input = inputOf({ ...setup, openshift, writable: options.writable ?? [] });
  const { findings, ignored } = runRules(input);
  return planFix({
    ...input,
    findings,
    ignored: ignored.map(({ finding }) => finding),
    recipes: shippedBook(),
    readContext: contextOf(setup),
    options: {
      uid,
      gid: openshift ? 0 : uid,
      uidGiven: options.uid !== undefined,
      userName: "nonroot",
      home: "/home/nonroot",
      writable: [],
      openshift,
      comments: false,
      canObserve: false,
      toObserve: "with an engine",
      ...options,
    },
    ...(observed !== undefined && { observed }),
  });
}

/**
 * The text after a fix; the text itself where there is nothing to do.
 * @throws when a second run would change it again, or when there is no plan.
 */
export function fixed(setup: FixSetup): string {
  const plan = planOf(setup);
  if (plan.kind === "nothing") return setup.text;
  if (plan.kind !== "edits") throw new Error(`${plan.kind}: ${plan.why}`);
  const text = applyEdits(setup.text, plan.edits);
  const again = planOf({ ...setup, text });
  if (again.kind === "edits") throw new Error(`a second run changes it again: ${again.steps.join("; ")}\n${text}`);
  return text;
}
