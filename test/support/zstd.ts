/** zstd frames of stored blocks, as any encoder may write them: no test needs a compressor. */

/** A frame for each part, with a frame to be skipped between them. */
export function zstdFrames(parts: readonly Uint8Array[]): Buffer {
  const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  return Buffer.concat(parts.flatMap((part) => [frame(part), skipped]));
}

function frame(content: Uint8Array): Buffer {
  const blocks: Uint8Array[] = [];
  const most = 128 * 1024;
  for (let at = 0; at < content.length; at += most) {
    const block = content.subarray(at, at + most);
    const isLast = at + most >= content.length;
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (isLast ? 1 : 0), 0, 3);
    blocks.push(header, block);
  }
  // A window of 1 MiB, no size, no checksum.
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50]), ...blocks]);
}
