/** What a caller asks of the use cases. Values are valid by type; the command line checks them before it gets here. */
import type { Severity } from "../core/finding.ts";

/** How registries are spoken to. */
export interface RegistryRequest {
  /** A file of credentials; the usual ones of podman and Docker without it. */
  readonly authfile?: string;
  /** `false`: any certificate, and plain HTTP. */
  readonly tlsVerify?: boolean;
  /** PEM files of authorities that are trusted beside the system's. */
  readonly certAuthorities?: readonly string[];
  /** Hosts of token servers that credentials may go to beside the registry's own. */
  readonly tokenRealms?: readonly string[];
  /** Requests at a time. */
  readonly concurrency?: number;
}

export interface AuditRequest {
  /** Files, folders (searched for Containerfiles), `-` for `stdin`, and images: names, and references with a transport. */
  readonly targets: readonly string[];
  /** Images: every layer is read, for the full list of setuid programs and file capabilities. */
  readonly deep?: boolean;
  readonly registry?: RegistryRequest;
  /** Text for the target `-`. */
  readonly stdin?: string | Uint8Array;
  /** `--target`: a stage's name or index. */
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** `--build-context`: further contexts by name, each a folder, an address or an image with its scheme. */
  readonly contexts?: Readonly<Record<string, string>>;
  /** `linux/arm64`. */
  readonly platform?: string;
  /** Build context folder; the file's own folder without it. */
  readonly context?: string;
  readonly engine: "auto" | "podman" | "docker" | "none";
  /** For arbitrary uids: group 0 with the owner's rights. */
  readonly openshift: boolean;
  /** Absolute paths that the application writes. */
  readonly writable: readonly string[];
  /** A folder of the user's own recipes. */
  readonly recipesDir?: string;
  /** Severity of single rules, or `off`; keys are ids of rules. */
  readonly rules?: Readonly<Record<string, "off" | Severity>>;
  /** Seconds for each image that is audited, 120 without it; for each file that is fixed, no limit without it. */
  readonly timeoutSeconds?: number;
}

export interface FixRequest extends AuditRequest {
  /** 1 … 2147483647; 65532 without it. */
  readonly uid?: number;
  /** The uid without it (0 with `openshift`). */
  readonly gid?: number;
  readonly userName: string;
  /** An absolute path in the image. */
  readonly home: string;
  /** `--secret`, as the builders take it: `id=npmrc,src=FILE`. Its value is read by the builder alone. */
  readonly secrets?: readonly string[];
  /** `--ssh`, as the builders take it: `default`, `ID=SOCKET`. */
  readonly ssh?: readonly string[];
  /** Nothing is built or written; `fix.diff` has what would be. */
  readonly dryRun: boolean;
  /** Nothing is built or written; the command line then exits with 1 where `fix.changed`. */
  readonly check: boolean;
  /** A file, or `-` for standard output; the file itself without it. */
  readonly output?: string;
  /** Written without building and proving. */
  readonly noVerify: boolean;
  /** A name that the proven image keeps. */
  readonly keepImage?: string;
  /** Seconds that the commands of original and candidate are watched; without it, neither is started. */
  readonly smokeSeconds?: number;
  /** Whether a comment line may be added above what is written. */
  readonly comments: boolean;
}

export interface VerifyRequest {
  /** Names, ids, or references with a transport (`docker://`, `oci-archive:` …). */
  readonly images: readonly string[];
  readonly engine: "auto" | "podman" | "docker";
  /** Seconds for each image; no limit without it. */
  readonly timeoutSeconds?: number;
  /** `linux/arm64`. */
  readonly platform?: string;
  /** An image that runs as another uid fails. */
  readonly expectUid?: number;
  /** A `runAsUser`, or `arbitrary`: a random uid with gid 0, as OpenShift gives. The image's own user without it. */
  readonly user?: number | "arbitrary";
  /** With a read-only root file system. */
  readonly readOnly?: boolean;
  /** Absolute paths that get an empty, writable volume, as a Pod's `emptyDir` is. */
  readonly emptyDirs?: readonly string[];
  /** Absolute paths that must be writable. */
  readonly writable?: readonly string[];
  /** Seconds that the image's own command is watched; without it, it is not started. */
  readonly smokeSeconds?: number;
  /** Of these only `file-capabilities: off` counts: whoever runs the images grants what their programs have. */
  readonly rules?: Readonly<Record<string, "off" | Severity>>;
}

export type ProgressEvent =
  | { readonly kind: "phase"; readonly target: string; readonly text: string }
  | { readonly kind: "log"; readonly target: string; readonly text: string }
  | { readonly kind: "note"; readonly text: string }
  /** What the user has to know whatever the output's format is, and what no report holds. */
  | { readonly kind: "warning"; readonly text: string };

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly onEvent?: (event: ProgressEvent) => void;
}
