/** Types of `generate.mjs`, for the tests that fix what it makes. */
export function generate(seed: number, index: number): { readonly text: string; readonly script: string | undefined };
export function writeCorpus(
  folder: string,
  count: number,
  seed?: number,
): Promise<{ readonly files: number; readonly bytes: number; readonly medianBytes: number }>;
