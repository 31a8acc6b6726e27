import { stat } from "node:fs/promises";
import { join } from "node:path";
import { homeFolder } from "../../registry/home-folder.ts";

/**
 * What podman has to be told in place of its environment: it does not start for a user without a home, with one that is
 * not there or (podman 5) without a `.config` of this user's own in it that is there or can be made (`GetConfigHome` of
 * containers/storage, `pkg/homedir`). Where `XDG_CONFIG_HOME` names that folder, it need not be there. Empty where all is
 * well.
 */
export async function podmanHome(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string>>> {
  const own = homeFolder(env);
  const home = (await stateOf(own))?.isDirectory() === true ? own : "/";
  const config = join(home, ".config");
  const isConfigOwn = (await stateOf(config))?.uid === process.getuid?.();
  return {
    // Without the variable podman looks for the account, and there may be none.
    ...(home === "/" ? { HOME: home } : {}),
    ...(isConfigOwn || (env["XDG_CONFIG_HOME"] ?? "") !== "" ? {} : { XDG_CONFIG_HOME: config }),
  };
}

const stateOf = async (path: string) => await stat(path).catch(() => undefined);
