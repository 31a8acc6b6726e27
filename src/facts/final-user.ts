/**
 * Who the finished image runs as: the stored `config.User`, the kubelet's verdict on it and the account behind it.
 */
import type { Fact } from "../core/finding.ts";
import type { Verdict } from "../core/verdict.ts";
import type { Instruction } from "../containerfile/model.ts";
import type { Stage } from "../containerfile/build-model.ts";

export interface FinalUser {
  readonly verdict: Verdict;
  /** `config.User` as it is or would be; `null` when unknown. */
  readonly configUser: string | null;
  readonly userPart: string | null;
  readonly groupPart: string | undefined;
  /** The uid the process gets: the number, or the account's where it is certain. */
  readonly uid: Fact<number>;
  /** The gid Kubernetes gives: the passwd line's, else 0. */
  readonly kubernetesGid: Fact<number>;
  /** The gid podman and Docker give. */
  readonly engineGid: Fact<number>;
  /** Account line the uid or name belongs to: known undefined means certainly none. */
  readonly account: Fact<
    | {
        readonly name: string;
        readonly uid: number;
        readonly gid: number | undefined;
        readonly home: string | undefined;
      }
    | undefined
  >;
  readonly kubeletMessage: string | null;
  /** The USER that decides; undefined when it comes from the base image (or nobody sets one). */
  readonly at: Instruction | undefined;
  readonly stage: Stage;
  /** Why the verdict is unknown. */
  readonly why?: string;
}
