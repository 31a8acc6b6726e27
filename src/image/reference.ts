/**
 * Names of images: the familiar ones (`alpine`, `quay.io/a/b:1`) and the references of containers-transports
 * (`docker://`, `oci:`, `docker-archive:` …).
 *
 * @see https://github.com/distribution/reference (grammar and normalisation of names)
 * @see https://github.com/containers/image/blob/main/docs/containers-transports.5.md
 */
import { err, ok, type Result } from "../core/result.ts";

/** An image of a registry. */
export interface ImageName {
  /** As names write it: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly host: string;
  /** `library/alpine`. */
  readonly repository: string;
  /** Absent when there is a digest and none was written; `latest` when nothing was. */
  readonly tag?: string;
  /** `sha256:…` or `sha512:…`; decides where there is a tag too. */
  readonly digest?: string;
}

/** Where an image is, as the user named it. */
export type ImageReference =
  /** A name without a transport: the local engine first, then the registry. */
  | { readonly transport: "any"; readonly name: ImageName }
  | { readonly transport: "docker"; readonly name: ImageName }
  /** `name` is a whole name (`docker.io/library/alpine:latest`) or an id (`sha256:…`, its hex digits). */
  | { readonly transport: "docker-daemon" | "containers-storage"; readonly name: string }
  | {
      /** A folder, an archive of one, an archive as `docker save` writes it. */
      readonly transport: "oci" | "oci-archive" | "docker-archive";
      readonly path: string;
      /** `org.opencontainers.image.ref.name` of a layout; a name with tag in an archive of Docker's. */
      readonly name?: string;
      /** Only of layouts: the manifest itself; decides where there is a name too, as several may have that. */
      readonly digest?: string;
      /** `@0`: which image of the archive, counted from 0. */
      readonly index?: number;
    };

/** A reference that names its transport. */
export type Transport = Exclude<ImageReference["transport"], "any">;

const transports: readonly Transport[] = [
  "docker",
  "docker-daemon",
  "containers-storage",
  "oci",
  "oci-archive",
  "docker-archive",
];

const colonTransports = transports
  .filter((one) => one !== "docker")
  .map((one) => `${one}:`)
  .join(" ");
/** The others of containers-transports(5). podman and skopeo take what begins so for these, never for a name. */
const unreadTransports: readonly string[] = ["dir", "ostree", "sif", "tarball"];

const pathComponent = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const domainComponent = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const hostPattern = new RegExp(
  `^(?:${domainComponent}(?:\\.${domainComponent})*|\\[[0-9a-fA-F:]{2,39}\\])(?::[0-9]{1,5})?$`,
);
const repositoryPattern = new RegExp(`^${pathComponent}(?:/${pathComponent})*$`);
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Whether a text is a digest of an algorithm that can be checked: the only ones that may go into an address or a path. */
export const isDigest = (text: string): boolean => digestPattern.test(text);
/** Whether a text is a tag. */
const isTag = (text: string): boolean => tagPattern.test(text);
/** Whether a text is a repository's name, without a host; host and name have at most 255 characters together. */
const isRepository = (text: string): boolean => text.length <= 255 && repositoryPattern.test(text);
/** Whether a text is a registry's host, with or without a port. */
const isHost = (text: string): boolean => {
  if (text.length > 255 || !hostPattern.test(text)) return false;
  const port = /:([0-9]+)$/.exec(text.replace(/^\[[^\]]*\]/, ""))?.[1];
  return port === undefined || (Number(port) > 0 && Number(port) <= 65_535);
};

/**
 * Reads a reference. The error is a sentence without a full stop that says what is wrong with it.
 * A text without a transport is a name, even if it could also be a file's: whoever calls knows which comes first.
 */
export function parseImageReference(text: string): Result<ImageReference, string> {
  const colon = text.indexOf(":");
  const before = text.slice(0, colon);
  const transport = transports.find((one) => one === before);
  if (transport === undefined) {
    if (/^[a-z][a-z0-9+.-]*:\/\//.test(text)) return err(`"${before}://" is no transport of images`);
    if (unreadTransports.includes(before))
      return err(`images of "${before}:" are not read; what is read are names, docker:// and ${colonTransports}`);
    const name = parseImageName(text);
    return name.ok ? ok({ transport: "any", name: name.value }) : name;
  }
  const rest = text.slice(colon + 1);
  switch (transport) {
    case "docker": {
      if (!rest.startsWith("//")) return err(`docker references begin with docker://`);
      const name = parseImageName(rest.slice(2));
      return name.ok ? ok({ transport, name: name.value }) : name;
    }
    case "docker-daemon":
    case "containers-storage":
      return parseEngineName(transport, rest);
    case "oci":
    case "oci-archive":
    case "docker-archive":
      return parsePath(transport, rest);
  }
}

/**
 * Reads an image's name and gives it its whole form: `alpine` is `docker.io`, `library/alpine`, `latest`.
 * The error is a sentence without a full stop.
 */
function parseImageName(text: string): Result<ImageName, string> {
  if (text === "") return err("the name is empty");
  const [named, digest] = split(text, "@");
  if (digest !== undefined && !isDigest(digest))
    return err(`"${digest}" is no digest (sha256: and 64 hex digits, or sha512: and 128)`);
  const tagColon = named.lastIndexOf(":");
  const hasTag = tagColon > named.lastIndexOf("/") && tagColon > named.lastIndexOf("]");
  const path = hasTag ? named.slice(0, tagColon) : named;
  const tag = hasTag ? named.slice(tagColon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) return err(`"${tag}" is no tag`);
  const { host, repository } = splitHost(path);
  if (!isHost(host)) return err(`"${host}" is no host of a registry`);
  if (!isRepository(repository)) {
    const lower = repository.toLowerCase();
    return err(
      lower !== repository && isRepository(lower)
        ? `names are written in lower case ("${lower}")`
        : `"${repository}" is no name of a repository`,
    );
  }
  if (host.length + repository.length > 254) return err("the name is longer than 255 characters");
  return ok({
    host,
    repository,
    ...(tag === undefined ? (digest === undefined ? { tag: "latest" } : {}) : { tag }),
    ...(digest === undefined ? {} : { digest }),
  });
}

/** The name in whole form: `docker.io/library/alpine:3.20`. */
export const imageNameText = ({ host, repository, tag, digest }: ImageName): string =>
  `${host}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;

/** A reference as containers-transports writes it. */
export function imageReferenceText(reference: ImageReference): string {
  switch (reference.transport) {
    case "any":
      return imageNameText(reference.name);
    case "docker":
      return `docker://${imageNameText(reference.name)}`;
    case "docker-daemon":
    case "containers-storage":
      return `${reference.transport}:${reference.name}`;
    case "oci":
    case "oci-archive":
    case "docker-archive": {
      const { transport, path, name, digest, index } = reference;
      const number = index === undefined ? "" : `:@${index}`;
      const named = name === undefined ? number : `:${name}`;
      return `${transport}:${path}${named}${digest === undefined ? "" : `@${digest}`}`;
    }
  }
}

