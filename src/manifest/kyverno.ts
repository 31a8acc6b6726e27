/**
 * A namespaced Kyverno Policy that gives every container of every pod the fields that Pod Security `restricted` asks for.
 * The traps that its shape avoids are named where they are; each was seen with Kyverno 1.19 at an API server.
 */

/** What the policy is to be. Values are checked by the command line: they go into YAML as they are. */
export interface KyvernoOptions {
  /** Left out: the namespace is named when the policy is applied. */
  readonly namespace?: string;
  /** Also gives containers without a user this uid and its group, and Pods fsGroup. */
  readonly runAsUser?: number;
}

/** One list of containers in a pod. */
interface ContainerList {
  readonly rule: string;
  readonly field: "containers" | "initContainers" | "ephemeralContainers";
  /** A pod's containers are fixed when it is made; ephemeral ones arrive by an update of the pod's subresource. */
  readonly operation: "CREATE" | "UPDATE";
}

const lists: readonly ContainerList[] = [
  { rule: "containers", field: "containers", operation: "CREATE" },
  { rule: "init-containers", field: "initContainers", operation: "CREATE" },
  { rule: "ephemeral-containers", field: "ephemeralContainers", operation: "UPDATE" },
];

/** Windows pods may not have the fields. */
const notWindows = `          - key: "{{ request.object.spec.os.name || 'linux' }}"
            operator: NotEquals
            value: windows
`;

/** The policy as YAML, with what it cannot repair said in comments. */
export function kyvernoPolicy({ namespace, runAsUser }: KyvernoOptions = {}): string {
  return [
    comments(namespace),
    `apiVersion: kyverno.io/v1
kind: Policy
metadata:
  name: restricted-security-context
${namespace === undefined ? "" : `  namespace: ${yamlWord(namespace)}\n`}  annotations:
    policies.kyverno.io/title: Security context for Pod Security restricted
    # TaskRuns make bare Pods; rules for Deployments and other controllers would change nothing for them.
    pod-policies.kyverno.io/autogen-controllers: none
spec:
  background: false
  rules:
`,
    ...lists.map((list) => listRule(list, runAsUser)),
    ...(runAsUser === undefined ? [] : [groupRule(runAsUser)]),
  ].join("");
}

function comments(namespace: string | undefined): string {
  const apply = `kubectl apply${namespace === undefined ? " -n NAMESPACE" : ""} -f policy.yaml`;
  return `# Gives every container of every new Pod of this namespace what the Pod Security Standard restricted asks for:
# allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities.drop: [ALL], seccompProfile RuntimeDefault.
# It holds for a Task's steps and sidecars, for the containers that Tekton adds, and for debug containers, and it runs
# before Pod Security admission looks. Apply it with: ${apply}
#
# What it cannot repair:
# - The image. A Pod whose image runs as root or names its user by a word is admitted, and then the kubelet refuses to
#   start it (CreateContainerConfigError). Rewrite the Containerfile: image-fix ./Containerfile
# - What an author wrote on purpose. allowPrivilegeEscalation: true, runAsNonRoot: false, runAsUser: 0 and
#   seccompProfile Unconfined stay as they are, and the Pod is refused with the reason.
# - Added capabilities (all but NET_BIND_SERVICE), privileged, host namespaces, host ports, hosts of probes, hostPath and
#   other volume types, sysctls, SELinux and AppArmor settings: they need a person, or a namespace of their own. buildah
#   and docker-in-docker do not run under restricted.
# - Pods that exist. A Pod's securityContext is fixed when it is made; delete them, and their controllers make new ones.
# - Pods in user namespaces (hostUsers: false). Up to version 1.34 restricted wants runAsNonRoot of them too, and they get it;
#   from 1.35 on it lets them run as root; a container that does has to set runAsNonRoot: false itself.
# - Windows Pods (spec.os.name: windows), which may not have most of these fields: they are left alone, and have to set
#   runAsNonRoot: true themselves.
`;
}

