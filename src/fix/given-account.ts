/**
 * The account that a file gives its application's files to without ever running as it (`COPY --chown=www-data . .`,
 * `RUN chown -R www-data storage`, and no USER): the one that its author wrote the application for.
 */
import type { Effects } from "../facts/effects.ts";
import { isSystemPath, isWithin, resolvePath } from "../facts/paths.ts";
import type { PasswdEntry } from "../image/accounts.ts";
import { accountsHere } from "./accounts-here.ts";
import type { DecisionInput } from "./decide.ts";

/** An account, and the first line that gives files to it. */
export interface GivenAccount {
  readonly account: PasswdEntry;
  readonly line: number;
}

/** Where packages keep what is theirs: whose it is says nothing of the application. */
const packageTrees = ["/run", "/tmp", "/var"];

/**
 * The one account other than root that files of the application are given to; `undefined` where there is none, or more
 * than one. Only accounts that are known by name or number count.
 */
export function givenAccount(input: DecisionInput): GivenAccount | undefined {
  const { effects, model } = input;
  const { workdir, volumes } = model.after(model.graph.target);
  const copied = effects.copies.flatMap(({ destination }) => (destination === undefined ? [] : [destination]));
  const own = [...(workdir.value.unknown.length === 0 ? [workdir.value.value] : []), ...volumes.map((one) => one.value)]
    .concat(copied)
    .map((path) => resolvePath("/", path))
    .filter((path) => !isSystemPath(path));
  const isOwn = (path: string): boolean =>
    !isSystemPath(path) &&
    (own.some((folder) => isWithin(folder, path) || isWithin(path, folder)) ||
      !packageTrees.some((tree) => isWithin(tree, path)));

  const { passwd } = accountsHere(input);
  let found: GivenAccount | undefined;
  for (const { owner, paths, line } of ownersGiven(effects)) {
    if (!paths.some((path) => path !== undefined && isOwn(resolvePath("/", path)))) continue;
    const user = owner?.split(":", 1)[0] ?? "";
    if (user === "" || user === "root" || /^\+?0+$/.test(user)) continue;
    const account = passwd.find(({ name, uid }) => name === user || String(uid) === user);
    if (account === undefined || (found !== undefined && found.account !== account)) return undefined;
    found ??= { account, line };
  }
  return found;
}

/** Every `--chown` and `chown` of what ships. */
const ownersGiven = ({
  copies,
  owners,
}: Effects): { owner: string | undefined; paths: (string | undefined)[]; line: number }[] => [
  ...copies.map(({ chown, destination, at }) => ({
    owner: chown,
    paths: [destination],
    line: at.instruction.startLine,
  })),
  ...owners.flatMap(({ tool, owner, paths, at }) =>
    tool === "chown" ? [{ owner, paths: paths.map(({ path }) => path), line: at.instruction.startLine }] : [],
  ),
];
