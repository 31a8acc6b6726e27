/** The options of `manifest` that print a text to apply or to run: `--kyverno`, `--tekton-config`, `--verify-plan`. */
import type { PlanRequest } from "../../app/manifest-plan.ts";
import type { ExitCode } from "../../core/errors.ts";
import { exitCodes } from "../../core/errors.ts";
import { err, ok } from "../../core/result.ts";
import { printFault, usage } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import type { Parse } from "../values.ts";

export interface PlanOptions {
  readonly kyverno?: boolean;
  readonly tektonConfig?: boolean;
  readonly verifyPlan?: string;
  readonly namespace?: string;
  readonly runAsUser?: number;
  readonly fix?: boolean;
  readonly images?: boolean;
  readonly output?: string;
  readonly format: string;
}

/** Whether one of these options was given. */
export const asksForPlan = ({ kyverno, tektonConfig, verifyPlan }: PlanOptions): boolean =>
  kyverno === true || tektonConfig === true || verifyPlan !== undefined;

/** Prints what the options ask for. */
export async function printPlan(files: readonly string[], options: PlanOptions, terminal: Terminal): Promise<ExitCode> {
  const what = whatOf(options);
  if (!what.ok) return printFault(terminal, what.error);
  const { planText } = await import("../../app/manifest-plan.ts");
  const text = await planText(
    {
      what: what.value,
      targets: files,
      ...(files.includes("-") ? { stdin: await terminal.input() } : {}),
    },
    { signal: terminal.signal },
  );
  if (!text.ok) return printFault(terminal, text.error);
  terminal.out(text.value);
  return exitCodes.ok;
}

function whatOf(options: PlanOptions): ReturnType<typeof ok<PlanRequest["what"]>> | ReturnType<typeof usage> {
  const { kyverno, tektonConfig, verifyPlan, namespace, runAsUser } = options;
  const asked = [
    ...(kyverno === true ? ["--kyverno"] : []),
    ...(tektonConfig === true ? ["--tekton-config"] : []),
    ...(verifyPlan === undefined ? [] : ["--verify-plan"]),
  ];
  const [first = "", second] = asked;
  if (second !== undefined) return usage(`${first} and ${second} print two different things`, "give one of them");
  const other = options.fix === true ? "--fix" : options.images === true ? "--images" : undefined;
  if (other !== undefined) return usage(`${first} prints a text and cannot go with ${other}`, "give one of them");
  if (options.output !== undefined && options.output !== "-")
    return usage(`${first} prints a text and has no -o`, "send its output where it is to go: > FILE");
  if (options.format !== "text")
    return usage(`${first} prints a text of its own and has no --format ${options.format}`, "leave --format out");
  if (namespace !== undefined && kyverno !== true)
    return usage("--namespace is the namespace of --kyverno", "see image-fix manifest --help");
  if (kyverno === true) {
    return ok({
      kind: "kyverno",
      ...(namespace === undefined ? {} : { namespace }),
      ...(runAsUser === undefined ? {} : { runAsUser }),
    });
  }
  return ok(verifyPlan === undefined ? { kind: "tekton-config" } : { kind: "verify-plan", namespace: verifyPlan });
}

/** A namespace as the API has it. */
export const parseNamespace: Parse<string> = (text) =>
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)
    ? ok(text)
    : err(`${JSON.stringify(text)} is no namespace; give at most 63 lower-case letters, digits and -, such as build`);
