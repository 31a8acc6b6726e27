import type { Fact } from "../core/finding.ts";
import type { ImageConfig } from "../core/ports.ts";
import type { Accounts } from "./accounts.ts";

/** Base families that recipes exist for. */
export type Family =
  | "alpine"
  | "wolfi"
  | "debian"
  | "ubuntu"
  | "ubi"
  | "ubi-minimal"
  | "ubi-micro"
  | "fedora"
  | "centos"
  | "rocky"
  | "alma"
  | "amazonlinux"
  | "oraclelinux"
  | "opensuse"
  | "azurelinux"
  | "photon"
  | "arch"
  | "busybox"
  | "distroless"
  | "scratch"
  | "windows";

/** How good the evidence is, strongest first. */
export type Evidence = "engine" | "known-images" | "tag" | "package-manager" | "none";

/**
 * What is known of a base image. Every field is a {@link Fact}: a value with its source, or unknown and why.
 * For `scratch` everything is known (and empty).
 */
export interface BaseFacts {
  /** Normalised reference (`docker.io/library/alpine:3.20`), `scratch`, or what FROM says where it cannot be known. */
  readonly reference: string;
  readonly family: Fact<Family>;
  /** `config.User`. */
  readonly user: Fact<string>;
  /** The rest of the configuration; from known images only some fields are there (the others are empty). */
  readonly config: Fact<Partial<ImageConfig>>;
  /** `complete` false means: other accounts may exist (a table lists only what a Containerfile made). */
  readonly accounts: Fact<Accounts & { readonly complete: boolean }>;
  /** Whether `/bin/sh` is there. */
  readonly shell: Fact<boolean>;
  /** Tools for making accounts that are there (`useradd`, `adduser`, `groupadd`, `addgroup`, `find`, `getent`, `chown`). */
  readonly tools: Fact<ReadonlySet<string>>;
  /** The account the base's authors made for running applications (node 1000, nginx 101, app 1654), if any. */
  readonly designatedUser: Fact<
    { readonly name: string; readonly uid: number; readonly gid: number; readonly home: string | undefined } | undefined
  >;
  /** Whether what the base starts by itself does not do its work without root. */
  readonly startNeedsRoot: Fact<boolean>;
  /** Paths that the base's application writes. */
  readonly writable: readonly string[];
  readonly evidence: Evidence;
}
