/** The folders and files that a request names beside its targets, looked at before anything is built. */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Failure } from "../core/errors.ts";
import { fileReasonOf } from "../core/file-reason.ts";
import type { FixRequest } from "./requests.ts";

/** What is wrong with `--context`; `undefined` where nothing is, or none was given. */
export async function contextFault(context: string | undefined): Promise<Failure | undefined> {
  if (context === undefined) return undefined;
  const why = await whyNoFolder(context);
  return why === undefined
    ? undefined
    : {
        code: "USAGE",
        message: `--context ${context}: ${why}`,
        hint: "name the folder that the build takes its files from",
      };
}

/** What is wrong with the folders and files of `--build-context` and `--secret`. */
export async function inputFault({
  contexts = {},
  secrets = [],
}: Pick<FixRequest, "contexts" | "secrets">): Promise<Failure | undefined> {
  for (const [name, value] of Object.entries(contexts)) {
    // An address, an image, and `git@host:…`: the builder's own matter.
    if (/^[\w-]+:\/\/|^[^/]+@[^/]+:/.test(value)) continue;
    const why = await whyNoFolder(value);
    if (why !== undefined)
      return {
        code: "USAGE",
        message: `--build-context ${name}=${value}: ${why}`,
        hint: "name a folder, or an image as docker-image://IMAGE",
      };
  }
  for (const secret of secrets) {
    const [, file] = /(?:^|,)(?:src|source)=([^,]*)/.exec(secret) ?? [];
    if (file === undefined) continue;
    const why = await access(file, constants.R_OK).then(
      () => undefined,
      (error: unknown) => fileReasonOf(error),
    );
    if (why !== undefined)
      return { code: "USAGE", message: `--secret ${secret}: ${why}`, hint: "name a file that this user can read" };
  }
  return undefined;
}

/** What is wrong with `-o`; `undefined` where nothing is, or none was given. */
export async function outputFault(output: string | undefined): Promise<Failure | undefined> {
  if (output === undefined || output === "-") return undefined;
  const isFolder = await stat(output).then(
    (info) => info.isDirectory(),
    () => false,
  );
  const folder = dirname(output);
  const why = isFolder ? "it is a folder" : await whyNoFolder(folder);
  if (why === undefined) return undefined;
  return {
    code: "USAGE",
    message: isFolder ? `-o ${output}: ${why}` : `-o ${output}: ${folder}: ${why}`,
    hint: "name a file in a folder that is there, or - for standard output",
  };
}

/** Why something is no folder that can be used. */
const whyNoFolder = async (path: string): Promise<string | undefined> =>
  await stat(path).then(
    (info) => (info.isDirectory() ? undefined : "it is no folder"),
    (error: unknown) =>
      error instanceof Error && "code" in error && error.code === "ENOENT"
        ? "there is no such folder"
        : fileReasonOf(error),
  );
