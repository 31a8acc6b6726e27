import { expect, test } from "vitest";
import { parsePolicyVersion, parseTektonVersion } from "./versions.ts";

test.each([
  ["latest", "latest"],
  ["v1.30", 30],
  ["1.0", 0],
  ["v1.030", undefined],
  ["v2.1", undefined],
  ["1.30.1", undefined],
  ["", undefined],
])("policy version %j is %s", (text, expected) => expect(parsePolicyVersion(text)).toBe(expected));

test.each([
  ["0.49", 49],
  ["v0.62.1", 62],
  ["1.15.0", 10_015],
  ["v1.9.0-rc.1", 10_009],
  ["1", undefined],
  ["main", undefined],
])("Tekton version %j is %s", (text, expected) => expect(parseTektonVersion(text)).toBe(expected));
