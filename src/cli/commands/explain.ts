/** `image-fix explain WHAT`: a rule's page, or what a message pasted from a cluster means and which command fixes it. */
import { Command, Option } from "commander";
import type { ExplainReport } from "../../explain/report.ts";
import { exitCodeOf, exitCodes, type ExitCode, type Failure } from "../../core/errors.ts";
import { formatOption } from "../options.ts";
import { printFault } from "../output.ts";
import type { Run } from "../run.ts";
import { wantsColour, type Terminal } from "../terminal.ts";
import { tool } from "../version.ts";

interface ExplainOptions {
  readonly format: "text" | "json";
  readonly color?: boolean;
}

const help = `
Examples:
  image-fix explain root-user
  image-fix explain "container has runAsNonRoot and image will run as root"
  kubectl describe pod web-1 | image-fix explain -
  kubectl get taskrun ci -o yaml | image-fix explain -
  kubectl logs ci-pod -c step-build | image-fix explain --format json
  image-fix explain                             every rule, a line each

Exit codes: 0 explained; 1 nothing is known of it; 2 wrong usage.`;

/** Defines the command. */
export function explainCommand(run: Run): Command {
  return new Command("explain")
    .summary("explain a rule, or an error message pasted from a cluster")
    .description(
      "Explains rules by their ids, or every known message in a text: what it means, which file and field decides it, and the command that fixes it.",
    )
    .argument("[what...]", "rule ids, or a message; - for standard input; nothing for a pipe, else a list of the rules")
    .addOption(formatOption(["text", "json"]))
    .addOption(new Option("--color", "colours even where nobody watches"))
    .addOption(new Option("--no-color", "no colours (also: NO_COLOR=1)"))
    .addHelpText("after", help)
    .action((words: readonly string[], options: ExplainOptions) =>
      run((terminal) => explain(words, options, terminal)),
    );
}

async function explain(words: readonly string[], options: ExplainOptions, terminal: Terminal): Promise<ExitCode> {
  const fromInput = words.length === 0 ? !terminal.inputIsTerminal : words.length === 1 && words[0] === "-";
  const input = fromInput ? new TextDecoder().decode(await terminal.input()) : undefined;
  if (words.length === 0 && (input ?? "").trim() === "") return list(options, terminal);
  const { explain: explainWords } = await import("../../app/explain.ts");
  const result = await explainWords({ words, ...(input === undefined ? {} : { input }) });
  if (options.format === "json") {
    if (!result.ok) return printExplainFailure(result.error, terminal);
    const { renderExplainJson } = await import("../../report/json-explain.ts");
    terminal.out(renderExplainJson(result.value, tool));
    return codeOf(result.value);
  }
  if (!result.ok) return printFault(terminal, result.error, options.color);
  const { renderExplanations } = await import("../../report/text-explain.ts");
  const colour = wantsColour(terminal.env, terminal.outputIsTerminal, options.color);
  terminal.out(renderExplanations(result.value, { colour, columns: terminal.columns }));
  for (const unknown of result.value.unknown) await printFault(terminal, unknownFault(unknown), options.color);
  return codeOf(result.value);
}

/** Why nothing could be explained, as JSON. */
export async function printExplainFailure(failure: Failure, terminal: Terminal): Promise<ExitCode> {
  const { renderExplainJson } = await import("../../report/json-explain.ts");
  terminal.out(renderExplainJson({ rules: [], messages: [], unknown: [] }, tool, failure));
  return exitCodeOf(failure);
}

async function list({ format }: ExplainOptions, terminal: Terminal): Promise<ExitCode> {
  const { listRules } = await import("../../app/rule-pages.ts");
  const rules = await listRules();
  if (format === "json") {
    const { renderExplainJson } = await import("../../report/json-explain.ts");
    terminal.out(renderExplainJson({ rules, messages: [], unknown: [] }, tool));
  } else {
    const { renderRuleList } = await import("../../report/text-explain.ts");
    terminal.out(renderRuleList(rules));
  }
  return exitCodes.ok;
}

const codeOf = ({ unknown }: ExplainReport): ExitCode => (unknown.length > 0 ? exitCodes.findings : exitCodes.ok);

/** Longest part of an unknown text that is shown again. */
const longestQuote = 160;

function unknownFault({ text, meant }: ExplainReport["unknown"][number]): Failure {
  const line = text.replace(/\s+/g, " ");
  const shown = line.length <= longestQuote ? line : `${line.slice(0, longestQuote)} …`;
  return {
    code: "USAGE",
    message: `nothing is known of ${JSON.stringify(shown)}`,
    hint:
      meant === null
        ? "paste the message as the cluster prints it, or all of it: kubectl describe pod NAME | image-fix explain -; image-fix explain alone lists the rules"
        : `did you mean: image-fix explain ${meant}`,
  };
}
