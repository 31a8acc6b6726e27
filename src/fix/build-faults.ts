/**
 * Edits for errors that stop the build itself: names that `--chown` cannot resolve, and packages installed by a user
 * who may not.
 */
import { insertAfter, insertBefore, keywordLike } from "../containerfile/edits.ts";
import type { Instruction, RunInstruction } from "../containerfile/model.ts";
import type { Edit, Finding } from "../core/finding.ts";
import { byName } from "../image/accounts.ts";
import { judgeConfigUser } from "../image/config-user.ts";
import { gidHere } from "./accounts-here.ts";
import type { ChosenAccount, PlanInput } from "./model.ts";

type Add = (step: string, ...edits: readonly Edit[]) => void;

/** Adds edits for `chown-name-unknown` and `package-install-as-nonroot` findings. */
export function buildFaultEdits(input: PlanInput, chosen: ChosenAccount | undefined, add: Add): void {
  for (const finding of input.findings) {
    if (finding.rule === "chown-name-unknown") numericChown(input, finding, chosen, add);
  }
  const runs = input.findings
    .filter(({ rule }) => rule === "package-install-as-nonroot")
    .flatMap((finding) => {
      const at = instructionAt(input, finding);
      return at?.keyword === "RUN" ? [at] : [];
    });
  for (const group of neighbours(runs)) rootWindow(input, group, chosen, add);
}

const instructionAt = ({ model }: PlanInput, { span }: Finding): Instruction | undefined =>
  model.graph.file.instructions.find((one) => one.span.start <= span.start && span.start < one.span.end);

/** A uid or gid for a name, where it is certain. */
function numberOf(input: PlanInput, chosen: ChosenAccount | undefined, name: string): ChosenAccount | undefined {
  if (/^[0-9]+$/.test(name)) return { uid: Number(name), gid: Number(name), name, home: undefined };
  if (chosen?.name === name) return chosen;
  const creation = input.effects.users.find((one) => one.name === name && one.uid !== undefined);
  if (creation?.uid !== undefined)
    return { uid: creation.uid, gid: creation.gid ?? creation.uid, name, home: undefined };
  const accounts = input.observed ?? (input.base.accounts.known ? input.base.accounts.value : undefined);
  const entry = accounts === undefined ? undefined : byName(accounts.passwd, name);
  return entry === undefined ? undefined : { uid: entry.uid, gid: entry.gid, name, home: entry.home };
}

const gidOf = (input: PlanInput, chosen: ChosenAccount | undefined, group: string): number | undefined =>
  /^[0-9]+$/.test(group) ? Number(group) : (gidHere(input, group) ?? numberOf(input, chosen, group)?.gid);

function numericChown(input: PlanInput, finding: Finding, chosen: ChosenAccount | undefined, add: Add): void {
  const at = instructionAt(input, finding);
  const flag = at?.flags.find(({ name }) => name === "chown");
  if (at === undefined || flag?.value === undefined) return;
  const [user = "", group] = input.model.expand(at, flag.value).value.split(":");
  const owner = user === "" ? undefined : numberOf(input, chosen, user);
  if (owner === undefined) return;
  const gid = group === undefined || group === "" || group === user ? owner.gid : gidOf(input, chosen, group);
  if (gid === undefined) return;
  const text = group === undefined ? `${owner.uid}:${owner.gid}` : `${owner.uid}:${gid}`;
  add(`line ${at.startLine}: --chown in numbers, which need no account at that line`, { span: flag.valueSpan, text });
}

/** Runs that follow one another directly share one window. */
function neighbours(runs: readonly RunInstruction[]): readonly (readonly RunInstruction[])[] {
  const groups: RunInstruction[][] = [];
  for (const run of runs) {
    const last = groups.at(-1);
    if (last?.at(-1)?.index === run.index - 1) last.push(run);
    else groups.push([run]);
  }
  return groups;
}

/** `USER root` above, the user in force before below, in numbers where they are certain. */
function rootWindow(
  input: PlanInput,
  group: readonly RunInstruction[],
  chosen: ChosenAccount | undefined,
  add: Add,
): void {
  const [first] = group;
  const last = group.at(-1);
  if (first === undefined || last === undefined) return;
  const { model } = input;
  const file = model.graph.file;
  const { value } = model.before(first).user;
  if (value.unknown.length > 0) return;
  const judged = judgeConfigUser(value.value);
  const named = judged.verdict === "symbolic" ? numberOf(input, chosen, judged.userPart) : undefined;
  const restore = named === undefined ? value.value : String(named.uid);
  const user = keywordLike(file, first, "USER");
  const next = file.instructions[last.index + 1];
  add(
    `lines ${first.startLine}-${last.endLine}: packages are installed as root, then the user is ${restore} again`,
    insertBefore(file, first, [`${user} root`]),
    ...(next?.keyword === "USER" ? [] : [insertAfter(file, last, [`${user} ${restore}`])]),
  );
}
