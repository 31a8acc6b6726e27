import { judgeConfigUser } from "../../image/config-user.ts";
import type { ShellCommand } from "../../shell/model.ts";
import { defineRule } from "../rule.ts";
import { isWrappedBy, operandsOf, programOf } from "../shell-words.ts";

/** What each package manager needs root for. `pacman`, `rpm` and `dpkg` say it by an option. */
const changing: Readonly<Record<string, RegExp>> = {
  "apt-get": /^(?:update|upgrade|dist-upgrade|full-upgrade|install|reinstall|remove|purge|autoremove|build-dep)$/,
  apt: /^(?:update|upgrade|full-upgrade|install|reinstall|remove|purge|autoremove)$/,
  aptitude: /^(?:update|install|remove|purge|safe-upgrade|full-upgrade)$/,
  apk: /^(?:add|del|upgrade|update|fix)$/,
  dnf: /^(?:install|reinstall|update|upgrade|remove|erase|downgrade|groupinstall|module)$/,
  yum: /^(?:install|reinstall|update|upgrade|remove|erase|downgrade|groupinstall|module)$/,
  microdnf: /^(?:install|reinstall|update|upgrade|remove|module)$/,
  tdnf: /^(?:install|reinstall|update|upgrade|remove|erase)$/,
  zypper: /^(?:install|in|remove|rm|update|up|dup|dist-upgrade|patch)$/,
};
const byOption: Readonly<Record<string, RegExp>> = {
  pacman: /^(?:-[a-z]*[SUR][a-z]*|--sync|--upgrade|--remove)$/,
  rpm: /^(?:-[ivh]*[iUFe][ivh]*|--install|--upgrade|--erase|--import)$/,
  dpkg: /^(?:-[iPr]|--install|--purge|--remove|--configure)$/,
};
/** These become root on their own, as far as the base lets them. */
const asRoot: ReadonlySet<string> = new Set([
  "sudo",
  "doas",
  "su",
  "gosu",
  "su-exec",
  "runuser",
  "fakeroot",
  "fakechroot",
]);

/** The package manager that a command changes the system with; `undefined` for anything else. */
function managerOf(command: ShellCommand): string | undefined {
  const program = programOf(command);
  const subcommand = Object.hasOwn(changing, program) ? changing[program] : undefined;
  if (subcommand !== undefined) return operandsOf(command).some((word) => subcommand.test(word)) ? program : undefined;
  const option = Object.hasOwn(byOption, program) ? byOption[program] : undefined;
  const matches =
    option !== undefined && command.words.slice(1).some(({ value }) => value !== undefined && option.test(value));
  return matches ? program : undefined;
}

export const rule = defineRule({
  id: "package-install-as-nonroot",
  title: "Packages are installed by root",
  severity: "error",
  messages: {
    file: '{manager} runs as "{user}" (USER on line {line}) and may not change the system, so the build fails here',
    base: '{manager} runs as "{user}", the user of the base image, and may not change the system, so the build fails here',
  },
  check: ({ model, effects }, report) => {
    let seen = -1;
    for (const { command, at } of effects.commands) {
      const { instruction, stage } = at;
      if (instruction.index === seen) continue;
      const manager = managerOf(command);
      if (manager === undefined || command.conditional || isWrappedBy(command, asRoot)) continue;
      const { value, at: setBy } = model.before(instruction).user;
      if (value.unknown.length > 0 || value.error !== undefined) continue;
      const judged = judgeConfigUser(value.value);
      if (judged.verdict === "root" || judged.verdict === "invalid" || judged.userPart === "root") continue;
      seen = instruction.index;
      report(setBy === undefined ? "base" : "file", {
        at: command.span,
        stage,
        data: { manager, user: value.value, line: setBy?.startLine ?? 0 },
        fix: { title: `Put the RUN between USER root and USER ${value.value}`, applicability: "safe" },
      });
    }
  },
});
