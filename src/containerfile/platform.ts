const operatingSystems =
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos wasip1";
const architectures =
  "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le " +
  "ppc riscv riscv64 s390 s390x sparc sparc64 wasm i386 x86_64 x86-64 aarch64 armhf armel";
const known: ReadonlySet<string> = new Set(`${operatingSystems} ${architectures} macos`.split(" "));

/** Why a text is no platform (`os`, `architecture`, `os/architecture` or `os/architecture/variant`), else `undefined`. */
export function platformFault(text: string): string | undefined {
  const parts = text.split("/");
  if (parts.length > 3) return "a platform has at most three parts";
  const [first = "", ...rest] = parts;
  // An operating system may carry a version: `windows(10.0.17763)`.
  if (!/^[\w.-]+(?:\([^()]*\))?$/.test(first) || !rest.every((part) => /^[\w.-]+$/.test(part))) {
    return "its parts are letters, digits, dots, - and _";
  }
  if (rest.length > 0 || known.has(first.replace(/\(.*/, "").toLowerCase())) return undefined;
  return "neither an operating system nor an architecture";
}