/**
 * One rule a list, since elements of a joined list have other indexes than those of the lists they are patched into.
 *
 * `(name)` restricts a patch to its own element. With a plain `name`, Kyverno resolves the `+( )` anchors against all
 * elements in turn, so that one container's own value takes the field from the others.
 */
function listRule(list: ContainerList, runAsUser: number | undefined): string {
  const { rule, field, operation } = list;
  const guard =
    field === "containers"
      ? ""
      : `          # The list is absent in most pods, and a query of what is absent is an error.
          - key: "{{ request.object.spec.${field} || \`[]\` | length(@) }}"
            operator: GreaterThan
            value: 0
`;
  return `    - name: ${rule}
      match:
        any:
          - resources:
              kinds:
                - Pod
              operations:
                - ${operation}
      preconditions:
        all:
${notWindows}${guard}      mutate:
        foreach:
${restrictedPatch(list)}${runAsUser === undefined ? "" : userPatch(list, runAsUser)}`;
}

/** Without this an ephemeral container from before the policy would be changed by the next update, which the API refuses. */
const onlyNew = ({ field, operation }: ContainerList): readonly string[] =>
  operation === "CREATE"
    ? []
    : [
        `                # Only those that are new: the API lets nobody change the others.
                - key: "{{ element.name }}"
                  operator: AllNotIn
                  value: "{{ request.oldObject.spec.${field}[].name || \`[]\` }}"
`,
      ];

/** The containers of a list that meet the conditions. */
const each = ({ field }: ContainerList, conditions: readonly string[]): string =>
  `          - list: request.object.spec.${field}
${conditions.length === 0 ? "" : `            preconditions:\n              all:\n${conditions.join("")}`}`;

const restrictedPatch = (list: ContainerList): string => `${each(list, onlyNew(list))}            patchStrategicMerge:
              spec:
                ${list.field}:
                  - (name): "{{ element.name }}"
                    securityContext:
                      # A privileged container with "false" is no valid Pod; with "true" it is refused for the right reason.
                      +(allowPrivilegeEscalation): "{{ element.securityContext.privileged || \`false\` }}"
                      +(runAsNonRoot): true
                      # The Pod's own profile where it has one.
                      +(seccompProfile): "{{ request.object.spec.securityContext.seccompProfile || \`{\\"type\\": \\"RuntimeDefault\\"}\` }}"
                      capabilities:
                        # Overwrites other lists: restricted takes nothing but exactly ALL.
                        drop:
                          - ALL
`;

/**
 * The user of containers that have none, and its group. A patch by place, since `patchStrategicMerge` puts what it changes
 * before what it does not, and init containers run in their order. The context is there: the four fields stand in it.
 */
function userPatch(list: ContainerList, uid: number): string {
  const condition = `                # Another user, the container's own or the Pod's, stays, with the group that it has.
                - key: "{{ element.securityContext.runAsUser || request.object.spec.securityContext.runAsUser || \`${uid}\` }}"
                  operator: Equals
                  value: ${uid}
`;
  const context = `/spec/${list.field}/{{ elementIndex }}/securityContext`;
  return `${each(list, [...onlyNew(list), condition])}            # Goes before the image's own user.
            patchesJson6902: |-
              - op: add
                path: ${context}/runAsUser
                value: ${uid}
              - op: add
                path: ${context}/runAsGroup
                value: {{ element.securityContext.runAsGroup || request.object.spec.securityContext.runAsGroup || \`${uid}\` }}
`;
}

function groupRule(gid: number): string {
  return `    - name: volumes
      match:
        any:
          - resources:
              kinds:
                - Pod
              operations:
                - CREATE
      preconditions:
        all:
${notWindows}      mutate:
        patchStrategicMerge:
          spec:
            securityContext:
              # Lets the containers write to volumes.
              +(fsGroup): ${gid}
`;
}

/** A namespace as a YAML scalar: its letters are plain, but one of digits alone would be a number. */
const yamlWord = (word: string): string =>
  /^[a-z][a-z0-9-]*$/.test(word) && !/^(?:true|false|null|yes|no|on|off|y|n)$/.test(word) ? word : JSON.stringify(word);
