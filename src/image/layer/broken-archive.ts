/** An archive or a compressed stream that cannot be what it says, or that is larger than anybody would read. */
export class BrokenArchive extends Error {
  /** @param message a sentence without a full stop */
  constructor(message: string) {
    super(message);
    this.name = "BrokenArchive";
  }
}
