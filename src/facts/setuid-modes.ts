/** What the mode of a `chmod` or `install` says about the setuid bit. */

/** Whether a mode gives the setuid bit: `4755`, `u+s`, `+s`, `u=rwxs`. setgid alone is for folders mostly. */
export function setsSetuid(mode: string | undefined): boolean {
  if (mode === undefined) return false;
  if (/^[0-7]+$/.test(mode)) return mode.length >= 4 && (Number.parseInt(mode.slice(-4, -3), 8) & 4) !== 0;
  return mode.split(",").some((clause) => /^(?:[ugo]*[ua][ugo]*)?[+=][rwxX]*s/.test(clause));
}

/** `chmod 755` and `chmod u-s` take setuid away, `chmod +x` does not. */
export const takesSetuid = (mode: string | undefined): boolean =>
  mode !== undefined && (/^[0-7]+$/.test(mode) || /(?:^|,)[ugoa]*-[rwxX]*s/.test(mode));
