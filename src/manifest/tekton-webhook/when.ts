/** What a step or a pipeline's task waits for. */
import { isVariable } from "../variables.ts";
import { type Value, field, items, text } from "../yaml/read.ts";
import { type Fault, isEmpty } from "./fault.ts";

/** Faults of `when`, as far as an operator is written. */
export function whenFaults(holder: Value): readonly Fault[] {
  return items(field(holder, "when")).flatMap((one): readonly Fault[] => {
    const place = field(one, "operator");
    const values = field(one, "values");
    if (place === undefined || isVariable(place)) return [];
    if (!["in", "notin"].includes(text(place) ?? "")) {
      return [{ place, why: `operator ${JSON.stringify(text(place) ?? "")} is not recognized: it is in or notin` }];
    }
    return values === undefined || isEmpty(values)
      ? [{ place: values ?? one, why: "there are no values to compare" }]
      : [];
  });
}
