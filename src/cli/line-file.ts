/** A file that lines are written to as they come, many at a time: a write for each costs more than the line. */
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";

/** Milliseconds that a line waits for others. */
const flushMs = 50;
/** Characters of lines that wait for none. */
const mostWaiting = 64 * 1024;

export class LineFile {
  readonly #stream: WriteStream;
  #waiting = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #error: Error | undefined;

  private constructor(stream: WriteStream) {
    this.#stream = stream;
    stream.on("error", (error) => (this.#error = error));
  }

  /** Opens a file in place of what was there; rejects with what the system says. */
  static async open(path: string): Promise<LineFile> {
    const stream = createWriteStream(path);
    await once(stream, "open");
    return new LineFile(stream);
  }

  /** Takes a line without its end. Throws or rejects with the error of this or an earlier line. */
  write(line: string): Promise<void> | void {
    if (this.#error !== undefined) throw this.#error;
    this.#waiting += `${line}\n`;
    this.#timer ??= setTimeout(() => this.#flush(), flushMs);
    if (this.#waiting.length < mostWaiting) return;
    if (!this.#flush()) return this.#drained();
  }

  /** Writes what waits, and waits until it is there; rejects where it did not arrive. */
  async close(): Promise<void> {
    this.#flush();
    this.#stream.end();
    await finished(this.#stream);
  }

  /** Closes it without waiting; nothing where it is closed. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#stream.destroy();
  }

  #flush(): boolean {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#waiting;
    this.#waiting = "";
    return text === "" || this.#error !== undefined || this.#stream.write(text);
  }

  async #drained(): Promise<void> {
    if (this.#stream.writableNeedDrain) await once(this.#stream, "drain");
  }
}
