/**
 * A tar archive as it streams by: ustar, PAX and GNU's forms, as Go's reader takes them. Nothing is kept but the header
 * that is being read; sizes, checksums and names are believed only as far as they can be checked.
 */
import { BrokenArchive } from "./broken-archive.ts";

/** One entry. */
export interface TarEntry {
  /** As it is written: `./etc/passwd`, `usr/bin/`. */
  readonly path: string;
  readonly kind: "file" | "hardlink" | "symlink" | "directory" | "other";
  /** With setuid, setgid and sticky bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow. */
  readonly size: number;
  readonly link: string;
  /** `security.capability`. */
  readonly capabilities: Uint8Array | undefined;
}

/** Gets the parts of an entry's content as they come; the last call is without one. */
export type ContentSink = (part: Uint8Array | undefined) => void;

const blockSize = 512;
/** Longest name, link or set of PAX records. */
const mostExtra = 1024 * 1024;

/** Feed it with {@link write} and tell it the {@link end}; it calls `onEntry` for each entry, in order. */
export class TarScanner {
  readonly #onEntry: (entry: TarEntry) => ContentSink | undefined;
  /** A header that came in parts. */
  readonly #block = Buffer.alloc(blockSize);
  #filled = 0;
  /** Content that is still to come, and the zeros behind it. */
  #content = 0;
  #padding = 0;
  #sink: ContentSink | undefined;
  #extra: Extra = {};
  #name = "";
  #isOver = false;
  #isSparseMap = false;
  #consumed = 0;
  #position = 0;

  /** @param onEntry gives a sink for content that is wanted */
  constructor(onEntry: (entry: TarEntry) => ContentSink | undefined) {
    this.#onEntry = onEntry;
  }

  /** The archive's end was seen; what comes behind it is no part of it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Where the content of the entry begins that `onEntry` is called for, in bytes from the archive's start. */
  get position(): number {
    return this.#position;
  }

  /** Leaves out what is still to come of an entry that nobody wants; gives how many bytes that are. */
  skip(): number {
    const size = this.#content + this.#padding;
    if (this.#sink !== undefined || size === 0) return 0;
    this.#content = 0;
    this.#padding = 0;
    this.#consumed += size;
    return size;
  }

  /** Throws a {@link BrokenArchive}, or what `onEntry` throws. */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length && !this.#isOver) {
      if (this.#content > 0) {
        const size = Math.min(this.#content, bytes.length - at);
        this.#sink?.(bytes.subarray(at, at + size));
        at += size;
        this.#content -= size;
        if (this.#content === 0) this.#finish();
      } else if (this.#padding > 0) {
        const size = Math.min(this.#padding, bytes.length - at);
        at += size;
        this.#padding -= size;
      } else if (this.#filled === 0 && bytes.length - at >= blockSize) {
        this.#position = this.#consumed + at + blockSize;
        this.#header(bytes.subarray(at, at + blockSize));
        at += blockSize;
      } else {
        const size = Math.min(blockSize - this.#filled, bytes.length - at);
        bytes.copy(this.#block, this.#filled, at, at + size);
        this.#filled += size;
        at += size;
        if (this.#filled === blockSize) {
          this.#filled = 0;
          this.#position = this.#consumed + at;
          this.#header(this.#block);
        }
      }
    }
    this.#consumed += bytes.length;
  }

  /** Nothing more comes. Throws where something must. */
  end(): void {
    if (this.#content > 0 || this.#isSparseMap)
      throw new BrokenArchive(`the archive ends in the middle of "${this.#name}"`);
    // An archive without its last zeros is read by everybody.
    if (!this.#isOver && this.#filled > 0) {
      throw new BrokenArchive(
        this.#position === 0 ? noArchive(this.#block) : "the archive ends in the middle of a header",
      );
    }
  }

  #finish(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.(undefined);
  }

  #header(block: Buffer): void {
    if (this.#isSparseMap) {
      // GNU's old sparse files: further maps in front of the content.
      this.#isSparseMap = block[504] !== 0;
      return;
    }
    if (block[0] === 0 && isZero(block)) {
      this.#isOver = true;
      return;
    }
    checkSum(block);
    const flag = String.fromCharCode(block[156] ?? 0);
    const extra = this.#extra;
    const size = extra.size ?? numberAt(block, 124, 12);
    if (!Number.isSafeInteger(size) || size < 0) throw new BrokenArchive("an entry has no valid size");
    if (flag === "x" || flag === "L" || flag === "K" || flag === "g") {
      this.#extraHeader(flag, numberAt(block, 124, 12));
      return;
    }
    this.#extra = {};
    const kind = kindOf(flag, block);
    const entry: TarEntry = {
      path: extra.path ?? nameAt(block),
      kind,
      mode: numberAt(block, 100, 8) & 0o7777,
      uid: extra.uid ?? numberAt(block, 108, 8),
      gid: extra.gid ?? numberAt(block, 116, 8),
      size: kind === "file" ? size : 0,
      link: extra.link ?? textAt(block, 157, 100),
      capabilities: extra.capabilities,
    };
    // Links and folders may state a size; only files and unknown kinds have content.
    const hasContent = kind === "file" || kind === "other";
    this.#isSparseMap = flag === "S" && block[482] === 1;
    this.#begin(
      entry.path,
      hasContent ? (kind === "other" && "3456".includes(flag) ? 0 : size) : 0,
      this.#onEntry(entry),
    );
  }

  #begin(name: string, size: number, sink: ContentSink | undefined): void {
    this.#name = name;
    this.#content = size;
    this.#padding = (blockSize - (size % blockSize)) % blockSize;
    this.#sink = sink;
    if (size === 0) this.#finish();
  }

  /** A header that says more about the next one. Those that are meant for all ("g") say nothing about an image. */
  #extraHeader(flag: "x" | "L" | "K" | "g", size: number): void {
    if (!Number.isSafeInteger(size) || size < 0 || size > mostExtra)
      throw new BrokenArchive("the name or the attributes of an entry are longer than a megabyte");
    const parts: Uint8Array[] = [];
    this.#begin("a header", size, (part) => {
      if (part !== undefined) {
        // The chunk is used again by whoever feeds us.
        if (flag !== "g") parts.push(Buffer.from(part));
        return;
      }
      const body = Buffer.concat(parts);
      if (flag === "L") this.#extra.path = untilZero(body);
      else if (flag === "K") this.#extra.link = untilZero(body);
      else if (flag === "x") readPax(body, this.#extra);
    });
  }
}

