import { describe, expect, test } from "vitest";
import { needOfScript } from "./started-scripts.ts";

const postgres = `#!/usr/bin/env bash
set -Eeo pipefail
_is_sourced() {
	[ "\${#FUNCNAME[@]}" -ge 2 ] && [ "\${FUNCNAME[0]}" = '_is_sourced' ] && [ "\${FUNCNAME[1]}" = 'source' ]
}
docker_create_db_directories() {
	local user; user="$(id -u)"
	mkdir -p "$PGDATA"
	chmod 00700 "$PGDATA" || :
	if [ "$user" = '0' ]; then
		find "$PGDATA" \\! -user postgres -exec chown postgres '{}' +
		chown -R postgres "$PGDATA"
	fi
}
_main() {
	if [ "\${1:0:1}" = '-' ]; then
		set -- postgres "$@"
	fi
	if [ "$1" = 'postgres' ] && ! _pg_want_help "$@"; then
		docker_create_db_directories
		if [ "$(id -u)" = '0' ]; then
			exec gosu postgres "$BASH_SOURCE" "$@"
		fi
	fi
	exec "$@"
}
if ! _is_sourced; then
	_main "$@"
fi
`;

describe("needOfScript", () => {
  test.each([
    ["an if", 'if [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi; exec "$@"'],
    ["-eq", 'if [ "$(id -u)" -eq 0 ]; then chown -R app /data; exec gosu app "$@"; fi; exec "$@"'],
    ["[[ ]] and EUID", 'if [[ $EUID == 0 ]]; then exec gosu app "$@"; fi; exec "$@"'],
    ["[[ ]] with &&", 'if [[ "$1" == postgres && "$(id -u)" == 0 ]]; then exec gosu app "$@"; fi; exec "$@"'],
    ["(( ))", 'if (( EUID == 0 )); then exec gosu app "$@"; fi; exec "$@"'],
    ["whoami", 'if [ "$(whoami)" = "root" ]; then exec gosu app "$@"; fi; exec "$@"'],
    ["id -un in backticks", 'if [ `id -un` = root ]; then exec gosu app "$@"; fi; exec "$@"'],
    [
      "two tests",
      `if [ "$1" = postgres ] && [ "$(id -u)" = '0' ]; then exec gosu postgres "$BASH_SOURCE" "$@"; fi\nexec "$@"`,
    ],
    [
      "-a",
      `if [ "$1" = 'redis-server' -a "$(id -u)" = '0' ]; then\n  find . \\! -user redis -exec chown redis '{}' +\n  exec gosu redis "$0" "$@"\nfi\nexec "$@"`,
    ],
    ["a branch that goes on without", 'if [ "$(id -u)" -ne 0 ]; then exec "$@"; fi; exec gosu app "$@"'],
    ["else", 'if [ "$(id -u)" != 0 ]; then exec "$@"; else exec gosu app "$@"; fi'],
    ["&&", '[ "$(id -u)" = 0 ] && exec gosu app "$0" "$@"\nexec "$@"'],
    ["||", '[ "$(id -u)" -ne 0 ] || exec su-exec app "$0" "$@"\nexec "$@"'],
    ["a variable", 'user="$(id -u)"; if [ "$user" = 0 ]; then exec gosu app "$@"; fi; exec "$@"'],
    [
      "a variable of a branch",
      'if [ "$(id -u)" = 0 ]; then root=1; fi\nif [ -n "$root" ]; then exec gosu app "$@"; fi\nexec "$@"',
    ],
    ["a function that tells", 'is_root() { [ "$(id -u)" = 0 ]; }\nif is_root; then exec gosu app "$@"; fi\nexec "$@"'],
    [
      "a function with if",
      'am_root() { if [ "$(id -u)" = "0" ]; then true; else false; fi; }\nam_root && chown app /d\nexec "$@"',
    ],
    [
      "a function that returns",
      'am_root() { [ "$(id -u)" -eq 0 ] && return 0\nreturn 1; }\nif am_root; then chown app /d; fi\nexec "$@"',
    ],
    ["a function that root calls", 'own() { chown app /d; }\nif [ "$(id -u)" = 0 ]; then own; fi\nexec "$@"'],
    ["a library's function", '. /lib.sh\nif am_i_root; then exec gosu app "$@"; fi\nexec "$@"'],
    ["case", 'case "$(id -u)" in\n  0) exec gosu app "$@" ;;\n  *) exec "$@" ;;\nesac'],
    ["a pipe that cannot be read", 'if id -u | grep -qx 0; then exec gosu app "$@"; fi; exec "$@"'],
    ["a certain user", 'if [ "$(id -u)" = "$PUID" ]; then exec "$@"; fi; exec gosu app "$@"'],
    ["postgres", postgres],
    [
      "an exit that is everybody's",
      'if [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi\ncase "$1" in\n  run) exec app ;;\nesac\necho usage\nexit 1',
    ],
    ["an exit behind the program", 'if [ "$(id -u)" != 0 ]; then app "$@"; exit $?; fi; exec gosu app "$@"'],
    ["a failure that is gone over", 'chown app /d || true\nexec "$@"'],
    ["a failure that is asked for", "if ! chown app /d; then echo no; fi\nexec app"],
    ["another language", "#!/usr/bin/python3\nsu app"],
    ["whether a tool is there", 'if command -v gosu >/dev/null; then echo "gosu"; fi\nexec "$@"'],
    ["its arguments", 'if [ "$1" = app ] && [ "$(id -u)" = 0 ]; then set -- gosu app "$@"; fi\nexec "$@"'],
    ["a variable that may be empty", 'if [ "$(id -u)" = 0 ]; then as="gosu app"; fi\nexec $as "$@"'],
    ["other arguments", 'set -- app gosu; set -e gosu; exec "$@"'],
    ["a list in a variable", 'run=(gosu app)\nexec "$@"'],
  ])("is undefined where only root does it: %s", (_, script) => {
    expect(needOfScript(script)).toBeUndefined();
  });

  test.each([
    ["words alone", 'echo "starting as $(whoami)"\nexec gosu app "$@"', "gosu"],
    ["words alone, in a variable", 'me="$(id -u)"; echo "I am $me"; exec gosu app "$@"', "gosu"],
    ["words for root", 'if [ "$(id -u)" = 0 ]; then echo "as root"; fi\nexec gosu app "$@"', "gosu"],
    ["words for a certain user", 'if [ "$(id -u)" = "$PUID" ]; then echo "as $PUID"; fi\nexec gosu app "$@"', "gosu"],
    ["a refusal", 'if [ "$(id -u)" != "0" ]; then echo "must be root"; exit 1; fi; exec gosu app "$@"', "gosu"],
    ["a refusal by ||", '[ "$(id -u)" -eq 0 ] || exit 1\nexec su-exec app "$@"', "su-exec"],
    ["a refusal in braces", '[ "$(id -u)" -eq 0 ] || { echo "no" >&2; exit 1; }\nexec su-exec app "$@"', "su-exec"],
    ["a refusal by name", 'if [ "$(whoami)" != root ]; then exit 1; fi\nchown app /d', "chown"],
    [
      "a refusal without a status",
      'if [ "$EUID" -ne 0 ]; then echo "Please run as root"; exit; fi\nchown app /d',
      "chown",
    ],
    [
      "a refusal by a function",
      'die() { echo "$*" >&2; exit 1; }\n[ "$(id -u)" = 0 ] || die "must be root"\nexec gosu app',
      "gosu",
    ],
    ["a refusal in else", 'if [ "$(id -u)" = 0 ]; then exec gosu app "$@"; else echo "not root"; exit 1; fi', "gosu"],
    [
      "a refusal behind the branch",
      'if [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi\necho "not root"; exit 1',
      "gosu",
    ],
    ["a refusal in case", 'case "$(id -u)" in 0) ;; *) exit 1 ;; esac\nexec gosu app "$@"', "gosu"],
    ["another try", 'if [ "$UID" -ne 0 ]; then exec sudo "$0"; fi', "sudo"],
    ["the other branch", 'if [ "$(id -u)" != 0 ]; then exec sudo app; fi\nexec app', "sudo"],
    ["before it looks", 'chown app /d\nif [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi', "chown"],
    ["behind the branch", 'if [ "$(id -u)" = 0 ]; then rm -f /x; fi\nexec gosu app "$@"', "gosu"],
    ["another condition", 'if [ -n "$PUID" ]; then usermod -u "$PUID" app; fi\nexec "$@"', "usermod"],
    ["a setting of that name", 'UID=1000\nif [ "$UID" != "$OLD" ]; then usermod -u "$UID" app; fi', "usermod"],
    ["its own words are no test", 'usermod -u "$UID" app', "usermod"],
    ["whether another account is there", "if id -u app >/dev/null; then exec gosu app; fi", "gosu"],
    ["a function", 'start() { exec gosu app "$@"; }\nstart', "gosu"],
    ["a function for an argument", 'start() { exec gosu app "$@"; }\n"$1"', "gosu"],
    ["behind an init", 'exec tini -- gosu app "$@"', "gosu"],
    ["a failure that is passed on", "chown app /d || exit 1\nexec app", "chown"],
    ["a failure that is asked for and passed on", "if ! chown app /d; then exit 1; fi\nexec app", "chown"],
    ["an installation", "apt-get update && apt-get -y install curl\nexec app", "apt-get"],
    ["an installation by apk", "apk add --no-cache curl\nexec app", "apk"],
    ["its arguments", 'if [ "$1" = app ]; then set -- su-exec app "$@"; fi\nexec "$@"', "su-exec"],
    ["its arguments behind an init", 'set -- tini -- gosu app "$@"\nexec "$@"', "gosu"],
    ["words in a variable", 'as="gosu app:app"\nexec $as app', "gosu"],
    ["a broken script", 'if true; then exec gosu app "$@"', "gosu"],
  ])("finds %s", (_, script, tool) => {
    expect(needOfScript(script)?.tool).toBe(tool);
  });

  test.each([
    [
      "functions that call functions",
      `${Array.from({ length: 60 }, (__, at) => `f${at}() { f${at + 1}; f${at + 1}; }\n`).join("")}f0\nchown a b`,
    ],
    ["a long list", `${"a && ".repeat(50_000)}chown a b`],
    ["many commands", `${"a\n".repeat(60_000)}chown a b`],
    ["itself", "f() { f; }\nf\nif [ $(id -u) = 0 ]; then chown a b; fi"],
  ])("ends soon: %s", (_, script) => {
    expect(() => needOfScript(script)).not.toThrow();
  });
});

