/** `WWW-Authenticate`: how a registry wants to be asked. */

export type Challenge =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: string; readonly service: string; readonly scope: string };

/**
 * Reads the challenges of a 401; several may stand in one header. Bearer wins over Basic.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function readChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > 8192) return undefined;
  let found: Challenge | undefined;
  let scheme = "";
  let values = new Map<string, string>();
  const finish = (): void => {
    if (scheme === "bearer" && values.has("realm"))
      found = {
        scheme,
        realm: values.get("realm") ?? "",
        service: values.get("service") ?? "",
        scope: values.get("scope") ?? "",
      };
    else if (scheme === "basic") found ??= { scheme };
  };
  // A parameter (`name=value`, quoted or not), or else a scheme.
  for (const [, name, quoted, plain, word] of header.matchAll(
    /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|([\w-]+)/g,
  )) {
    if (word !== undefined) {
      finish();
      scheme = word.toLowerCase();
      values = new Map();
    } else if (name !== undefined) {
      values.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "");
    }
  }
  finish();
  return found;
}
