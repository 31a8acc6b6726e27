/** `--format text`: for people, at a terminal, in a log, or through a screen reader. Words carry all, colour nothing. */
import picocolors from "picocolors";
import type { FileFix, RunReport, TargetResult } from "../results/run-report.ts";
import type { Finding } from "../core/finding.ts";
import { shellWord } from "../core/shell-word.ts";
import { visible, visibleName } from "../core/terminal-text.ts";
import { excerpt } from "./excerpt.ts";
import { placeOf, sourceOf, type Source } from "./source.ts";
import type { TextOptions } from "./text-options.ts";
import { isUnexplainedUnknown, silenceWords, standingFindings, unexplainedRefusal } from "./standing.ts";
import { nameOf, renderImage } from "./text-image.ts";
import { renderDiff } from "./text-diff.ts";
import { proofWords, renderProof } from "./text-proof.ts";
import { wrap } from "./text-width.ts";
import { counted, fixLabel, isAdmitted, outcomeWords, verdictWords } from "./words.ts";

/** Renders the targets of a report, without failures and summary. */
export function renderTargets(report: RunReport, options: TextOptions): string {
  const targets = report.targets.map((target) => ({ ...target, target: visibleName(target.target) }));
  if (options.quiet)
    return withPlatforms(targets)
      .flatMap((target) => quietLines(target, options))
      .join("");
  const printer = new TargetPrinter(options);
  const only = targets.length === 1;
  return targets
    .map((target) =>
      report.command === "verify"
        ? printer.verified(target)
        : target.kind === "image"
          ? renderImage(target, options)
          : printer.containerfile(target, report.command, only),
    )
    .filter((block) => block !== "")
    .map((block) => `${block}\n`)
    .join(report.command === "verify" && !options.verbose ? "" : "\n");
}

/** Of an image that was judged for several platforms each line says which it is about. */
function withPlatforms(targets: readonly TargetResult[]): readonly TargetResult[] {
  const counts = new Map<string, number>();
  for (const { target } of targets) counts.set(target, (counts.get(target) ?? 0) + 1);
  return targets.map((one) => ((counts.get(one.target) ?? 0) > 1 ? { ...one, target: nameOf(one) } : one));
}

function quietLines(target: TargetResult, { fails }: TextOptions): readonly string[] {
  const refusal = target.fix?.changed === true ? null : unexplainedRefusal(target);
  const text = target.fix?.changed === true ? target.fix.text : target.text;
  const source = sourceOf(text ?? "");
  const lines = standingFindings(target)
    .filter(fails)
    .map((finding) => `${title(target.target, finding, text === null ? null : source)}\n`);
  return refusal === null
    ? lines
    : [`${visible(`${target.target}: error: ${refusal.message} [${refusal.rule}]`)}\n`, ...lines];
}

/** `./Containerfile:7:6: error: USER names … [symbolic-user]`, the form that editors and `grep` know. */
function title(target: string, finding: Finding, source: Source | null): string {
  const place = source === null ? "" : placeText(source, finding);
  return visible(`${target}${place}: ${severityWords(finding)}: ${finding.message} [${finding.rule}]`);
}

function placeText(source: Source, finding: Finding): string {
  const { line, column } = placeOf(source, finding.span);
  return `:${line}:${column}`;
}

const severityWords = ({ severity, outcome }: Finding): string =>
  outcome === "open" ? `${severity} (could not be known)` : severity;

/** Prints single targets; holds the options so that every part need not pass them on. */
class TargetPrinter {
  readonly #options: TextOptions;
  readonly #paint: ReturnType<typeof picocolors.createColors>;
  /** The options of this run that the next one needs too, as a shell takes them. */
  readonly #same: string;

  constructor(options: TextOptions) {
    this.#options = options;
    this.#same = (options.same ?? []).map((word) => `${shellWord(visible(word))} `).join("");
    this.#paint = picocolors.createColors(options.colour);
  }

