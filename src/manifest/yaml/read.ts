/**
 * YAML and JSON files as Kubernetes' tools read them, with every value's place in the text. Scalars are kept as they are
 * written; what they mean is decided where a field is read, by the rules of the YAML reader that kubectl and the API
 * server use (go-yaml: `yes` and `on` are true, `<<` merges), so that a file means here what it means there.
 */
import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  visit,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import type { Failure } from "../../core/errors.ts";
import type { Span } from "../../core/finding.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { parseDocuments } from "./parse-documents.ts";

/** A file's documents, its aliases resolved. */
export interface YamlFile {
  /** As the user named it. */
  readonly name: string;
  readonly text: string;
  readonly documents: readonly Value[];
  /** Anchored nodes that something refers to. */
  readonly shared: readonly SharedNode[];
}

/** A node that stands in more than one place: where it is written, and by what it is referred to. */
export interface SharedNode {
  readonly anchor: string;
  readonly span: Span;
  /** What it is there: `container/securityContext`; `""` where it is nothing that is known to be the same elsewhere. */
  readonly role: string;
  readonly aliases: readonly { readonly span: Span; readonly role: string }[];
}

/** A value in a file. Reading never fails: what is not there, or is of another kind, is undefined. */
export interface Value {
  readonly file: FileContext;
  /** The value itself, behind aliases. */
  readonly node: Node;
  /** Where it is written: the alias, where it is one. */
  readonly span: Span;
  /** Where its key is written; the value's own place in a list and at the top. */
  readonly keySpan: Span;
}

interface FileContext {
  readonly text: string;
  readonly targets: ReadonlyMap<Node, Node>;
}

/** Nesting beyond this is none that a manifest has. */
const maxDepth = 64;

/** Values that aliases may add: a few lines of aliases to aliases unfold to billions, and kubectl refuses such a file too. */
const maxUnfolded = 100_000;

/**
 * Reads a file.
 * @returns `SYNTAX` with line and column for what is no YAML, repeats a key, refers to an anchor that is not there, or
 *   is nested or unfolds without end
 */
