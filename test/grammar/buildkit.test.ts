/** Every file of `fixtures/grammar` is read as BuildKit's own parser read it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseContainerfile } from "../../src/containerfile/parse.ts";
import { buildKitView, type BuildKitFile } from "./buildkit-view.ts";

const folder = new URL("../fixtures/grammar/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
const lines = read("expected-buildkit.jsonl").trimEnd().split("\n");
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a line without a field fails its own test
const expected = JSON.parse(`[${lines.join(",")}]`) as readonly BuildKitFile[];

/** Our words for what BuildKit refuses. */
const refusals: Readonly<Record<string, string>> = {
  "34-dup-dir": "only one escape parser directive can be used",
  "41-env-mixed": 'ENV: no = in "c"',
  "53-arith": 'unterminated heredoc: no line "4" follows',
};

describe("BuildKit's parser and ours", () => {
  test("there is an answer for every file", () => {
    expect(expected).toHaveLength(27);
  });

  test.each(expected.map((one) => [one.File, one] as const))("%s", (name, answer) => {
    const text = read(name);
    const file = parseContainerfile(text);
    if (answer.Err !== undefined) {
      expect(file.errors[0]?.message).toBe(refusals[name]);
      return;
    }
    expect(file.escape).toBe(answer.Escape);
    const wanted = (answer.Ins ?? []).map(({ H, ...rest }) => ({
      ...rest,
      ...(H !== undefined && { H: H.map(({ Name, Expand, Chomp, Len }) => ({ Name, Expand, Chomp, Len })) }),
    }));
    expect(buildKitView(text)).toEqual(wanted);
  });
});
