/** Why an original does not build, as far as its log tells something that the command line can give. */

import { emulationHint } from "../core/emulation.ts";

/** An id or a name, as far as one can be typed. */
const id = "([\\w.@/:-]{1,100})";

/** Words of Buildah and of BuildKit, with what to give. */
const causes: readonly (readonly [RegExp, (name: string) => string])[] = [
  [
    new RegExp(`secret required but no secret with id "?${id}"? found|\\bsecret ${id}(?: not found)?: not found`),
    (name) => `the build needs a secret; give it as your own build does: --secret id=${name},src=FILE`,
  ],
  [
    new RegExp(
      `ssh required but no ssh with id ${id} found|no SSH key "([\\w.@/:-]{0,100})" forwarded|unset ssh forward key ${id}`,
    ),
    (name) =>
      `the build needs an ssh agent or key; give it as your own build does: --ssh ${name === "" ? "default" : name}`,
  ],
  [
    new RegExp(`from=${id}: no stage or image found with that name|short-name "${id}" did not resolve`),
    (name) => `if ${name} is a context that your own build is given, give it here too: --build-context ${name}=FOLDER`,
  ],
  [
    /exec(?: container process)? ["`]?(\/[^\s":`]{0,100})["`]?: exec format error/i,
    (name) => `unless ${name} is a script without #!, it is for another platform than this machine's: ${emulationHint}`,
  ],
];

/** What to give, or `undefined`. */
export function originalHint(log: string): string | undefined {
  for (const [pattern, hint] of causes) {
    const name = pattern
      .exec(log)
      ?.slice(1)
      .find((group) => group !== undefined);
    if (name !== undefined) return hint(name.replace(/:$/, ""));
  }
  return undefined;
}
