import { describe, expect, test } from "vitest";
import { createTextLog } from "./text-log.ts";

describe("createTextLog", () => {
  test("keeps everything below its limit", () => {
    const log = createTextLog(100);
    log.append("one\n");
    log.append("two\n");
    expect(log.text()).toBe("one\ntwo\n");
  });

  test("keeps the first half and at least the last half above it, and says how much is missing", () => {
    const log = createTextLog(10);
    for (const letter of "abcdefghijklmnopqrstuvwxyz") log.append(letter);
    expect(log.text()).toBe("abcde\n[15 characters left out]\nuvwxyz");
  });

  test("cuts one large piece the same way", () => {
    const log = createTextLog(10);
    log.append("abcdefghijklmnopqrstuvwxyz");
    expect(log.text()).toBe("abcde\n[15 characters left out]\nuvwxyz");
  });
});
