/** What admission does not say of Argo Workflows: fields and lists that are none, and patches that are not followed. */
import type { Finding } from "../core/finding.ts";
import { isPatchApart, yamlInText } from "./argo-patch.ts";
import { stepsOf } from "./argo-template.ts";
import { isArgo, workflowSpec } from "./argo.ts";
import { wrongTypesOfWorkflow } from "./field-types.ts";
import { finding } from "./findings.ts";
import { listsOfArgoTemplate, templateListFindings } from "./lists.ts";
import { misplacedInArgoTemplate, misplacedInWorkflow } from "./misplaced.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { shortSpan } from "./place.ts";
import { holdsContainers } from "./unjudged.ts";
import { at, field, isMapping, items, text, type Value } from "./yaml/read.ts";

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
    ...templates.flatMap((template) => manifestFindings(template, about)),
  ];
}

const containersOf = (template: Value): readonly Value[] =>
  [
    ...["container", "script"].flatMap((name) => field(template, name) ?? []),
    ...items(at(template, "containerSet", "containers")),
    ...items(field(template, "initContainers")),
    ...items(field(template, "sidecars")),
  ].filter(isMapping);

/** An object in a text that a template gives to the API server, and that makes Pods, or may. */
function manifestFindings(template: Value, about: string): readonly Finding[] {
  const resource = field(template, "resource");
  const manifest = field(resource, "manifest");
  const written = text(manifest);
  const action = text(field(resource, "action"));
  if (manifest === undefined || written === undefined || action === "get" || action === "delete") return [];
  const objects = yamlInText(written);
  if (objects !== undefined && !objects.some(holdsContainers)) return [];
  return [
    finding("not-judged", {
      span: shortSpan(manifest),
      about,
      open: true,
      message:
        objects === undefined
          ? "what is in this manifest could not be read, and is not judged"
          : "the object in this manifest holds containers, and is not judged",
      fix: { title: "Judge it in a file of its own", applicability: "manual" },
    }),
  ];
}

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
