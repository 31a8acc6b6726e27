/** What Tekton's webhook has against an object, and what asks for it everywhere. */
import { isVariable } from "../variables.ts";
import { type Value, field, isList, isMapping, items, text } from "../yaml/read.ts";

export interface Fault {
  readonly place: Value;
  readonly why: string;
  /** What stands here may be part of another file's object. */
  readonly patch?: true;
}

/** A label as DNS has it, which names of steps and tasks are. */
export const label = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

export const notLabel = (what: string, name: string): string =>
  `the ${what}'s name ${JSON.stringify(name)} is no DNS label: at most 63 small letters, digits and -, a letter or digit at both ends`;

export const optional = (value: Value | undefined): readonly Value[] => (value === undefined ? [] : [value]);

export const isEmpty = (value: Value): boolean => text(value) === "" || (isList(value) && items(value).length === 0);

/** Exactly one of some fields has to be there. */
export function oneOf(holder: Value, names: readonly string[], mayBePatch = true): readonly Fault[] {
  const written = names.flatMap((name) => field(holder, name) ?? []);
  const [, second] = written;
  if (second !== undefined) {
    const both = names.filter((name) => field(holder, name) !== undefined).join(" and ");
    return [{ place: second, why: `it has both ${both}, and only one may be` }];
  }
  if (written.length === 1 || !isMapping(holder)) return [];
  const either = `there is neither ${names.slice(0, 2).join(" nor ")}`;
  return [{ place: holder, why: either, ...(mayBePatch ? { patch: true } : {}) }];
}

/** Entries of a list that have the name of one before them. */
export function twice(list: readonly Value[], what: string): readonly Fault[] {
  const seen = new Set<string>();
  return list.flatMap((one) => {
    const place = field(one, "name");
    const name = text(place) ?? "";
    if (place === undefined || name === "" || isVariable(place)) return [];
    if (seen.has(name)) return [{ place, why: `there is another ${what} ${JSON.stringify(name)} above` }];
    seen.add(name);
    return [];
  });
}
