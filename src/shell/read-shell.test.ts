import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { readShell } from "./read-shell.ts";

const read = (text: string, variables: Record<string, string> = {}, cwd: string | undefined = "/") =>
  readShell({ text, toSource: (index) => index }, { variables: new Map(Object.entries(variables)), cwd });
/** Commands as `joiner words`, `?` for what cannot be known, `*` in front of what may not run. */
const show = (text: string, variables?: Record<string, string>): string[] =>
  read(text, variables).commands.map(
    ({ words, conditional, joinedBy }) =>
      `${conditional ? "*" : ""}${joinedBy === "start" ? "" : `${joinedBy} `}${words.map(({ value }) => value ?? "?").join(" ")}`,
  );

const foldersOf = (text: string) => read(text).commands.map((command) => command.cwd);

describe("readShell", () => {
  test.each<[string, string[]]>([
    ["a b && c || d; e | f & g", ["a b", "&& c", "*|| d", "; e", "| f", "& g"]],
    ["a || b && c", ["a", "*|| b", "&& c"]],
    [`useradd -u "10 01" 'a"b' c\\ d`, [`useradd -u 10 01 a"b c d`]],
    ["a # comment && b", ["a"]],
    ["a#b", ["a#b"]],
    ["if ! id -u app >/dev/null 2>&1; then useradd app; fi; b", ["id -u app", "*useradd app", "; b"]],
    ["for u in a b; do adduser $u; done; x", ["*adduser ?", "; x"]],
    ["while read l; do a; done", ["read l", "*a"]],
    ['case "$x" in a|b) c;; *) d ;; esac; e', ["*c", "*; d", "; e"]],
    ["case $x in a) b;; esac && c", ["*b", "&& c"]],
    ["(cd /x && a) && b", ["cd /x", "&& a", "&& b"]],
    ["{ a; b; } && c", ["a", "; b", "&& c"]],
    ["f() { a; }; b", ["*a", "; b"]],
    ["set -eux; a", ["set -eux", "; a"]],
    ["x=$(cat /f) && echo $x", ["cat /f", "&& echo ?"]],
    ["echo `id -u`", ["id -u", "echo ?"]],
    ["echo $((1 + 2))", ["echo ?"]],
    ['sh -c "useradd -u 5 app && b"', ["sh -c useradd -u 5 app && b", "useradd -u 5 app", "&& b"]],
    ["sudo -E env A=b useradd x", ["useradd x"]],
    ["exec gosu app x", ["gosu app x"]],
    ["a >> /etc/passwd", ["a"]],
    ["cat <<EOF >/x\nuseradd no\nEOF\nuseradd yes", ["cat", "; useradd yes"]],
  ])("%s", (text, expected) => {
    expect(show(text)).toEqual(expected);
  });

  test("variables that the build or the script sets are known, others are not", () => {
    expect(show("U=app; useradd $U ${G:-grp} ${UID_:-1000} $NOPE", { G: "g" })).toEqual(["; useradd app g 1000 ?"]);
  });
  test.each([
    ["${x:-w} ${x-w} ${x:+w} ${x+w} ${x:?w} ${x?w}", "a a w w a a"],
    ["${e:-w} ${e-w}. ${e:+w}. ${e+w} ${e?w}.", "w . . w ."],
    ["${u:-w} ${u-w}", "w w"],
    ["${u:+w}", "?"],
    ["${u:?w}", "?"],
    ["${e:?w}", "?"],
  ])("a word for what is set, empty or not known: %s", (words, expected) => {
    expect(show(`e ${words}`, { x: "a", e: "" })).toEqual([`e ${expected}`]);
  });
  test("a variable set in a branch is not known behind it", () => {
    expect(show("U=a; if x; then U=b; fi; useradd $U")).toEqual(["x", "; useradd ?"]);
  });
  test.each<[string, string | undefined]>([
    ["x=a-1.2.tar; e ${x%.tar} ${x%-*} ${x%%.*} ${x#a-} ${x##*.} ${x%.zip}", "a-1.2 a a-1 1.2.tar tar a-1.2.tar"],
    ["x=a/b/c; e ${x##*/} ${x%/*} ${x%%/*} ${x#*/} ${x#?} ${x%c*b*a}", "c a/b a b/c /b/c a/b/c"],
    ["x=a.b; e ${x%[.]b}", "?"],
    ["x=a.b; e ${x%*a*b*c}", "?"],
    ["x=a; e ${y%.b}", "?"],
  ])("ends and beginnings of a value are taken off: %s", (text, expected) => {
    expect(show(text)[0]).toBe(`; e ${expected}`);
  });
  test("cd is followed while it is literal, and only inside its subshell", () => {
    expect(foldersOf("cd /app && a; cd sub; b; (cd /z; c); d; cd $X; e")).toEqual([
      "/",
      "/app",
      "/app",
      "/app/sub",
      "/app/sub",
      "/z",
      "/app/sub",
      "/app/sub",
      undefined,
    ]);
  });
  test("redirections name their target", () => {
    const [command] = read("echo 'app:x:1:1::/:/bin/sh' >> /etc/passwd").commands;
    expect(command?.redirections.map(({ operator, target }) => [operator, target.value])).toEqual([
      [">>", "/etc/passwd"],
    ]);
  });
  test("places are those of the words", () => {
    const text = `a && sh -c 'useradd  -u 5 app'`;
    const command = read(text).commands.at(-1);
    expect(command?.words.map(({ span }) => text.slice(span.start, span.end))).toEqual(["useradd", "-u", "5", "app"]);
  });
  test.each(["echo 'a", 'echo "a', "echo $(a", "if a; then b"])("%s does not close", (text) => {
    expect(read(text).parsed).toBe(false);
  });
  test("never throws and stays inside, whatever the text", () => {
    const piece = fc.constantFrom(
      "useradd",
      " ",
      "'",
      '"',
      "$",
      "{",
      "}",
      "(",
      ")",
      "`",
      "\\",
      "\n",
      ";",
      "&&",
      "||",
      "|",
      "if",
      "then",
      "fi",
      "case",
      "in",
      "esac",
      "for",
      "do",
      "done",
      "<<EOF",
      ">",
      "#",
      "x=1",
      "sh -c",
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }).map((parts) => parts.join("")),
        (text) => {
          for (const { span, words } of read(text).commands) {
            for (const place of [span, ...words.map((word) => word.span)]) {
              expect(place.start).toBeGreaterThanOrEqual(0);
              expect(place.end).toBeLessThanOrEqual(text.length);
              expect(place.start).toBeLessThanOrEqual(place.end);
            }
          }
        },
      ),
    );
  });
});
