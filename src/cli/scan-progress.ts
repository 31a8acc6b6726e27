/** How far a scan is, on one line that stays where it is, for a person who watches. */
import type { ScanProgress } from "../app/scan.ts";

export interface ProgressLine {
  update(progress: ScanProgress): void;
  /** Takes the line away, so that something else can be printed. */
  clear(): void;
}

/** Time between two looks at the rate. */
const sampleMs = 1000;
/** Looks that the rate is taken over. */
const samples = 10;

/** @param interval milliseconds between two lines; a terminal's line is redrawn, in a log each is a new one */
export function progressLine(
  note: (text: string) => void,
  {
    isTerminal,
    interval,
    now = Date.now,
  }: { readonly isTerminal: boolean; readonly interval: number; readonly now?: () => number },
): ProgressLine {
  const looks: { readonly at: number; readonly done: number }[] = [];
  let shownAt = now();
  let isShown = false;
  return {
    update(progress) {
      const at = now();
      const read = progress.done - progress.replayed;
      if (looks.length === 0 || at - (looks.at(-1)?.at ?? 0) >= sampleMs) {
        looks.push({ at, done: read });
        if (looks.length > samples) looks.shift();
      }
      if (at - shownAt < interval) return;
      shownAt = at;
      const first = looks[0];
      const rate = first === undefined || at === first.at ? 0 : ((read - first.done) * 1000) / (at - first.at);
      const text = progressText(progress, rate);
      note(isTerminal ? `\r\u001b[K${text}` : `image-fix: ${text}\n`);
      isShown = isTerminal;
    },
    clear() {
      if (isShown) note("\r\u001b[K");
      isShown = false;
    },
  };
}

/** `1,234 of about 10,000 images, 310/s, 28 s left, 3 not read`. */
function progressText({ done, failed, expected }: ScanProgress, rate: number): string {
  const parts = [
    expected === null || expected < done
      ? `${number(done)} images`
      : `${number(done)} of about ${number(expected)} images`,
  ];
  if (rate > 0) parts.push(rate >= 10 ? `${number(Math.round(rate))}/s` : `${rate.toFixed(1)}/s`);
  if (rate > 0 && expected !== null && expected > done) parts.push(`${duration((expected - done) / rate)} left`);
  if (failed > 0) parts.push(`${number(failed)} not read`);
  return parts.join(", ");
}

const number = (value: number): string => value.toLocaleString("en");

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
