/** `explain` for people: what the message means, who decides it, what to do. */
import picocolors from "picocolors";
import type { ExplainReport, ExplainedRule } from "../explain/report.ts";
import { visible } from "../core/terminal-text.ts";
import type { Explanation } from "../explain/explanation.ts";
import { pageText } from "./page-text.ts";
import { wrap } from "./text-width.ts";

export interface ExplainTextOptions {
  readonly colour: boolean;
  readonly columns: number;
}

/** Longest part of a message that is shown again. */
const longestQuote = 400;

/** Renders what is explained; what is unknown is not the product and left out. */
export function renderExplanations(report: ExplainReport, options: ExplainTextOptions): string {
  const blocks = [
    ...report.rules.map((rule) => ruleText(rule, options)),
    ...report.messages.map((message) => messageText(message, options)),
  ];
  return blocks.join("\n");
}

/** Renders the list of all rules, a line each. */
export function renderRuleList(rules: readonly ExplainedRule[]): string {
  const wide = Math.max(...rules.map(({ rule }) => rule.length));
  return rules
    .map(({ rule, severity, summary }) => `${rule.padEnd(wide)}  ${severity.padEnd(7)}  ${summary}\n`)
    .join("");
}

function ruleText({ rule, page }: ExplainedRule, options: ExplainTextOptions): string {
  const text = pageText(page, options);
  // A page that shows the comment has its own to say about it.
  if (page.includes("image-fix ignore=")) return text;
  return `${text}\nWhere it is meant, say so above the line:\n\n    # image-fix ignore=${rule} -- reason\n`;
}

function messageText(message: Explanation, { colour, columns }: ExplainTextOptions): string {
  const paint = picocolors.createColors(colour);
  const prose = (text: string, indent = "", used = 0): string => wrap(visible(text), columns, indent, used);
  const lines = [paint.bold(prose(quoted(message.matched))), "", prose(`Said by ${message.from}. ${message.means}`)];
  for (const { text, means, fields } of message.reasons) {
    lines.push("", `${paint.yellow("-")} ${paint.bold(prose(text, "  ", 2))}`, `  ${prose(means, "  ", 2)}`);
    for (const { file, field } of fields) lines.push(`    ${prose(`${file}: ${field}`, "      ", 4)}`);
  }
  if (message.decides.length > 0) {
    lines.push("", paint.bold("Decided by"));
    for (const { file, field } of message.decides) lines.push(`  ${prose(`${file}: ${field}`, "    ", 2)}`);
  }
  if (message.steps.length > 0) {
    lines.push("", paint.bold("What to do"));
    message.steps.forEach((step, index) => {
      const number = `${index + 1}. `;
      lines.push(`  ${number}${prose(step.do, "     ", 5)}`);
      // A command is never broken: it is to be copied.
      if (step.run !== null) lines.push(`       ${paint.cyan(visible(step.run))}`);
    });
  }
  if (message.rules.length > 0) {
    lines.push("", prose(`More: image-fix explain ${message.rules.join(" ")}`));
  }
  return `${lines.join("\n")}\n`;
}

const quoted = (text: string): string => (text.length <= longestQuote ? text : `${text.slice(0, longestQuote)} …`);
