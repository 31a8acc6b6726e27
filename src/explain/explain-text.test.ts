import { describe, expect, test } from "vitest";
import { explainText } from "./explain-text.ts";
import { knownMessages } from "./messages/index.ts";

describe("known messages", () => {
  test.each(knownMessages.map(({ id, example }) => ({ id, example })))(
    "$id is recognised by its example",
    ({ id, example }) => {
      expect(explainText(example).map((explanation) => explanation.id)).toEqual([id]);
    },
  );
});
