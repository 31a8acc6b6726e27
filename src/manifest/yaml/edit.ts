/**
 * Edits of YAML and JSON as spans of the text as it is: nothing is printed anew, so that comments, order, anchors, quotes
 * and line endings stay. New lines take the indentation, the line ending and the style (block, flow, JSON) of where they
 * stand.
 */
import { isAlias, isCollection, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import type { Edit } from "../../core/finding.ts";
import { isNothing, mapNode, writtenField, type Value } from "./read.ts";

/** What is to be written: a value, or fields of a map. */
export type Leaf = boolean | number | string | readonly string[];
export interface Tree {
  readonly [name: string]: Leaf | Tree;
}

/** Where a new field goes in a block map: behind the first of these that is there, in front of the first of those. */
export interface Placement {
  readonly after?: readonly string[];
  readonly before?: readonly string[];
}

const isTree = (value: Leaf | Tree): value is Tree => typeof value === "object" && !Array.isArray(value);

/**
 * Adds fields to a map; fields of maps that are there already are added inside them.
 * @returns `undefined` where the map is written in a way that cannot be added to safely
 */
export function addFields(owner: Value, tree: Tree, placement: Placement = {}): readonly Edit[] | undefined {
  const map = mapNode(owner);
  if (map === undefined) return undefined;
  const edits: Edit[] = [];
  const missing: Record<string, Leaf | Tree> = {};
  for (const [name, value] of Object.entries(tree)) {
    const there = writtenField(owner, name);
    if (there === undefined) {
      missing[name] = value;
      continue;
    }
    const made = fillIn(owner, map, there, value);
    if (made === undefined) return undefined;
    edits.push(...made);
  }
  if (Object.keys(missing).length === 0) return edits;
  const added = map.flow === true ? addToFlow(owner, map, missing) : addToBlock(owner, map, missing, placement);
  return added === undefined ? undefined : [...edits, ...added];
}

/** Gives a field that is there its value: fields into its map, a map in place of nothing, a new scalar. */
function fillIn(owner: Value, map: YAMLMap, there: Value, value: Leaf | Tree): readonly Edit[] | undefined {
  const node = mapNode(there);
  if (isTree(value)) {
    // `{}` becomes a block like what stands around it, unless an anchor or a tag would be lost.
    const isPlain = node !== undefined && node.anchor === undefined && node.tag?.startsWith("!") !== true;
    const becomesBlock = isPlain && node.flow === true && node.items.length === 0 && map.flow !== true;
    if (node !== undefined && !becomesBlock) return addFields(there, value);
    if (node !== undefined || isNothing(there)) return replaceWithMap(owner, map, there, value);
    return undefined;
  }
  return replaceValue(there, value, map);
}

/** Replaces a scalar or a whole flow list; a text keeps the quotes that it had. */
export function replaceValue(value: Value, leaf: Leaf, owner?: YAMLMap): readonly Edit[] | undefined {
  const { node } = value;
  const { text } = value.file;
  if (isScalar(node)) {
    // What a tag makes of the new value is not known.
    if (node.type === "BLOCK_FOLDED" || node.type === "BLOCK_LITERAL" || node.tag !== undefined) return undefined;
    const quotes = node.type === "QUOTE_DOUBLE" ? '"' : node.type === "QUOTE_SINGLE" ? "'" : "";
    const isText = typeof leaf === "string";
    const written =
      isText && quotes !== ""
        ? `${quotes}${leaf}${quotes}`
        : leafText(leaf, owner !== undefined && isJson(owner, text));
    return [{ span: nodeSpan(node), text: spaced(text, nodeSpan(node), written) }];
  }
  if (isSeq(node) && node.flow === true) return [{ span: nodeSpan(node), text: leafText(leaf, isJson(owner, text)) }];
  return undefined;
}

/** What is put where nothing was written, apart from the colon in front of it and from the comment behind it. */
function spaced(text: string, { start, end }: Edit["span"], written: string): string {
  if (start !== end) return written;
  return `${text[start - 1] === ":" ? " " : ""}${written}${text[start] === "#" ? " " : ""}`;
}

const nodeSpan = (node: Node): Edit["span"] => ({ start: node.range?.[0] ?? 0, end: node.range?.[1] ?? 0 });

/** Adds an item to a list: `[NET_RAW]` → `[NET_RAW, ALL]`. */
export function addItem(list: Value, item: string): readonly Edit[] | undefined {
  const { node } = list;
  const { text } = list.file;
  if (!isSeq(node)) return undefined;
  const last: unknown = node.items.at(-1);
  if (node.flow === true) {
    const written = JSON.stringify(item);
    if (!isNode(last)) return [{ span: nodeSpan(node), text: `[${written}]` }];
    const end = endOf(last);
    return [{ span: { start: end, end }, text: `, ${quotedLike(last, item)}` }];
  }
  if (!isNode(last)) return undefined;
  const position = lineEndBehind(text, last);
  if (position === undefined) return undefined;
  const column = columnOf(text, node.range?.[0] ?? 0);
  const line = `${" ".repeat(column)}- ${quotedLike(last, item)}`;
  return [insertLines(text, behindComments(text, position, column), [line])];
}

function quotedLike(sample: Node, item: string): string {
  if (!isScalar(sample)) return JSON.stringify(item);
  if (sample.type === "QUOTE_SINGLE") return `'${item}'`;
  return sample.type === "QUOTE_DOUBLE" ? JSON.stringify(item) : item;
}

// Block style

function addToBlock(owner: Value, map: YAMLMap, tree: Tree, placement: Placement): readonly Edit[] | undefined {
  const added = blockEdit(owner, map, tree, placement);
  return added === undefined ? undefined : [added];
}

function blockEdit(owner: Value, map: YAMLMap, tree: Tree, { after = [], before = [] }: Placement): Edit | undefined {
  const { text } = owner.file;
  const [first] = map.items;
  if (first === undefined || !isNode(first.key)) return undefined;
  const indent = " ".repeat(columnOf(text, first.key.range?.[0] ?? 0));
  const lines = blockLines(tree, indent, indentUnit(owner));
  const behind = after.map((name) => pairOf(map, name)).find((pair) => pair !== undefined);
  if (behind !== undefined) return insertBehind(text, behind, lines);
  const ahead = before.map((name) => pairOf(map, name)).find((pair) => pair !== undefined);
  if (ahead !== undefined) {
    const place = lineAbove(text, ahead);
    if (place !== undefined) return insertAt(text, place, lines);
  }
  const last = map.items.at(-1);
  return last === undefined ? undefined : insertBehind(text, last, lines);
}

const pairOf = (map: YAMLMap, name: string): Pair | undefined =>
  map.items.find(({ key }) => isScalar(key) && key.value === name);

function insertBehind(text: string, pair: Pair, lines: readonly string[]): Edit | undefined {
  if (!isNode(pair.key)) return undefined;
  const position = lineEndBehind(text, isNode(pair.value) ? pair.value : pair.key, endOf(pair.key));
  if (position === undefined) return undefined;
  return insertLines(text, behindComments(text, position, columnOf(text, pair.key.range?.[0] ?? 0)), lines);
}

/** Behind the comments below a value that stand further in than it, and are about what is in it. */
function behindComments(text: string, position: number, column: number): number {
  const comment = /\r?\n( *)#[^\r\n]*/y;
  let end = position;
  for (;;) {
    comment.lastIndex = end;
    const indent = comment.exec(text)?.[1];
    if (indent === undefined || indent.length <= column) return end;
    end = comment.lastIndex;
  }
}

/** The end of the line in which a value ends; `undefined` where its text would take in what is put there. */
function lineEndBehind(text: string, node: Node, atLeast = 0): number | undefined {
  const leaf = lastLeaf(node);
  const end = Math.max(endOf(leaf), atLeast);
  if (isScalar(leaf) && (leaf.type === "BLOCK_LITERAL" || leaf.type === "BLOCK_FOLDED")) {
    // A block scalar ends with its line break; one that the file's end cuts off would get one.
    return text[end - 1] === "\n" ? end - (text[end - 2] === "\r" ? 2 : 1) : undefined;
  }
  const newline = text.indexOf("\n", end);
  if (newline === -1) return text.length;
  return text[newline - 1] === "\r" ? newline - 1 : newline;
}

/** The last scalar, alias or flow collection in a node. */
function lastLeaf(node: Node): Node {
  if (!isCollection(node) || node.flow === true) return node;
  const last: unknown = node.items.at(-1);
  if (isNode(last)) return lastLeaf(last);
  if (isMap(node)) {
    const pair = node.items.at(-1);
    if (isNode(pair?.value) && endOf(pair.value) > 0) return lastLeaf(pair.value);
    if (isNode(pair?.key)) return pair.key;
  }
  return node;
}

/** Inserts lines behind the line that ends at `position`. A file without a last line break keeps lacking it. */
function insertLines(text: string, position: number, lines: readonly string[]): Edit {
  const eol = eolAt(text, position);
  return { span: { start: position, end: position }, text: lines.map((line) => eol + line).join("") };
}

/** Inserts lines in front of the line that begins at `position`. */
function insertAt(text: string, position: number, lines: readonly string[]): Edit {
  const eol = eolAt(text, position);
  return { span: { start: position, end: position }, text: lines.map((line) => line + eol).join("") };
}

/** Start of the line of a key, above the comments that belong to it; `undefined` where the key does not begin its line. */
function lineAbove(text: string, { key }: Pair): number | undefined {
  if (!isNode(key)) return undefined;
  let start = text.lastIndexOf("\n", (key.range?.[0] ?? 0) - 1) + 1;
  if (text.slice(start, key.range?.[0]).trim() !== "") return undefined;
  const indent = (key.range?.[0] ?? 0) - start;
  for (;;) {
    const above = text.lastIndexOf("\n", start - 2) + 1;
    if (above >= start) return start;
    const line = text.slice(above, start);
    if (!/^ *#/.test(line) || line.indexOf("#") !== indent) return start;
    start = above;
  }
}

function blockLines(tree: Tree, indent: string, unit: string): readonly string[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    isTree(value)
      ? [`${indent}${name}:`, ...blockLines(value, indent + unit, unit)]
      : [`${indent}${name}: ${leafText(value, false)}`],
  );
}

/** Puts a map where there was nothing, `null` or `{}`. */
function replaceWithMap(owner: Value, map: YAMLMap, there: Value, tree: Tree): readonly Edit[] | undefined {
  const { text } = owner.file;
  const { node } = there;
  if (map.flow === true) {
    const written = flowText(tree, isJson(map, text));
    return [{ span: nodeSpan(node), text: spaced(text, nodeSpan(node), written) }];
  }
  // An alias, an anchor or a tag would be lost.
  if (
    isAlias(node) ||
    (isScalar(node) || isCollection(node) ? node.anchor !== undefined || node.tag?.startsWith("!") === true : true)
  ) {
    return undefined;
  }
  const colon = text.indexOf(":", there.keySpan.end);
  const { start, end } = nodeSpan(node);
  const line = lineEndBehind(text, node, colon + 1);
  if (colon === -1 || line === undefined) return undefined;
  const indent = " ".repeat(columnOf(text, there.keySpan.start)) + indentUnit(owner);
  const lines = insertLines(text, line, blockLines(tree, indent, indentUnit(owner)));
  const written = end > start ? [{ span: { start: colon + 1, end }, text: "" }] : [];
  // `securityContext: {}` at the end of its line: both edits touch there, the deletion first.
  return [...written, lines];
}

// Flow style and JSON

/** The blanks that a line begins with, up to a place; `undefined` where something else stands in front of it. */
function indentBefore(text: string, at: number): string | undefined {
  let start = at;
  while (/[ \t]/.test(text[start - 1] ?? "")) start--;
  return start === 0 || text[start - 1] === "\n" ? text.slice(start, at) : undefined;
}

function addToFlow(owner: Value, map: YAMLMap, tree: Tree): readonly Edit[] | undefined {
  const { text } = owner.file;
  const json = isJson(map, text);
  const { start, end } = nodeSpan(map);
  const last = map.items.at(-1);
  if (last === undefined) {
    return [{ span: { start, end }, text: flowText(tree, json) }];
  }
  const node = isNode(last.value) && endOf(last.value) > 0 ? last.value : last.key;
  if (!isNode(node)) return undefined;
  const behind = Math.max(endOf(node), isNode(last.key) ? endOf(last.key) : 0);
  const rest = text.slice(behind, end - 1);
  const comma = /^\s*,/.exec(rest)?.[0].length ?? 0;
  const position = behind + comma;
  const keyStart = isNode(last.key) ? (last.key.range?.[0] ?? 0) : 0;
  const indent = indentBefore(text, keyStart);
  const closing = indentBefore(text, /[}\]]/.test(text[end - 2] ?? "") ? end - 2 : end - 1);
  if (indent === undefined || closing === undefined || !rest.includes("\n")) {
    const fields = flowFields(tree, json);
    return [{ span: { start: position, end: position }, text: comma > 0 ? ` ${fields},` : `, ${fields}` }];
  }
  const eol = eolAt(text, position);
  const unit = indent.startsWith(closing) && indent.length > closing.length ? indent.slice(closing.length) : "  ";
  const lines = Object.entries(tree).map(
    ([name, value]) => indent + spreadField(name, value, { indent, unit, eol, json }),
  );
  const joined = lines.join(`,${eol}`);
  const written = comma > 0 ? `${joined},` : joined;
  // A comment behind the value stays behind it.
  const comment = /^[ \t]+#[^\r\n]*/.exec(text.slice(position, end))?.[0].length ?? 0;
  const lineEnd = position + comment;
  return [
    ...(comma > 0 || comment === 0 ? [] : [{ span: { start: position, end: position }, text: "," }]),
    { span: { start: lineEnd, end: lineEnd }, text: (comma > 0 || comment > 0 ? "" : ",") + eol + written },
  ];
}

