/** `--tags all|latest:N|semver`: which tags of a repository are looked at. */
import { err, ok, type Result } from "../core/result.ts";
import { compareTags, isSemanticVersion } from "./tag-order.ts";

export type TagChoice =
  | { readonly kind: "all" }
  | { readonly kind: "latest"; readonly count: number }
  | { readonly kind: "semver" };

/** Reads the option. The error is the end of a sentence that begins with the option's name. */
export function parseTagChoice(text: string): Result<TagChoice, string> {
  if (text === "all" || text === "semver") return ok({ kind: text });
  const count = /^latest:([0-9]{1,6})$/.exec(text)?.[1];
  if (count !== undefined && Number(count) > 0) return ok({ kind: "latest", count: Number(count) });
  return err(`${JSON.stringify(text)} is none of all, latest:N or semver, such as latest:5`);
}

/** Back to the option's text, for the journal. */
export const tagChoiceText = (choice: TagChoice): string =>
  choice.kind === "latest" ? `latest:${choice.count}` : choice.kind;

/**
 * Tags that name no image: signatures, attestations and bills of materials beside an image (cosign), and the fallback of
 * the referrers API.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
 */
export const isCompanionTag = (tag: string): boolean => /^sha(?:256|512)-[0-9a-f]{32,}|\.(?:sig|att|sbom)$/.test(tag);

/**
 * Chooses among the tags of one repository; they come back sorted, highest version first, each once.
 * @param wants `--include` and `--exclude`. `latest:N` counts only tags that pass, so that excluding `*-debug` does not
 *   use up the N.
 */
export function chooseTags(
  tags: readonly string[],
  choice: TagChoice,
  wants: (tag: string) => boolean,
): readonly string[] {
  const images = [...new Set(tags)].filter((tag) => !isCompanionTag(tag) && wants(tag)).toSorted(compareTags);
  switch (choice.kind) {
    case "all":
      return images;
    case "latest":
      return images.slice(0, choice.count);
    case "semver":
      return images.filter(isSemanticVersion);
  }
}
