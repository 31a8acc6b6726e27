/** From YAML text to a validated value; a fault knows its line and column. */
import * as v from "valibot";
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from "yaml";
import { err, ok, type Result } from "../core/result.ts";

/** Where YAML text is at fault; line and column are 1-based. */
export interface YamlFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

type Parsed = {
  readonly success: boolean;
  readonly output: unknown;
  readonly issues?: readonly v.BaseIssue<unknown>[] | undefined;
};

/** Reads one document and validates it. `undefined` in optional places is taken away, as in JSON. */
export function readYaml(text: string, parse: (value: unknown) => Parsed): Result<unknown, YamlFault> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const invalid = (offset: number, message: string): Result<never, YamlFault> => {
    const { line, col } = lines.linePos(offset);
    return err({ line: Math.max(1, line), column: Math.max(1, col), message });
  };
  const [fault] = document.errors;
  if (fault !== undefined)
    return invalid(fault.pos[0], (fault.message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, ""));
  const parsed = parse(document.toJS({ maxAliasCount: 100 }));
  if (parsed.success) return ok(JSON.parse(JSON.stringify(parsed.output)));
  // A misspelt key is also a missing one: the spelling is what to show.
  const issues = parsed.issues ?? [];
  const issue = issues.find(({ expected }) => expected === "never") ?? issues[0];
  const keys = (issue?.path ?? []).map(({ key }) => key);
  const name = keys.length === 0 ? "" : `${keys.map(String).join(".")}: `;
  const isKey = issue?.expected === "never" || issue?.path?.at(-1)?.origin === "key";
  return invalid(offsetOf(document, keys, isKey), `${name}${describe(issue)}`);
}

function describe(issue: v.BaseIssue<unknown> | undefined): string {
  if (issue === undefined) return "it is not valid";
  if (issue.expected === "never") return "there is no such key";
  if (issue.received === "undefined") return "it is missing";
  return issue.message;
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

/** Where a value stands; the nearest parent where it is missing, the key of a group or of one that is not known. */
function offsetOf(document: Document, keys: readonly unknown[], isKey: boolean): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return isScalar(node) && !isKey ? (startOf(node) ?? offset) : offset;
}
