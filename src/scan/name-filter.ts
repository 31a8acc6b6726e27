/** `--include` and `--exclude`: which repositories and tags of a source are looked at. */
import { err, ok, type Result } from "../core/result.ts";
import { compileGlob } from "./glob.ts";

/** A pattern of the user with what it matches. Without a tag part it speaks of repositories only. */
interface NamePattern {
  readonly text: string;
  readonly repository: RegExp;
  readonly tag: RegExp | null;
}

/** The part of the filters that never matched anything is told to the user: it is most likely mistyped. */
export class NameFilter {
  readonly #include: readonly NamePattern[];
  readonly #exclude: readonly NamePattern[];
  readonly #unused: Set<string>;

  constructor(include: readonly NamePattern[], exclude: readonly NamePattern[]) {
    this.#include = include;
    this.#exclude = exclude;
    this.#unused = new Set([...include, ...exclude].map(({ text }) => text));
  }

  /** Whether any tag of the repository can be wanted, so that the tags of others need not be listed. */
  wantsRepository(host: string, repository: string): boolean {
    const matches = (pattern: NamePattern): boolean => this.#matchesRepository(pattern, host, repository);
    if (this.#exclude.some((pattern) => pattern.tag === null && this.#used(pattern, matches(pattern)))) return false;
    return this.#include.length === 0 || this.#include.some(matches);
  }

  /** @param tag `null` for an image that is named by its digest alone: patterns with a tag part do not match it. */
  wantsTag(host: string, repository: string, tag: string | null): boolean {
    const matches = (pattern: NamePattern): boolean =>
      this.#used(
        pattern,
        this.#matchesRepository(pattern, host, repository) &&
          (pattern.tag === null || (tag !== null && pattern.tag.test(tag))),
      );
    // Every pattern is tried, so that those that never match can be named.
    const excluded = this.#exclude.filter(matches).length > 0;
    const included = this.#include.length === 0 || this.#include.filter(matches).length > 0;
    return included && !excluded;
  }

  /** Patterns that have matched nothing so far. */
  get unused(): readonly string[] {
    return [...this.#unused];
  }

  #used(pattern: NamePattern, matched: boolean): boolean {
    if (matched) this.#unused.delete(pattern.text);
    return matched;
  }

  #matchesRepository(pattern: NamePattern, host: string, repository: string): boolean {
    return pattern.repository.test(repository) || (host !== "" && pattern.repository.test(`${host}/${repository}`));
  }
}

/** Reads the patterns. The error names the one that is no pattern. */
export function nameFilter(include: readonly string[], exclude: readonly string[]): Result<NameFilter, string> {
  const patterns: NamePattern[][] = [];
  for (const texts of [include, exclude]) {
    const list: NamePattern[] = [];
    for (const text of texts) {
      const pattern = namePattern(text);
      if (!pattern.ok) return err(`${JSON.stringify(text)} is no pattern: ${pattern.error}`);
      list.push(pattern.value);
    }
    patterns.push(list);
  }
  return ok(new NameFilter(patterns[0] ?? [], patterns[1] ?? []));
}

function namePattern(text: string): Result<NamePattern, string> {
  // `host:5000/team/*` has a port, `team/*:v1.*` a tag: a tag comes after the last slash.
  const colon = text.lastIndexOf(":");
  const hasTag = colon > text.lastIndexOf("/");
  // `:v1.*` speaks of tags of every repository.
  const repository = compileGlob(hasTag ? text.slice(0, colon) || "**" : text);
  if (!repository.ok) return repository;
  if (!hasTag) return ok({ text, repository: repository.value, tag: null });
  const tag = compileGlob(text.slice(colon + 1));
  return tag.ok ? ok({ text, repository: repository.value, tag: tag.value }) : tag;
}
