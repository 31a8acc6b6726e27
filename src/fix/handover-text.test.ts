import { describe, expect, test } from "vitest";
import { fixed } from "./test-kit.ts";

const search = "find /app ! -user 65532 -exec chown -h 65532:65532 {} +";
const fix = (run: string): string => fixed({ text: `FROM alpine:3.20\nWORKDIR /app\n${run}\nCMD ["sh"]\n` });
const accountRun = (text: string): string => text.slice(text.indexOf("RUN adduser"));

describe("a RUN whose end is not reached, or too early, hands over later", () => {
  test.each([
    "RUN mkdir gen && exec touch gen/a",
    "RUN if [ -e gen ]; then exec make; fi; touch a",
    "RUN touch a; if [ -e b ]; then exit 0; fi; touch b",
    "RUN touch a; exit",
    "RUN touch a &",
    "RUN touch a & touch b",
    "RUN <<EOF\ntouch a &\nEOF",
    "RUN <<EOF\ntouch a\n[ -e b ] && exit 0\ntouch b\nEOF",
  ])("%s", (run) => {
    const text = fix(run);
    expect(text).toContain(`${run}\nRUN adduser`);
    expect(accountRun(text)).toContain(search);
  });
});

describe("a RUN whose end is reached hands over itself", () => {
  test.each([
    "RUN touch a || exit 1",
    "RUN touch a || exit",
    "RUN if [ -e gen ]; then exit 2; fi; touch a",
    'RUN touch a && sh -c "exec touch b"',
    "RUN touch a & touch b; wait",
    "RUN exec > log && touch a",
    "RUN find . -name x -exec touch {} + && touch a",
  ])("%s", (run) => {
    const text = fix(run);
    expect(text.replace(/ \\\n +/g, " ")).toContain(`${run} && ${search}\n`);
    expect(accountRun(text)).not.toContain("find");
  });
});
