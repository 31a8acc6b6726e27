/** ELF's numbers for the machines the probe is written for (`e_machine`). */
const elfMachines = { amd64: 62, arm64: 183 } as const;

const headerSize = 64;
const programHeaderSize = 56;
const loadAddress = 0x400000;
/** Largest page size that the machine's kernels use: a segment is aligned to it. */
const alignments = { amd64: 0x1000, arm64: 0x10000 } as const;

/**
 * The smallest program Linux runs: an ELF header, one segment with the code, and a mark that the stack needs no
 * execution. Needs no interpreter and no library, so it runs in an empty image.
 * @see https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
 */
export function staticElf(machine: keyof typeof elfMachines, code: Uint8Array): Uint8Array {
  const start = headerSize + 2 * programHeaderSize;
  const size = start + code.length;
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  const u16 = (at: number, value: number): void => view.setUint16(at, value, true);
  const u32 = (at: number, value: number): void => view.setUint32(at, value, true);
  const u64 = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  // e_ident: magic, 64 bits, little-endian, version 1, System V.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
  u16(16, 2); // e_type: executable at a fixed address
  u16(18, elfMachines[machine]);
  u32(20, 1); // e_version
  u64(24, loadAddress + start); // e_entry
  u64(32, headerSize); // e_phoff
  u16(52, headerSize); // e_ehsize
  u16(54, programHeaderSize);
  u16(56, 2); // e_phnum
  // PT_LOAD, read and execute: the whole file.
  u32(headerSize, 1);
  u32(headerSize + 4, 5);
  u64(headerSize + 16, loadAddress); // p_vaddr
  u64(headerSize + 24, loadAddress); // p_paddr
  u64(headerSize + 32, size); // p_filesz
  u64(headerSize + 40, size); // p_memsz
  u64(headerSize + 48, alignments[machine]);
  // PT_GNU_STACK, read and write.
  u32(headerSize + programHeaderSize, 0x6474e551);
  u32(headerSize + programHeaderSize + 4, 6);
  u64(headerSize + programHeaderSize + 48, 16);
  file.set(code, start);
  return file;
}
