import type { CopyEffect } from "../../facts/effects.ts";
import { accountEvidence, type AccountEvidence } from "../account-evidence.ts";
import { groupBy } from "../layers.ts";
import { defineRule } from "../rule.ts";
import { isForFoundFiles } from "../shell-words.ts";

const isNumber = (text: string): boolean => /^[0-9]+$/.test(text);

const nameOf = (text: string): string | undefined => (text === "" || isNumber(text) ? undefined : text);

/** The names of an owner (`app:app`, `app`, `:www`), numbers left out. */
function namesIn(owner: string): { readonly user: string | undefined; readonly group: string | undefined } {
  const [user = "", group = ""] = owner.split(":");
  return { user: nameOf(user), group: nameOf(group) };
}

/** BuildKit takes `root` for 0 without a look. */
const isLookedUp = (name: string | undefined): boolean => name !== undefined && name !== "root";

/** The first name of an owner that certainly does not exist in front of an offset. */
function missing(
  owner: string,
  evidence: AccountEvidence,
  offset: number,
): { readonly name: string; readonly what: string } | undefined {
  const { user, group } = namesIn(owner);
  if (user !== undefined && evidence.user(user, offset) === "no") return { name: user, what: "user" };
  if (group !== undefined && evidence.group(group, offset) === "no") return { name: group, what: "group" };
  return undefined;
}

const placeOfChown = ({ at }: CopyEffect): CopyEffect["at"]["instruction"]["span"] =>
  at.instruction.flags.find(({ name }) => name === "chown")?.span ?? at.instruction.span;

export const rule = defineRule({
  id: "chown-name-unknown",
  title: "Owners given by name exist where they are used",
  severity: "error",
  everyStage: true,
  messages: {
    copy: '--chown={owner} names the {what} "{name}", which does not exist at this line: the build stops here',
    link: "--link copies onto an empty layer without /etc/passwd, so --chown={owner} cannot be looked up: the build stops here",
    run: '{tool} names the {what} "{name}", which does not exist at this line: the command fails',
  },
  check: (input, report) => {
    const { effects } = input;
    const named = effects.copies.filter(({ chown }) => chown !== undefined);
    if (named.length === 0 && effects.owners.length === 0) return;
    const evidence = accountEvidence(input);
    for (const copy of named) {
      const { chown = "", link, at } = copy;
      const { user, group } = namesIn(chown);
      const place = { at: placeOfChown(copy), stage: at.stage };
      const fix = { title: "Write the owner in numbers: --chown=UID:GID", applicability: "safe" } as const;
      if (link && [user, group].some(isLookedUp)) {
        report("link", { ...place, data: { owner: chown }, fix });
        continue;
      }
      const found = missing(chown, evidence, at.instruction.span.start);
      if (found !== undefined) report("copy", { ...place, data: { owner: chown, ...found }, fix });
    }
    for (const changes of groupBy(effects.owners, ({ at }) => at.instruction.index).values()) {
      for (const { tool, owner, command, ownerWord, at } of changes) {
        const mayNotRun = command.conditional || isForFoundFiles(command);
        if (owner === undefined || mayNotRun || command.onFailure !== "stops") continue;
        const found = missing(tool === "chgrp" ? `:${owner}` : owner, evidence, command.span.start);
        if (found === undefined) continue;
        report("run", {
          at: ownerWord.span,
          stage: at.stage,
          data: { tool, ...found },
          fix: { title: "Create the account first, or write the owner in numbers", applicability: "manual" },
        });
        break;
      }
    }
  },
});
