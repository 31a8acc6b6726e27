/** What a pull through Docker's API takes with it: the daemon keeps no logins, its clients send one each time. */
import type { Failure } from "../../core/errors.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { parseImageReference } from "../../image/reference.ts";
import type { AuthConfig } from "../../registry/credential.ts";
import { CredentialStore, type CredentialOptions } from "../../registry/credentials.ts";

/** Where logins are kept: podman's and Docker's files and helpers, as `scan` reads them. */
export type PullCredentials = (name: string) => Promise<Result<AuthConfig | undefined, Failure>>;

/** Logins of an environment; nothing is read before the first pull. */
export function pullCredentials(options: Pick<CredentialOptions, "env" | "signal">): PullCredentials {
  const store = new CredentialStore(options);
  return async (name) => {
    const reference = parseImageReference(name);
    if (!reference.ok || reference.value.transport !== "any") return ok(undefined);
    const { host, repository } = reference.value.name;
    const found = await store.find(host, repository);
    return found.ok ? ok(found.value?.authConfig(host)) : err(found.error);
  };
}
