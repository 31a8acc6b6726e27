/** The kubelet's answer to an image under `runAsNonRoot: true`, in a word. */

/** `unknown`: a base or variable that cannot be known here. `not-applicable`: a Windows image. */
export type Verdict = "admit" | "root" | "symbolic" | "invalid" | "unknown" | "not-applicable";
