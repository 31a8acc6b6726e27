/** A run that stops without an end: Node leaves where nothing is left to wait for, with 0, as if all were well. */

/** What is needed of Node's `process`. */
export interface LeavingProcess {
  once(event: "beforeExit", listener: () => void): unknown;
  off(event: "beforeExit", listener: () => void): unknown;
}

/** Waits for some work to its end, and tells `onUnfinished` where the process would leave before that. */
export async function toItsEnd<T>(
  process: LeavingProcess,
  work: Promise<T>,
  onUnfinished: (error: Error) => void,
): Promise<T> {
  const onIdle = (): void => onUnfinished(new Error("nothing was left to wait for, and the run was not over"));
  process.once("beforeExit", onIdle);
  try {
    return await work;
  } finally {
    process.off("beforeExit", onIdle);
  }
}