interface Extra {
  path?: string;
  link?: string;
  size?: number;
  uid?: number;
  gid?: number;
  capabilities?: Uint8Array;
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself in bytes; values may hold anything. */
function readPax(body: Buffer, extra: Extra): void {
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const length = space === -1 ? Number.NaN : Number(body.toString("latin1", at, space));
    const end = at + length;
    if (!Number.isInteger(length) || length < 5 || end > body.length || body[end - 1] !== 0x0a)
      throw new BrokenArchive("the attributes of an entry are broken (PAX)");
    const equals = body.indexOf(0x3d, space);
    if (equals === -1 || equals >= end) throw new BrokenArchive("the attributes of an entry are broken (PAX)");
    const value = body.subarray(equals + 1, end - 1);
    const key = body.toString("latin1", space + 1, equals);
    at = end;
    if (key === "path" || key === "GNU.sparse.name") extra.path = withoutZero(value);
    else if (key === "linkpath") extra.link = withoutZero(value);
    else if (key === "size" || key === "uid" || key === "gid") extra[key] = decimal(value);
    else if (key === "SCHILY.xattr.security.capability") extra.capabilities = Buffer.from(value);
  }
}

function decimal(value: Buffer): number {
  const text = value.toString("latin1");
  if (!/^[0-9]{1,16}$/.test(text)) throw new BrokenArchive("the attributes of an entry are broken (PAX)");
  return Number(text);
}

function withoutZero(value: Buffer): string {
  if (value.includes(0)) throw new BrokenArchive("the name of an entry holds a NUL character");
  return value.toString("utf8");
}

const untilZero = (bytes: Buffer): string => {
  const zero = bytes.indexOf(0);
  return bytes.toString("utf8", 0, zero === -1 ? bytes.length : zero);
};

function textAt(block: Buffer, at: number, length: number): string {
  let end = at;
  while (end < at + length && block[end] !== 0) end++;
  return block.toString("utf8", at, end);
}

/** POSIX splits long names at a slash; GNU's archives have something else there. */
function nameAt(block: Buffer): string {
  const name = textAt(block, 0, 100);
  if (block[345] === 0 || block.toString("latin1", 257, 263) !== "ustar\0") return name;
  return `${textAt(block, 345, 155)}/${name}`;
}

function kindOf(flag: string, block: Buffer): TarEntry["kind"] {
  switch (flag) {
    case "0":
    case "7":
    case "S":
      return "file";
    // Before there were kinds, a folder was what ends in a slash.
    case "\0":
      return textAt(block, 0, 100).endsWith("/") ? "directory" : "file";
    case "1":
      return "hardlink";
    case "2":
      return "symlink";
    case "5":
      return "directory";
    default:
      return "other";
  }
}

/** What a block that should be a header is instead: gzip and zstd are gone by now, and others no container runtime of Kubernetes reads. */
function noArchive(block: Buffer): string {
  const start = block.toString("latin1", 0, 6);
  const other = start.startsWith("BZh") ? "bzip2" : start === "\u{fd}7zXZ\0" ? "xz" : undefined;
  return other === undefined
    ? "it is no tar archive, or a header of it is broken"
    : `it is compressed by ${other}; what is read is gzip, zstd and what is not compressed`;
}

/** Whether there is nothing but digits with blanks around them and zeros behind. */
function isOctal(block: Buffer, at: number, length: number): boolean {
  for (let index = at; index < at + length; index++) {
    const byte = block[index] ?? 0;
    if (byte !== 0 && byte !== 0x20 && (byte < 0x30 || byte > 0x37)) return false;
  }
  return true;
}

/** Octal digits, or GNU's binary form for what does not fit. */
function numberAt(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) {
    if ((first & 0x40) !== 0) throw new BrokenArchive("a header holds a negative number");
    let value = first & 0x3f;
    for (let index = at + 1; index < at + length; index++) value = value * 256 + (block[index] ?? 0);
    if (!Number.isSafeInteger(value)) throw new BrokenArchive("a header holds a number that is too large");
    return value;
  }
  let value = 0;
  for (let index = at; index < at + length; index++) {
    const byte = block[index] ?? 0;
    if (byte === 0x20 && value === 0) continue;
    if (byte === 0 || byte === 0x20) break;
    if (byte < 0x30 || byte > 0x37) throw new BrokenArchive("a header holds something else than a number");
    value = value * 8 + (byte - 0x30);
  }
  return value;
}

function isZero(block: Buffer): boolean {
  for (const byte of block) if (byte !== 0) return false;
  return true;
}

/** The sum of all bytes, its own field counted as spaces; some old programs added signed bytes. */
function checkSum(block: Buffer): void {
  let plain = 256;
  let signed = 256;
  for (let index = 0; index < blockSize; index++) {
    if (index >= 148 && index < 156) continue;
    const byte = block[index] ?? 0;
    plain += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const said = isOctal(block, 148, 8) ? numberAt(block, 148, 8) : undefined;
  if (said !== plain && said !== signed) throw new BrokenArchive(noArchive(block));
}
