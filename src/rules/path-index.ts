/**
 * Things by their absolute path, so that "what lies below" and "what lies around" need no walk over all of them: a file
 * of thousands of COPYs and chowns is judged in one pass.
 */
export interface PathIndex<T> {
  /** Things at a path itself. */
  at(path: string): readonly T[];
  /** Things at a path itself or anywhere below it, in the order they were put in. */
  below(path: string): readonly T[];
  /** Things at a path itself or at one of its parent folders, nearest first. */
  around(path: string): Generator<T>;
}

/** Linux' PATH_MAX: nothing longer names a file. */
const longest = 4096;

/** A path and its parent folders up to `/`. Nothing for a path that no system would take. */
export function* upwards(path: string): Generator<string> {
  if (path.length > longest) return;
  for (let at = path; at !== "/" && at !== ""; at = at.slice(0, at.lastIndexOf("/"))) yield at;
  yield "/";
}

/** @param pathOf The absolute, normalised path of a thing. */
export function indexPaths<T>(things: Iterable<T>, pathOf: (thing: T) => string): PathIndex<T> {
  const exact = new Map<string, T[]>();
  const under = new Map<string, T[]>();
  const put = (map: Map<string, T[]>, key: string, thing: T): void => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [thing]);
    else list.push(thing);
  };
  for (const thing of things) {
    const path = pathOf(thing);
    put(exact, path, thing);
    for (const folder of upwards(path)) put(under, folder, thing);
  }
  return {
    at: (path) => exact.get(path) ?? [],
    below: (path) => under.get(path) ?? [],
    *around(path) {
      for (const folder of upwards(path)) yield* exact.get(folder) ?? [];
    },
  };
}
