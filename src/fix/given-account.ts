/**
 * The account that a file gives its application's files to without ever running as it (`COPY --chown=www-data . .`,
 * `RUN chown -R www-data storage`, and no USER): the one that its author wrote the application for.
 */
import type { Effects } from "../facts/effects.ts";
import { isSystemPath, isWithin, resolvePath } from "../facts/paths.ts";
import type { PasswdEntry } from "../image/accounts.ts";
import { accountEvidence } from "../rules/account-evidence.ts";
import { accountsHere } from "./accounts-here.ts";
import type { DecisionInput } from "./model.ts";

/** Who is given files, and the first line that does so. */
export type Owner =
  /** An account of the base or of the file; of one that the file makes without a uid, with the number that files name. */
  | { readonly kind: "account"; readonly account: PasswdEntry; readonly line: number }
  /** A number that no known account has. */
  | { readonly kind: "number"; readonly uid: number; readonly gid: number; readonly line: number }
  /** A name that packages, scripts or a command that may fail have made: only the built image tells whose it is. */
  | { readonly kind: "name"; readonly name: string; readonly line: number };

/** Where packages keep what is theirs: whose it is says nothing of the application. */
const packageTrees = ["/run", "/tmp", "/var"];

/** The one owner other than root of the application's files; `undefined` where there is none, or more than one. */
export function givenAccount(input: DecisionInput): Owner | undefined {
  const isOwn = ownPlaces(input);
  const { passwd } = accountsHere(input);
  const evidence = accountEvidence(input);
  const isUnsure = ({ name }: PasswdEntry): boolean =>
    input.observed === undefined && input.effects.users.some((one) => one.name === name && one.unsure !== undefined);
  const owners = new Map<string, Owner>();
  for (const { owner = "", paths, line, offset } of ownersGiven(input.effects)) {
    if (!paths.some((path) => path !== undefined && isOwn(resolvePath("/", path)))) continue;
    const [user = "", group = ""] = owner.split(":");
    if (user === "" || user === "root" || /^\+?0+$/.test(user)) continue;
    const account = passwd.find(({ name, uid }) => name === user || String(uid) === user);
    const key = account?.name ?? user;
    if (owners.has(key)) continue;
    if (account !== undefined && isUnsure(account)) owners.set(key, { kind: "name", name: account.name, line });
    else if (account !== undefined) owners.set(key, { kind: "account", account, line });
    else if (isId(user)) owners.set(key, { kind: "number", uid: Number(user), gid: groupOf(user, group), line });
    // The build ends at a name that is certainly nobody's.
    else if (evidence.user(user, offset) === "no") return undefined;
    else owners.set(key, { kind: "name", name: user, line });
  }
  const [one, other] = owners.values();
  if (one === undefined || other === undefined) return one;
  return owners.size === 2 ? (sameOwner(one, other) ?? sameOwner(other, one)) : undefined;
}

const isId = (text: string): boolean => /^[0-9]{1,10}$/.test(text);

/** Group 0 is for OpenShift's sake: it is no account's own. */
const groupOf = (user: string, group: string): number => Number(isId(group) && !/^0+$/.test(group) ? group : user);

/** An account whose uid the file leaves to chance, and the number that its author took it to get. */
function sameOwner(named: Owner, numbered: Owner): Owner | undefined {
  if (named.kind !== "account" || named.account.uid !== -1 || numbered.kind !== "number") return undefined;
  const { uid, gid } = numbered;
  return { ...named, account: { ...named.account, uid, gid } };
}

/** Tells the application's own places: where it works, where it is copied to, and what is nobody else's. */
function ownPlaces({ effects, model }: DecisionInput): (path: string) => boolean {
  const { workdir, volumes } = model.after(model.graph.target);
  const copied = effects.copies.flatMap(({ destination }) => (destination === undefined ? [] : [destination]));
  const own = [...(workdir.value.unknown.length === 0 ? [workdir.value.value] : []), ...volumes.map((one) => one.value)]
    .concat(copied)
    .map((path) => resolvePath("/", path))
    .filter((path) => !isSystemPath(path));
  return (path) =>
    !isSystemPath(path) &&
    (own.some((folder) => isWithin(folder, path) || isWithin(path, folder)) ||
      !packageTrees.some((tree) => isWithin(tree, path)));
}

/** Every `--chown` and `chown` of what ships, with the offset at which its name is looked up. */
const ownersGiven = ({
  copies,
  owners,
}: Effects): { owner: string | undefined; paths: (string | undefined)[]; line: number; offset: number }[] => [
  ...copies.map(({ chown, destination, at }) => ({
    owner: chown,
    paths: [destination],
    line: at.instruction.startLine,
    offset: at.instruction.span.start,
  })),
  ...owners.flatMap(({ tool, owner, paths, command, at }) =>
    tool === "chown"
      ? [
          {
            owner,
            paths: paths.map(({ path }) => path),
            line: at.instruction.startLine,
            offset: command.span.start,
          },
        ]
      : [],
  ),
];
