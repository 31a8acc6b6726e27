import type { Proof } from "../app/results.ts";
import type { CallOptions, Engine, ImageRecord, Reply } from "../core/ports.ts";
import { ok } from "../core/result.ts";
import { judgeConfigUser, type ConfigUserVerdict } from "../image/config-user.ts";
import { prove } from "./prove.ts";

export interface VerifiedImage {
  readonly record: ImageRecord;
  /** The kubelet's verdict on `Config.User`. */
  readonly verdict: ConfigUserVerdict;
  /** `null` when the verdict is not `admit`: what the kubelet refuses is not run. */
  readonly proof: Proof | null;
}

/**
 * Judges a local image by its own `Config.User`, and, where the kubelet would admit it, runs it to see whether it is so.
 * @returns PROOF_FAILED when the running container shows something else than `Config.User` says.
 */
export async function verifyImage(
  engine: Engine,
  reference: string,
  options: CallOptions & { readonly timeoutMs: number },
): Reply<VerifiedImage> {
  const record = await engine.inspect(reference, options);
  if (!record.ok) return record;
  const verdict = judgeConfigUser(record.value.config.user);
  if (verdict.verdict !== "admit") return ok({ record: record.value, verdict, proof: null });
  const proof = await prove(
    engine,
    {
      image: record.value.id,
      expectedUid: Number(verdict.uid),
      writable: [],
      timeoutMs: options.timeoutMs,
    },
    options,
  );
  return proof.ok ? ok({ record: record.value, verdict, proof: proof.value }) : proof;
}
