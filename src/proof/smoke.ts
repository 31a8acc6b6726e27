/** Does the application start? The image's own command, run for a while under the profile of the proof. */
import type { SmokeTest } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import type { CallOptions, Engine, ImageRecord, Reply, RunRequest, RunResult } from "../core/ports.ts";
import { ok } from "../core/result.ts";
import { permissionErrors } from "./permission-errors.ts";
import { signalName } from "./signal-name.ts";
import { smokeHint } from "./smoke-hint.ts";

export interface SmokeRequest extends Pick<RunRequest, "user" | "readOnly" | "emptyDirs" | "privileges"> {
  readonly image: ImageRecord;
  readonly seconds: number;
}

/** Longer than an engine takes to make, stop and remove a container. */
const slackMs = 30_000;
/** Lines and characters of output that are kept for people. */
const keptLines = 20;
const keptCharacters = 4000;

/**
 * Starts the image's own entrypoint and command, without a network, input or terminal, and watches it.
 *
 * It fails when it cannot be started, ends with another exit code than 0, is killed by a signal, or prints that it was
 * refused a permission. A command that ends with 0 or still runs when the time is over is well.
 * @returns an engine's failure as it is; how the command fared is a value.
 */
export async function smokeTest(engine: Engine, request: SmokeRequest, options: CallOptions): Reply<SmokeTest> {
  const { image, seconds, ...profile } = request;
  const { entrypoint, cmd } = image.config;
  const command = [...entrypoint, ...cmd];
  const nothing = { command, seconds, exitCode: null, signal: null, permissionErrors: [], output: "", fault: null };
  if (command.length === 0) return ok({ ...nothing, outcome: "no-command" });
  const stopAfterMs = seconds * 1000;
  const reply = await engine.run(
    { image: image.id, ...profile, stopAfterMs, timeoutMs: stopAfterMs + slackMs },
    options,
  );
  if (!reply.ok) return reply;
  return ok(withFault({ ...nothing, ...outcomeOf(reply.value), ...outputOf(reply.value) }));
}

function outcomeOf({ exitCode, stopped }: RunResult): Pick<SmokeTest, "outcome" | "exitCode" | "signal"> {
  if (stopped === true) return { outcome: "running", exitCode: null, signal: null };
  // As shells and engines say it: 126 may not be run, 127 is not there.
  if (exitCode === 126 || exitCode === 127) return { outcome: "not-started", exitCode, signal: null };
  const signal = exitCode > 128 ? signalName(exitCode - 128) : undefined;
  return signal === undefined ? { outcome: "exited", exitCode, signal: null } : { outcome: "killed", exitCode, signal };
}

function outputOf({ stdout, stderr }: RunResult): Pick<SmokeTest, "permissionErrors" | "output"> {
  const both = `${stdout}${stdout === "" || stdout.endsWith("\n") ? "" : "\n"}${stderr}`;
  const output = both.trimEnd().split("\n").slice(-keptLines).join("\n").slice(-keptCharacters);
  return { permissionErrors: permissionErrors(both), output };
}

function withFault(test: SmokeTest): SmokeTest {
  return { ...test, fault: faultOf(test) };
}

function faultOf({ outcome, exitCode, signal, permissionErrors: refused }: SmokeTest): string | null {
  const [first] = refused;
  const said = first === undefined ? "" : `: ${first}`;
  switch (outcome) {
    case "not-started":
      return `it could not be started, exit code ${exitCode}${said}`;
    case "killed":
      return `it was ended by ${signal}${said}`;
    case "exited":
      if (exitCode !== 0) return `exit code ${exitCode}${said}`;
      return first === undefined ? null : `a refused permission${said}`;
    case "running":
      return first === undefined ? null : `a refused permission${said}`;
    case "no-command":
      return null;
  }
}

/** A smoke test that failed, as a failure of the proof. */
export function smokeFailure(smoke: SmokeTest, fault: string): Failure {
  const hint = smokeHint(smoke);
  return {
    code: "PROOF_FAILED",
    message: "its own command fails under the restricted profile",
    expected: "it runs, or ends with exit code 0, and is refused nothing",
    actual: fault,
    ...(hint === undefined ? {} : { hint }),
    ...(smoke.output === "" ? {} : { log: smoke.output }),
  };
}
