/** Why a candidate does not build where the original does, as far as its log tells something that a person can change. */

/**
 * Git takes part only in a repository that is its user's own (CVE-2022-24765), and a fix gives copied files to the account
 * that the image runs as: a later RUN of root's that asks git, as `go build` does, then fails.
 * @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
 */
const refusedByGit = /detected dubious ownership in repository|error obtaining VCS status/;

/** What to change, or `undefined`. */
export const candidateHint = (log: string): string | undefined =>
  refusedByGit.test(log)
    ? "a RUN asks git about a repository that is no longer root's: keep it out of the image with .git in .dockerignore, or write RUN git config --system --add safe.directory '*' above that line"
    : undefined;