function splitHost(path: string): { readonly host: string; readonly repository: string } {
  const slash = path.indexOf("/");
  const first = slash === -1 ? "" : path.slice(0, slash);
  // The reference implementation takes a first part with capitals for a host too: a repository has none.
  const hasHost = slash !== -1 && (/[.:[]/.test(first) || first === "localhost" || first.toLowerCase() !== first);
  const named = hasHost ? first : "docker.io";
  const host = named === "index.docker.io" ? "docker.io" : named;
  const rest = hasHost ? path.slice(slash + 1) : path;
  return { host, repository: host === "docker.io" && rest !== "" && !rest.includes("/") ? `library/${rest}` : rest };
}

function parseEngineName(
  transport: "docker-daemon" | "containers-storage",
  text: string,
): Result<ImageReference, string> {
  if (text.startsWith("["))
    return err(`another storage than podman's own ("${text.slice(0, text.indexOf("]") + 1)}") cannot be read`);
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return ok({ transport, name: text });
  if (/^@?[0-9a-f]{12,64}$/.test(text)) return ok({ transport, name: text.replace(/^@/, "") });
  const name = parseImageName(text);
  return name.ok ? ok({ transport, name: imageNameText(name.value) }) : name;
}

function parsePath(transport: "oci" | "oci-archive" | "docker-archive", text: string): Result<ImageReference, string> {
  const at = /^(.+)@((?:sha256|sha512):[0-9a-fA-F]*)$/.exec(text);
  if (at?.[1] !== undefined && at[2] !== undefined && !at[1].includes(":")) {
    if (transport === "docker-archive")
      return err("an archive of Docker's is asked for a name or :@NUMBER, not for a digest");
    return isDigest(at[2]) ? ok({ transport, path: at[1], digest: at[2] }) : err(`"${at[2]}" is no digest`);
  }
  const [path, rest] = splitPath(text);
  if (path === "") return err("the path is empty");
  if (rest === undefined || rest === "") return ok({ transport, path });
  const index = /^@([0-9]{1,6})$/.exec(rest)?.[1];
  if (index !== undefined) return ok({ transport, path, index: Number(index) });
  if (isDigest(rest) && transport !== "docker-archive") return ok({ transport, path, digest: rest });
  if (transport !== "docker-archive") return ok({ transport, path, ...nameAndDigest(rest) });
  const name = parseImageName(rest);
  return name.ok ? ok({ transport, path, name: imageNameText(name.value) }) : name;
}

function nameAndDigest(text: string): { readonly name: string; readonly digest?: string } {
  const at = text.lastIndexOf("@");
  const digest = text.slice(at + 1);
  return at > 0 && isDigest(digest) ? { name: text.slice(0, at), digest } : { name: text };
}

/** A path ends at its first colon; a Windows drive is part of it. */
function splitPath(text: string): [string, string | undefined] {
  const drive = /^[A-Za-z]:[\\/]/.test(text) ? 2 : 0;
  const [path, rest] = split(text.slice(drive), ":");
  return [text.slice(0, drive) + path, rest];
}

/**
 * Gives an image name its whole form, as the engines resolve it: `alpine` → `docker.io/library/alpine:latest`.
 * Names with a digest keep it and get no tag; ids (`sha256:…`) stay as they are. What is no name is completed as if it
 * were one, for those who only compare names.
 */
export function normaliseImageName(name: string): string {
  if (name.startsWith("sha256:")) return name;
  const [path, digest] = split(name, "@");
  const slash = path.indexOf("/");
  const first = slash === -1 ? "" : path.slice(0, slash);
  const hasHost = slash !== -1 && (first.includes(".") || first.includes(":") || first === "localhost");
  const withHost = hasHost ? path : `docker.io/${slash === -1 ? `library/${path}` : path}`;
  const official = withHost
    .replace(/^index\.docker\.io\//, "docker.io/")
    .replace(/^docker\.io\/(?=[^/]+$)/, "docker.io/library/");
  if (digest !== undefined) return `${official}@${digest}`;
  const hasTag = official.lastIndexOf(":") > official.lastIndexOf("/");
  return hasTag ? official : `${official}:latest`;
}

function split(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** True of text that can be an image's name or id: nothing that would change a command line or an address. */
export const isImageReference = (text: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/.test(text) && !text.split("/").includes("..");
