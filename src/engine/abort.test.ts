import { expect, test } from "vitest";
import { failureOfAbort } from "./abort.ts";

test.each([
  [undefined, { code: "INTERRUPTED", signal: "SIGINT" }],
  ["anything", { code: "INTERRUPTED", signal: "SIGINT" }],
  [
    { code: "INTERRUPTED", signal: "SIGTERM" },
    { code: "INTERRUPTED", signal: "SIGTERM" },
  ],
  [
    { code: "TIMEOUT", what: "building", seconds: 5 },
    { code: "TIMEOUT", what: "building", seconds: 5 },
  ],
])("an abort for %j is %j", (reason, failure) => {
  expect(failureOfAbort(AbortSignal.abort(reason))).toEqual(failure);
});
