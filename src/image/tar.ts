/** The little of tar that engines need: ustar with PAX records for what does not fit in it. */
export interface TarEntry {
  /** Path inside the archive, `/` between its parts, no leading slash. */
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "hardlink";
  /** Permission bits, `0o755`. */
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since 1970. */
  readonly mtime?: number;
  /** Bytes of content that follow; only of files. */
  readonly size: number;
  readonly linkTarget?: string;
}

const block = 512;
const typeFlags = { file: "0", hardlink: "1", symlink: "2", directory: "5" } as const;
const utf8 = new TextEncoder();

/** The header blocks of an entry. Content follows, filled up by {@link tarPadding}. */
export function tarHeader(entry: TarEntry): Uint8Array {
  const name = entry.type === "directory" && !entry.path.endsWith("/") ? `${entry.path}/` : entry.path;
  const link = entry.linkTarget ?? "";
  const records: string[] = [];
  if (utf8.encode(name).length > 100) records.push(paxRecord("path", name));
  if (utf8.encode(link).length > 100) records.push(paxRecord("linkpath", link));
  if (entry.size > 0o77777777777) records.push(paxRecord("size", String(entry.size)));
  const header = plainHeader({ ...entry, path: name, linkTarget: link }, typeFlags[entry.type]);
  if (records.length === 0) return header;
  const body = utf8.encode(records.join(""));
  const pax = plainHeader({ path: "PaxHeaders/entry", type: "file", mode: 0o644, size: body.length }, "x");
  return concatBytes([pax, body, tarPadding(body.length), header]);
}

/** Zeros that fill up `size` bytes of content to a whole block. */
export const tarPadding = (size: number): Uint8Array => new Uint8Array((block - (size % block)) % block);

/** Two empty blocks: the end of an archive. */
export const tarEnd = (): Uint8Array => new Uint8Array(2 * block);

/** An archive of regular files with mode 0755, owned by root; the folders above them are added. */
export function tarOfFiles(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  const folders = new Set<string>();
  for (const [path, content] of files) {
    const names = path.split("/").filter((name) => name !== "");
    for (let depth = 1; depth < names.length; depth++) {
      const folder = names.slice(0, depth).join("/");
      if (folders.has(folder)) continue;
      folders.add(folder);
      parts.push(tarHeader({ path: folder, type: "directory", mode: 0o755, size: 0 }));
    }
    parts.push(
      tarHeader({ path: names.join("/"), type: "file", mode: 0o755, size: content.length }),
      content,
      tarPadding(content.length),
    );
  }
  parts.push(tarEnd());
  return concatBytes(parts);
}

function paxRecord(key: string, value: string): string {
  // The length counts itself, in bytes.
  const rest = ` ${key}=${value}\n`;
  const size = utf8.encode(rest).length;
  let total = size + String(size).length;
  if (size + String(total).length !== total) total = size + String(total).length;
  return `${total}${rest}`;
}

function plainHeader(entry: TarEntry, flag: string): Uint8Array {
  const header = new Uint8Array(block);
  const put = (at: number, length: number, text: string): void => header.set(utf8.encode(text).subarray(0, length), at);
  const octal = (at: number, length: number, value: number): void =>
    put(at, length, `${value.toString(8).padStart(length - 1, "0")}\0`);
  put(0, 100, entry.path);
  octal(100, 8, entry.mode & 0o7777);
  octal(108, 8, (entry.uid ?? 0) & 0o7777777);
  octal(116, 8, (entry.gid ?? 0) & 0o7777777);
  octal(124, 12, Math.min(entry.size, 0o77777777777));
  octal(136, 12, entry.mtime ?? 0);
  put(148, 8, "        ");
  put(156, 1, flag);
  put(157, 100, entry.linkTarget ?? "");
  put(257, 8, "ustar\u000000");
  octal(
    148,
    7,
    header.reduce((sum, byte) => sum + byte, 0),
  );
  return header;
}

/** An entry that was read, with its content. */
export interface TarFile extends TarEntry {
  readonly content: Uint8Array;
}

/** Reads an archive that lies in memory. Entries of other kinds (devices, sockets) are left out; never throws. */
export function readTar(archive: Uint8Array): TarFile[] {
  const files: TarFile[] = [];
  const text = new TextDecoder();
  const field = (at: number, length: number): string =>
    text.decode(archive.subarray(at, at + length)).replace(/\0[^]*$/, "");
  let extra = new Map<string, string>();
  for (let at = 0; at + block <= archive.length;) {
    if (archive[at] === 0) break;
    const flag = field(at + 156, 1);
    const size = Number(extra.get("size") ?? octalField(archive, at + 124, 12));
    const content = archive.subarray(at + block, at + block + size);
    const prefix = field(at + 257, 5) === "ustar" && field(at + 345, 155) !== "" ? `${field(at + 345, 155)}/` : "";
    const next = at + block + Math.ceil(size / block) * block;
    if (flag === "x") extra = paxRecords(text.decode(content));
    else if (flag === "L") extra.set("path", text.decode(content).replace(/\0[^]*$/, ""));
    else if (flag === "K") extra.set("linkpath", text.decode(content).replace(/\0[^]*$/, ""));
    else {
      const type =
        flag === "0" || flag === "" || flag === "7"
          ? "file"
          : flag === "1"
            ? "hardlink"
            : flag === "2"
              ? "symlink"
              : flag === "5"
                ? "directory"
                : undefined;
      if (type !== undefined) {
        files.push({
          path: extra.get("path") ?? prefix + field(at, 100),
          type,
          mode: octalField(archive, at + 100, 8) & 0o7777,
          uid: octalField(archive, at + 108, 8),
          gid: octalField(archive, at + 116, 8),
          size: type === "file" ? size : 0,
          linkTarget: extra.get("linkpath") ?? field(at + 157, 100),
          content: type === "file" ? content : new Uint8Array(),
        });
      }
      extra = new Map();
    }
    if (!Number.isSafeInteger(next) || next <= at) break;
    at = next;
  }
  return files;
}

function octalField(archive: Uint8Array, at: number, length: number): number {
  let value = 0;
  // GNU's base-256 form for numbers that do not fit.
  if (((archive[at] ?? 0) & 0x80) !== 0) {
    for (let index = at + 1; index < at + length; index++) value = value * 256 + (archive[index] ?? 0);
    return value;
  }
  for (let index = at; index < at + length; index++) {
    const digit = (archive[index] ?? 0) - 48;
    if (digit >= 0 && digit <= 7) value = value * 8 + digit;
  }
  return value;
}

function paxRecords(text: string): Map<string, string> {
  const records = new Map<string, string>();
  // Lengths are not needed: no value that is read here holds a line feed.
  for (const line of text.split("\n")) {
    const match = /^[0-9]+ ([^=]+)=(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) records.set(match[1], match[2]);
  }
  return records;
}

/** One array out of several. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
