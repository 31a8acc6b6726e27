/** What is said of an image that an engine has not and cannot get. */
import type { Failure } from "../core/errors.ts";
import { shellWord } from "../core/shell-word.ts";

/** An image that cannot be pulled, with the command that shows it outside of this tool. */
export const unpullable =
  (engine: "podman" | "docker", reference: string) =>
  (message: string): Failure => ({
    code: "IMAGE_NOT_FOUND",
    reference,
    message: `${engine === "docker" ? "Docker" : engine} cannot pull it: ${message}`,
    hint: `check its name and tag, or see what stops it: ${engine} pull ${shellWord(reference)}`,
  });
