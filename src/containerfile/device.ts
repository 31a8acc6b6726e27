import { readMount } from "./run-mounts.ts";

/** Why a value of `RUN --device` is none (`ParseDevice` in BuildKit's instructions), `undefined` when it is one. */
export function deviceFault(text: string): string | undefined {
  if (text === "") return "the device is missing";
  const fields = readMount(text);
  if (fields === undefined) return "its quotes do not match";
  let named = false;
  for (const { key, value } of fields) {
    if (key === "name" && value !== undefined) {
      if (named) return "the device is named twice";
      named = value !== "";
    } else if (key === "required") {
      if (value !== undefined && !/^(?:1|0|t|f|true|false|T|F|True|False|TRUE|FALSE)$/.test(value))
        return "required is true or false";
    } else if (named) {
      return `there is no ${key} in it, only name and required`;
    } else {
      named = true;
    }
  }
  return undefined;
}
