/** The account that a recipe makes on a base, and the shell lines that make it there. */
import type { BaseFacts } from "../facts/base-facts.ts";
import { byGid, byName, byUid, noAccounts } from "../image/accounts.ts";
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
 * Renders the account for a base. Names and ids that the base has taken are stepped around: another name is found, a
 * group that has the gid is used, an account that has the uid is reused.
 */
export const renderAccount = (book: RecipeBook, base: BaseFacts, wanted: WantedAccount): AccountText =>
  renderRecipe(recipeFor(book, base), base, wanted);

/** The same for one recipe, whatever it matches. */
export function renderRecipe(recipe: Recipe | undefined, base: BaseFacts, wanted: WantedAccount): AccountText {
  const numeric = (id: string): AccountText => ({
    recipe: id,
    commands: [],
    uid: wanted.uid,
    gid: wanted.gid,
    name: undefined,
    home: undefined,
  });
  if (recipe === undefined) return numeric("none");
  const accounts = base.accounts.known ? base.accounts.value : { ...noAccounts, complete: false };
  const there = byUid(accounts, wanted.uid);
  if (there !== undefined && there.gid === wanted.gid) {
    return { recipe: recipe.id, commands: [], uid: there.uid, gid: there.gid, name: there.name, home: there.home };
  }
  if (base.shell.known && !base.shell.value) return numeric(recipe.id);
  const name = freeName(wanted, (candidate) => byName(accounts.passwd, candidate) !== undefined);
  const request: AccountRequest = {
    uid: wanted.uid,
    gid: wanted.gid,
    name,
    home: wanted.home,
    group: byGid(accounts, wanted.gid)?.name ?? (wanted.gid === 0 ? "root" : undefined),
    groupName: freeName({ ...wanted, userName: name }, (candidate) => byName(accounts.group, candidate) !== undefined),
    certain: base.accounts.known,
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
      return made(
        request.tools?.has("adduser") === false ? appendPasswd(request, "/sbin/nologin") : busyboxAdduser(request),
      );
    case "shadow-useradd":
      return made(
        request.tools?.has("useradd") === false
          ? appendPasswd(request, account.shell)
          : shadowUseradd(request, account.shell),
      );
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
