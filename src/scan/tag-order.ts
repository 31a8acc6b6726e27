/**
 * The order of tags. Registries tell no dates with their tags, so the newest are those of the highest version: numbers
 * compare as numbers, `1.10` is above `1.9`, `1.2.0` and `1.2` above `1.2.0-rc1`, and `latest` above all.
 */

/** `1.2.3`, `v1.2.3`, `1.2.3-rc.1`: a whole version, as opposed to `1`, `1.2` and `latest`, which move. */
export const isSemanticVersion = (tag: string): boolean =>
  /^v?(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)(?:-[0-9A-Za-z.-]+)?$/.test(tag);

/** Sorts the highest first. */
export function compareTags(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "latest") return -1;
  if (b === "latest") return 1;
  const [first, second] = [version(a), version(b)];
  if (first === null || second === null) {
    if (first !== null) return -1;
    if (second !== null) return 1;
    return -natural(a, b);
  }
  const numbers = compareNumbers(first.numbers, second.numbers);
  if (numbers !== 0) return -numbers;
  if (first.rest !== second.rest && (first.rest === "" || second.rest === "")) return first.rest === "" ? -1 : 1;
  // 1.2 is below 1.2.0, as less is said.
  const parts = second.numbers.length - first.numbers.length;
  return parts || -natural(first.rest, second.rest) || -natural(a, b);
}

function version(tag: string): { readonly numbers: readonly string[]; readonly rest: string } | null {
  const match = /^v?([0-9]+(?:\.[0-9]+)*)(.*)$/su.exec(tag);
  return match === null ? null : { numbers: (match[1] ?? "").split("."), rest: match[2] ?? "" };
}

function compareNumbers(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const order = compareDigits(a[at] ?? "", b[at] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

/** Digits of any length, so that dates and build numbers lose nothing. */
function compareDigits(a: string, b: string): number {
  const [first, second] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  if (first.length !== second.length) return first.length - second.length;
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Text in which runs of digits compare as numbers. */
function natural(a: string, b: string): number {
  const [first, second] = [a.match(/[0-9]+|[^0-9]+/g) ?? [], b.match(/[0-9]+|[^0-9]+/g) ?? []];
  for (let at = 0; at < Math.min(first.length, second.length); at++) {
    const [left, right] = [first[at] ?? "", second[at] ?? ""];
    const bothDigits = /^[0-9]/.test(left) && /^[0-9]/.test(right);
    const order = bothDigits ? compareDigits(left, right) : left < right ? -1 : left > right ? 1 : 0;
    if (order !== 0) return order;
  }
  return first.length - second.length;
}
