/** The images of the page as data: texts once, rows as lists of numbers, so that 20,000 of them are a few megabytes. */
import type { ReportedTarget } from "../../results/reported.ts";
import { visible } from "../../core/terminal-text.ts";
import {
  adviceOf,
  isTrouble,
  reasonOf,
  repositoryOf,
  shortName,
  standingOf,
  standings,
  standingWords,
  type Standing,
} from "../registry/overview.ts";

/** `client.mjs` reads this. Numbers of texts are places in `texts`; -1 is none. */
export interface PageData {
  /** What all names begin with, visible text. */
  readonly prefix: string;
  readonly texts: readonly string[];
  readonly words: readonly { readonly id: Standing; readonly text: string }[];
  /** Which standing comes first. */
  readonly rank: Readonly<Record<string, number>>;
  /** repository, rest of the name, platform, standing, user, uid, fix, reason, digest, code of the error, findings. */
  readonly rows: readonly (readonly [
    ...number[],
    (readonly [rule: number, severity: number, message: number, fix: number])[],
  ])[];
}

/**
 * Turns results into rows.
 * @param prefix what all names begin with and the page says once
 */
export function pageData(targets: readonly ReportedTarget[], prefix: string): PageData {
  const texts: string[] = [];
  const places = new Map<string, number>();
  const place = (text: string | null): number => {
    if (text === null || text === "") return -1;
    const known = places.get(text);
    if (known !== undefined) return known;
    places.set(text, texts.length);
    return texts.push(visible(text)) - 1;
  };
  const rows = targets.map((target) => {
    const repository = repositoryOf(target.target);
    return [
      place(repository.slice(prefix.length)),
      place(shortName(target.target).slice(repository.length)),
      place(target.platform),
      standings.indexOf(standingOf(target)),
      place(target.configUser),
      target.uid ?? -1,
      place(adviceOf(target)),
      place(reasonOf(target)),
      place(target.digest),
      place(target.error?.code ?? null),
      target.findings.map(
        ({ rule, severity, message, fix }) =>
          [place(rule), place(severity), place(message), place(fix?.title ?? null)] as const,
      ),
    ] as PageData["rows"][number];
  });
  return {
    prefix: visible(prefix),
    texts,
    words: standings.map((id) => ({ id, text: standingWords[id] })),
    rank: Object.fromEntries(standings.map((id, at) => [id, at])),
    rows,
  };
}

/** The results that a page lists: those with trouble first, and no more than a browser handles well. */
export function listedOf(targets: readonly ReportedTarget[], most: number): readonly ReportedTarget[] {
  if (targets.length <= most) return targets;
  const trouble = targets.filter((target) => isTrouble(standingOf(target)));
  if (trouble.length >= most) return trouble.slice(0, most);
  const chosen = new Set([
    ...trouble,
    ...targets.filter((target) => !isTrouble(standingOf(target))).slice(0, most - trouble.length),
  ]);
  return targets.filter((target) => chosen.has(target));
}
