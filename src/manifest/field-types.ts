/**
 * Fields that admission reads, or that a Pod cannot do without, with another type than the API's: the API server cannot
 * decode such an object and refuses it, whatever its author meant.
 */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { keyAndValue } from "./place.ts";
import { containerLists } from "./read-pod.ts";
import type { WorkloadHome } from "./template.ts";
import { podTemplateIn, runPodTemplate } from "./tekton-pod-template.ts";
import { givenTitle, isVariable } from "./variables.ts";
import {
  bool,
  entries,
  field,
  integer,
  isList,
  isMapping,
  isNumber,
  isPlain,
  items,
  text,
  type Value,
} from "./yaml/read.ts";

/** What a value has to be. `id`: a user or group, `integer`: a port, whose ranges the API server checks too. */
type Type =
  | { readonly kind: "bool" | "integer" | "id" | "text" }
  /** A text that is one of these. */
  | { readonly kind: "word"; readonly words: readonly string[] }
  | { readonly kind: "list"; readonly of: Type }
  | {
      readonly kind: "map";
      readonly fields: Readonly<Record<string, Type>>;
      /** What all other fields have to be. */
      readonly others?: Type;
      /** What it is called beside `a mapping`. */
      readonly hint?: string;
    };

const bools: Type = { kind: "bool" };
const integers: Type = { kind: "integer" };
const ids: Type = { kind: "id" };
const texts: Type = { kind: "text" };
const word = (...words: readonly string[]): Type => ({ kind: "word", words });
const list = (of: Type): Type => ({ kind: "list", of });
const map = (fields: Readonly<Record<string, Type>>, hint?: string): Type => ({
  kind: "map",
  fields,
  ...(hint === undefined ? {} : { hint }),
});
const mapOf = (others: Type, fields: Readonly<Record<string, Type>> = {}): Type => ({ kind: "map", fields, others });

const profile = map(
  { type: word("Localhost", "RuntimeDefault", "Unconfined"), localhostProfile: texts },
  "with a type",
);
/** What a Pod's and a container's security context have alike. */
const shared = {
  appArmorProfile: profile,
  runAsGroup: ids,
  runAsNonRoot: bools,
  runAsUser: ids,
  seLinuxOptions: map({ level: texts, role: texts, type: texts, user: texts }),
  seccompProfile: profile,
  windowsOptions: map({
    gmsaCredentialSpec: texts,
    gmsaCredentialSpecName: texts,
    hostProcess: bools,
    runAsUserName: texts,
  }),
};
const podContext = map({
  ...shared,
  fsGroup: ids,
  fsGroupChangePolicy: word("Always", "OnRootMismatch"),
  seLinuxChangePolicy: word("MountOption", "Recursive"),
  supplementalGroups: list(ids),
  supplementalGroupsPolicy: word("Merge", "Strict"),
  sysctls: list(map({ name: texts, value: texts })),
});
const containerContext = map({
  ...shared,
  allowPrivilegeEscalation: bools,
  capabilities: map({ add: list(texts), drop: list(texts) }, "with add and drop"),
  privileged: bools,
  procMount: word("Default", "Unmasked"),
  readOnlyRootFilesystem: bools,
});
const handler = map({ httpGet: map({ host: texts }), tcpSocket: map({ host: texts }) });
const container = map({
  name: texts,
  image: texts,
  livenessProbe: handler,
  readinessProbe: handler,
  startupProbe: handler,
  lifecycle: map({ postStart: handler, preStop: handler }),
  ports: list(map({ name: texts, hostIP: texts, hostPort: integers, containerPort: integers })),
  securityContext: containerContext,
});
/** A volume's source has to be a mapping, whatever it is. */
const volumes = list(mapOf(map({}), { name: texts }));
const podSpec = map({
  hostNetwork: bools,
  hostPID: bools,
  hostIPC: bools,
  hostUsers: bools,
  os: map({ name: word("linux", "windows") }),
  securityContext: podContext,
  volumes,
});
const metadata = map({ name: texts, namespace: texts, annotations: mapOf(texts) });
const taskSpec = map({ stepTemplate: container, volumes });

/** Wrong types of a workload and one of its Pods. Lists of containers that are none are another finding's business. */
export function wrongTypesOfWorkload(object: ManifestObject, { template, spec }: WorkloadHome): readonly Finding[] {
  const about = objectName(object);
  const inner = template.node === object.value.node ? undefined : field(template, "metadata");
  return [
    ...check(field(object.value, "metadata"), metadata, "metadata", about),
    ...check(inner, metadata, "metadata", about),
    ...check(spec, podSpec, "spec", about),
    ...checkContainers(spec, containerLists, about),
  ];
}

/** Of an object of Argo Workflows: its spec, and its templates with their containers. */
export function wrongTypesOfWorkflow(
  object: ManifestObject,
  spec: Value,
  templates: readonly { readonly template: Value; readonly containers: readonly Value[] }[],
): readonly Finding[] {
  const about = objectName(object);
  return [
    ...check(field(object.value, "metadata"), metadata, "metadata", about),
    ...check(spec, podSpec, "spec", about),
    ...templates.flatMap(({ template, containers }) => [
      ...check(template, podSpec, "template", about),
      ...containers.flatMap((one) => check(one, container, "container", about)),
    ]),
  ];
}

const check = (value: Value | undefined, type: Type, name: string, about: string): readonly Finding[] =>
  value === undefined ? [] : typeFindings(value, type, name, about);

const checkContainers = (holder: Value | undefined, names: readonly string[], about: string): readonly Finding[] =>
  names.flatMap((name) =>
    items(field(holder, name)).flatMap((item) => (isMapping(item) ? check(item, container, name, about) : [])),
  );

