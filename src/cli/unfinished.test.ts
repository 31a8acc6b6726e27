import { EventEmitter } from "node:events";
import { expect, test, vi } from "vitest";
import { toItsEnd } from "./unfinished.ts";

test("a process that would leave before the end is told of, one that leaves behind it is not", async () => {
  const emitter = new EventEmitter();
  const onUnfinished = vi.fn<(error: Error) => void>();
  expect(await toItsEnd(emitter, Promise.resolve(1), onUnfinished)).toBe(1);
  await expect(toItsEnd(emitter, Promise.reject(new Error("a bug")), onUnfinished)).rejects.toThrow("a bug");
  emitter.emit("beforeExit");
  expect(onUnfinished).not.toHaveBeenCalled();
  void toItsEnd(emitter, new Promise(() => undefined), onUnfinished);
  emitter.emit("beforeExit");
  expect(onUnfinished).toHaveBeenCalledOnce();
});
