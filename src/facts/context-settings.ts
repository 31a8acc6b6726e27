/** Finds the configuration files that COPY and ADD take from the author's build context, or have in here-documents. */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { CopyInstruction } from "../containerfile/model.ts";
import { contextCopies, heredocTexts } from "./context-copies.ts";

/** A configuration file that a COPY or ADD takes from the build context as it is, or has in a here-document. */
export interface ContextSettings {
  readonly copiedBy: CopyInstruction;
  /** Relative to the context; of a here-document, its place in the image. */
  readonly path: string;
  readonly text: string;
}

/** `nginx.conf`, `haproxy.cfg.template`; a file is told by its name, so that no other one is read. */
const settingsName = /\.(?:conf|cfg|ini)(?:\.(?:template|tmpl|tpl|j2))?$/;

/**
 * The configuration files that the finished image gets from the context, each named by its own source: what is in a
 * folder, or behind a `*`, is not listed.
 * @param readContext reads a text file of the context; `undefined` when it is not there.
 */
export function findContextSettings(
  model: BuildModel,
  readContext: (path: string) => string | undefined,
): readonly ContextSettings[] {
  const found: ContextSettings[] = [];
  for (const copy of contextCopies(model)) {
    const { instruction, sources } = copy;
    for (const { path, text } of heredocTexts(copy))
      if (settingsName.test(path)) found.push({ copiedBy: instruction, path, text });
    for (const path of sources) {
      if (!settingsName.test(path) || path.includes("*")) continue;
      const text = readContext(path);
      if (text !== undefined) found.push({ copiedBy: instruction, path, text });
    }
  }
  return found;
}
