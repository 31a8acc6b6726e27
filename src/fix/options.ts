/** What the author asked for on the command line or in the configuration file. */
export interface FixOptions {
  /** Wanted uid (1 … 2147483647), 65532 unless given. */
  readonly uid: number;
  /** Wanted gid; the uid unless given, 0 with `--openshift`. */
  readonly gid: number;
  /** The author gave `--uid`: an account that the base's authors made for applications is then not reused. */
  readonly uidGiven: boolean;
  readonly userName: string;
  /** Absolute. */
  readonly home: string;
  /** Absolute paths that the application writes. */
  readonly writable: readonly string[];
  readonly openshift: boolean;
  /** Write one comment line above what is added. */
  readonly comments: boolean;
  /** An engine is there, so that the original can be built to learn what only building tells. */
  readonly canObserve: boolean;
  /** How to run for that where this run does not: completes "run …". */
  readonly toObserve: string;
}
