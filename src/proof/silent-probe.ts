import type { Failure } from "../core/errors.ts";
import type { Engine, RunResult } from "../core/ports.ts";

/**
 * What the kernel says to a uid or gid that the engine's user namespace does not map (`EINVAL`, setresuid(2),
 * setgroups(2), chown(2)), in the words of runc, crun and podman.
 */
const unmapped = /(?:setup user|setgroups|setre?s?[ug]id|l?chown)\b.*: invalid argument/i;

/** The failure of an engine whose container said less than it was asked. */
export const silentProbe = (engine: Engine, { exitCode, stderr }: RunResult): Failure => ({
  code: "ENGINE_FAILED",
  engine: engine.name,
  message: `the probe did not answer (exit code ${exitCode}): ${stderr.trim()}`,
  ...(unmapped.test(stderr)
    ? {
        hint: "a rootless engine has as many uids as /etc/subuid gives its user, seldom more than 65,536, and this one is above them: run image-fix with an engine that runs as root",
      }
    : {}),
});
