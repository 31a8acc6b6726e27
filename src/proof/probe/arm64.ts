/**
 * The probe for AArch64 Linux, the same program as amd64.ts instruction for instruction where that is possible.
 *
 * x19: place of the next argument · x20: the environment · x21: the marker · x22: the path of this order ·
 * x23: an open file · x24: what the system call answered (0 or more, or -errno) · [sp], 4096 bytes: buffer.
 * System calls change x0 only.
 */
import { createAssembler } from "./assembler.ts";

export function arm64Code(): Uint8Array {
  const a = createAssembler();
  /** movz xd, value (16 bits) */
  const set = (register: number, value: number): void => a.word(0xd2800000 | (value << 5) | register);
  /** mov xd, xm */
  const copy = (to: number, from: number): void => a.word(0xaa0003e0 | (from << 16) | to);
  /** mov xd, sp */
  const copySp = (to: number): void => a.word(0x910003e0 | to);
  const syscall = (number: number): void => {
    set(8, number);
    a.word(0xd4000001); // svc #0
  };
  // Distances are in words: 26 bits for b and bl, 19 bits shifted by 5 for b.cond and cbz, 14 bits for tbnz.
  const branch = (target: string): void =>
    a.reference(target, (distance) => 0x14000000 | ((distance >> 2) & 0x3ffffff), 0);
  const call = (target: string): void =>
    a.reference(target, (distance) => 0x94000000 | ((distance >> 2) & 0x3ffffff), 0);
  const branchIf = (condition: number, target: string): void =>
    a.reference(target, (distance) => 0x54000000 | (((distance >> 2) & 0x7ffff) << 5) | condition, 0);
  const [equal, notEqual, lessOrEqual] = [0x0, 0x1, 0xd];
  /** adr xd, target: the two low bits of the distance lie in bits 29 and 30. */
  const addressOf = (register: number, target: string): void =>
    a.reference(
      target,
      (distance) => 0x10000000 | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5) | register,
      0,
    );
  const compareLetter = (letter: string): void => a.word(0x7100001f | (letter.charCodeAt(0) << 10)); // cmp w0, #letter
  const currentFolder = (): void => a.word(0x92800c60); // movn x0, #99  = AT_FDCWD, -100

  a.word(0xf94003e0); // ldr x0, [sp]              argc
  a.word(0x910063f3); // add x19, sp, #24          &argv[2]
  a.word(0x8b206ff4); // add x20, sp, x0, uxtx #3
  a.word(0x91004294); // add x20, x20, #16         envp, behind argv and its null
  a.word(0xf9400bf5); // ldr x21, [sp, #16]        argv[1]
  a.word(0xd14007ff); // sub sp, sp, #1, lsl #12

  a.label("next");
  a.word(0xf8408676); // ldr x22, [x19], #8
  a.reference("done", (distance) => 0xb4000000 | (((distance >> 2) & 0x7ffff) << 5) | 22, 0); // cbz x22, done
  a.word(0x384016c0); // ldrb w0, [x22], #1        the order's letter; x22 is its path now
  compareLetter("c");
  branchIf(equal, "copy");
  compareLetter("w");
  branchIf(equal, "writable");
  compareLetter("e");
  branchIf(equal, "executable");
  compareLetter("f");
  branchIf(equal, "capabilities");
  compareLetter("x");
  branchIf(equal, "execute");
  a.word(0x928004b8); // movn x24, #37             -38, ENOSYS
  branch("report");

  a.label("copy");
  currentFolder();
  copy(1, 22);
  a.word(0xd2a00102); // movz x2, #8, lsl #16      O_RDONLY | O_CLOEXEC
  set(3, 0);
  syscall(56); // openat
  copy(24, 0);
  a.reference("report", (distance) => 0xb7f80000 | (((distance >> 2) & 0x3fff) << 5), 0); // tbnz x0, #63, report
  copy(23, 0);
  a.label("copyMore");
  copy(0, 23);
  copySp(1);
  set(2, 4096);
  syscall(63); // read
  copy(24, 0);
  a.word(0xf100001f); // cmp x0, #0
  branchIf(lessOrEqual, "copied");
  copy(2, 0);
  copySp(1);
  call("write");
  branch("copyMore");
  a.label("copied");
  copy(0, 23);
  syscall(57); // close
  branch("report");

  a.label("executable");
  set(2, 1); // X_OK
  branch("access");
  a.label("writable");
  set(2, 2); // W_OK
  a.label("access");
  currentFolder();
  copy(1, 22);
  syscall(48); // faccessat
  copy(24, 0);
  branch("report");

  a.label("capabilities");
  copy(0, 22);
  addressOf(1, "attribute");
  copySp(2);
  set(3, 4096);
  a.word(0xb9000fff); // str wzr, [sp, #12]        the first version has no such word
  syscall(8); // getxattr
  copy(24, 0);
  a.reference("report", (distance) => 0xb7f80000 | (((distance >> 2) & 0x3fff) << 5), 0); // tbnz x0, #63, report
  set(24, 0);
  a.word(0xb94003e0); // ldr w0, [sp]
  a.reference("report", (distance) => 0x36000000 | (((distance >> 2) & 0x3fff) << 5), 0); // tbz w0, #0, report   effective
  a.word(0xb94007e0); // ldr w0, [sp, #4]          permitted, both words
  a.word(0xb9400fe1); // ldr w1, [sp, #12]
  a.word(0x2a010000); // orr w0, w0, w1
  a.reference("report", (distance) => 0x34000000 | (((distance >> 2) & 0x7ffff) << 5), 0); // cbz w0, report
  a.word(0x92800018); // movn x24, #0              -1, EPERM
  branch("report");

  a.label("execute");
  addressOf(0, "id");
  a.word(0xa9007fe0); // stp x0, xzr, [sp]         argv: "id", null
  copy(0, 22);
  copySp(1);
  copy(2, 20);
  syscall(221); // execve
  copy(24, 0); // only when it failed

  a.label("report");
  addressOf(1, "newline");
  set(2, 1);
  call("write");
  set(2, 0); // length of the marker
  a.label("measure");
  a.word(0x38626aa3); // ldrb w3, [x21, x2]
  a.reference("measured", (distance) => 0x34000000 | (((distance >> 2) & 0x7ffff) << 5) | 3, 0); // cbz w3, measured
  a.word(0x91000442); // add x2, x2, #1
  branch("measure");
  a.label("measured");
  copy(1, 21);
  call("write");
  a.word(0xcb1803f8); // neg x24, x24              errno
  set(0, 0x20);
  a.word(0x390003e0); // strb w0, [sp]             ' '
  a.word(0xd344ff00); // lsr x0, x24, #4
  a.word(0x11010000); // add w0, w0, #'@'
  a.word(0x390007e0); // strb w0, [sp, #1]
  a.word(0x92400f00); // and x0, x24, #15
  a.word(0x11010000); // add w0, w0, #'@'
  a.word(0x39000be0); // strb w0, [sp, #2]
  set(0, 0x0a);
  a.word(0x39000fe0); // strb w0, [sp, #3]         '\n'
  copySp(1);
  set(2, 4);
  call("write");
  branch("next");

  // x2 bytes from x1 to standard output; gives up when nobody reads.
  a.label("write");
  set(0, 1);
  syscall(64); // write
  a.word(0xf100001f); // cmp x0, #0
  branchIf(lessOrEqual, "written");
  a.word(0x8b000021); // add x1, x1, x0
  a.word(0xeb000042); // subs x2, x2, x0
  branchIf(notEqual, "write");
  a.label("written");
  a.word(0xd65f03c0); // ret

  a.label("done");
  set(0, 0);
  syscall(94); // exit_group

  a.label("id");
  a.bytes("i".charCodeAt(0), "d".charCodeAt(0), 0);
  a.label("attribute");
  a.bytes(...Buffer.from("security.capability\0"));
  a.label("newline");
  a.bytes(0x0a);
  return a.finish();
}
