import type Dockerode from "dockerode";
import type { CallOptions } from "../../core/ports.ts";
import type { AuthConfig } from "../../registry/credential.ts";
import { byteChunks } from "../byte-chunks.ts";
import { asObject, asText, parseJson } from "../image-json.ts";
import { createLineReader } from "../lines.ts";

/**
 * Pulls an image, to the end of its event stream.
 * @returns why it failed, as the daemon said in the stream; `undefined` when it worked.
 */
export async function followPull(
  docker: Dockerode,
  name: string,
  options: CallOptions & { readonly platform?: string; readonly auth?: AuthConfig | undefined },
): Promise<string | undefined> {
  const answer = await docker.pull(name, {
    ...(options.platform === undefined ? {} : { platform: options.platform }),
    // dockerode sends it as a header.
    ...(options.auth === undefined ? {} : { authconfig: options.auth }),
    abortSignal: options.signal,
  });
  let problem: string | undefined;
  const reader = createLineReader((line) => {
    const event = asObject(parseJson(line));
    const error = asText(event["error"]);
    if (error !== "") problem = error;
    const status = asText(event["status"]);
    if (status !== "" && asText(event["progress"]) === "") {
      const layer = asText(event["id"]);
      options.onEvent?.({ kind: "log", text: layer === "" ? status : `${layer}: ${status}` });
    }
  });
  for await (const chunk of byteChunks(answer)) reader.push(chunk);
  reader.end();
  return problem;
}
