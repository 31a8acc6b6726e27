/** The kubelet's answer to an image under `runAsNonRoot: true`, in a word. */

/** `unknown`: a base or variable that cannot be known here. `not-applicable`: a Windows image. */
export type Verdict = "admit" | "root" | "symbolic" | "invalid" | "unknown" | "not-applicable";

/** The rules that say a verdict which is not `admit`; the others are about what else such an image needs. */
export const verdictRules = ["root-user", "symbolic-user", "invalid-uid", "unresolved-user"] as const;

/** Whether a rule is one of {@link verdictRules}. */
export const saysVerdict = (rule: string): boolean => verdictRules.some((one) => one === rule);
