/** What tests of this folder share. */
import type { FixRequest } from "./requests.ts";

/** What `image-fix fix` asks for without options, but without an engine and without proof. */
export const fixRequest = (targets: readonly string[], more: Partial<FixRequest> = {}): FixRequest => ({
  targets,
  buildArgs: {},
  engine: "none",
  openshift: false,
  writable: [],
  userName: "nonroot",
  home: "/home/nonroot",
  dryRun: false,
  check: false,
  noVerify: true,
  comments: true,
  ...more,
});
