/** Programs that become another user, which a container without capabilities cannot do. */
import type { StartedCommand } from "./started.ts";

/** Why a program that switches user does not work in a restricted container. */
const reasons: Readonly<Record<string, string>> = {
  su: "needs root and CAP_SETUID",
  sudo: "refuses to run once no_new_privs is set",
  doas: "refuses to run once no_new_privs is set",
  gosu: "needs CAP_SETUID and CAP_SETGID",
  "su-exec": "needs CAP_SETUID and CAP_SETGID",
  setpriv: "needs CAP_SETUID and CAP_SETGID",
  runuser: "needs root and CAP_SETUID",
  chpst: "needs CAP_SETUID and CAP_SETGID",
  setuidgid: "needs CAP_SETUID and CAP_SETGID",
  "s6-setuidgid": "needs CAP_SETUID and CAP_SETGID",
  "s6-applyuidgid": "needs CAP_SETUID and CAP_SETGID",
  "start-stop-daemon": "needs CAP_SETUID to change user",
  capsh: "needs CAP_SETUID to change user",
};

/** Some of them do other things too: these options make them switch. */
const onlyWith: Readonly<Record<string, RegExp>> = {
  setpriv: /^--(?:reuid|regid|ruid|euid|rgid|egid|init-groups|clear-groups|groups)/,
  chpst: /^-[uU]/,
  "start-stop-daemon": /^(?:-c|--chuid)/,
  capsh: /^--(?:user|uid|gid)/,
};

interface Words {
  readonly program: string;
  readonly wrappers: readonly string[];
  readonly words: StartedCommand["words"];
}

/** The switch that a command is, or stands behind (`sudo server`); with why it fails. */
export function privilegeSwitch({
  program,
  wrappers,
  words,
}: Words): { readonly tool: string; readonly why: string } | undefined {
  const tool = [program, ...wrappers].find((name) => Object.hasOwn(reasons, name));
  if (tool === undefined) return undefined;
  const option = Object.hasOwn(onlyWith, tool) ? onlyWith[tool] : undefined;
  if (option !== undefined && !words.some(({ value }) => value !== undefined && option.test(value))) return undefined;
  return { tool, why: reasons[tool] ?? "" };
}

/** Tools that only serve to drop root: who installs one means its entrypoint script to use it. */
export const droppingTools: ReadonlySet<string> = new Set(["gosu", "su-exec"]);
