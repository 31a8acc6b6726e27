/** Joins admission with the kubelet: who the images of admitted Pods start as, and whether the kubelet then starts them. */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import type { JudgedFile, JudgedTemplate } from "./judged.ts";
import { shortSpan } from "./place.ts";
import type { ContainerSource } from "./template.ts";

/** What is known of an image's user. */
export type ImageAnswer =
  | {
      readonly known: true;
      readonly verdict: "admit" | "root" | "symbolic" | "invalid" | "not-applicable";
      /** The kubelet's text without its tail; null where it starts the container. */
      readonly kubeletMessage: string | null;
    }
  | { readonly known: false; readonly why: string };

/** One container whose image decides. */
export interface ImageVerdict {
  readonly container: string;
  readonly image: string;
  readonly answer: ImageAnswer;
}

const ruleOfVerdict = { root: "root-user", symbolic: "symbolic-user", invalid: "invalid-uid" } as const;

/** Names of all images whose user decides something, each once. */
export function imagesOf(files: readonly JudgedFile[]): readonly string[] {
  return [
    ...new Set(
      files.flatMap(({ templates }) =>
        templates.flatMap((judged) =>
          judged.template.sources.flatMap((source) =>
            imageDecides(source, judged) && source.image.known ? [source.image.name] : [],
          ),
        ),
      ),
    ),
  ];
}

/**
 * Whether the kubelet looks at the image's user: where runAsNonRoot holds, or has to for the Pod to be admitted, and no
 * runAsUser takes its place.
 */
function imageDecides({ container, role }: ContainerSource, { template, policy }: JudgedTemplate): boolean {
  const context = container.securityContext;
  const pod = template.pod.securityContext;
  if (role === "tekton" || (context?.runAsUser ?? pod?.runAsUser) !== undefined) return false;
  if ((context?.runAsNonRoot ?? pod?.runAsNonRoot) === true) return true;
  const letOff = template.pod.hostUsers === false && (policy.version === "latest" || policy.version >= 35);
  return policy.level === "restricted" && !letOff;
}

/** Findings about the images of a file's containers. */
export function imageFindings(
  { templates, file }: JudgedFile,
  answers: ReadonlyMap<string, ImageAnswer>,
): { readonly findings: readonly Finding[]; readonly verdicts: readonly ImageVerdict[] } {
  const findings: Finding[] = [];
  const verdicts: ImageVerdict[] = [];
  for (const judged of templates) {
    for (const source of judged.template.sources) {
      if (!imageDecides(source, judged)) continue;
      const { image, container } = source;
      const answer: ImageAnswer = image.known
        ? (answers.get(image.name) ?? { known: false, why: "it was not read" })
        : { known: false, why: image.why };
      verdicts.push({ container: container.name, image: image.known ? image.name : "", answer });
      const found = findingOf(source, judged, answer, file.name);
      if (found !== undefined) findings.push(found);
    }
  }
  return { findings, verdicts };
}

function findingOf(
  { image, container, owner }: ContainerSource,
  { template, refusals }: JudgedTemplate,
  answer: ImageAnswer,
  file: string,
): Finding | undefined {
  const here = owner === template.object && image.value !== undefined;
  const span = shortSpan(here && image.value !== undefined ? image.value : template.place);
  const about = template.name;
  const called = image.known ? `image ${image.name}` : "the image";
  if (!answer.known) {
    return finding("unresolved-user", {
      span,
      about,
      open: true,
      message: `whether the kubelet starts container "${container.name}" is not known, for ${called} could not be judged: ${answer.why}`,
    });
  }
  if (answer.verdict === "admit" || answer.verdict === "not-applicable") return undefined;
  const message = answer.kubeletMessage ?? `container has runAsNonRoot and ${called} is refused`;
  const admission = refusals.length === 0 ? "admitted, then" : "refused by admission as it is, and once admitted";
  return finding(ruleOfVerdict[answer.verdict], {
    span,
    about,
    message: `${admission} refused by the kubelet: ${message} (container: ${container.name}, image: ${image.known ? image.name : ""})`,
    fix: {
      title: `Fix the image's Containerfile: image-fix Containerfile. Where it is not yours, set runAsUser: image-fix manifest --fix --run-as-user 65532 ${file === "-" ? "FILE" : file}`,
      applicability: "manual",
    },
  });
}
