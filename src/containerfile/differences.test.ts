import { expect, test } from "vitest";
import { parseContainerfile } from "./parse.ts";

const differences = (text: string): readonly string[] =>
  parseContainerfile(text).differences.map(({ span, message }) => `${text.slice(span.start, span.end)}: ${message}`);

test.each([
  ["FROM a\nRUN x \\\\\nUSER u\n", "\\\\: BuildKit ends the instruction at a doubled escape"],
  ["# syntax=x\n# escape=`\nFROM a\n", "# escape=`: BuildKit honours this escape directive"],
  ['FROM a\nCMD ["a"] # c\n', '["a"] # c: text behind the JSON array'],
  ['FROM a\nONBUILD CMD ["a]"] b\n', '["a]"] b: text behind the JSON array'],
  ["FROM a\nCOPY --chmod=u+x a b\n", "--chmod=u+x: BuildKit takes a symbolic --chmod"],
  ["FROM a\nADD --unpack=true a b\n", "--unpack=true: BuildKit knows --unpack"],
  ["FROM a\nRUN --security=insecure x\n", "--security=insecure: BuildKit knows --security"],
  ["FROM a\nUSER ${x-1}\n", "${x-1}: BuildKit knows ${x-w}"],
  ["FROM a\nUSER 1\nFROM 0 AS x\n", "0: BuildKit takes 0 for the name of an image"],
  ["FROM a\nRUN <<EOF\nx\nEOF\n", "<<EOF: BuildKit reads a here-document"],
])("%j", (text, difference) => {
  expect(differences(text)).toEqual([expect.stringContaining(difference)]);
});

test.each([
  "# escape=`\nFROM a\n",
  'FROM a\nCMD ["a"]\n',
  "FROM a\nCMD [ -f x ] && y\n",
  "FROM a\nCOPY --chmod=755 a b\n",
  "FROM a\nUSER ${x:-1}\n",
  "FROM 0\nFROM 2\n",
  "FROM a\nFROM 0/b\n",
  "FROM a\nRUN echo ${x-1} ${x?y}\n",
])("both read %j alike", (text) => {
  expect(differences(text)).toEqual([]);
});
