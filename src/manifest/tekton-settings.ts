/**
 * What a cluster's Tekton is set to, as far as the files and the version say: TektonConfig and TektonPipeline of the
 * operator, and the ConfigMaps feature-flags and config-defaults.
 */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { keyAndValue, shortSpan } from "./place.ts";
import { tektonVersion, type TektonVersion } from "./versions.ts";
import { at, bool, field, readYaml, text, type Value } from "./yaml/read.ts";

export interface TektonSettings {
  /** Whether Tekton gives its own containers a security context (`set-security-context`); undefined: not known. */
  readonly setsContext: boolean | undefined;
  /** Results are read by a sidecar (`results-from: sidecar-logs`). */
  readonly resultsFromSidecar: boolean;
  /** Sidecars are init containers that go on running (`enable-kubernetes-sidecar`). */
  readonly nativeSidecars: boolean;
  /** `default-pod-template`, read from its YAML text. */
  readonly defaultPodTemplate: Value | undefined;
  /** `default-affinity-assistant-pod-template`, the same. */
  readonly assistantTemplate: Value | undefined;
  /** Which runs get an affinity assistant (`coschedule`): those with a claim as a workspace, all, or none. */
  readonly assistants: "claims" | "all" | "none";
}

/** The first release that has the flag, and the last that has it off by default. */
const flagSince = tektonVersion(0, 49);
const offUntil = tektonVersion(1, 15);

/** What the flag is where nobody sets it. */
function defaultSetsContext(version: TektonVersion | undefined): boolean | undefined {
  return version === undefined ? undefined : version > offUntil;
}

const flag = "set-security-context";

/** Where each kind keeps the settings of Tekton Pipelines. */
function settingsIn(object: ManifestObject): Value | undefined {
  if (object.group === "operator.tekton.dev" && object.kind === "TektonConfig")
    return at(object.value, "spec", "pipeline");
  if (object.group === "operator.tekton.dev" && object.kind === "TektonPipeline") return field(object.value, "spec");
  if (object.group === "" && object.kind === "ConfigMap" && object.name === "feature-flags")
    return field(object.value, "data");
  return undefined;
}

export const isFeatureFlags = ({ group, kind, name }: ManifestObject): boolean =>
  (group === "operator.tekton.dev" && (kind === "TektonConfig" || kind === "TektonPipeline")) ||
  (group === "" && kind === "ConfigMap" && name === "feature-flags");

export const isConfigDefaults = ({ group, kind, name }: ManifestObject): boolean =>
  group === "" && kind === "ConfigMap" && name === "config-defaults";

/** A flag where an object sets it: the operator's objects have a field for it, and a ConfigMap's data that goes before. */
function settingIn(object: ManifestObject, name: string): Value | undefined {
  const settings = settingsIn(object);
  return field(at(settings, "options", "configMaps", "feature-flags", "data"), name) ?? field(settings, name);
}

/** Where an object sets the flag, and to what; a quoted text counts in a ConfigMap, whose values are texts. */
function flagIn(object: ManifestObject): { readonly value: Value | undefined; readonly set: boolean | undefined } {
  const value = settingIn(object, flag);
  const written = text(value);
  const set = bool(value) ?? (written === "true" ? true : written === "false" ? false : undefined);
  return { value, set };
}

/** Settings by the objects of a run; a version says what is true where no object does. */
export function tektonSettings(objects: readonly ManifestObject[], version: TektonVersion | undefined): TektonSettings {
  const configs = objects.filter(isFeatureFlags);
  const set = configs.map((config) => flagIn(config).set).find((one) => one !== undefined);
  const unset = configs.length > 0 ? defaultSetsContext(version) : undefined;
  const off = version !== undefined && version < flagSince ? false : undefined;
  const template = (key: DefaultTemplateKey): Value | undefined =>
    objects.map((object) => defaultTemplate(object, key)?.value).find((one) => one !== undefined);
  const setting = (name: string): string | undefined =>
    configs.map((config) => text(settingIn(config, name))).find((value) => value !== undefined);
  return {
    setsContext: off ?? set ?? unset ?? (version !== undefined && version > offUntil ? true : undefined),
    resultsFromSidecar: setting("results-from") === "sidecar-logs",
    nativeSidecars: setting("enable-kubernetes-sidecar") === "true",
    defaultPodTemplate: template("default-pod-template"),
    assistantTemplate: template("default-affinity-assistant-pod-template"),
    assistants: assistantsBy(setting("coschedule"), setting("disable-affinity-assistant")),
  };
}

