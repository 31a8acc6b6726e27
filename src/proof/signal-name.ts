/** Signals 1 to 31 of Linux, in order. The machine that asks may have other numbers than the one that runs images. */
const names =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS".split(
    " ",
  );

/**
 * The name of a signal of Linux: `SIGSEGV` for 11, `signal 34` for one without a name; undefined for what is no signal.
 * @see https://man7.org/linux/man-pages/man7/signal.7.html
 */
export function signalName(number: number): string | undefined {
  const name = names[number - 1];
  if (name !== undefined) return `SIG${name}`;
  return number > 31 && number <= 64 ? `signal ${number}` : undefined;
}