const flowText = (tree: Tree, json: boolean): string => `{${flowFields(tree, json)}}`;

const flowFields = (tree: Tree, json: boolean): string =>
  Object.entries(tree)
    .map(([name, value]) => `${keyText(name, json)}: ${isTree(value) ? flowText(value, json) : leafText(value, json)}`)
    .join(", ");

function spreadField(
  name: string,
  value: Leaf | Tree,
  style: { readonly indent: string; readonly unit: string; readonly eol: string; readonly json: boolean },
): string {
  const key = keyText(name, style.json);
  if (!isTree(value)) return `${key}: ${leafText(value, style.json)}`;
  const inner = { ...style, indent: style.indent + style.unit };
  const fields = Object.entries(value).map(([field, one]) => inner.indent + spreadField(field, one, inner));
  return `${key}: {${style.eol}${fields.join(`,${style.eol}`)}${style.eol}${style.indent}}`;
}

const keyText = (name: string, json: boolean): string => (json ? JSON.stringify(name) : name);

function leafText(leaf: Leaf, json: boolean): string {
  if (typeof leaf === "string") return json || isAmbiguous(leaf) ? JSON.stringify(leaf) : leaf;
  if (typeof leaf === "boolean" || typeof leaf === "number") return String(leaf);
  return `[${leaf.map((item) => JSON.stringify(item)).join(", ")}]`;
}

