/**
 * From `config.User` to the kubelet's verdict under `runAsNonRoot: true`. The one function that files and images share.
 *
 * Source of the rules: kubernetes `pkg/kubelet/kuberuntime/security_context_others.go` (verifyRunAsNonRoot) and
 * containerd's and CRI-O's `getUserFromImage`, which are the same code.
 */

/** admit: starts. root, symbolic, invalid: the kubelet refuses. */
export type UserVerdict = "admit" | "root" | "symbolic" | "invalid";

export interface ConfigUserVerdict {
  readonly verdict: UserVerdict;
  /** The uid the CRI reports; `null` for a name or an empty user. A bigint never loses digits. */
  readonly uid: bigint | null;
  /** The kubelet's text without its ` (pod: …, container: …)` tail; `null` when admitted. */
  readonly kubeletMessage: string | null;
  /** What is before the first colon, as the CRI sees it: nothing is trimmed or expanded. */
  readonly userPart: string;
  /** What is behind it up to the next colon; `undefined` without a colon. Kubernetes ignores it. */
  readonly groupPart: string | undefined;
}

const maxInt64 = 9223372036854775807n;
const minInt64 = -9223372036854775808n;
/** MaxInt32: the largest uid that the kubelet and the API accept. */
export const maxUid = 2147483647n;
/** Whether the runtimes give a process that uid or gid. */
export const isProcessId = (id: number | bigint): boolean => id >= 0 && id <= maxUid;

/**
 * Judges a `config.User` string as the kubelet does.
 * @param user `config.User` to the letter; an absent field is `""`.
 */
export function judgeConfigUser(user: string): ConfigUserVerdict {
  const [userPart = "", groupPart] = user.split(":");
  const parts = { userPart, groupPart };
  if (userPart === "") {
    const kubeletMessage = "container has runAsNonRoot and image will run as root";
    return { verdict: "root", uid: null, kubeletMessage, ...parts };
  }
  // strconv.ParseInt(s, 10, 64): an optional sign and ASCII digits within int64. Everything else becomes a name.
  const uid = /^[+-]?[0-9]+$/.test(userPart) ? BigInt(userPart) : undefined;
  if (uid === undefined || uid > maxInt64 || uid < minInt64) {
    return {
      verdict: "symbolic",
      uid: null,
      kubeletMessage: `container has runAsNonRoot and image has non-numeric user (${userPart}), cannot verify user is non-root`,
      ...parts,
    };
  }
  if (uid === 0n) {
    return { verdict: "root", uid, kubeletMessage: "container has runAsNonRoot and image will run as root", ...parts };
  }
  if (uid < 0n || uid > maxUid) {
    return {
      verdict: "invalid",
      uid,
      kubeletMessage: `container has runAsNonRoot and image has an invalid user id (${uid}). (Must be 1-(${maxUid})): must be between 0 and ${maxUid}, inclusive`,
      ...parts,
    };
  }
  return { verdict: "admit", uid, kubeletMessage: null, ...parts };
}
