/** Keeps V8's space for young objects small, for processes that run for long in a pod that has little. */
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Calls between two looks at the heap. */
const every = 32;

/**
 * Lets the space grow as V8 likes (each time to the double) until it has `bytes`, and no further. Left alone it grows to
 * 48 MB; a scan is as fast with a quarter, and slower with a twentieth.
 * @returns to be called now and then
 */
export function boundYoungSpace(bytes: number): () => void {
  let calls = 0;
  let isBound = false;
  return () => {
    if (isBound || ++calls % every !== 0) return;
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
    if (space !== undefined && space.space_size < bytes) return;
    isBound = true;
    setFlagsFromString("--semi-space-growth-factor=1");
  };
}