/** A text that would be read as something else without quotes. */
const isAmbiguous = (leaf: string): boolean =>
  !/^[A-Za-z]/.test(leaf) || /^(?:true|false|null|yes|no|on|off|y|n)$/i.test(leaf);

/** Whether a flow map is written as JSON writes it: its keys in double quotes, or the text a JSON document. */
function isJson(map: YAMLMap | undefined, text: string): boolean {
  if (map === undefined || map.flow !== true) return false;
  const [first] = map.items;
  if (first === undefined) return /^\ufeff?\s*[{[]/.test(text);
  return isScalar(first.key) && first.key.type === "QUOTE_DOUBLE";
}

// The text around

const isNode = (value: unknown): value is Node => isAlias(value) || isScalar(value) || isCollection(value);

const endOf = (node: Node): number => node.range?.[1] ?? 0;

/** Columns in front of a place; a byte order mark counts none. */
function columnOf(text: string, offset: number): number {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return offset - start - (start === 0 && text.startsWith("\ufeff") ? 1 : 0);
}

/** The line ending of the line at a place, else of the file. */
function eolAt(text: string, offset: number): string {
  const newline = text.indexOf("\n", offset);
  const found = newline === -1 ? text.lastIndexOf("\n") : newline;
  return found > 0 && text[found - 1] === "\r" ? "\r\n" : "\n";
}

/** How far this file indents the fields of a map; two blanks where nothing shows it. */
function indentUnit({ file: { text } }: Value): string {
  const found =
    /(?:^|\n)(?:spec|metadata|data|template):[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*( +)[^\s#-]/.exec(
      text,
    )?.[1];
  return found === undefined || found.length > 8 ? "  " : found;
}
