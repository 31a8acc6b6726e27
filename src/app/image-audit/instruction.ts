/** The instruction behind an image's user: where its history shows it, and how it is to be written. */
import type { HistoryStep } from "../../core/ports.ts";
import type { ImageFacts } from "./image-facts.ts";

/** A step of an image's history, counted from 1. */
export interface UserStep {
  /** `USER app`. */
  readonly text: string;
  readonly number: number;
  readonly count: number;
}

/**
 * The last USER of a history, where it is the one in force. Builders write it as `/bin/sh -c #(nop)  USER app` (Docker's
 * classic one, Buildah) or as `USER app` (BuildKit).
 */
export function lastUserStep(history: readonly HistoryStep[], user: string): UserStep | undefined {
  const at = history.findLastIndex(({ createdBy }) => userOf(createdBy) !== undefined);
  const found = userOf(history[at]?.createdBy ?? "");
  // Another tool may have changed the configuration behind it.
  if (found === undefined || found !== user) return undefined;
  return { text: `USER ${found}`, number: at + 1, count: history.length };
}

const userOf = (createdBy: string): string | undefined =>
  /^(?:\/bin\/sh -c #\(nop\)\s+)?USER\s+(\S.*?)\s*$/.exec(createdBy)?.[1]?.replace(/^(["'])(.*)\1$/, "$2");

/** The user in numbers, with a group only where the author wrote one; `undefined` when the uid is unknown or 0. */
export function numericUser({ uid, verdict, engineGid }: ImageFacts): string | undefined {
  if (!uid.known || uid.value === 0) return undefined;
  const hasGroup = verdict.groupPart !== undefined && verdict.groupPart !== "";
  return hasGroup && engineGid.known ? `${uid.value}:${engineGid.value}` : String(uid.value);
}
