/** Scripts in which `x` fails and `a`, `b` and `c` do not: what is said of them, and what the shells of this machine say. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readShell } from "./read-shell.ts";

/** In dash, bash and BusyBox alike. */
const failing: readonly string[] = [
  "OUT=$(x)",
  "OUT=`x`",
  'OUT="$(x)"',
  "OUT=$(x) && a",
  "OUT=$(x) || exit 1",
  "set -e; OUT=$(x); a",
  "set -e; OUT=$(a | x); b",
  "A=$(a) B=$(x)",
  "A=$(a)$(x)",
  "OUT=$(x) 2>/dev/null",
  "OUT=$(a; x)",
  "OUT=$(x || exit 1)",
  "OUT=$(set -e; x; a)",
  "f() { local OUT; OUT=$(x); }; f",
  "X=1 && x",
  "x && X=1",
  "set -e; x && a",
  "set -e; a && x; b",
  "set -e; f() { x; a; }; f; b",
  "set -e; f() { x && a; }; f; b",
  "set -e; (x && a); b",
  "set -e; (x; a); b",
  "set -o errexit; x; a",
  "set -e; set -- +e; x; a",
  "(set -e; x; a)",
  "set -e; a | x; b",
  "a | x",
  "{ x; }",
  "(x) && a",
  "(x || exit 3)",
  "{ x || exit 3; }; a",
  "x; exit",
  "x; exit $?",
  "x || exit",
  "x || { r=$?; echo no; exit $r; }",
  "x || { echo no && exit 1; }",
  "x || echo no && exit 1",
  "x || false",
  "set -e; x || false; a",
  "f() { x || return 1; a; }; f",
  "f() { x; return; }; f",
  "f() { x; }; a && f",
  'die() { echo "$1"; exit 1; }; x || die no; a',
  "die() { return 1; }; x || die no",
  "trap 'echo bye' EXIT; x",
  "trap 'exit 0' EXIT; trap - EXIT; x",
  "if x; then a; else exit 1; fi",
  "if x; then a; else echo no; false; fi",
  "if ! x; then exit 1; fi",
  "if a; then x; fi",
  "case a in a) x;; esac",
  "for i in 1 2; do x; done",
  "for i in 1 2; do x || exit 1; done; a",
  "set -e; for i in 1 2; do x; a; done",
  "! x && exit 1",
  "! a || x",
  "x >/dev/null 2>&1 && a",
  "exec x; a",
  "eval x",
  "set -e; eval 'x; a'",
  "sh -ec 'x; a'",
];

const passing: readonly string[] = [
  "OUT=$(x) || a",
  "OUT=$(x); a",
  "A=$(x) B=$(a)",
  "A=$(x)$(a)",
  "OUT=$(x) a",
  "export OUT=$(x)",
  "readonly OUT=$(x)",
  "f() { local OUT=$(x); }; f",
  "echo $(x)",
  'echo "$(x)" && a',
  "set -e; echo $(x)",
  "if OUT=$(x); then a; fi",
  "X=1 || x",
  "x; X=1",
  "x || X=1",
  "x || X=1 && a",
  "set -e; x && a; b",
  "set -e; if x; then a; fi; b",
  "set -e; while x; do a; done; b",
  "set -e; until a && ! x; do b; done",
  "set -e; ! x; b",
  "set -e; f() { x; a; }; f && b; c",
  "set -e; f() { x; a; }; if f; then b; fi; c",
  "set -e; f() { x; a; }; ! f; c",
  "set -e; { x && a; }; b",
  "set -e; (x; a) || b",
  "set -e; set +e; x; a",
  "set -o errexit; set +o errexit; x; a",
  "set -- -e; x; a",
  "(set -e; x; a); b",
  "set -e; x | a; b",
  "x | a",
  "x | a || b",
  "x &",
  "x & wait",
  "x & a",
  "set -e; x & a",
  "{ x; a; }",
  "{ x; } || a",
  "(x); a",
  "(x || exit 3); a",
  "(x || exit 3) || a",
  "x; exit 0",
  "x || { echo no; exit; }",
  "x || { echo no; exit $?; }",
  "x; true",
  "x; :",
  "x || :",
  "x || false; a",
  "f() { x || return 0; a; }; f",
  "f() { x; return 0; }; f",
  "f() { x; return $?; }; f || a",
  "f() { x; }; f; a",
  'die() { echo "$1"; }; x || die no; a',
  "die() { return 1; }; x || die no; a",
  "trap 'exit 0' EXIT; x",
  "trap 'exit 0' EXIT; set -e; x; a",
  "trap 'echo bye; exit $?' EXIT; x; echo hi",
  "clean() { echo; exit 0; }; trap clean EXIT; x",
  "trap 'exit 0' EXIT; (x)",
  "(trap 'exit 0' EXIT; x)",
  "trap 'echo no' ERR; x; a",
  "trap 'exit 1' ERR; x || a",
  "trap 'exit 1' ERR; (x; a)",
  "if ! x; then echo no; fi",
  "if x; then a; elif b; then c; fi",
  "if a; then x; fi; b",
  "case a in a) x;; esac; b",
  "for i in 1 2; do x; a; done",
  "! x",
  "! x && a",
  "eval 'x; a'",
  "set -e; sh -c 'x; a'",
  "set -e; sh -ec 'x; a' || b",
  '[ -n "$(x)" ] || a',
];

