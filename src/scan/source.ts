/** What a scan is pointed at, as the user writes it. */
import { err, ok, type Result } from "../core/result.ts";

export type ScanSource =
  /** `docker://host[:port]`: every repository of the registry's catalogue. */
  | { readonly kind: "registry"; readonly text: string; readonly host: string }
  /** `docker://host/repository`: the tags of one repository. */
  | { readonly kind: "repository"; readonly text: string; readonly host: string; readonly repository: string }
  /** One image, by tag, digest or a name within a layout or archive. */
  | { readonly kind: "image"; readonly text: string }
  /** `oci:folder` without a name: every image of the layout. */
  | { readonly kind: "layout"; readonly text: string; readonly path: string }
  /** `@file` or `-`: one source a line. */
  | { readonly kind: "list"; readonly text: string; readonly file: string };

const hostPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** Whether text is a repository's name. @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
export const isRepositoryName = (text: string): boolean => text.length <= 255 && repositoryPattern.test(text);

/** Whether text is a tag: what a registry lists may be anything. */
export const isTag = (text: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(text);

/** Transports that hold single images; what stands behind them is for `audit` to read. */
const imageTransports = ["oci-archive:", "docker-archive:", "docker-daemon:", "containers-storage:"];

/**
 * Reads a source. `docker://team/app` means Docker Hub's, as everywhere; a first part with a dot, a port, or `localhost`
 * is a host.
 * @param inList whether it is a line of a list, where a name without a transport is an image, as pods name it.
 */
export function parseSource(text: string, inList = false): Result<ScanSource, string> {
  if (!inList && text === "-") return ok({ kind: "list", text, file: "-" });
  if (!inList && text.startsWith("@")) {
    const file = text.slice(1);
    return file === ""
      ? err("@ has no file behind it; give @refs.txt, or - for standard input")
      : ok({ kind: "list", text, file });
  }
  if (inList && (text.startsWith("@") || text === "-")) return err("a list cannot name another list");
  if (text.startsWith("docker://")) return parseDocker(text, text.slice("docker://".length));
  if (text.startsWith("oci:")) {
    const rest = text.slice("oci:".length);
    if (rest === "") return err("oci: has no folder behind it; give oci:./layout");
    // A layout's folder may hold no colon, as in containers-transports(5): what follows one is a name in it.
    const named = /[:@][^/]*$/.test(rest);
    return ok(named ? { kind: "image", text } : { kind: "layout", text, path: rest });
  }
  if (imageTransports.some((transport) => text.startsWith(transport))) return ok({ kind: "image", text });
  if (inList) return ok({ kind: "image", text: `docker://${text}` });
  return err(
    `${JSON.stringify(text)} is no source; give docker://HOST, docker://HOST/REPOSITORY, oci:FOLDER, @LIST or - for standard input`,
  );
}

function parseDocker(text: string, name: string): Result<ScanSource, string> {
  if (name === "" || name.startsWith("/")) return err("docker:// has no registry behind it; give docker://HOST[:PORT]");
  const whole = name.replace(/\/+$/, "");
  const slash = whole.indexOf("/");
  const first = slash === -1 ? whole : whole.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === "localhost";
  if (
    slash === -1 &&
    isHost &&
    hostPattern.test(first) &&
    (first.includes(".") || /:[0-9]+$/.test(first) || first === "localhost")
  ) {
    return ok({ kind: "registry", text, host: first });
  }
  const rest = isHost && slash !== -1 ? whole.slice(slash + 1) : whole;
  if (/[:@]/.test(rest)) return ok({ kind: "image", text });
  if (isHost && !hostPattern.test(first)) return err(`${JSON.stringify(first)} is no registry's host`);
  const host = isHost ? first : "docker.io";
  const repository = !isHost && slash === -1 ? `library/${rest}` : rest;
  if (!isRepositoryName(repository)) {
    return err(`${JSON.stringify(repository)} is no repository's name (lower-case letters, digits and separators)`);
  }
  return ok({ kind: "repository", text, host, repository });
}
