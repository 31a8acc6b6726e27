import { Readable } from "node:stream";
import type Dockerode from "dockerode";
import type { CallOptions } from "../../core/ports.ts";
import { byteChunks } from "../byte-chunks.ts";
import { asObject, asText, parseJson } from "../image-json.ts";
import { createLineReader } from "../lines.ts";
import { readLoadedImage } from "../loaded-image.ts";

/**
 * Loads an image from a tar stream, to the end of the event stream that the daemon answers with.
 * @returns the image's id or name, or why it was not taken.
 */
export async function followLoad(
  docker: Dockerode,
  archive: AsyncIterable<Uint8Array>,
  options: CallOptions,
): Promise<{ readonly image: string } | { readonly problem: string }> {
  const answer = await docker.loadImage(Readable.from(archive), { quiet: true, abortSignal: options.signal });
  let image: string | undefined;
  let problem: string | undefined;
  const reader = createLineReader((line) => {
    const event = asObject(parseJson(line));
    problem ??= asText(event["error"]) || undefined;
    image ??= readLoadedImage(asText(event["stream"]) || line);
  });
  for await (const chunk of byteChunks(answer)) reader.push(chunk);
  reader.end();
  if (problem !== undefined) return { problem };
  return image === undefined ? { problem: "the daemon names no image that it loaded" } : { image };
}