/** dash has neither. */
const failingElsewhere: readonly string[] = [
  "set -o pipefail; x | a",
  "set -o pipefail; (x | a)",
  "set -o pipefail; x | a | b && c",
  "set -eo pipefail; x | a; b",
  "trap 'exit 1' ERR; x; a",
];
const passingElsewhere: readonly string[] = [
  "set -o pipefail; x | a || b",
  "set -o pipefail; x | a; b",
  "set -o pipefail; set +o pipefail; x | a",
  "set -eo pipefail; if x | a; then b; fi; c",
  "trap 'exit 0' ERR; x",
  "trap 'exit 0' ERR; x; a",
];

const endOf = (text: string, shell: readonly string[]): string | undefined =>
  readShell({ text, toSource: (index) => index }, { variables: new Map(), cwd: "/", shell }).commands.find(
    ({ words }) => words[0]?.value === "x",
  )?.onFailure;

describe("what is said", () => {
  test.each(failing)("stops: %s", (text) => {
    expect(["sh", "bash", "ash"].map((shell) => endOf(text, [shell]))).toEqual(["stops", "stops", "stops"]);
  });
  test.each(passing)("does not stop: %s", (text) => {
    expect(["sh", "bash", "ash"].map((shell) => endOf(text, [shell]))).not.toContain("stops");
  });
  test.each(failingElsewhere)("stops in bash: %s", (text) => {
    expect(endOf(text, ["/bin/bash"])).toBe("stops");
  });
  test.each(passingElsewhere)("does not stop in bash: %s", (text) => {
    expect(endOf(text, ["/bin/bash"])).not.toBe("stops");
  });
  test("what only some shells do is not claimed", () => {
    // dash begins a substitution with `set -e`; it is alone in not knowing ERR.
    expect(endOf("set -e; OUT=$(x; a); b", ["sh"])).not.toBe("stops");
    expect(endOf("trap 'exit 1' ERR; x; a", ["sh"])).not.toBe("stops");
  });
});

describe("what the shells do", () => {
  const folder = mkdtempSync(join(tmpdir(), "image-fix-shells-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, status] of Object.entries({ x: 7, a: 0, b: 0, c: 0 })) {
    writeFileSync(join(folder, name), `#!/bin/sh\nexit ${status}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  const isThere = (shell: string): boolean => {
    try {
      execFileSync(shell, ["-c", "exit 0"], { env, stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  };
  const passes = (shell: string, text: string): boolean => {
    try {
      execFileSync(shell, ["-c", text], { env, stdio: "ignore", timeout: 20_000 });
      return true;
    } catch {
      return false;
    }
  };

  test.for([
    ["bash", failing, passing],
    ["dash", failing, passing],
    ["bash", failingElsewhere, passingElsewhere],
  ] as const)("%s", { timeout: 120_000 }, ([shell, fails, passed], { skip }) => {
    if (!isThere(shell)) skip();
    expect(fails.filter((text) => passes(shell, text))).toEqual([]);
    expect(passed.filter((text) => !passes(shell, text))).toEqual([]);
  });
});
