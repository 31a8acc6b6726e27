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