  /** A Containerfile: findings, the fix, its proof, what is left, and one line that says what became of it. */
  containerfile(target: TargetResult, command: RunReport["command"], only: boolean): string {
    const { verbose } = this.#options;
    const fix = target.fix?.changed === true ? target.fix : null;
    const blocks: string[] = [];
    if (target.text !== null) {
      const source = sourceOf(target.text);
      const left = new Set((fix?.remaining ?? []).map(({ rule, message }) => `${rule}\n${message}`));
      const gone = target.findings.filter(({ rule, message }) => !left.has(`${rule}\n${message}`));
      blocks.push(...this.#findings(target, gone, source));
    }
    const refusal = fix === null ? unexplainedRefusal(target) : null;
    if (refusal !== null) {
      const why = silenceWords(target, refusal);
      blocks.push(this.#prose(`Kubernetes says: ${refusal.message}`), ...(why === null ? [] : [this.#prose(why)]));
    }
    for (const { line, text } of target.hints) {
      blocks.push(
        this.#prose(`Note: line ${line} holds "${text}"; image-fix reads such a comment and does not obey it.`),
      );
    }
    if (verbose) {
      for (const { finding, reason } of target.ignored) {
        blocks.push(this.#prose(`Ignored in the file: ${finding.rule}, because: ${reason}`));
      }
    }
    if (verbose || isUnexplainedUnknown(target)) {
      for (const line of target.evidence) blocks.push(this.#prose(`Known: ${line}`));
    }
    if (fix !== null) blocks.push(...this.#fix(fix));
    if (target.proof !== null) blocks.push(renderProof(target.proof, "the rebuilt image", this.#options, target.smoke));
    else if (fix !== null && fix.predictedId !== null)
      blocks.push(`${this.#paint.bold("Predicted, not run:")}\n  ${visible(fix.predictedId)}`);
    if (fix !== null && fix.remaining.length > 0) {
      const source = sourceOf(fix.text);
      blocks.push(
        this.#paint.bold(
          this.#prose(`Left after the fix (places are those of the ${fix.written ? "new" : "proposed"} text):`),
        ),
        ...this.#findings(target, fix.remaining, source),
      );
    }
    if (target.fix?.changed === false) blocks.push(...target.fix.steps.map((step) => this.#prose(`Left: ${step}`)));
    const isWell = target.kind === "manifest" ? isAdmitted(target) : target.verdict === "admit";
    const quietlyWell = !only && !verbose && blocks.length === 0 && target.error === null && isWell;
    if (!quietlyWell && (target.error === null || target.text !== null)) blocks.push(this.#status(target, command));
    return blocks.join("\n\n");
  }

  /** An image: one line, or with `--verbose` the whole proof. A failure has been said on standard error. */
  verified(target: TargetResult): string {
    const { proof, error } = target;
    const name = visible(target.target);
    if (error !== null && error.code !== "PROOF_FAILED") return "";
    if (error !== null)
      return `${name}: ${this.#paint.red("not proven")}${proof === null ? "" : `; ${visible(proof.id)}`}`;
    if (proof === null) {
      const words =
        target.kubeletMessage === null
          ? verdictWords[target.verdict]
          : `${verdictWords[target.verdict]}: ${target.kubeletMessage}`;
      return `${name}: ${target.verdict === "admit" ? words : this.#paint.red(visible(words))}`;
    }
    const line = `${name}: ${this.#paint.green(visible(proof.id))}`;
    if (this.#options.verbose) return `${line}\n\n${renderProof(proof, "the image", this.#options, target.smoke)}`;
    return `${line}; ${visible(proofWords(target, proof))}`;
  }

  /** Findings of a manifest at one place share its excerpt: a container that lacks four fields lacks them in one place. */
  #findings(target: TargetResult, findings: readonly Finding[], source: Source): readonly string[] {
    if (target.kind !== "manifest") return findings.map((finding) => this.#finding(target, [finding], source));
    const groups: Finding[][] = [];
    for (const finding of findings) {
      const last = groups.at(-1);
      const isSame = last?.[0]?.span.start === finding.span.start && last[0].span.end === finding.span.end;
      if (isSame) last?.push(finding);
      else groups.push([finding]);
    }
    return groups.map((group) => this.#finding(target, group, source));
  }

  /** Findings at one place. */
  #finding(target: TargetResult, findings: readonly Finding[], source: Source): string {
    const [first] = findings;
    if (first === undefined) return "";
    const paint = this.#paint;
    const mark = first.severity === "error" ? paint.red : first.severity === "warning" ? paint.yellow : paint.cyan;
    const lines = [
      ...findings.map((finding) => this.#title(target, finding, source)),
      excerpt(source, first.span, this.#options.columns, { gutter: paint.dim, mark }),
    ];
    const hints = new Map(findings.flatMap(({ fix }) => (fix === null ? [] : [[fix.title, fix] as const])));
    for (const fix of hints.values()) lines.push(this.#labelled(fixLabel(target, fix), fix.title));
    return lines.join("\n");
  }

  #title(target: TargetResult, finding: Finding, source: Source): string {
    const paint = this.#paint;
    const mark = finding.severity === "error" ? paint.red : finding.severity === "warning" ? paint.yellow : paint.cyan;
    const place = `${visible(target.target)}${placeText(source, finding)}:`;
    const severity = `${severityWords(finding)}:`;
    const words = visible(`${finding.message} [${finding.rule}${ofWhat(target, finding)}]`);
    // Wrapped as plain text and coloured afterwards, so that colours count no columns.
    const wrapped = wrap(`${place} ${severity} ${words}`, this.#options.columns, "  ");
    return wrapped.startsWith(`${place} ${severity}`)
      ? `${paint.bold(place)} ${mark(paint.bold(severity))}${wrapped.slice(place.length + 1 + severity.length)}`
      : wrapped;
  }

  #fix(fix: FileFix): readonly string[] {
    const blocks: string[] = [];
    if (fix.steps.length > 0) {
      const steps = fix.steps.map((step) => `  - ${wrap(visible(step), this.#options.columns, "    ", 4)}`);
      blocks.push([this.#paint.bold(fix.written ? "Changed:" : "Would change:"), ...steps].join("\n"));
    }
    if (this.#options.diff) blocks.push(renderDiff(fix.diff.trimEnd(), this.#options.colour));
    return blocks;
  }

  /** One line: what became of the target. */
  #status(target: TargetResult, command: RunReport["command"]): string {
    const { fix } = target;
    const left = standingFindings(target);
    const counts = (["error", "warning", "info"] as const).flatMap((severity) => {
      const count = left.filter((finding) => finding.severity === severity).length;
      return count === 0 ? [] : [severity === "info" ? `${count} info` : counted(count, severity)];
    });
    const ignored = target.ignored.length === 0 ? [] : [`${target.ignored.length} ignored in the file`];
    const tail = [...counts, ...ignored].join(", ");
    const name = visible(target.target);
    const rest = `${fix?.changed === true && counts.length > 0 ? " left" : ""}${command === "fix" ? forPerson(left) : ""}`;
    const words = `${outcomeWords(target, command)}${tail === "" ? "" : `; ${tail}${rest}`}`;
    const well =
      target.error === null &&
      !left.some(this.#options.fails) &&
      (fix?.changed === true
        ? fix.written
        : target.kind === "manifest"
          ? isAdmitted(target)
          : target.verdict === "admit");
    const shown = wrap(`${name}: ${visible(words)}`, this.#options.columns, "  ");
    const colour = well
      ? this.#paint.green
      : target.error === null && fix?.changed === true
        ? this.#paint.yellow
        : this.#paint.red;
    const lines = [colour(shown)];
    if (isFile(target.target) && left.some((finding) => finding.fix?.applicability === "safe")) {
      if (command === "audit") lines.push(`Try: image-fix ${this.#same}${fileWord(target.target)}`);
      if (fix === null && target.kind === "manifest")
        lines.push(`Try: image-fix manifest --fix ${this.#same}${fileWord(target.target)}`);
    }
    // runAsNonRoot was written, and who the images run as is another question.
    if (target.kind === "manifest" && well && fix?.written === true && asksOfImages(target)) {
      lines.push(`Do its images start? image-fix manifest --images ${this.#same}${fileWord(target.target)}`);
    }
    return lines.join("\n");
  }

  #labelled(label: string, text: string): string {
    return `  ${this.#paint.bold(`${label}:`)} ${wrap(visible(text), this.#options.columns, "    ", label.length + 4)}`;
  }

  #prose(text: string): string {
    return wrap(visible(text), this.#options.columns, "  ");
  }
}

/** Whether the images of a manifest's Pods were left unread, so that nothing is known of the kubelet's answer. */
const asksOfImages = ({ podSecurity = [], verdict }: TargetResult): boolean =>
  podSecurity.length > 0 && verdict === "not-applicable";

/** Why a fix that worked ends in 1: findings that fail it whatever their severity. */
function forPerson(left: readonly Finding[]): string {
  const count = left.filter(({ needsPerson }) => needsPerson === true).length;
  if (count === 0) return "";
  return count === left.length ? ", for a person to decide" : `, ${count} of them for a person to decide`;
}

/** What a finding is about beside its file: a stage that has a name, a Pod of a manifest. */
function ofWhat({ kind }: TargetResult, { stage }: Finding): string {
  if (kind === "manifest") return stage === "" ? "" : `, ${stage}`;
  return /^[0-9]+$/.test(stage) ? "" : `, stage ${stage}`;
}

/** A file name for a command to copy: no option, and nothing but a word for the shell. */
function fileWord(name: string): string {
  const shown = visible(name);
  return shellWord(shown.startsWith("-") ? `./${shown}` : shown);
}

/** Whether a target can be written: standard input and pipes (`<(…)`) cannot. */
const isFile = (target: string): boolean => target !== "-" && !/^\/(?:dev|proc\/[^/]+)\/fd\//.test(target);
