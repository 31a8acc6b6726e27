/** A tar archive as a sequence of events, for readers who have to wait in between. */
import { TarScanner, type TarEntry } from "./tar-scanner.ts";

export type TarEvent =
  | { readonly kind: "entry"; readonly entry: TarEntry }
  /** A part of the content of the entry before. */
  | { readonly kind: "part"; readonly part: Uint8Array }
  | { readonly kind: "end" };

/** Reads an archive from its first byte to its last. Throws a `BrokenArchive`, and what the stream throws. */
export async function* tarEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<TarEvent> {
  let events: TarEvent[] = [];
  const scanner = new TarScanner((entry) => {
    events.push({ kind: "entry", entry });
    return (part) => events.push(part === undefined ? { kind: "end" } : { kind: "part", part });
  });
  for await (const chunk of stream) {
    scanner.write(chunk);
    yield* events;
    events = [];
  }
  scanner.end();
}
