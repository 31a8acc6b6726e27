/**
 * Known software (web servers, databases, schedulers, supervisors): what it needs so that it still runs without root.
 */
export interface Software {
  /** Folder name below `recipes/software/`. */
  readonly id: string;
  readonly title: string;
  /** Package names per manager family that bring it (`apt: [nginx, nginx-light]`), and base images that are it. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  readonly images: readonly string[];
  /** Parts of the addresses or names of archives that bring it, which ADD, COPY or a RUN names: `just-containers/s6-overlay`. */
  readonly downloads?: readonly string[];
  /** Folders that nothing but it reads: a file that is copied into one says that it is there, whatever brought it. */
  readonly folders?: readonly string[];
  /** Commands that start it: the basename of ENTRYPOINT's or CMD's program, or its path where the name says too little. */
  readonly commands: readonly string[];
  /** Names of its services, besides its commands, that are another program's as commands: `ssh` is also the client. */
  readonly services?: readonly string[];
  /**
   * Its commands are evidence enough, whatever installed them: BusyBox brings `crond`, and a base image may bring `sshd`.
   */
  readonly byCommand?: boolean;
  /**
   * Files and folders that `manual` is about: a file that brings its own, or starts the program with another one, has
   * perhaps done what `advice` says.
   */
  readonly configuration?: readonly string[];
  /**
   * How its configuration files say what matters, as regular expressions of a line (`gim`): `port` gives the port to
   * listen on as its first group, `root` matches what only root may do. `file` tells them by a line from those of other
   * software that says such things in the same words; all that are copied count without it.
   */
  readonly settings?: { readonly port?: string; readonly root?: string; readonly file?: string };
  /**
   * The options of its commands that only root may use, and at which the software stops as anybody else, as a regular
   * expression of its arguments in one line.
   */
  readonly rootOptions?: string;
  /** Folders and files it must write; handed over in the RUN that installs it (created when missing). */
  readonly writable: readonly {
    readonly path: string;
    readonly why: string;
    readonly source: string;
    readonly kind: "folder" | "file";
    /** Package managers whose packages write there (`image`: the official image); all without it. */
    readonly managers?: readonly string[];
  }[];
  /** Programs to which its official images give file capabilities, as `setcap` writes them. */
  readonly fileCapabilities?: readonly {
    readonly path: string;
    readonly capabilities: string;
    readonly source: string;
  }[];
  /** Ports it binds by default. */
  readonly ports: readonly number[];
  /** The account that its package's files belong to: as this one it runs as it is, whatever `manual` says. */
  readonly account?: string;
  /** `works`: runs non-root once `writable` is handed over. `manual`: a person must change something first. `never`: needs root. */
  readonly nonRoot: "works" | "manual" | "never";
  /** Why and what to do, for `manual` and `never`. */
  readonly advice: string;
  readonly source: string;
}
