import { emulationHint } from "../core/emulation.ts";
import type { Failure } from "../core/errors.ts";
import type { Engine, RunResult } from "../core/ports.ts";

/**
 * What the kernel says to a uid or gid that the engine's user namespace does not map (`EINVAL`, setresuid(2),
 * setgroups(2), chown(2)), in the words of runc, crun and podman.
 */
const unmapped = /(?:setup user|setgroups|setre?s?[ug]id|l?chown)\b.*: invalid argument/i;

const mapped =
  "a rootless engine has as many uids as /etc/subuid gives its user, seldom more than 65,536, and this one is above them: run image-fix with an engine that runs as root";

/** The failure of an engine whose container said less than it was asked. */
export function silentProbe(engine: Engine, { exitCode, stderr }: RunResult): Failure {
  // The probe is of the image's platform.
  const hint = unmapped.test(stderr) ? mapped : /exec format error/i.test(stderr) ? emulationHint : undefined;
  return {
    code: "ENGINE_FAILED",
    engine: engine.name,
    message: `the probe did not answer (exit code ${exitCode}): ${stderr.trim()}`,
    ...(hint === undefined ? {} : { hint }),
  };
}
