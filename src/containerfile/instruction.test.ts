/** The shape of every instruction: flags, argument forms, places (GRAMMAR section 4). */
import { describe, expect, test } from "vitest";
import { parseContainerfile } from "./parse.ts";
import type { Instruction, Keyword, Word } from "./model.ts";

type ThatMayBe<I, K> = I extends { readonly keyword: infer Own } ? (K extends Own ? I : never) : never;

/** The instruction behind `FROM a`. */
function read<K extends Keyword>(text: string, keyword: K): ThatMayBe<Instruction, K> {
  const found = parseContainerfile(`FROM a\n${text}`).instructions[1];
  if (found?.keyword !== keyword) throw new Error(`${text} is read as ${found?.keyword}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keyword was just compared
  return found as ThatMayBe<Instruction, K>;
}

const values = (words: readonly Word[]): readonly string[] => words.map(({ value }) => value);

describe("flags", () => {
  test.each([
    ["COPY --from=x --chown=1:2 a b", ["from=x", "chown=1:2"], ["a"]],
    ['COPY --chown="1:2" a b', ["chown=1:2"], ["a"]],
    ["COPY --chown='1 2' a b", ["chown=1 2"], ["a"]],
    ["COPY --chown=1\\ 2 a b", ["chown=1 2"], ["a"]],
    ["COPY --link a b", ["link"], ["a"]],
    ["COPY -- --link b", [], ["--link"]],
    ["COPY a --link b", [], ["a", "--link"]],
    ["copy \\\n  --link \\\n  # c\n  a b", ["link"], ["a"]],
  ])("%j", (text, flags, sources) => {
    const copy = read(text, "COPY");
    expect(copy.flags.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`))).toEqual(flags);
    expect(values(copy.sources)).toEqual(sources);
  });

  test("every flag and value has its place", () => {
    const text = "COPY --link --chown=app:app a b";
    const { flags } = read(text, "COPY");
    const slice = ({ start, end }: { start: number; end: number }) => `FROM a\n${text}`.slice(start, end);
    expect(flags.map(({ span }) => slice(span))).toEqual(["--link", "--chown=app:app"]);
    expect(flags.map(({ valueSpan }) => slice(valueSpan))).toEqual(["", "app:app"]);
  });

  test.each(["USER --foo u", "RUN --foo x", "CMD --foo x"])("%s: any instruction may have them", (text) => {
    expect(parseContainerfile(`FROM a\n${text}`).instructions[1]?.flags.map(({ name }) => name)).toEqual(["foo"]);
  });
});

describe("commands", () => {
  test.each([
    ['CMD ["a", "b c"]', ["a", "b c"]],
    ['CMD [ "a\\u0062", "\\"" ]', ["ab", '"']],
    ["CMD []", []],
    ['CMD \\\n ["a", \\\n "b"]', ["a", "b"]],
  ])("%j is exec form", (text, words) => {
    const { command } = read(text, "CMD");
    expect(command.form === "exec" && values(command.words)).toEqual(words);
  });

  test.each([
    ["CMD ['a']", "['a']"],
    ['CMD ["a",]', '["a",]'],
    ['CMD ["a"] # c', '["a"] # c'],
    ["CMD a b", "a b"],
    ["CMD [ -f x ]", "[ -f x ]"],
  ])("%j is shell form", (text, command) => {
    expect(read(text, "CMD").command).toMatchObject({ form: "shell", command });
  });

  test("the words of a JSON array have the places of their strings", () => {
    const text = 'ENTRYPOINT ["gosu", "app"]';
    const { command } = read(text, "ENTRYPOINT");
    const places = command.form === "exec" ? command.words.map(({ span }) => span) : [];
    expect(places.map(({ start, end }) => `FROM a\n${text}`.slice(start, end))).toEqual(['"gosu"', '"app"']);
  });

  test("HEALTHCHECK and SHELL", () => {
    expect(read('HEALTHCHECK --interval=5s CMD ["a"]', "HEALTHCHECK").command).toMatchObject({ form: "exec" });
    expect(read("HEALTHCHECK cmd a b", "HEALTHCHECK").command).toMatchObject({ form: "shell", command: "a b" });
    expect(read("HEALTHCHECK NONE", "HEALTHCHECK").command).toBeUndefined();
    expect(values(read('SHELL ["bash", "-c"]', "SHELL").words)).toEqual(["bash", "-c"]);
  });
});

