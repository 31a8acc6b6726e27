/** Finds the configuration files whose text a builder has: of the build context, in here-documents, what RUNs write, and of these what other stages hand on. */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { Instruction } from "../containerfile/model.ts";
import { copiesOf, globMatches } from "./context-copies.ts";
import { heredocTexts } from "./copied-texts.ts";
import type { Effects } from "./effects.ts";
import { isWithin, resolvePath } from "./paths.ts";
import { TextFinder } from "./text-finder.ts";
import { basename } from "../shell/launch.ts";

/** A configuration file that a COPY or ADD takes from the build context as it is, or has in a here-document, or a RUN writes. */
export interface ContextSettings {
  readonly writtenBy: Instruction;
  /** Relative to the context; of a here-document, and of what a RUN writes, its place in the image. */
  readonly path: string;
  readonly text: string;
}

/** `nginx.conf`, `haproxy.cfg.template`, `torrc`, `Caddyfile`; a file is told by its name, so that no other one is read. */
const settingsName = /(?:\.(?:conf|cfg|ini)|\btorrc|\bCaddyfile)(?:\.(?:template|tmpl|tpl|j2))?$/;

/** Folders that are for configuration alone: what is copied there as a whole is looked through. */
const settingsFolders = ["/etc", "/usr/local/etc"];

/**
 * The configuration files that the finished image gets from the context: those that a source names, and those right in a
 * folder, or behind a `*`, that is copied to a place of configuration (`COPY conf.d/ /etc/supervisor/conf.d/`). Of another
 * stage's those that a source names.
 * @param readContext reads a text file of the context; `undefined` when it is not there.
 * @param listContext tells what is right in a folder of the context.
 */
export function findContextSettings(
  model: BuildModel,
  effects: Pick<Effects, "texts" | "commands">,
  readContext: (path: string) => string | undefined,
  listContext: (folder: string) => readonly string[] = () => [],
): readonly ContextSettings[] {
  const found: ContextSettings[] = [];
  /** The files that a source stands for. */
  const filesOf = (source: string, destination: string | undefined): readonly string[] => {
    const isPattern = source.includes("*");
    if (settingsName.test(source) && !isPattern) return [source];
    if (!settingsFolders.some((folder) => destination !== undefined && isWithin(folder, destination))) return [];
    const folder = isPattern ? resolvePath("/", `${source}/..`) : resolvePath("/", source);
    const names = listContext(folder.slice(1)).filter(
      (name) => settingsName.test(name) && (!isPattern || globMatches(basename(source), name)),
    );
    return names.map((name) => resolvePath(folder, name).slice(1));
  };
  const finder = new TextFinder(model, effects, readContext, ({ text }) => !text.includes("\0"));
  for (const copy of copiesOf(model, model.shipped)) {
    const { instruction, sources, destination, stage } = copy;
    if (stage !== undefined) {
      for (const source of sources.filter((one) => settingsName.test(one) && !one.includes("*"))) {
        const text = finder.in(stage, resolvePath("/", source));
        if (text !== undefined) found.push({ writtenBy: instruction, ...text });
      }
      continue;
    }
    for (const { paths, text } of heredocTexts(copy)) {
      const path = paths.find((one) => settingsName.test(one));
      if (path !== undefined) found.push({ writtenBy: instruction, path, text });
    }
    for (const path of sources.flatMap((source) => filesOf(source, destination))) {
      const text = readContext(path);
      if (text !== undefined) found.push({ writtenBy: instruction, path, text });
    }
  }
  for (const { path, text, appends, at } of effects.texts)
    if (settingsName.test(path) && !appends && text !== undefined)
      found.push({ writtenBy: at.instruction, path, text });
  return found;
}
