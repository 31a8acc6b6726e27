/** What admission does not say of Argo Workflows: fields and lists that are none, and patches that are not followed. */
import type { Finding } from "../core/finding.ts";
import { isPatchApart } from "./argo-patch.ts";
import { stepsOf } from "./argo-template.ts";
import { isArgo, workflowSpec } from "./argo.ts";
import { wrongTypesOfWorkflow } from "./field-types.ts";
import { finding } from "./findings.ts";
import { listsOfArgoTemplate, templateListFindings } from "./lists.ts";
import { misplacedInArgoTemplate, misplacedInWorkflow } from "./misplaced.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { shortSpan } from "./place.ts";
import { at, field, isMapping, items, type Value } from "./yaml/read.ts";

/** Findings about one object of Argo Workflows; none of others. */
export function argoFindings(object: ManifestObject): readonly Finding[] {
  const spec = isArgo(object) ? workflowSpec(object) : undefined;
  if (spec === undefined || !isMapping(spec)) return [];
  const about = objectName(object);
  const templates = items(field(spec, "templates"))
    .flatMap((template) => [template, ...stepsOf(template).flatMap((step) => field(step, "inline") ?? [])])
    .filter(isMapping);
  const defaults = field(spec, "templateDefaults");
  const all = [...templates, ...(isMapping(defaults) ? [defaults] : [])].map((template) => ({
    template,
    containers: containersOf(template),
  }));
  return [
    ...templateListFindings(spec, about),
    ...all.flatMap(({ template }) => listsOfArgoTemplate(template, about)),
    ...misplacedInWorkflow(spec, about),
    ...all.flatMap(({ template, containers }) => misplacedInArgoTemplate(template, containers, about)),
    ...wrongTypesOfWorkflow(object, spec, all),
    ...patchesApart(spec, templates, about),
  ];
}

const containersOf = (template: Value): readonly Value[] =>
  [
    ...["container", "script"].flatMap((name) => field(template, name) ?? []),
    ...items(at(template, "containerSet", "containers")),
    ...items(field(template, "initContainers")),
    ...items(field(template, "sidecars")),
  ].filter(isMapping);

/** Patches for which templates are not judged, each once. */
function patchesApart(spec: Value, templates: readonly Value[], about: string): readonly Finding[] {
  const patches = [spec, field(spec, "templateDefaults")].flatMap((holder) => field(holder, "podSpecPatch") ?? []);
  const apart = [
    ...patches.filter((patch) => templates.some((template) => isPatchApart(patch, template))),
    ...templates.flatMap((template) => {
      const own = field(template, "podSpecPatch");
      return own !== undefined && isPatchApart(own, template) ? [own] : [];
    }),
  ];
  return apart.map((patch) =>
    finding("not-judged", {
      span: shortSpan(patch),
      about,
      open: true,
      message:
        "this podSpecPatch changes the Pod in what Pod Security looks at, and is not followed: what it is for is not judged",
      fix: {
        title:
          "Write what it sets into the template, or judge the Pods: kubectl get pods -o yaml | image-fix manifest -",
        applicability: "manual",
      },
    }),
  );
}
