/** A key of `--mount=key=value,…`; `value` is undefined for a bare key (`readonly`). */
export interface MountField {
  readonly key: string;
  readonly value: string | undefined;
}

/**
 * Splits the value of `RUN --mount` at commas as CSV: a field in double quotes may hold commas, two quotes inside it
 * are one. Keys are lower-cased. `undefined` when the quotes do not match.
 */
export function readMount(value: string): readonly MountField[] | undefined {
  const fields: MountField[] = [];
  let at = 0;
  for (;;) {
    let field = "";
    if (value.charAt(at) === '"') {
      at++;
      for (;;) {
        const quote = value.indexOf('"', at);
        if (quote === -1) return undefined;
        field += value.slice(at, quote);
        at = quote + 1;
        if (value.charAt(at) !== '"') break;
        field += '"';
        at++;
      }
      if (at < value.length && value.charAt(at) !== ",") return undefined;
    } else {
      const comma = value.indexOf(",", at);
      const end = comma === -1 ? value.length : comma;
      field = value.slice(at, end);
      if (field.includes('"')) return undefined;
      at = end;
    }
    fields.push(toField(field));
    if (at >= value.length) return fields;
    at++;
  }
}

/** The type of a mount, `bind` where it does not say. */
export const mountType = (fields: readonly MountField[]): string =>
  fields.findLast(({ key }) => key === "type")?.value?.toLowerCase() ?? "bind";

/** Whether a mount of this type lies over a folder of the container, and so needs one. */
export const isOnFolder = (type: string): boolean => type === "bind" || type === "cache" || type === "tmpfs";

/** Where a mount lies, as it is written; empty where it does not say. */
export const mountTarget = (fields: readonly MountField[]): string =>
  fields.findLast(({ key }) => /^(?:target|dst|destination)$/.test(key))?.value ?? "";

function toField(field: string): MountField {
  const equals = field.indexOf("=");
  if (equals === -1) return { key: field.toLowerCase(), value: undefined };
  return { key: field.slice(0, equals).toLowerCase(), value: field.slice(equals + 1) };
}
