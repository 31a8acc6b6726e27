/** What is said of an image that an engine has not and cannot get. */
import type { Failure } from "../core/errors.ts";
import { shellWord } from "../core/shell-word.ts";

/** Where each engine is told that a registry has no TLS. Docker needs it not for those on its own machine. */
const plainHttp = {
  podman: "podman asks by HTTPS; where the registry has none, say insecure = true for it in registries.conf",
  docker: 'Docker asks by HTTPS; where the registry has none, name it under "insecure-registries" in its daemon.json',
} as const;

/** An image that cannot be pulled, with what to set, or the command that shows it outside of this tool. */
export const unpullable =
  (engine: "podman" | "docker", reference: string) =>
  (message: string): Failure => ({
    code: "IMAGE_NOT_FOUND",
    reference,
    message: `${engine === "docker" ? "Docker" : engine} cannot pull it: ${message}`,
    hint: message.includes("server gave HTTP response to HTTPS client")
      ? plainHttp[engine]
      : `check its name and tag, or see what stops it: ${engine} pull ${shellWord(reference)}`,
  });
