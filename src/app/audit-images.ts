/** The images among what `audit` was asked for. Loaded only when there are some. */
import type { Failure } from "../core/errors.ts";
import type { Engine, Reply } from "../core/ports.ts";
import { err, ok, type Result } from "../core/result.ts";
import { ImageSources } from "../image/sources/sources.ts";
import { auditReference, type JudgeOptions } from "./audit-image.ts";
import type { AuditTarget } from "./audit-target.ts";
import { EngineSource, type SelectEngine } from "./engine-source.ts";
import { registryOptions } from "./registry-options.ts";
import type { AuditRequest, RunOptions } from "./requests.ts";
import type { TargetResult } from "../results/run-report.ts";

/** Audits images; connections and what was read are shared. */
export interface ImageAuditor {
  /** One result a platform. */
  audit(target: AuditTarget & { readonly kind: "image" }): Promise<readonly TargetResult[]>;
  close(): void;
}

/** What of a request decides how images are read. */
export type ImageAuditRequest = Pick<
  AuditRequest,
  "engine" | "platform" | "registry" | "deep" | "openshift" | "writable" | "rules" | "timeoutSeconds"
> & {
  /** All of them without it. */
  readonly facts?: JudgeOptions["facts"];
};

/** @param engines the engine of the run, which names without a transport are looked up in first */
export async function createImageAuditor(
  request: ImageAuditRequest,
  options: RunOptions,
  engines: EngineSource,
  select?: SelectEngine,
): Promise<Result<ImageAuditor, Failure>> {
  const registry = await registryOptions(request.registry ?? {}, options.signal);
  if (!registry.ok) return registry;
  const named = new Map<string, EngineSource>();
  const engine = async (kind: "auto" | "podman" | "docker"): Reply<Engine> => {
    if (kind !== "auto" && request.engine === "none")
      return err({
        code: "ENGINE_UNAVAILABLE",
        engine: kind,
        message: `--engine none: ${kind} is not asked`,
        hint: "leave --engine out, or name the image of a registry with docker://",
      });
    const source = kind === "auto" ? engines : (named.get(kind) ?? new EngineSource(kind, options, select));
    if (kind !== "auto") named.set(kind, source);
    const chosen = await (kind === "auto" ? source.look() : source.get());
    return chosen.ok ? ok(chosen.value.engine) : chosen;
  };
  const sources = new ImageSources({ signal: options.signal, registry: registry.value, engine });
  const judge: JudgeOptions = {
    facts: request.facts ?? "all",
    deep: request.deep === true,
    openshift: request.openshift,
    writable: request.writable,
    rules: request.rules ?? {},
    ...(request.platform === undefined ? {} : { platform: request.platform }),
    ...(request.timeoutSeconds === undefined ? {} : { timeoutSeconds: request.timeoutSeconds }),
  };
  return ok({
    audit: async ({ name, reference }) => {
      options.onEvent?.({ kind: "phase", target: name, text: "reading it" });
      return await auditReference(reference, name, judge, sources, (failure) =>
        reference.transport === "any" ? orFile(failure, name) : failure,
      );
    },
    close: () => sources.close(),
  });
}

/** A name without a transport may have been meant as a file's. */
function orFile(failure: Failure, name: string): Failure {
  if (failure.code === "IMAGE_NOT_FOUND")
    return { ...failure, reference: name, message: `${failure.message}, and there is no file of that name` };
  // Nobody names a file with a tag.
  if (failure.code !== "REGISTRY_FAILED" || /[:@]/.test(name)) return failure;
  const taken = "there is no file of that name, so it was taken for an image";
  return { ...failure, hint: failure.hint === undefined ? taken : `${taken}; else ${failure.hint}` };
}
