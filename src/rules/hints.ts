/** Other tools' pragmas against their root-user rules: somebody has thought about root here. They are shown, not obeyed. */
import type { Containerfile } from "../containerfile/model.ts";
import type { Span } from "../core/finding.ts";
import { lineIndex, positionAt } from "../containerfile/position.ts";

export interface Hint {
  /** 1-based. */
  readonly line: number;
  /** The comment, trimmed. */
  readonly text: string;
}

const pragmas: readonly RegExp[] = [
  /^#\s*hadolint\s+(?:global\s+)?ignore\s*=.*\bDL3002\b/i,
  /^#\s*trivy:ignore:(?:\S*,)?(?:AVD-)?DS-?0*2\b/i,
  /^#\s*(?:checkov|bridgecrew):skip=CKV_DOCKER_[38]\b/i,
  // Without rule names it silences every rule.
  /^#\s*nosemgrep(?:\s*$|:.*\b(?:missing-user|last-user-is-root))/i,
];

/** The comments that silence a root-user rule of hadolint, trivy, checkov or semgrep, in order. */
export function readHints(file: Containerfile): readonly Hint[] {
  if (!/hadolint|trivy|checkov|bridgecrew|nosemgrep/i.test(file.text)) return [];
  const lines = lineIndex(file.text);
  const comments: readonly Span[] = [
    ...file.pieces.filter(({ kind }) => kind === "comment").map(({ span }) => span),
    ...file.instructions.flatMap(({ innerComments }) => innerComments),
  ].toSorted((a, b) => a.start - b.start);
  return comments.flatMap((span) => {
    const first = positionAt(lines, span.start).line;
    return file.text
      .slice(span.start, span.end)
      .split("\n")
      .flatMap((line, index) => {
        const text = line.trim();
        return pragmas.some((pragma) => pragma.test(text)) ? [{ line: first + index, text }] : [];
      });
  });
}
