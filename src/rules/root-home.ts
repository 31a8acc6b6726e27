/** Root's home, which only root may enter. */

/** Where every distribution has it. */
export const rootHome = "/root";

/** Whether a value has a path at or below /root in it: alone, in a list of paths, or behind a `=`. */
export const namesRootHome = (value: string): boolean => /(?:^|[:;,=\s"'(])\/root(?=[/:;,\s"')]|$)/.test(value);