test.each([
  "if $needed; then update-ca-certificates; fi",
  'if [ -n "$PACKAGES" ]; then apt-get install -y $PACKAGES; fi',
  "apt-get moo",
  "update-ca-certificates --etccertsdir /tmp/certs",
])("what changes the system counts where it certainly runs: %s", (script) => {
  expect(needOfScript(`${script}\nexec app`)).toBeUndefined();
});

describe("what a script does only where somebody sets a variable", () => {
  const environment = new Set(["SET"]);
  test.each([
    'if [ -n "$X" ]; then chown app /d; fi',
    'if [ "$X" ]; then chown app /d; else echo none; fi',
    "if [ ! -z ${X} ]; then chown app /d; fi",
    'if [[ -n "${X:-}" && -d /d ]]; then chown app /d; fi',
    'if [ -d /d ] && [ "$X" = yes ]; then chown app /d; fi',
    'if test "${X:+given}"; then chown app /d; fi',
    'if [ yes == "$X" ]; then chown app /d; fi',
    '[ -n "$X" ] && chown app /d',
    'if [ -n "$X" ] || [ -n "$Y" ]; then chown app /d; fi',
    'if [ -z "$SET" ]; then :; elif [ -n "$X" ]; then chown app /d; fi',
  ])("is left out: %s", (script) => {
    expect(needOfScript(`${script}\nexec "$@"`)?.tool).toBe("chown");
    expect(needOfScript(`${script}\nexec "$@"`, environment)).toBeUndefined();
  });

  test.each([
    ["the image sets it", 'if [ -n "$SET" ]; then chown app /d; fi'],
    ["the script sets it", 'X=1\nif [ -n "$X" ]; then chown app /d; fi'],
    ["a default sets it", ': "${X:=1}"\nif [ -n "$X" ]; then chown app /d; fi'],
    ["a default stands in for it", 'if [ -n "${X:-1}" ]; then chown app /d; fi'],
    ["a file may set it", '. /etc/settings\nif [ -n "$X" ]; then chown app /d; fi'],
    ["it is an argument", 'if [ -n "$1" ]; then chown app /d; fi'],
    ["everybody has it", 'if [ -n "$HOSTNAME" ]; then chown app /d; fi'],
    ["for who does not set it", 'if [ -z "$X" ]; then chown app /d; fi'],
    ["the other branch", 'if [ -n "$X" ]; then :; else chown app /d; fi'],
    ["another value than this", 'if [ "$X" != no ]; then chown app /d; fi'],
    ["either", 'if [ -n "$X" ] || [ -d /d ]; then chown app /d; fi'],
    ["what stands behind ||", '[ -n "$X" ] && echo set || chown app /d'],
    ["what stands behind it", 'if [ -n "$X" ]; then :; fi\nchown app /d'],
  ])("is not: %s", (_, script) => {
    expect(needOfScript(`${script}\nexec "$@"`, environment)?.tool).toBe("chown");
  });

  test("a setting that is asked for with an error is no refusal of the user", () => {
    const script =
      'if [ -z "$X" ]; then echo "set X"; exit 1; fi\nif [ "$(id -u)" = 0 ]; then chown app /d; fi\nexec app';
    expect(needOfScript(script, environment)).toBeUndefined();
  });
});

test("variables that double are not written out", () => {
  const doubling = Array.from({ length: 60 }, (_, index) => `A${index + 1}="$A${index} $A${index}"`).join("\n");
  expect(needOfScript(`#!/bin/sh\nA0=gosu\n${doubling}\nexec $A60 "$@"\n`)).toBeUndefined();
});
