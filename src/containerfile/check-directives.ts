import type { Report } from "./instruction.ts";
import type { Directive } from "./model.ts";

/** Reports what BuildKit would refuse of a `# check=`; a repeated directive and a wrong escape stop the scan itself. */
export function checkDirectives(directives: readonly Directive[], report: Report): void {
  for (const { key, value, span } of directives) {
    const fault = key === "check" ? optionsFault(value) : undefined;
    if (fault !== undefined) report(span, `# check=: ${fault}`, "write such as # check=skip=all;error=true");
  }
}

/** What Go's `strconv.ParseBool` reads. */
const boolean = /^(?:1|0|t|f|T|F|true|false|True|False|TRUE|FALSE)$/;

/** `linter.ParseLintOptions`: what stands before the first blank, at most three options, all that is left in the last. */
function optionsFault(value: string): string | undefined {
  const [text = ""] = value.split(" ");
  const [first = "", second, ...rest] = text.split(";");
  for (const option of [first, second, rest.length === 0 ? undefined : rest.join(";")]) {
    if (option === undefined) continue;
    const [, key = "", setting = ""] = /^([^=]*)=(.*)$/s.exec(option) ?? [];
    if (!["skip", "experimental", "error"].includes(key.trim())) return `there is no option ${JSON.stringify(option)}`;
    if (key.trim() === "error" && !boolean.test(setting.trim())) return "error is true or false";
  }
  return undefined;
}
