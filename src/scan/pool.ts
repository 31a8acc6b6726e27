/**
 * Does work on a stream of items with a fixed number of hands; the stream is read no faster than they work. The first
 * error ends it: all hands finish what they hold, and then it is thrown.
 */
export async function forEachOf<T>(
  items: AsyncIterable<T>,
  hands: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  const state = { ended: false };
  const one = async (): Promise<void> => {
    try {
      while (!state.ended) {
        const next = await iterator.next();
        if (next.done === true) return;
        await work(next.value);
      }
    } finally {
      state.ended = true;
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: hands }, one));
  await iterator.return?.();
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
