/**
 * The probe for x86-64 Linux. What it does is described in probe.ts; every line carries the instruction it encodes.
 *
 * rbx: place of the next argument · rbp: the marker · r12: the path of this order · r13: an open file ·
 * r14: what the system call answered (0 or more, or -errno) · r15: the environment · [rsp], 4096 bytes: buffer.
 * System calls change rax, rcx and r11 only.
 */
import { createAssembler } from "./assembler.ts";

export function amd64Code(): Uint8Array {
  const a = createAssembler();
  const near = (target: string): void => a.reference(target, (distance) => distance, 4);
  const jump = (target: string): void => {
    a.bytes(0xe9); // jmp target
    near(target);
  };
  const jumpIf = (condition: number, target: string): void => {
    a.bytes(0x0f, condition); // jcc target
    near(target);
  };
  const [equal, notEqual, negative, lessOrEqual] = [0x84, 0x85, 0x88, 0x8e];
  const call = (target: string): void => {
    a.bytes(0xe8); // call target
    near(target);
  };
  const setEax = (value: number): void => {
    a.bytes(0xb8);
    a.word(value); // mov eax, value
  };
  const setEdi = (value: number): void => {
    a.bytes(0xbf);
    a.word(value); // mov edi, value
  };
  const setEdx = (value: number): void => {
    a.bytes(0xba);
    a.word(value); // mov edx, value
  };
  const syscall = (): void => a.bytes(0x0f, 0x05); // syscall
  const currentFolder = -100; // AT_FDCWD

  a.bytes(0x48, 0x8b, 0x04, 0x24); // mov rax, [rsp]            argc
  a.bytes(0x4c, 0x8d, 0x7c, 0xc4, 0x10); // lea r15, [rsp+rax*8+16]   envp, behind argv and its null
  a.bytes(0x48, 0x8b, 0x6c, 0x24, 0x10); // mov rbp, [rsp+16]         argv[1]
  a.bytes(0x48, 0x8d, 0x5c, 0x24, 0x18); // lea rbx, [rsp+24]         &argv[2]
  a.bytes(0x48, 0x81, 0xec, 0x00, 0x10, 0x00, 0x00); // sub rsp, 4096

  a.label("next");
  a.bytes(0x4c, 0x8b, 0x23); // mov r12, [rbx]
  a.bytes(0x4d, 0x85, 0xe4); // test r12, r12
  jumpIf(equal, "done");
  a.bytes(0x48, 0x83, 0xc3, 0x08); // add rbx, 8
  a.bytes(0x41, 0x8a, 0x04, 0x24); // mov al, [r12]             the order's letter
  a.bytes(0x49, 0xff, 0xc4); // inc r12                   its path
  a.bytes(0x3c, "c".charCodeAt(0)); // cmp al, 'c'
  jumpIf(equal, "copy");
  a.bytes(0x3c, "w".charCodeAt(0)); // cmp al, 'w'
  jumpIf(equal, "writable");
  a.bytes(0x3c, "e".charCodeAt(0)); // cmp al, 'e'
  jumpIf(equal, "executable");
  a.bytes(0x3c, "f".charCodeAt(0)); // cmp al, 'f'
  jumpIf(equal, "capabilities");
  a.bytes(0x3c, "x".charCodeAt(0)); // cmp al, 'x'
  jumpIf(equal, "execute");
  a.bytes(0x41, 0xbe);
  a.word(-38); // mov r14d, -38             ENOSYS
  jump("report");

  a.label("copy");
  setEax(257); // openat
  setEdi(currentFolder);
  a.bytes(0x4c, 0x89, 0xe6); // mov rsi, r12
  setEdx(0x80000); // O_RDONLY | O_CLOEXEC
  a.bytes(0x45, 0x31, 0xd2); // xor r10d, r10d
  syscall();
  a.bytes(0x49, 0x89, 0xc6); // mov r14, rax
  a.bytes(0x85, 0xc0); // test eax, eax
  jumpIf(negative, "report");
  a.bytes(0x49, 0x89, 0xc5); // mov r13, rax
  a.label("copyMore");
  a.bytes(0x31, 0xc0); // xor eax, eax              read
  a.bytes(0x44, 0x89, 0xef); // mov edi, r13d
  a.bytes(0x48, 0x89, 0xe6); // mov rsi, rsp
  setEdx(4096);
  syscall();
  a.bytes(0x49, 0x89, 0xc6); // mov r14, rax
  a.bytes(0x48, 0x85, 0xc0); // test rax, rax
  jumpIf(lessOrEqual, "copied");
  a.bytes(0x48, 0x89, 0xc2); // mov rdx, rax
  a.bytes(0x48, 0x89, 0xe6); // mov rsi, rsp
  call("write");
  jump("copyMore");
  a.label("copied");
  setEax(3); // close
  a.bytes(0x44, 0x89, 0xef); // mov edi, r13d
  syscall();
  jump("report");

  a.label("executable");
  setEdx(1); // X_OK
  jump("access");
  a.label("writable");
  setEdx(2); // W_OK
  a.label("access");
  setEax(269); // faccessat
  setEdi(currentFolder);
  a.bytes(0x4c, 0x89, 0xe6); // mov rsi, r12
  syscall();
  a.bytes(0x49, 0x89, 0xc6); // mov r14, rax
  jump("report");

  a.label("capabilities");
  setEax(191); // getxattr
  a.bytes(0x4c, 0x89, 0xe7); // mov rdi, r12
  a.bytes(0x48, 0x8d, 0x35);
  near("attribute"); // lea rsi, [rip+attribute]
  a.bytes(0x48, 0x89, 0xe2); // mov rdx, rsp
  a.bytes(0x41, 0xba);
  a.word(4096); // mov r10d, 4096
  a.bytes(0xc7, 0x44, 0x24, 0x0c, 0, 0, 0, 0); // mov dword [rsp+12], 0     the first version has no such word
  syscall();
  a.bytes(0x49, 0x89, 0xc6); // mov r14, rax
  a.bytes(0x48, 0x85, 0xc0); // test rax, rax
  jumpIf(negative, "report");
  a.bytes(0x45, 0x31, 0xf6); // xor r14d, r14d
  a.bytes(0xf6, 0x04, 0x24, 0x01); // test byte [rsp], 1        effective
  jumpIf(equal, "report");
  a.bytes(0x8b, 0x44, 0x24, 0x04); // mov eax, [rsp+4]          permitted, both words
  a.bytes(0x0b, 0x44, 0x24, 0x0c); // or eax, [rsp+12]
  jumpIf(equal, "report");
  a.bytes(0x41, 0xbe);
  a.word(-1); // mov r14d, -1              EPERM
  jump("report");

  a.label("execute");
  a.bytes(0x48, 0x8d, 0x05);
  near("id"); // lea rax, [rip+id]
  a.bytes(0x48, 0x89, 0x04, 0x24); // mov [rsp], rax            argv: "id", null
  a.bytes(0x48, 0xc7, 0x44, 0x24, 0x08, 0, 0, 0, 0); // mov qword [rsp+8], 0
  setEax(59); // execve
  a.bytes(0x4c, 0x89, 0xe7); // mov rdi, r12
  a.bytes(0x48, 0x89, 0xe6); // mov rsi, rsp
  a.bytes(0x4c, 0x89, 0xfa); // mov rdx, r15
  syscall();
  a.bytes(0x49, 0x89, 0xc6); // mov r14, rax              only when it failed

  a.label("report");
  a.bytes(0x48, 0x8d, 0x35);
  near("newline"); // lea rsi, [rip+newline]
  setEdx(1);
  call("write");
  a.bytes(0x31, 0xd2); // xor edx, edx              length of the marker
  a.label("measure");
  a.bytes(0x80, 0x7c, 0x15, 0x00, 0x00); // cmp byte [rbp+rdx], 0
  jumpIf(equal, "measured");
  a.bytes(0xff, 0xc2); // inc edx
  jump("measure");
  a.label("measured");
  a.bytes(0x48, 0x89, 0xee); // mov rsi, rbp
  call("write");
  a.bytes(0x41, 0xf7, 0xde); // neg r14d                  errno
  a.bytes(0x44, 0x89, 0xf0); // mov eax, r14d
  a.bytes(0xc1, 0xe8, 0x04); // shr eax, 4
  a.bytes(0x04, 0x40); // add al, '@'
  a.bytes(0x41, 0x83, 0xe6, 0x0f); // and r14d, 15
  a.bytes(0x41, 0x83, 0xc6, 0x40); // add r14d, '@'
  a.bytes(0xc6, 0x04, 0x24, 0x20); // mov byte [rsp], ' '
  a.bytes(0x88, 0x44, 0x24, 0x01); // mov [rsp+1], al
  a.bytes(0x44, 0x88, 0x74, 0x24, 0x02); // mov [rsp+2], r14b
  a.bytes(0xc6, 0x44, 0x24, 0x03, 0x0a); // mov byte [rsp+3], '\n'
  a.bytes(0x48, 0x89, 0xe6); // mov rsi, rsp
  setEdx(4);
  call("write");
  jump("next");

  // rdx bytes from rsi to standard output; gives up when nobody reads.
  a.label("write");
  setEdi(1);
  setEax(1); // write
  syscall();
  a.bytes(0x48, 0x85, 0xc0); // test rax, rax
  jumpIf(lessOrEqual, "written");
  a.bytes(0x48, 0x01, 0xc6); // add rsi, rax
  a.bytes(0x48, 0x29, 0xc2); // sub rdx, rax
  jumpIf(notEqual, "write");
  a.label("written");
  a.bytes(0xc3); // ret

  a.label("done");
  setEax(231); // exit_group
  a.bytes(0x31, 0xff); // xor edi, edi
  syscall();

  a.label("id");
  a.bytes("i".charCodeAt(0), "d".charCodeAt(0), 0);
  a.label("attribute");
  a.bytes(...Buffer.from("security.capability\0"));
  a.label("newline");
  a.bytes(0x0a);
  return a.finish();
}
