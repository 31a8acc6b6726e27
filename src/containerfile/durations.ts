const unit: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
/** Go counts nanoseconds in 64 bits; the last of them is lost in a double, so the longest passes and one more with it. */
const longest = 2 ** 63 / 1e6;
const shape = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;

/** Milliseconds of a duration as Go writes it (`30s`, `1m30s`, `0`); `undefined` when it is none. */
export function readDuration(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0;
  if (text.length > 100 || !shape.test(text)) return undefined;
  let sum = 0;
  for (const [, amount = "", name = ""] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    sum += Number(amount) * (unit[name] ?? 0);
  }
  if (sum > longest) return undefined;
  return text.startsWith("-") ? -sum : sum;
}
