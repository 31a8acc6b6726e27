/** Where a scan's lists come from: registries, layouts, files. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { asArray, asObject, asText, parseJson } from "../core/json.ts";
import type { Failure } from "../core/errors.ts";
import { fileReasonOf } from "../core/file-reason.ts";
import { Refusal } from "../core/refusal.ts";
import { err, ok, type Result } from "../core/result.ts";
import { isArtifactType, readNames } from "../image/manifest.ts";
import { folderFault } from "../image/sources/folder.ts";
import { layoutNames } from "../image/sources/layout.ts";
import { noImages } from "../image/view.ts";
import { catalogueHint, withoutCatalogue } from "../scan/catalogue-hint.ts";
import { linesOf } from "../scan/lines.ts";
import type { Lister } from "../scan/ports.ts";
import { namePages, type ListClient, type NameList } from "./name-pages.ts";

/** The most that is read of a layout's index: about 200,000 images. */
const largestIndex = 64 * 1024 * 1024;

export interface Places {
  /** The client of a host, the one that images are read with too. */
  readonly client: (host: string) => ListClient;
  readonly stdin: Readable;
}

/** Lists from real places. */
export function realLister({ client, stdin }: Places): Lister {
  return {
    catalogue: (host) => cataloguePages(host, client),
    tags: async (host, repository) => {
      const names: string[] = [];
      try {
        const list: NameList = { path: `/v2/${repository}/tags/list`, key: "tags" };
        for await (const page of namePages(client(host), list)) names.push(...page);
        return ok(names);
      } catch (error) {
        return err(failureOf(error));
      }
    },
    layout: layoutReferences,
    lines: (file) => fileLines(file, stdin),
  };
}

async function* cataloguePages(
  host: string,
  client: Places["client"],
): AsyncGenerator<Result<readonly string[], Failure>> {
  const refused = withoutCatalogue(host);
  if (refused !== undefined) {
    yield err({ code: "REGISTRY_FAILED", registry: host, message: refused, hint: catalogueHint(host) });
    return;
  }
  try {
    for await (const page of namePages(client(host), { path: "/v2/_catalog", key: "repositories" })) yield ok(page);
  } catch (error) {
    const failure = failureOf(error);
    const isRefused = failure.code === "REGISTRY_FAILED" && [400, 401, 403, 404, 405].includes(failure.status ?? 0);
    yield err(
      isRefused
        ? { ...failure, message: `it gives no catalogue: ${failure.message}`, hint: catalogueHint(host) }
        : failure,
    );
  }
}

/** The failure that a list was ended with. Anything else is a mistake of ours. */
function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return error.failure;
  throw error;
}

async function layoutReferences(path: string): Promise<Result<readonly string[], Failure>> {
  const file = join(path, "index.json");
  const hint = "name a folder that skopeo or podman wrote with oci:, or one image in it: oci:FOLDER:NAME";
  const unreadable = (message: string): Result<never, Failure> => err({ code: "UNREADABLE", file, message, hint });
  const none = (message: string): Result<never, Failure> => err(noImages(`oci:${path}`, message, hint));
  let text: string;
  try {
    const handle = await open(file);
    try {
      if ((await handle.stat()).size > largestIndex) return unreadable("it is too large for the index of a layout");
      text = await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const fault = await folderFault(path);
    if (fault !== undefined) return err({ code: "UNREADABLE", file: path, hint, ...fault });
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    return isMissing ? none("it is no OCI layout: it has no index.json") : unreadable(fileReasonOf(cause));
  }
  const manifests = asObject(parseJson(text))["manifests"];
  if (!Array.isArray(manifests)) return none("its index.json is no index");
  const images = asArray(manifests).flatMap((value) => {
    const manifest = asObject(value);
    const digest = asText(manifest["digest"]);
    const { os } = asObject(manifest["platform"]);
    if (digest === "" || os === "unknown" || isArtifactType(asText(manifest["artifactType"]))) return [];
    return [{ digest, ...readNames(manifest) }];
  });
  const names = layoutNames(images);
  const references = images.map(({ digest }, at) => {
    const name = names[at];
    return name === undefined ? `oci:${path}@${digest}` : `oci:${path}:${name}`;
  });
  return ok([...new Set(references)]);
}

async function* fileLines(file: string, stdin: Readable): AsyncGenerator<Result<string, Failure>> {
  try {
    for await (const { text } of linesOf(file === "-" ? stdin : createReadStream(file))) yield ok(text);
  } catch (cause) {
    yield err({
      code: "UNREADABLE",
      file,
      message: fileReasonOf(cause),
      hint: "name a list of images, one a line, behind @",
    });
  }
}
