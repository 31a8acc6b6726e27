/** A build that stopped for want of space, which is no fault of the file's. */

/** What is looked at of a log: what a RUN said before its last step may have been a matter of its own. */
const endLength = 4000;

/** What to do, or `undefined` where there was space, as far as the end of a build's log tells. */
export const lackOfSpace = (engine: string, log: string): string | undefined =>
  /no space left on device|disk quota exceeded/i.test(log.slice(-endLength))
    ? `the engine's disk is full: ${engine} system df shows of what`
    : undefined;
