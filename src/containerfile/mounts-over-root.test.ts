/** A `RUN --mount` without a target of its own lies over the working directory; over `/` it cannot lie. */
import { describe, expect, test } from "vitest";
import { known } from "../core/finding.ts";
import { unknownBase } from "../facts/base/merge.ts";
import { mountOverRoot } from "./mounts-over-root.ts";
import { parseContainerfile } from "./parse.ts";
import { resolveStages } from "./stages.ts";
import { computeBuild } from "./state.ts";

/** The text of the flag that is refused; `workingDir` of the base, nobody knows it without. */
function refused(text: string, workingDir?: string): string | undefined {
  const graph = resolveStages(parseContainerfile(text), {});
  if (!graph.ok) throw new Error(graph.error.message);
  const unknown = unknownBase("a", "no engine");
  const base = workingDir === undefined ? unknown : { ...unknown, config: known({ workingDir }, "test") };
  const fault = mountOverRoot(computeBuild(graph.value, () => base));
  return fault === undefined ? undefined : text.slice(fault.span.start, fault.span.end);
}

describe("refused", () => {
  test.each([
    ["FROM a\nRUN --mount=type=cache,id=x y\n", "--mount=type=cache,id=x"],
    ["FROM a\nRUN --mount=type=bind,target=/b --mount=type=tmpfs y\n", "--mount=type=tmpfs"],
    ["FROM a\nRUN --mount=target=. y\n", "--mount=target=."],
    ["FROM a AS b\nWORKDIR /c\nWORKDIR ..\nRUN --mount=source=d y\nFROM b\n", "--mount=source=d"],
  ])("%j", (text, flag) => {
    expect(refused(text, "/")).toBe(flag);
  });

  test("over scratch-like bases a WORKDIR of the file is enough to know", () => {
    expect(refused("FROM a\nWORKDIR /\nRUN --mount=type=cache,id=x y\n")).toBe("--mount=type=cache,id=x");
  });
});

describe("not refused", () => {
  test.each([
    ["a target", "FROM a\nRUN --mount=type=cache,target=/c y\n"],
    ["a relative target", "FROM a\nRUN --mount=type=cache,target=c y\n"],
    ["a working directory", "FROM a\nWORKDIR /c\nRUN --mount=type=cache,id=x y\n"],
    ["types that need no folder", "FROM a\nRUN --mount=type=secret,id=x --mount=type=ssh y\n"],
    ["a variable", "FROM a\nRUN --mount=type=cache,target=$X y\n"],
    ["a stage that nobody needs", "FROM a AS b\nRUN --mount=type=cache,id=x y\nFROM c\n"],
  ])("%s", (_, text) => {
    expect(refused(text, "/")).toBeUndefined();
  });

  test.each([undefined, "/app"])("a base with the working directory %j", (workingDir) => {
    expect(refused("FROM a\nRUN --mount=type=cache,id=x y\n", workingDir)).toBeUndefined();
  });
});
