/** An image of which only the files are there, as `COPY --from=STAGE / /` brings them. */
import { known } from "../core/finding.ts";
import type { ImageConfig } from "../core/ports.ts";
import type { BaseFacts } from "./base-facts.ts";

/** The configuration of `scratch`. */
export const emptyConfig: ImageConfig = {
  user: "",
  workingDir: "",
  env: [],
  entrypoint: [],
  cmd: [],
  volumes: [],
  exposedPorts: [],
  onBuild: [],
  shell: [],
};

/** Facts of an image with the files of another one and none of its configuration. */
export function filesAlone(facts: BaseFacts): BaseFacts {
  const from = "scratch has no configuration";
  return { ...facts, user: known("", from), config: known(emptyConfig, from), startNeedsRoot: known(false, from) };
}
