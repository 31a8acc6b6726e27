/**
 * The probe: a static program of a few hundred bytes that tells who it runs as. It is put into a created container, so
 * that an image without `id`, without a shell or without any file at all can be asked, and so that the answer comes
 * from the kernel and not from a program of the image.
 *
 * Called as `probe MARKER ORDER...`, it carries out the orders one after another:
 * - `cPATH` copies a file to standard output;
 * - `wPATH` asks access(2) whether it may write there, `ePATH` whether it may execute that;
 * - `fPATH` reads a program's file capabilities: EPERM where execve(2) refuses it to whoever cannot have them;
 * - `xPATH` becomes that program, named `id` and without arguments: the last thing it does, if it works.
 *
 * Behind each order (but an `x` that worked) it prints a line feed, the marker, a blank and the error number of the
 * order's system call in two letters (base 16, `@` for 0), and a line feed. The marker is random, so that no file of
 * the image can forge an answer.
 */
import { amd64Code } from "./amd64.ts";
import { arm64Code } from "./arm64.ts";
import { staticElf } from "./elf.ts";

/**
 * The probe for images of a platform (`linux/amd64`), or `undefined` where there is none. 32-bit images get the one of
 * the 64-bit kernel that runs them.
 */
export function probeProgram(platform: string): Uint8Array | undefined {
  const architecture = platform.split("/")[1];
  if (architecture === "amd64" || architecture === "386") return staticElf("amd64", amd64Code());
  if (architecture === "arm64" || architecture === "arm") return staticElf("arm64", arm64Code());
  return undefined;
}

export type ProbeOrder =
  | { readonly copy: string }
  | { readonly writable: string }
  | { readonly executable: string }
  | { readonly fileCapabilities: string }
  | { readonly execute: string };

/** The probe's arguments. */
export function probeArguments(marker: string, orders: readonly ProbeOrder[]): string[] {
  return [
    marker,
    ...orders.map((order) => {
      if ("copy" in order) return `c${order.copy}`;
      if ("writable" in order) return `w${order.writable}`;
      if ("fileCapabilities" in order) return `f${order.fileCapabilities}`;
      return "executable" in order ? `e${order.executable}` : `x${order.execute}`;
    }),
  ];
}

export interface ProbeAnswer {
  /** Error number of the order's system call, 0 when it worked. */
  readonly errno: number;
  /** What it printed. */
  readonly output: string;
}

export interface ProbeReading {
  /** One for each order that came back, in order. */
  readonly answers: readonly ProbeAnswer[];
  /** What came after the last answer: the output of the program that the probe became. */
  readonly rest: string;
}

/** Takes apart what the probe printed. */
export function readProbe(marker: string, stdout: string): ProbeReading {
  const answers: ProbeAnswer[] = [];
  let from = 0;
  const sign = `\n${marker} `;
  for (let at = stdout.indexOf(sign); at !== -1; at = stdout.indexOf(sign, from)) {
    const code = at + sign.length;
    answers.push({
      errno: (stdout.charCodeAt(code) - 64) * 16 + (stdout.charCodeAt(code + 1) - 64),
      output: stdout.slice(from, at),
    });
    from = code + 3;
  }
  return { answers, rest: stdout.slice(from) };
}
