/**
 * Policy engines beside Pod Security admission. Sources: open-policy-agent/gatekeeper#3337, gatekeeper-library
 * src/pod-security-policy, kubewarden/docs#103, cruise-automation/k-rail#116, kyverno/kyverno pkg/webhooks, kubernetes
 * staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/validating.
 */
import type { KnownMessage, Step } from "../message.ts";

const re = String.raw;

const seeRestricted: Step = {
  do: "Most such policies ask for what restricted asks for: see what is missing, and have it written.",
  run: "image-fix manifest --fix %{manifest}",
};

export const policyMessages: readonly KnownMessage[] = [
  {
    id: "kyverno-denied",
    from: "Kyverno",
    pattern: re`admission webhook "(?:[a-z]+\.)?validate\.kyverno\.[^"]{1,100}" denied the request(?:: .{0,600}?(?:rule (?<rule>[^\s]{1,100}) failed at path (?<field>[^\s'"]{1,200})|Policy (?<rule2>[^\s]{1,100}) failed))?|(?:resource [^\s]{1,300} )?was blocked due to the following policies(?: (?<rule3>[a-z0-9.-]{1,100}):)?`,
    example: `admission webhook "validate.kyverno.svc-fail" denied the request: resource Pod/shop/web-1 was blocked due to the following policies require-run-as-nonroot: run-as-non-root: 'validation error: Running as root is not allowed. rule run-as-non-root failed at path /spec/containers/0/securityContext/`,
    means:
      'A Kyverno policy of this cluster refused the pod ("%{rule|named in the message}"); it is not Pod Security admission, though most such policies ask for the same fields.',
    decides: [{ file: "the manifest", field: "%{field|the path named in the message}" }],
    steps: [
      { do: "See what restricted asks for, and have it written.", run: "image-fix manifest --fix %{manifest}" },
      {
        do: "Or have Kyverno itself inject the fields into every pod of a namespace.",
        run: "image-fix manifest --kyverno%{inNamespaceOption}",
      },
    ],
  },
  {
    id: "gatekeeper-denied",
    from: "Gatekeeper (OPA), or Azure Policy",
    pattern: re`admission webhook "(?:validation|check-ignore-label)\.gatekeeper\.sh" denied the request(?:: \[(?:denied by )?(?<rule>[^\]]{1,200})\])?`,
    example: `Error creating: admission webhook "validation.gatekeeper.sh" denied the request: [allow-privilege-escalation] Privilege escalation container is not allowed: web`,
    means:
      'A constraint of Gatekeeper ("%{rule|named in brackets}") refused the object; it is not Pod Security admission. Unlike that, it may look at Deployments and Jobs too, and what it asks for is this cluster\'s own.',
    decides: [
      { file: "the manifest", field: "the field that the text behind the brackets names" },
      { file: "the cluster", field: "the constraint %{rule|in brackets} and its template (kubectl get constraints)" },
    ],
    steps: [seeRestricted],
  },
  {
    id: "policy-webhook-denied",
    from: "a policy engine (Kubewarden, k-rail)",
    pattern: re`admission webhook "(?<rule>[^"]{1,200}\.kubewarden\.admission|k-rail\.[^"]{1,100})" denied the request`,
    example: `Error from server: error when creating "STDIN": admission webhook "clusterwide-psp-usergroup-fb836.kubewarden.admission" denied the request: Invalid user ID: cannot run container with root ID (0)`,
    means:
      'The policy behind "%{rule}" refused the object; it is not Pod Security admission, and what it asks for is this cluster\'s own.',
    decides: [{ file: "the manifest", field: "the field that the text behind it names" }],
    steps: [seeRestricted],
  },
  {
    id: "admission-policy-denied",
    from: "the API server (a ValidatingAdmissionPolicy)",
    pattern: re`ValidatingAdmissionPolicy '(?<rule>[^']{1,253})' with binding '[^']{1,253}' denied request`,
    example: `The pods "web-1" is invalid: : ValidatingAdmissionPolicy 'require-non-root' with binding 'require-non-root-binding' denied request: Containers must set runAsNonRoot to true`,
    means:
      'The ValidatingAdmissionPolicy "%{rule}" of this cluster refused the object; it is not Pod Security admission, and what it asks for is this cluster\'s own.',
    decides: [
      { file: "the manifest", field: "the field that the text behind it names" },
      { file: "the cluster", field: "kubectl get validatingadmissionpolicy %{rule} -o yaml" },
    ],
    steps: [seeRestricted],
  },
];
