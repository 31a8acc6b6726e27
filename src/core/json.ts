/** Reading JSON that others wrote: what is absent, null or of another type counts as empty, and nothing is thrown. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses JSON text; `undefined` when it is none, or nested too deeply to be read. */
export function parseJson(text: string): unknown {
  try {
    // What JSON.parse gives back is typed `any`; here it becomes what it is.
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether a value is an object (and no array). */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object as it is, anything else as `{}`. */
export const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {});
/** An array as it is, anything else as `[]`. */
export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** A string as it is, anything else as `""`. */
export const asText = (value: unknown): string => (typeof value === "string" ? value : "");
/** The strings of an array. */
export const asTexts = (value: unknown): string[] => asArray(value).filter((item) => typeof item === "string");
/** A number as it is, anything else as 0. */
export const asNumber = (value: unknown): number => (typeof value === "number" ? value : 0);
