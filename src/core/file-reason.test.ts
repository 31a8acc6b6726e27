import { expect, test } from "vitest";
import { fileReasonOf } from "./file-reason.ts";

test("what may not be read and what may not be written are told apart", () => {
  const refused = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
  expect(fileReasonOf(refused)).toBe("it may not be read by this user");
  expect(fileReasonOf(refused, "write")).toBe("this user may not write there");
});
