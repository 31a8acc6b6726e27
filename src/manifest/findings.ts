/** Findings about manifests, with the severity of their rule. */
import type { Finding, FixHint, Severity, Span } from "../core/finding.ts";
import type { verdictRules } from "../core/verdict.ts";
import { manifestRules, type ManifestRuleId } from "./rules.ts";

const severities: ReadonlyMap<string, Severity> = new Map(manifestRules.map(({ id, severity }) => [id, severity]));

export interface FindingDetails {
  readonly span: Span;
  /** The pod or object that it is about. */
  readonly about: string;
  readonly message: string;
  readonly fix?: FixHint;
  readonly open?: boolean;
  readonly severity?: Severity;
  readonly needsPerson?: boolean;
}

/** Containers in manifests are judged by these rules of images too. */
type ImageRuleId = (typeof verdictRules)[number];

export function finding(rule: ManifestRuleId | ImageRuleId, details: FindingDetails): Finding {
  return {
    rule,
    severity: details.severity ?? severities.get(rule) ?? "error",
    outcome: details.open === true ? "open" : "fail",
    message: details.message,
    span: details.span,
    stage: details.about,
    fix: details.fix ?? null,
    ...(details.needsPerson === true ? { needsPerson: true } : {}),
  };
}

const rulesOfChecks: Readonly<Record<string, ManifestRuleId>> = {
  allowPrivilegeEscalation: "allow-privilege-escalation",
  appArmorProfile: "apparmor-profile",
  capabilities_baseline: "unrestricted-capabilities",
  capabilities_restricted: "unrestricted-capabilities",
  hostNamespaces: "host-namespaces",
  hostPathVolumes: "restricted-volume",
  hostPorts: "host-port",
  hostProbesAndHostLifecycle: "probe-host",
  privileged: "privileged-container",
  procMount: "proc-mount",
  procMount_restricted: "proc-mount",
  restrictedVolumes: "restricted-volume",
  runAsNonRoot: "run-as-non-root",
  runAsUser: "run-as-user-zero",
  seLinuxOptions: "selinux-options",
  seccompProfile_baseline: "seccomp-profile",
  seccompProfile_restricted: "seccomp-profile",
  sysctls: "unsafe-sysctl",
  windowsHostProcess: "windows-host-process",
};

/** The rule that a check of Pod Security admission is found by. */
export const ruleOfCheck = (check: string): ManifestRuleId => rulesOfChecks[check] ?? "cannot-run-restricted";
