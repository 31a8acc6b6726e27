/** Linux signals by name, as Docker knows them; `RTMIN+n` and `RTMAX-n` are computed. */
const signalNames: ReadonlySet<string> = new Set(
  (
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP " +
    "TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX"
  ).split(" "),
);

/** Whether a text names a signal: a number that is not 0, or a name in any case, with or without `SIG`. */
export function isSignal(text: string): boolean {
  if (/^[+-]?\d{1,18}$/.test(text)) return Number(text) !== 0;
  const name = text.toUpperCase().replace(/^SIG/, "");
  if (signalNames.has(name)) return true;
  const offset = /^(RTMIN\+|RTMAX-)([1-9]\d?)$/.exec(name);
  return offset !== null && Number(offset[2]) <= (offset[1] === "RTMIN+" ? 15 : 14);
}
