/** What the use cases give back; `report/` turns it into text, JSON, SARIF and so on without knowing how it came to be. */
import type { Failure } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import type { Verdict } from "../core/verdict.ts";

export interface Proof {
  readonly engine: "podman" | "docker";
  /** `podman 4.3.1 (buildah)`. */
  readonly engineDescription: string;
  readonly imageId: string;
  readonly uid: number;
  /** The engine's gid. */
  readonly gid: number;
  /** The gid Kubernetes gives (passwd line of the uid, else 0). */
  readonly kubernetesGid: number;
  readonly groups: readonly number[];
  /** `null` when the uid has no passwd line. */
  readonly userName: string | null;
  /** `uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)` as printed or, without `id`, as the probe read it. */
  readonly id: string;
  /** How it was found out: `id` in the image, or the static probe put into a created container. */
  readonly method: "id" | "probe";
  /** `CapEff` of the kernel's `/proc/self/status`: sixteen hex digits, all 0 when there are no capabilities. */
  readonly capEff: string;
  readonly noNewPrivs: boolean;
  /** 0 disabled, 1 strict, 2 filter. */
  readonly seccomp: number;
  /** Working directory, home and the paths asked for: whether the user can write them. */
  readonly writable: Readonly<Record<string, boolean>>;
  /** `runAsUser` it was run with, in place of the image's own user. */
  readonly runAsUser?: number;
  /** With a read-only root file system. */
  readonly readOnly?: true;
  /** With an `emptyDir` at each of these folders. */
  readonly emptyDirs?: readonly string[];
  /** Bytes; `null` when the original was not built. */
  readonly sizeBefore: number | null;
  readonly sizeAfter: number;
}

/** A pod that a manifest makes, and what Pod Security admission says of it. */
export interface PodSecurityResult {
  /** `Deployment web`, `Pipeline ci, task build`. */
  readonly name: string;
  readonly level: "privileged" | "baseline" | "restricted";
  /** `latest`, `v1.30`. */
  readonly version: string;
  readonly allowed: boolean;
  /** Upstream's own words, one entry a check. */
  readonly reasons: readonly string[];
  /** The API server does not take the object, so that no policy is asked: the first reasons say why. */
  readonly invalid?: true;
}

/** What became of an image's own command, started under the restricted profile and watched for a while. */
export interface SmokeTest {
  /** Entrypoint and command, as the image has them; empty where it has neither. */
  readonly command: readonly string[];
  /** How long it was watched at most. */
  readonly seconds: number;
  /**
   * `running`: until it was stopped. `exited`: by itself. `killed`: by a signal that was not ours.
   * `not-started`: no such program, or it may not be run. `no-command`: the image names none.
   */
  readonly outcome: "running" | "exited" | "killed" | "not-started" | "no-command";
  /** Of a command that ended by itself. */
  readonly exitCode: number | null;
  /** `SIGSEGV`, of one that was killed. */
  readonly signal: string | null;
  /** Lines of its output that speak of refused permissions, without repetitions. */
  readonly permissionErrors: readonly string[];
  /** The last lines of what it printed. */
  readonly output: string;
  /** Why it counts as failed: `exit code 3: … Permission denied`; `null` when it does not. */
  readonly fault: string | null;
  /** `fix --smoke`: the same of the image as it was before. */
  readonly original?: SmokeTest;
  /** The original was run with the engine's default capabilities, as it fails under the restricted profile. */
  readonly unrestricted?: true;
}

export interface FileFix {
  readonly changed: boolean;
  readonly written: boolean;
  /** Unified diff, `""` when unchanged. */
  readonly diff: string;
  /** The candidate's whole text, shown when it could not be written. */
  readonly text: string;
  /** The `id` line that was predicted. */
  readonly predictedId: string | null;
  /** What the plan did, a line each, for people. */
  readonly steps: readonly string[];
  /** Findings of the candidate; their spans are places in `text`. They decide the exit code of a fix. */
  readonly remaining: readonly Finding[];
  /** Why a proven or provable candidate was not written, when a person must decide first. */
  readonly heldBack: string | null;
}

export interface TargetResult {
  /** As the user named it. */
  readonly target: string;
  readonly kind: "containerfile" | "image" | "manifest";
  /** Of a file that was fixed: the verdict before the fix, as are the fields down to `findings`. */
  readonly verdict: Verdict;
  /** What `Config.User` is or would be; `null` where nobody can tell. */
  readonly configUser: string | null;
  /** The uid that a container of it has, where that is known: also that of a name. */
  readonly uid: number | null;
  /** What the kubelet says to it under `runAsNonRoot: true`; `null` where it admits it, or nobody can tell. */
  readonly kubeletMessage: string | null;
  readonly findings: readonly Finding[];
  readonly ignored: readonly { readonly finding: Finding; readonly reason: string }[];
  /** Pragmas of other tools that were read as hints, not obeyed. */
  readonly hints: readonly { readonly line: number; readonly text: string }[];
  /** The text findings' spans point into; `null` for images. */
  readonly text: string | null;
  /** How the bytes became `text` and become bytes again; UTF-8 without it. */
  readonly encoding?: "utf8" | "latin1";
  /** Where facts about the base came from, for people: `alpine:3.20: known images (Dockerfile read)`. */
  readonly evidence: readonly string[];
  readonly fix: FileFix | null;
  readonly proof: Proof | null;
  /** Absent where none was asked for, or where it did not come to it. */
  readonly smoke?: SmokeTest;
  /** Of an image that a registry, layout or archive knows by one. */
  readonly digest: string | null;
  /** Of an image: `linux/amd64`. */
  readonly platform: string | null;
  /** Of a manifest: as it is now, the new text's where it was written. */
  readonly podSecurity?: readonly PodSecurityResult[];
  /** Why it could not be read, built or proven; the rest then holds what was known before. */
  readonly error: Failure | null;
}

/** How many targets there are, and how many of each verdict. */
export interface RunResultSummary {
  readonly targets: number;
  readonly admit: number;
  readonly root: number;
  readonly symbolic: number;
  readonly invalid: number;
  readonly unknown: number;
  readonly notApplicable: number;
}

export interface RunReport {
  /** `report` only where it could not begin: merged results have a shape of their own. */
  readonly command: "fix" | "audit" | "verify" | "manifest" | "report";
  readonly targets: readonly TargetResult[];
  readonly summary: RunResultSummary;
}

/** Puts results together and counts verdicts. */
export function reportOf(command: RunReport["command"], targets: readonly TargetResult[]): RunReport {
  const count = (verdict: Verdict): number => targets.filter((target) => target.verdict === verdict).length;
  return {
    command,
    targets,
    summary: {
      targets: targets.length,
      admit: count("admit"),
      root: count("root"),
      symbolic: count("symbolic"),
      invalid: count("invalid"),
      unknown: count("unknown"),
      notApplicable: count("not-applicable"),
    },
  };
}

/** A target that could not be judged. */
export const failedTarget = (target: string, kind: TargetResult["kind"], error: Failure): TargetResult => ({
  target,
  kind,
  verdict: "unknown",
  configUser: null,
  uid: null,
  kubeletMessage: null,
  findings: [],
  ignored: [],
  hints: [],
  text: null,
  evidence: [],
  fix: null,
  proof: null,
  digest: null,
  platform: null,
  error,
});
