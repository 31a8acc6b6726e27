/** Logins that a classic build has to be given: the daemon keeps none, and pulls what the stages begin from by itself. */
import { readFile } from "node:fs/promises";
import type { BuildRequest } from "../../core/ports.ts";
import { parseContainerfile } from "../../containerfile/parse.ts";
import { resolveStages } from "../../containerfile/stages.ts";
import type { AuthConfig } from "../../registry/credential.ts";
import type { PullCredentials } from "./pull-credentials.ts";

/**
 * The logins for the images that stages begin from, by address, as Docker's API takes them in `X-Registry-Config`; no
 * others, where Docker's own client sends all that it knows. One that cannot be read is left out: the registry then says
 * what is missing.
 * @see https://docs.docker.com/reference/api/engine/version/v1.51/#tag/Image/operation/ImageBuild
 */
export async function buildCredentials(
  { containerfile, buildArgs = {}, target, platform }: BuildRequest,
  credentials: PullCredentials,
): Promise<Readonly<Record<string, AuthConfig>>> {
  const file = parseContainerfile(await readFile(containerfile, "utf8"));
  const graph = resolveStages(file, {
    buildArgs: new Map(Object.entries(buildArgs)),
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { platform }),
  });
  const logins: Record<string, AuthConfig> = {};
  for (const { base } of graph.ok ? graph.value.stages : []) {
    if (base.kind !== "image") continue;
    const login = await credentials(base.reference);
    if (login.ok && login.value !== undefined) logins[login.value.serveraddress] = login.value;
  }
  return logins;
}
