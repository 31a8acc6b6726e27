/**
 * The patch that makes Tekton give its own containers what restricted asks for. Names as upstream has them:
 * tektoncd/operator pkg/apis/operator/v1alpha1 (TektonConfig `config`, TektonPipeline `pipeline`),
 * tektoncd/pipeline config/config-feature-flags.yaml (`set-security-context`, a text, since v0.49.0).
 */

/** Where an installation of Tekton keeps its settings. */
export type TektonConfigObject = "TektonConfig" | "TektonPipeline" | "ConfigMap";

export const tektonConfigObjects: readonly TektonConfigObject[] = ["TektonConfig", "TektonPipeline", "ConfigMap"];

interface Variant {
  /** How a person sees that it is theirs. */
  readonly when: string;
  readonly yaml: string;
  readonly command: string;
  /** What kubectl answers. */
  readonly answer: string;
}

const variants: Readonly<Record<TektonConfigObject, Variant>> = {
  TektonConfig: {
    when: "Installed by the Tekton operator, with a TektonConfig (kubectl get tektonconfig lists one). It owns the\nTektonPipeline and the ConfigMap: what is patched there is set back.",
    yaml: `apiVersion: operator.tekton.dev/v1alpha1
kind: TektonConfig
metadata:
  name: config
spec:
  pipeline:
    set-security-context: true
`,
    command: `kubectl patch tektonconfig config --type merge -p '{"spec":{"pipeline":{"set-security-context":true}}}'`,
    answer: "tektonconfig.operator.tekton.dev/config patched",
  },
  TektonPipeline: {
    when: "Installed by the Tekton operator, without a TektonConfig. The object is called pipeline.",
    yaml: `apiVersion: operator.tekton.dev/v1alpha1
kind: TektonPipeline
metadata:
  name: pipeline
spec:
  set-security-context: true
`,
    command: `kubectl patch tektonpipeline pipeline --type merge -p '{"spec":{"set-security-context":true}}'`,
    answer: "tektonpipeline.operator.tekton.dev/pipeline patched",
  },
  ConfigMap: {
    when: "Installed without the operator (kubectl apply of a release). The value is a text, in quotes.",
    yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: feature-flags
  namespace: tekton-pipelines
data:
  set-security-context: "true"
`,
    command: `kubectl patch configmap feature-flags -n tekton-pipelines --type merge -p '{"data":{"set-security-context":"true"}}'`,
    answer: "configmap/feature-flags patched",
  },
};

const head = `# Has Tekton set allowPrivilegeEscalation: false, drop: [ALL], runAsNonRoot: true and seccompProfile RuntimeDefault on
# the containers that it makes itself: prepare, place-scripts, working-dir-initializer, the results sidecar, and the
# affinity assistant. Without it restricted refuses every TaskRun. Tekton Pipelines 0.49 and later; off by default up to
# 1.15. It holds for runs that begin afterwards; nothing has to be restarted.
# It does not touch your own steps and sidecars (image-fix manifest --fix task.yaml), and it sets no runAsUser: copies of
# Tekton's own images need a numeric user.
`;

/**
 * The patch as text for a shell: the command that applies, its answer, and the same as YAML in comments.
 * @param objects which of the three the cluster has; the first is written as a command, others as comments
 */
export function tektonConfigPatch(objects: readonly TektonConfigObject[] = tektonConfigObjects): string {
  const blocks = objects.map((object, index) => {
    const { when, yaml, command, answer } = variants[object];
    const yours = objects.length === 1 ? "" : `${index + 1}. `;
    return [
      commented(`${yours}${when}`),
      index === 0 ? `${command}\n` : commented(command),
      commented(`answers: ${answer}`),
      commented(`The same in the object's file, beside what stands there:\n${indented(yaml)}`),
    ].join("");
  });
  const choice = objects.length === 1 ? "" : "#\n# One of these three, the first that your cluster has:\n";
  return `${head}${choice}\n${blocks.join("\n")}`;
}

const commented = (text: string): string =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => `# ${line}\n`)
    .join("");

const indented = (text: string): string =>
  text
    .split("\n")
    .map((line) => (line === "" ? line : `  ${line}`))
    .join("\n");
