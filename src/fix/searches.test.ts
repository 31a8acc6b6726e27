import { expect, test } from "vitest";
import { inputOf } from "../rules/test-kit.ts";
import { searcher } from "./searches.ts";

test("what a file does is gone through but once, however many searches there are", () => {
  const run = "RUN tar xf a.tar && git status\n";
  const { effects, ...input } = inputOf({
    text: `FROM debian:12\nWORKDIR /app\nRUN ln -s /srv /opt/link\n${run.repeat(3)}`,
  });
  let readings = 0;
  const searchIn = searcher({
    ...input,
    effects: {
      ...effects,
      get commands() {
        readings++;
        return effects.commands;
      },
      get writes() {
        readings++;
        return effects.writes;
      },
    },
  });
  const before = readings;
  const owner = { uid: 1, gid: 1, groupWritable: false };
  const runs = input.model.shipped.flatMap(({ instruction }) => (instruction.keyword === "RUN" ? [instruction] : []));
  const searches = runs.map((one) => searchIn(["/app", "/opt/link"], owner, one));
  expect(searches.map((search) => search?.kept.setuid)).toEqual([false, true, true, true]);
  expect(searches.map((search) => search?.links)).toEqual(runs.map(() => ["/opt/link"]));
  expect(before).toBeGreaterThan(0);
  expect(readings).toBe(before);
});
