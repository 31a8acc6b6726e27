/** Values that a template or a script fills in before the API server sees them: `${APE}`, `$(APE)`, `<% ape %>`, `@APE@`. */
import { entries, items, text, type Value } from "./yaml/read.ts";

/** Characters that no value of a security field has, and the underscores of `__APE__`. */
const placeholder = /[$#%@<>{}[\]]|^__\w+__$/;

/** What to do about a variable. */
export const givenTitle = "Give what the template makes of it, such as: envsubst < FILE | image-fix manifest -";

/** Whether a value, or one that stands in it, is a variable: what it will be is not known, and it is not ours to replace. */
export const holdsVariable = (value: Value | undefined): boolean =>
  isVariable(value) || items(value).some(isVariable) || entries(value).some((entry) => holdsVariable(entry.value));

/** Whether a value is a text with a variable in it. */
export const isVariable = (value: Value | undefined): boolean => placeholder.test(text(value) ?? "");
