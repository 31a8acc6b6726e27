/**
 * `--shard I/N`: the part of a scan that one of N processes does. Who does an image depends on its repository and tag
 * alone, so that the parts fit together whatever order the registry lists in and whenever a part is run again.
 */
import { hash } from "node:crypto";
import { err, ok, type Result } from "../core/result.ts";

/** `index` counts from 0, as Kubernetes' completion index does. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** More processes than any cluster starts for one scan; a slip of the keyboard beyond it. */
const mostShards = 100_000;

/** Reads `I/N`. The error is the end of a sentence that begins with the option's name. */
export function parseShard(text: string): Result<Shard, string> {
  const match = /^([0-9]{1,9})\/([0-9]{1,9})$/.exec(text);
  const [index, count] = [Number(match?.[1] ?? NaN), Number(match?.[2] ?? NaN)];
  if (match === null || count < 1 || count > mostShards) {
    return err(`${JSON.stringify(text)} is no shard; give I/N, such as 0/4 for the first of four, or auto`);
  }
  if (index >= count) {
    return err(
      `${text} is none of its ${count} shards: they are counted from 0, as JOB_COMPLETION_INDEX is, so give 0/${count} to ${count - 1}/${count}`,
    );
  }
  return ok({ index, count });
}

/**
 * The shard that the environment tells: Kubernetes sets `JOB_COMPLETION_INDEX` in an Indexed Job; `JOB_COMPLETIONS` is
 * ours to set beside it, as no variable tells a pod how many there are. `null` when neither is set.
 * @see https://kubernetes.io/docs/tasks/job/indexed-parallel-processing-static/
 */
export function shardOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Result<Shard | null, string> {
  const [index, count] = [environment["JOB_COMPLETION_INDEX"], environment["JOB_COMPLETIONS"]];
  if (index === undefined && count === undefined) return ok(null);
  if (index === undefined) return err("JOB_COMPLETIONS is set, but JOB_COMPLETION_INDEX is not");
  if (count === undefined) {
    return err("JOB_COMPLETION_INDEX is set, but JOB_COMPLETIONS is not; set it to the job's completions");
  }
  return parseShard(`${index}/${count}`);
}

export const shardText = ({ index, count }: Shard): string => `${index}/${count}`;

/**
 * Whether the shard does the image.
 * @param name repository and tag (`team/app:1.2`) or digest, without the registry's host: that may have several names.
 */
export const isOfShard = ({ index, count }: Shard, name: string): boolean =>
  count === 1 || hash("sha256", name, "buffer").readUInt32BE(0) % count === index;
