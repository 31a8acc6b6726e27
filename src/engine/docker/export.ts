import { Refusal } from "../../core/refusal.ts";
import { byteChunks, endStream } from "../byte-chunks.ts";
import { failureOfAbort } from "../abort.ts";
import type { DockerClient } from "./client.ts";
import { exportImage } from "./image-requests.ts";

/**
 * An image as `docker save` writes it. Throws a {@link Refusal} when Docker fails; ends the export when it is left early.
 * @param platform of an image for several, the one to export
 */
export async function* exportedImage(
  client: DockerClient,
  reference: string,
  signal: AbortSignal,
  platform: string | undefined,
): AsyncGenerator<Uint8Array> {
  const reply = await client.work(
    "exporting an image",
    signal,
    async (docker) => await exportImage(docker, reference, { platform }),
    () => ({ code: "IMAGE_NOT_FOUND", reference, message: `Docker has no image ${reference}` }),
  );
  if (!reply.ok) throw new Refusal(reply.error);
  const stop = (): void => endStream(reply.value, new Error("aborted"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    yield* byteChunks(reply.value);
  } catch (error) {
    if (signal.aborted) throw new Refusal(failureOfAbort(signal));
    throw new Refusal({
      code: "ENGINE_FAILED",
      engine: "docker",
      message: `exporting ${reference} broke off (${error instanceof Error ? error.message : String(error)})`,
    });
  } finally {
    signal.removeEventListener("abort", stop);
    endStream(reply.value);
  }
}
