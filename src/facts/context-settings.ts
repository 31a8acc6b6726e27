/** Finds the configuration files whose text a builder has: of the build context, in here-documents, and what RUNs write. */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { Instruction } from "../containerfile/model.ts";
import { contextCopies } from "./context-copies.ts";
import { heredocTexts } from "./copied-texts.ts";
import type { Effects } from "./effects.ts";

/** A configuration file that a COPY or ADD takes from the build context as it is, or has in a here-document, or a RUN writes. */
export interface ContextSettings {
  readonly writtenBy: Instruction;
  /** Relative to the context; of a here-document, and of what a RUN writes, its place in the image. */
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
  { texts }: Pick<Effects, "texts">,
  readContext: (path: string) => string | undefined,
): readonly ContextSettings[] {
  const found: ContextSettings[] = [];
  for (const copy of contextCopies(model)) {
    const { instruction, sources } = copy;
    for (const { paths, text } of heredocTexts(copy)) {
      const path = paths.find((one) => settingsName.test(one));
      if (path !== undefined) found.push({ writtenBy: instruction, path, text });
    }
    for (const path of sources) {
      if (!settingsName.test(path) || path.includes("*")) continue;
      const text = readContext(path);
      if (text !== undefined) found.push({ writtenBy: instruction, path, text });
    }
  }
  for (const { path, text, appends, at } of texts)
    if (settingsName.test(path) && !appends && text !== undefined)
      found.push({ writtenBy: at.instruction, path, text });
  return found;
}
