/**
 * Whether a source of ADD is a git repository (`ParseGitRef` of BuildKit's dfgitutil): by the protocol, `user@host:path`, or
 * a web address that ends in `.git`. `github.com/a/b` may be a folder as well, and is none.
 */
export const isGitSource = (source: string): boolean =>
  /^(?:git|ssh):\/\//i.test(source) ||
  /^https?:\/\/[^?#]*\.git(?:[?#].*)?$/i.test(source) ||
  /^[\w-]+@[a-zA-Z0-9.-]+:/.test(source);