/** @see https://github.com/tektoncd/pipeline/blob/main/docs/affinityassistants.md; `disabled` is the older flag */
function assistantsBy(coschedule = "workspaces", disabled = "false"): TektonSettings["assistants"] {
  if (coschedule === "disabled" || (coschedule === "workspaces" && disabled === "true")) return "none";
  return coschedule === "workspaces" ? "claims" : "all";
}

type DefaultTemplateKey = "default-pod-template" | "default-affinity-assistant-pod-template";

/** The YAML text of a default pod template, read; its key's place in the file that holds it. */
export function defaultTemplate(
  object: ManifestObject,
  key: DefaultTemplateKey,
): { readonly holder: Value; readonly value: Value | undefined; readonly fault: string | undefined } | undefined {
  const settings = isConfigDefaults(object)
    ? field(object.value, "data")
    : object.group === "operator.tekton.dev"
      ? settingsIn(object)
      : undefined;
  const holder = field(settings, key);
  const written = text(holder);
  if (holder === undefined || written === undefined) return undefined;
  const read = readYaml(key, written);
  if (!read.ok) {
    const { error } = read;
    return { holder, value: undefined, fault: "message" in error ? error.message : "it is no YAML" };
  }
  return { holder, value: read.value.documents[0], fault: undefined };
}

/** Findings about the flag in an object that holds Tekton's settings. */
export function flagFindings(object: ManifestObject, version: TektonVersion | undefined): readonly Finding[] {
  const about = objectName(object);
  const { value, set } = flagIn(object);
  const consequence =
    "Tekton's own containers (prepare, place-scripts, working-dir-initializer) then have no security context, and restricted refuses every TaskRun's Pod";
  if (version !== undefined && version < flagSince) {
    return [
      finding("set-security-context", {
        span: shortSpan(value ?? object.value),
        about,
        message: `Tekton Pipelines before 0.49 has no ${flag}: ${consequence}`,
        fix: { title: "Update Tekton Pipelines to 0.49 or later", applicability: "manual" },
      }),
    ];
  }
  const fix = { title: `Set ${flag} to true`, applicability: "safe" } as const;
  if (value !== undefined && set === undefined) {
    return [
      finding("set-security-context", {
        span: keyAndValue(value),
        about,
        message: `${flag} is neither true nor false`,
        fix,
      }),
    ];
  }
  if (set === true) return [];
  if (set === false) {
    return [
      finding("set-security-context", {
        span: value === undefined ? shortSpan(object.value) : keyAndValue(value),
        about,
        message: `${flag} is off: ${consequence}`,
        fix,
      }),
    ];
  }
  if (defaultSetsContext(version) === true) return [];
  const span = shortSpan(settingsIn(object) ?? object.value);
  return version === undefined
    ? [
        finding("set-security-context", {
          span,
          about,
          open: true,
          message: `${flag} is not set, and Tekton Pipelines up to 1.15 has it off by default: ${consequence}`,
          fix,
        }),
      ]
    : [
        finding("set-security-context", {
          span,
          about,
          message: `${flag} is not set, and this version of Tekton Pipelines has it off by default: ${consequence}`,
          fix,
        }),
      ];
}

/** Where the flag is or would be written, for who sets it. */
export function flagPlace(object: ManifestObject): {
  readonly value: Value | undefined;
  readonly settings: Value | undefined;
} {
  return { value: flagIn(object).value, settings: settingsIn(object) };
}