/** Wrong types of an object of Tekton. */
export function wrongTypes(object: ManifestObject): readonly Finding[] {
  if (object.group !== "tekton.dev") return [];
  const about = objectName(object);
  const own = check(field(object.value, "metadata"), metadata, "metadata", about);
  const task = (value: Value | undefined): readonly Finding[] =>
    isMapping(value)
      ? [...check(value, taskSpec, "taskSpec", about), ...checkContainers(value, ["steps", "sidecars"], about)]
      : [];
  const pipeline = (value: Value | undefined): readonly Finding[] =>
    ["tasks", "finally"].flatMap((name) =>
      items(field(value, name)).flatMap((one) => [
        ...task(field(one, "taskSpec")),
        ...pipeline(field(one, "pipelineSpec")),
      ]),
    );
  const inSpec = field(object.value, "spec");
  switch (object.kind) {
    case "Task":
    case "ClusterTask":
      return [...own, ...task(inSpec)];
    case "StepAction":
      return [...own, ...check(inSpec, container, "spec", about)];
    case "TaskRun":
      return [
        ...own,
        ...wrongTypesOfPodTemplate(field(inSpec, "podTemplate"), about),
        ...task(field(inSpec, "taskSpec")),
      ];
    case "Pipeline":
      return [...own, ...pipeline(inSpec)];
    case "PipelineRun": {
      const templates =
        inSpec === undefined
          ? []
          : [
              runPodTemplate(inSpec, object).template,
              ...items(field(inSpec, "taskRunSpecs")).map((one) => podTemplateIn(one, object)),
            ];
      return [
        ...own,
        ...templates.flatMap((template) => wrongTypesOfPodTemplate(template, about)),
        ...pipeline(field(inSpec, "pipelineSpec")),
      ];
    }
    default:
      return [];
  }
}

/** Wrong types in a pod template of Tekton, in a run or a default. */
export const wrongTypesOfPodTemplate = (template: Value | undefined, about: string): readonly Finding[] =>
  check(template, podSpec, "podTemplate", about);

const words: Readonly<Record<Exclude<Type["kind"], "word">, string>> = {
  bool: "true or false, without quotes",
  id: "a number, without quotes",
  integer: "a number, without quotes",
  list: "a list",
  map: "a mapping",
  text: "a text, in quotes",
};

function typeFindings(value: Value, type: Type, name: string, about: string): readonly Finding[] {
  if (!isOfType(value, type)) {
    const found = text(value);
    // `null` is absent to the API.
    if (found === undefined && !isMapping(value) && !isList(value)) return [];
    const expected = expectedOf(value, type);
    if (isVariable(value)) {
      return [
        finding("wrong-type", {
          span: keyAndValue(value),
          about,
          open: true,
          message: `${name} must be ${expected}; what a template makes of ${found ?? ""} is not known here`,
          fix: { title: givenTitle, applicability: "manual" },
        }),
      ];
    }
    const given = found ?? (isMapping(value) ? "a mapping" : "a list");
    return [
      finding("wrong-type", {
        span: keyAndValue(value),
        about,
        message: `${name} must be ${expected}; the API server does not take ${found === undefined ? given : isPlain(value) ? found : JSON.stringify(found)}`,
      }),
    ];
  }
  if (type.kind === "id") return outOfRange(value, name, about);
  if (type.kind === "integer") return noPort(value, name, about);
  if (type.kind === "list") {
    return items(value).flatMap((item) => typeFindings(item, type.of, `an entry of ${name}`, about));
  }
  if (type.kind !== "map") return [];
  return entries(value).flatMap((entry) => {
    const wanted = Object.hasOwn(type.fields, entry.name) ? type.fields[entry.name] : type.others;
    return wanted === undefined || entry.value === undefined
      ? []
      : typeFindings(entry.value, wanted, entry.name, about);
  });
}

function expectedOf(value: Value, type: Type): string {
  if (type.kind === "word") return isOfType(value, texts) ? `one of ${type.words.join(", ")}` : words.text;
  return words[type.kind] + (type.kind === "map" && type.hint !== undefined ? ` ${type.hint}` : "");
}

function isOfType(value: Value, type: Type): boolean {
  switch (type.kind) {
    case "bool":
      return bool(value) !== undefined;
    case "integer":
    case "id":
      return integer(value) !== undefined;
    case "text":
      return text(value) !== undefined && !(isPlain(value) && (bool(value) !== undefined || isNumber(value)));
    case "word":
      return type.words.includes(text(value) ?? "");
    case "list":
      return isList(value);
    case "map":
      return isMapping(value);
  }
}

/** Ports have 32 bits in the API, and a number that does not fit is not decoded; one that does and is no port is not valid. */
function noPort(value: Value, name: string, about: string): readonly Finding[] {
  const number = integer(value);
  if (number === undefined || (number >= 0 && number <= 65_535)) return [];
  const isDecoded = number >= -(2 ** 31) && number < 2 ** 31;
  return [
    finding("wrong-type", {
      span: keyAndValue(value),
      about,
      message: `${name} must be ${isDecoded ? "between 1 and 65535, inclusive" : "a number of 32 bits"}; the API server does not take ${number}`,
    }),
  ];
}

function outOfRange(value: Value, name: string, about: string): readonly Finding[] {
  const id = integer(value);
  if (id === undefined || (id >= 0 && id <= 2_147_483_647)) return [];
  return [
    finding("invalid-security-context", {
      span: keyAndValue(value),
      about,
      message: `${name} ${id} is refused by the API server: must be between 0 and 2147483647, inclusive`,
    }),
  ];
}
