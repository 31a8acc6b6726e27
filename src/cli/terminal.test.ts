import { EventEmitter } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { processTerminal } from "./terminal.ts";

afterEach(() => void vi.useRealTimers());

function started(): { readonly process: NodeJS.Process; readonly exits: number[] } {
  const exits: number[] = [];
  const fake = Object.assign(new EventEmitter(), { env: {}, exit: (code: number) => void exits.push(code) });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the terminal uses of it before anything is written
  return { process: fake as unknown as NodeJS.Process, exits };
}

test("a signal that comes twice at once is one: npx and timeout pass on what the process group has got", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const { process, exits } = started();
  const { signal } = processTerminal(process);
  process.emit("SIGINT");
  vi.advanceTimersByTime(100);
  process.emit("SIGINT");
  expect(signal.reason).toBe("SIGINT");
  expect(exits).toEqual([]);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("a second %s, later, ends the process at once", (name, code) => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const { process, exits } = started();
  processTerminal(process);
  process.emit(name);
  vi.advanceTimersByTime(600);
  process.emit(name);
  expect(exits).toEqual([code]);
});