export function readYaml(name: string, source: string): Result<YamlFile, Failure> {
  const lines = new LineCounter();
  const nul = source.indexOf("\0");
  if (nul !== -1) {
    // UTF-16 reads as text that means nothing, and would pass for a file without objects.
    return err({
      code: "SYNTAX",
      file: name,
      line: source.slice(0, nul).split("\n").length,
      column: nul - source.lastIndexOf("\n", nul),
      message: "a NUL character stands here, which YAML does not have",
      hint: "is the file UTF-16? Save it as UTF-8",
    });
  }
  const list = parseDocuments(source, lines);
  const bom = source.startsWith("\ufeff") ? 1 : 0;
  const invalid = (offset: number, message: string, hint?: string): Result<never, Failure> => {
    const { line, col } = lines.linePos(offset);
    const column = line === 1 ? col - bom : col;
    return err({
      code: "SYNTAX",
      file: name,
      line: Math.max(1, line),
      column: Math.max(1, column),
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  for (const document of list) {
    const template = templateAt(document);
    if (template !== undefined) {
      const hint = templateHintOf(source) ?? templateHint;
      return invalid(template, "a template's {{ }} stands where a value should", hint);
    }
    const [fault] = document.errors;
    if (fault !== undefined) return invalid(fault.pos[0], faultText(fault), templateHintOf(source) ?? hintOf(fault));
  }
  const targets = new Map<Node, Node>();
  const shared: SharedNode[] = [];
  for (const document of list) {
    const fault = resolveAliases(document, targets, shared);
    if (fault !== undefined) return invalid(fault.offset, fault.message);
  }
  const file = { text: source, targets };
  return ok({
    name,
    text: source,
    documents: list.flatMap(({ contents }) => (contents === null ? [] : [valueOf(file, contents)])),
    shared,
  });
}

const templateHint = "this looks like a template: give what is made of it instead";
const helmHint = "this looks like a Helm template: give the output of `helm template` instead";

/** What Go templates do; Argo, Tekton and others put plain names between such braces. */
const helmAction = /\{\{-|\{\{\s*(?:[.$(]|(?:if|else|end|range|with|define|block|include|template|tpl|toYaml)\b)/;

/** What Jinja and Twig do. */
const jinjaAction = /\{%[-+]?\s*(?:if|for|set|include|block|extends|macro|raw|end\w+)\b/;

const templateHintOf = (source: string): string | undefined =>
  helmAction.test(source) ? helmHint : jinjaAction.test(source) ? templateHint : undefined;

const tooDeep = `it is nested more than ${maxDepth} levels deep`;

const faultText = ({ code, message }: { readonly code: string; readonly message: string }): string =>
  code === "RESOURCE_EXHAUSTION"
    ? tooDeep
    : (message.split("\n")[0] ?? "")
        .replace(/ at line \d+, column \d+:?$/, "")
        .replace(/^Missing closing (["'])quote$/, "the quote $1 is not closed");

/** What to do about faults whose names only those know who know YAML. */
const faultHints: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/^Tabs are not allowed/, "indent with blanks: YAML takes no tabs there"],
  [/^Missing closing ["']quote/, "no quote ends what this one begins"],
  [/^Map keys must be unique/, "this key stands above already, and one of the two would be lost: keep one"],
  [
    /^Sequence item without - indicator/,
    "every entry of a list begins with -, and what belongs to an entry stands further in than its -",
  ],
  [
    /^All (?:mapping|sequence) items must start at the same column/,
    "let the line begin in the same column as those that it belongs to",
  ],
  [
    /^Unexpected .* at node end/,
    "something stands behind a value that has ended: put --- between documents, or make one List of them",
  ],
];

const hintOf = ({ message }: { readonly message: string }): string | undefined =>
  faultHints.find(([pattern]) => pattern.test(message))?.[1];

/** Where a `{{ … }}` was read as a mapping within a mapping. */
function templateAt(document: Document.Parsed): number | undefined {
  let found: number | undefined;
  visit(document, {
    Map: (_, map) => {
      if (map.flow !== true || !map.items.some(({ key }) => isMap(key))) return undefined;
      found = startOf(map);
      return visit.BREAK;
    },
  });
  return found;
}

/** Finds what every alias stands for: the last anchor of its name before it. */
function resolveAliases(
  document: Document.Parsed,
  targets: Map<Node, Node>,
  shared: SharedNode[],
): { readonly offset: number; readonly message: string } | undefined {
  const anchors = new Map<string, Node>();
  const aliases = new Map<Node, { readonly span: Span; readonly role: string }[]>();
  const roles = new Map<Node, string>();
  let fault: { readonly offset: number; readonly message: string } | undefined;
  visit(document, {
    Node: (_, node, path) => {
      if (path.length > maxDepth * 2) {
        fault = { offset: startOf(node), message: tooDeep };
        return visit.BREAK;
      }
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target === undefined) {
          fault = { offset: startOf(node), message: `there is no anchor &${node.source} above this alias` };
          return visit.BREAK;
        }
        if (path.some((parent) => parent === target)) {
          fault = { offset: startOf(node), message: `the alias *${node.source} stands inside what it refers to` };
          return visit.BREAK;
        }
        targets.set(node, target);
        const use = { span: spanOf(node), role: roleOf(path) };
        const uses = aliases.get(target);
        if (uses === undefined) aliases.set(target, [use]);
        else uses.push(use);
      } else if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) {
        anchors.set(node.anchor, node);
        roles.set(node, roleOf(path));
      }
      return undefined;
    },
  });
  for (const [target, uses] of aliases) {
    const anchor = (isScalar(target) || isCollection(target)) && target.anchor !== undefined ? target.anchor : "";
    shared.push({ anchor, span: spanOf(target), role: roles.get(target) ?? "", aliases: uses });
  }
  return fault ?? (aliases.size === 0 ? undefined : unfoldingFault(document, targets));
}

/** The first alias that makes the document too large or too deep to be a manifest, once all are unfolded. */
function unfoldingFault(
  document: Document.Parsed,
  targets: ReadonlyMap<Node, Node>,
): { readonly offset: number; readonly message: string } | undefined {
  interface Size {
    readonly values: number;
    readonly depth: number;
  }
  // An alias stands behind what it refers to, which has been measured when the alias is met.
  const sizes = new Map<Node, Size>();
  let fault: { readonly offset: number; readonly message: string } | undefined;
  let added = 0;
  const sizeOf = (node: unknown, level: number): Size => {
    if (fault !== undefined || !isNodeLike(node)) return { values: 0, depth: 0 };
    if (isAlias(node)) {
      const size = sizes.get(targets.get(node) ?? node) ?? { values: 1, depth: 1 };
      added += size.values;
      const offset = startOf(node);
      if (added > maxUnfolded) {
        fault = { offset, message: `the aliases up to here stand for more than ${maxUnfolded} values` };
      } else if (level + size.depth > maxDepth * 2) {
        fault = { offset, message: `with its aliases ${tooDeep}` };
      }
      return size;
    }
    let values = 1;
    let depth = 0;
    if (isCollection(node)) {
      for (const item of node.items) {
        const inner = sizeOf(isPair(item) ? item.value : item, level + 1);
        values += inner.values;
        depth = Math.max(depth, inner.depth);
      }
    }
    const size = { values, depth: depth + 1 };
    if (node.anchor !== undefined) sizes.set(node, size);
    return size;
  };
  sizeOf(document.contents, 0);
  return fault;
}

const containerKeys = new Set([
  "containers",
  "initContainers",
  "ephemeralContainers",
  "steps",
  "sidecars",
  "stepTemplate",
]);

/**
 * What a value is by the two keys above it; containers of every kind count as the same. What `<<` merges in is what the map
 * is that gets it.
 */
function roleOf(path: readonly unknown[]): string {
  const merge = path.findLastIndex((step) => isPair(step) && isMerge(step));
  const isMerged = merge !== -1 && !path.slice(merge + 1).some(isPair);
  const own = isMerged ? path.slice(0, merge - 1) : path;
  const keys = own.flatMap((step) => (isPair(step) && !isMerge(step) ? (keyText(step) ?? "?") : []));
  const [outer = "", inner = ""] = keys.slice(-2);
  if (containerKeys.has(inner) && isSeq(own.at(-1))) return "container";
  return containerKeys.has(outer) ? `container/${inner}` : `${outer}/${inner}`;
}

const startOf = (node: Node): number => node.range?.[0] ?? 0;

/** Where a node's own text stands, without what follows it. */
export function spanOf(node: Node): Span {
  return { start: node.range?.[0] ?? 0, end: node.range?.[1] ?? 0 };
}

function valueOf(file: FileContext, node: Node, key?: Node): Value {
  const span = spanOf(node);
  return { file, node: file.targets.get(node) ?? node, span, keySpan: key === undefined ? span : spanOf(key) };
}

/** Whether the value is written as nothing or `null`. */
export function isNothing({ node }: Value): boolean {
  return isScalar(node) && plainSource(node) !== undefined && /^(?:|~|null|Null|NULL)$/.test(plainSource(node) ?? "");
}

/** In the schema that is read by, every scalar is a text. */
const scalarText = ({ value }: Scalar): string => (typeof value === "string" ? value : "");

const tagPrefix = "tag:yaml.org,2002:";

/** The text of an unquoted scalar. A tag counts for more than quotes: `!!str true` is a text, `!!bool "true"` is none. */
function plainSource(node: Node): string | undefined {
  if (!isScalar(node) || node.tag === "!" || node.tag === `${tagPrefix}str`) return undefined;
  if (node.tag?.startsWith(tagPrefix) === true) return scalarText(node);
  return node.type === "PLAIN" || node.type === undefined ? scalarText(node) : undefined;
}

/** The value of a field; a key of the map itself wins over one that `<<` merges in. `null` counts as absent. */
export function field(value: Value | undefined, name: string): Value | undefined {
  const found = lookUp(value, name, 0);
  return found === undefined || isNothing(found) ? undefined : found;
}

/** The value of a field, `null` included. */
export const writtenField = (value: Value | undefined, name: string): Value | undefined => lookUp(value, name, 0);

function lookUp(value: Value | undefined, name: string, depth: number): Value | undefined {
  if (value === undefined || !isMap(value.node) || depth > maxDepth) return undefined;
  const { file } = value;
  for (const pair of value.node.items) {
    if (keyText(pair) === name) return valueOfPair(file, pair);
  }
  for (const pair of value.node.items) {
    if (!isMerge(pair)) continue;
    const merged = valueOfPair(file, pair);
    const sources = merged !== undefined && isSeq(merged.node) ? items(merged) : [merged];
    for (const source of sources) {
      const found = lookUp(source, name, depth + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The maps that `<<` merges into a map, those that these merge included. */
export function mergedMaps(value: Value | undefined, depth = 0): readonly YAMLMap[] {
  if (value === undefined || !isMap(value.node) || depth > maxDepth) return [];
  return value.node.items.filter(isMerge).flatMap((pair) => {
    const merged = valueOfPair(value.file, pair);
    return (isList(merged) ? items(merged) : [merged]).flatMap((one) =>
      isMapping(one) ? [...(isMap(one.node) ? [one.node] : []), ...mergedMaps(one, depth + 1)] : [],
    );
  });
}

/** The value of a field of a field. */
export function at(value: Value | undefined, ...path: readonly string[]): Value | undefined {
  let found = value;
  for (const name of path) found = field(found, name);
  return found;
}

function valueOfPair(file: FileContext, { key, value }: Pair): Value | undefined {
  const keyNode = isNodeLike(key) ? key : undefined;
  // A key without a value (`a:` at the very end of a flow map) has no node.
  return isNodeLike(value) ? valueOf(file, value, keyNode) : undefined;
}

const isNodeLike = (node: unknown): node is Node => isAlias(node) || isScalar(node) || isCollection(node);

function keyText({ key }: Pair): string | undefined {
  if (!isScalar(key)) return undefined;
  return typeof key.value === "string" ? key.value : undefined;
}

const isMerge = (pair: Pair): boolean =>
  isScalar(pair.key) && pair.key.value === "<<" && (pair.key.type === "PLAIN" || pair.key.type === undefined);

/** A map's own keys, in order, without what `<<` merges in. */
export function entries(
  value: Value | undefined,
): readonly { readonly name: string; readonly keySpan: Span; readonly value: Value | undefined }[] {
  if (value === undefined || !isMap(value.node)) return [];
  return value.node.items.flatMap((pair) => {
    const name = keyText(pair);
    if (name === undefined || !isNodeLike(pair.key) || isMerge(pair)) return [];
    return [{ name, keySpan: spanOf(pair.key), value: valueOfPair(value.file, pair) }];
  });
}

/** The items of a list; none of what is no list. */
export function items(value: Value | undefined): readonly Value[] {
  if (value === undefined || !isSeq(value.node)) return [];
  return value.node.items.flatMap((item) => (isNodeLike(item) ? [valueOf(value.file, item)] : []));
}

export const isMapping = (value: Value | undefined): value is Value => value !== undefined && isMap(value.node);
export const isList = (value: Value | undefined): value is Value => value !== undefined && isSeq(value.node);

/** The map's node, for who edits it. */
export const mapNode = (value: Value | undefined): YAMLMap | undefined =>
  value !== undefined && isMap(value.node) ? value.node : undefined;

/** A text as it was meant, whatever its quotes; undefined of what is no scalar or nothing. */
export function text(value: Value | undefined): string | undefined {
  if (value === undefined || !isScalar(value.node) || isNothing(value)) return undefined;
  return scalarText(value.node);
}

/** As go-yaml reads an unquoted scalar: `true`, `yes`, `on`, `y` and their like. A quoted one is a text. */
export function bool(value: Value | undefined): boolean | undefined {
  const source = value === undefined ? undefined : plainSource(value.node);
  if (source === undefined) return undefined;
  if (/^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(source)) return true;
  if (/^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(source)) return false;
  return undefined;
}

/**
 * As go-yaml reads an unquoted scalar: decimal, `0x`, `0b`, `0o` and leading-zero octal, with `_` between digits; what has a
 * point or an exponent and is whole (`1e3`) is one in the JSON that the API server gets.
 */
export function integer(value: Value | undefined): number | undefined {
  const source = value === undefined ? undefined : plainSource(value.node)?.replaceAll("_", "");
  if (source === undefined) return undefined;
  const sign = source.startsWith("-") ? -1 : 1;
  const digits = source.replace(/^[+-]/, "");
  if (/^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8);
  if (/^(?:[0-9]+|0x[0-9a-fA-F]+|0b[01]+|0o[0-7]+)$/.test(digits)) return sign * Number(digits);
  if (/^[0-9]+(?:\.0*|(?:\.[0-9]*)?[eE][+]?[0-9]+)$/.test(digits) && Number.isSafeInteger(Number(digits))) {
    return sign * Number(digits);
  }
  return undefined;
}

/** Whether a scalar has neither quotes nor a tag, so that what it is hangs on how it looks. */
export const isPlain = ({ node }: Value): boolean =>
  plainSource(node) !== undefined && isScalar(node) && node.tag === undefined;

/** Whether go-yaml reads an unquoted scalar as a number. */
export function isNumber(value: Value): boolean {
  const source = plainSource(value.node) ?? "";
  return (
    integer(value) !== undefined ||
    /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/.test(
      source,
    )
  );
}

/** The texts of a list. */
export function texts(value: Value | undefined): readonly string[] {
  return items(value).flatMap((item) => text(item) ?? []);
}
