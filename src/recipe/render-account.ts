/** The account that a recipe makes on a base, and the shell lines that make it there. */
import type { BaseFacts } from "../image/base-facts.ts";
import { byGid, byName, byUid, noAccounts, type Accounts } from "../image/accounts.ts";
import type { Recipe } from "./recipe.ts";
import { recipeFor, type RecipeBook } from "./recipe-book.ts";
import type { AccountRequest } from "./steps/account-request.ts";
import { appendPasswd } from "./steps/append-passwd.ts";
import { busyboxAdduser } from "./steps/busybox-adduser.ts";
import { shadowUseradd } from "./steps/shadow-useradd.ts";

export interface WantedAccount {
  readonly uid: number;
  readonly gid: number;
  readonly userName: string;
  readonly home: string;
}

/** The accounts at the place where a new one is made: those of the base and those that the file has made by then. */
export interface TakenAccounts extends Accounts {
  /** Nothing else has the wanted uid, gid or name. */
  readonly certain: boolean;
}

export interface AccountText {
  /** Id of the recipe that was used. */
  readonly recipe: string;
  /** Shell commands to be joined with `&&`; empty where nothing can or needs to be made. */
  readonly commands: readonly string[];
  readonly uid: number;
  readonly gid: number;
  /** `undefined`: no passwd line, numbers only. */
  readonly name: string | undefined;
  readonly home: string | undefined;
}

/**
 * Renders the account for a base. Names and ids that are taken are stepped around: another name is found, a group that
 * has the gid is used, an account that has the uid is reused.
 * @param taken without it, the base's own accounts.
 */
export const renderAccount = (
  book: RecipeBook,
  base: BaseFacts,
  wanted: WantedAccount,
  taken: TakenAccounts = takenIn(base),
): AccountText => renderRecipe(recipeFor(book, base), base, wanted, taken);

/** The accounts of a base alone. */
const takenIn = ({ accounts }: BaseFacts): TakenAccounts =>
  accounts.known ? { ...accounts.value, certain: true } : { ...noAccounts, certain: false };

/** The same for one recipe, whatever it matches. */
export function renderRecipe(
  recipe: Recipe | undefined,
  base: BaseFacts,
  wanted: WantedAccount,
  taken: TakenAccounts = takenIn(base),
): AccountText {
  const numeric = (id: string): AccountText => ({
    recipe: id,
    commands: [],
    uid: wanted.uid,
    gid: wanted.gid,
    name: undefined,
    home: undefined,
  });
  if (recipe === undefined) return numeric("none");
  const there = byUid(taken, wanted.uid);
  if (there !== undefined) {
    return { recipe: recipe.id, commands: [], uid: there.uid, gid: there.gid, name: there.name, home: there.home };
  }
  if (base.shell.known && !base.shell.value) return numeric(recipe.id);
  const name = freeName(wanted, (candidate) => byName(taken.passwd, candidate) !== undefined);
  const request: AccountRequest = {
    uid: wanted.uid,
    gid: wanted.gid,
    name,
    home: wanted.home,
    group: byGid(taken, wanted.gid)?.name ?? (wanted.gid === 0 ? "root" : undefined),
    groupName: freeName({ ...wanted, userName: name }, (candidate) => byName(taken.group, candidate) !== undefined),
    certain: taken.certain,
    tools: base.tools.known ? base.tools.value : undefined,
  };
  return perform(recipe, request, numeric(recipe.id));
}

function freeName(
  { userName, uid }: { readonly userName: string; readonly uid: number },
  taken: (name: string) => boolean,
): string {
  if (!taken(userName)) return userName;
  const numbered = `${userName}${uid}`;
  if (!taken(numbered)) return numbered;
  let count = 2;
  while (taken(`${numbered}-${count}`)) count++;
  return `${numbered}-${count}`;
}

function perform(recipe: Recipe, request: AccountRequest, numeric: AccountText): AccountText {
  const { uid, gid, name, home } = request;
  const made = (commands: readonly string[]): AccountText => ({ recipe: recipe.id, commands, uid, gid, name, home });
  const { account } = recipe;
  switch (account.do) {
    case "busybox-adduser":
      return uid > (account.highestUid ?? uid)
        ? made(appendPasswd(request, "/sbin/nologin"))
        : made(byTool("adduser", request, "/sbin/nologin", busyboxAdduser));
    case "shadow-useradd":
      return made(byTool("useradd", request, account.shell, (sure) => shadowUseradd(sure, account.shell)));
    case "append-passwd":
      return made(appendPasswd(request, account.shell));
    case "numeric":
      return numeric;
    case "reuse":
      return {
        recipe: recipe.id,
        commands: [],
        uid: account.uid,
        gid: account.gid,
        name: account.name,
        home: account.home,
      };
  }
}

/** By the tool where it is there, by appended lines where it is not, by the one or the other where nobody knows. */
function byTool(
  tool: string,
  request: AccountRequest,
  shell: string,
  make: (request: AccountRequest) => readonly string[],
): readonly string[] {
  if (request.tools === undefined) return make({ ...request, certain: false });
  return request.tools.has(tool) ? make(request) : appendPasswd(request, shell);
}
