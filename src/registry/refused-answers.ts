/** Answers that are not what was asked for, as failures that say what they mean. */
import type { Failure } from "../core/errors.ts";
import { readChallenge } from "./challenge.ts";
import type { Credential } from "./credential.ts";
import type { Answer } from "./exchange.ts";
import { quoted, readRegistryError, type RegistryError } from "./failures.ts";
import { loginHint } from "./tokens.ts";

/** A failure of a registry. @param registry its host, as it was named @param status of the answer that it is about */
export const registryFailure = (registry: string, message: string, hint?: string, status?: number): Failure => ({
  code: "REGISTRY_FAILED",
  registry,
  message,
  ...(hint === undefined ? {} : { hint }),
  ...(status === undefined ? {} : { status }),
});

/** No manifest came. @param reference a tag or a digest */
export function noManifest(
  registry: string,
  repository: string,
  reference: string,
  answer: Answer,
  body: Buffer,
  login?: Credential,
): Failure {
  const isDigest = reference.includes(":");
  const named = `${registry}/${repository}${isDigest ? "@" : ":"}${reference}`;
  const said = readRegistryError(body);
  if (answer.status !== 404) return refusedAs(registry, answer, said, repository, login);
  // 2.8 says in a 404 that it has the manifest and we do not take it.
  if (/accept header/i.test(said.message))
    return {
      code: "IMAGE_INVALID",
      reference: named,
      message: `it is of a kind that is no image: ${quoted(said.message)}`,
    };
  if (said.code === "NAME_UNKNOWN")
    return { code: "IMAGE_NOT_FOUND", reference: named, message: "the registry has no such repository" };
  const hint = `see which tags it has: image-fix scan --list docker://${registry}/${repository}`;
  return {
    code: "IMAGE_NOT_FOUND",
    reference: named,
    message: "the registry has no such image",
    ...(isDigest ? {} : { hint }),
  };
}

/** No blob came. */
export function noBlob(
  registry: string,
  repository: string,
  digest: string,
  answer: Answer,
  body: Buffer,
  login?: Credential,
): Failure {
  return answer.status === 404
    ? registryFailure(registry, `${repository}: blob ${digest} is missing`)
    : refusedAs(registry, answer, readRegistryError(body), repository, login);
}

/** A blob came, of another size than its manifest says. @param came bytes, at least */
export const otherSize = (
  registry: string,
  repository: string,
  { digest, size }: { readonly digest: string; readonly size: number },
  came: number,
): Failure =>
  registryFailure(
    registry,
    came > size
      ? `${repository}: blob ${digest} is longer than the ${size} bytes its manifest says`
      : `${repository}: blob ${digest} ends after ${came} of ${size} bytes`,
  );

/** No list came. @param path `/v2/_catalog?n=1000`, `/v2/library/alpine/tags/list` */
export function noList(registry: string, path: string, answer: Answer, body: Buffer, login?: Credential): Failure {
  const said = readRegistryError(body);
  if (answer.status !== 404) return refusedAs(registry, answer, said, "", login);
  const name = /^\/v2\/(.+)\/tags\/list/.exec(path)?.[1];
  if (name === undefined) return registryFailure(registry, "it lists no repositories (404)", undefined, 404);
  return {
    code: "IMAGE_NOT_FOUND",
    reference: `${registry}/${name}`,
    message: "the registry has no such repository",
    // distribution, whose catalogue has such a repository all the same.
    hint: "check its name; one in which nothing has a tag is answered in the same way",
    // Harbor calls it NOT_FOUND.
    ...(said.code === "NAME_UNKNOWN" || said.code === "NOT_FOUND" ? { isCertain: true } : {}),
  };
}

/** @param login what the registry, or its token server, was told */
function refusedAs(
  registry: string,
  { status, message }: Answer,
  said: RegistryError,
  repository: string,
  login: Credential | undefined,
): Failure {
  const words = said.message === "" ? "" : `: ${quoted(said.message)}`;
  const where = repository === "" ? "" : ` to ${repository}`;
  const refused = (text: string, hint?: string): Failure => registryFailure(registry, `${text}${words}`, hint, status);
  if (login !== undefined && (status === 401 || status === 403)) {
    // Who is asked for a name and a password, and refuses those, does not know them; who gave a token does.
    const isUnknown = readChallenge(message.headers["www-authenticate"])?.scheme === "basic" && status === 401;
    return refused(
      `access${where} is denied to ${login.describe()}`,
      isUnknown
        ? `its password may be wrong or have expired; ${login.renewal(registry)}`
        : `ask for the right to pull, or ${login.renewal(registry)}`,
    );
  }
  if (status === 401 || status === 403) {
    const isOpen = message.headers["www-authenticate"] === undefined && status === 403;
    return refused(`access${where} is denied`, isOpen ? "ask for the right to pull" : loginHint(registry));
  }
  return status === 429
    ? refused("it takes no more requests (429)", "log in for a higher limit, or go on later")
    : refused(`it answers ${status}`);
}