describe("arguments", () => {
  test.each([
    ["USER a b", "a b"],
    ["USER  1000   ", "1000"],
    ['USER "a"', '"a"'],
    ["USER a # b", "a # b"],
  ])("%j is one argument", (text, argument) => {
    expect(read(text, "USER").argument.value).toBe(argument);
  });

  test("COPY does not know quotes, its JSON form does", () => {
    const plain = read('COPY "a b" /c', "COPY");
    expect([values(plain.sources), plain.destination.value]).toEqual([['"a', 'b"'], "/c"]);
    const json = read('COPY ["a b", "/c"]', "COPY");
    expect([values(json.sources), json.destination.value, json.json]).toEqual([["a b"], "/c", true]);
  });

  test.each([
    ["ENV a=b", [["a", "b"]], false],
    [
      "ENV a=b c=d",
      [
        ["a", "b"],
        ["c", "d"],
      ],
      false,
    ],
    [
      'ENV a="b c" d=e\\ f',
      [
        ["a", '"b c"'],
        ["d", "e\\ f"],
      ],
      false,
    ],
    ["ENV a b  c", [["a", "b  c"]], true],
    ["ENV a b=c", [["a", "b=c"]], true],
    ["ENV a 'b # c'", [["a", "'b # c'"]], true],
    [
      "ENV a= b=",
      [
        ["a", ""],
        ["b", ""],
      ],
      false,
    ],
    [
      "ENV __proto__=x 1=y",
      [
        ["__proto__", "x"],
        ["1", "y"],
      ],
      false,
    ],
    [
      "ENV a=1 a=2",
      [
        ["a", "1"],
        ["a", "2"],
      ],
      false,
    ],
  ])("%j", (text, pairs, legacy) => {
    const env = read(text, "ENV");
    expect(env.pairs.map(({ key, value }) => [key.value, value.value])).toEqual(pairs);
    expect(env.legacy).toBe(legacy);
  });

  test("a value has its own place", () => {
    const text = "FROM a\nENV a=b \\\n  c=de\n";
    const env = parseContainerfile(text).instructions[1];
    const spans = env?.keyword === "ENV" ? env.pairs.map(({ value }) => value.span) : [];
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(["b", "de"]);
  });

  test("ARG takes several, with and without a value", () => {
    expect(read("ARG a b=c d='e f'", "ARG").declarations.map(({ name, value }) => [name.value, value?.value])).toEqual([
      ["a", undefined],
      ["b", "c"],
      ["d", "'e f'"],
    ]);
  });

  test("EXPOSE and VOLUME", () => {
    expect(values(read("EXPOSE 80 443/tcp", "EXPOSE").words)).toEqual(["80", "443/tcp"]);
    expect(values(read("VOLUME /a /b", "VOLUME").words)).toEqual(["/a", "/b"]);
    expect(values(read('VOLUME ["/a b"]', "VOLUME").words)).toEqual(["/a b"]);
  });

  test("FROM", () => {
    const { instructions } = parseContainerfile("from --platform=$BUILDPLATFORM a:1 aS Build\n");
    expect(instructions[0]).toMatchObject({ keyword: "FROM", image: { value: "a:1" }, alias: { value: "Build" } });
  });

  test("ONBUILD holds an instruction with places of its own", () => {
    const text = "FROM a\nONBUILD COPY --chown=a:b x y\n";
    const onbuild = parseContainerfile(text).instructions[1];
    const trigger = onbuild?.keyword === "ONBUILD" ? onbuild.trigger : undefined;
    expect(trigger).toMatchObject({ keyword: "COPY", destination: { value: "y" } });
    const span = trigger?.flags[0]?.span;
    expect(span && text.slice(span.start, span.end)).toBe("--chown=a:b");
  });
});
