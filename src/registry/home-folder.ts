import { stat } from "node:fs/promises";
import { homedir } from "node:os";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The user's home: `HOME`, else the one of the account, else `/`, as container runtimes have it. A pipeline's step often
 * runs as a uid that has no account, for which Node throws.
 */
export function homeFolder(env: Environment): string {
  const home = env["HOME"];
  if (home !== undefined && home !== "") return home;
  try {
    return homedir();
  } catch {
    return "/";
  }
}

/**
 * The `HOME` that podman has to be given in place of its own: it does not start for a user without a home or with one
 * that is not there. Undefined where all is well.
 */
export async function replacementHome(env: Environment): Promise<string | undefined> {
  const isFolder = await stat(homeFolder(env)).then(
    (state) => state.isDirectory(),
    () => false,
  );
  if (!isFolder) return "/";
  // Without the variable podman looks for the account, and there may be none.
  return homeFolder(env) === "/" ? "/" : undefined;
}
