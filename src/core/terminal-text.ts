/**
 * Makes text from files, images and registries safe to show: control characters (C0 except tab and newline, DEL, C1),
 * bidirectional overrides and lone surrogates become visible escapes (`\x1b`, `\u202e`), so that no file can move the
 * cursor, recolour the screen or reorder what a person reads.
 */
export function visible(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- these are what must not reach a terminal
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu,
    (character) => {
      const code = character.codePointAt(0) ?? 0;
      return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
    },
  );
}

/**
 * {@link visible} of a name, which stays within its line: what stands at the start of one, a CI system takes for a command
 * (`::add-mask::` in GitHub's logs), also behind blanks.
 */
export const visibleName = (name: string): string => visible(name).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
