/** What a person sees while a run works: a spinner on a terminal, lines in a log, nothing for machines. */
import type { ProgressEvent } from "../app/requests.ts";
import { visible, visibleName } from "../core/terminal-text.ts";
import type { Terminal } from "./terminal.ts";

export interface Progress {
  readonly onEvent: (event: ProgressEvent) => void;
  /** Takes the spinner away; nothing is shown any more. */
  readonly stop: () => void;
}

const warn = (terminal: Terminal, text: string): void => terminal.note(`image-fix: warning: ${visible(text)}\n`);

const silent = (terminal: Terminal): Progress => ({
  onEvent: (event) => {
    if (event.kind === "warning") warn(terminal, event.text);
  },
  stop: () => undefined,
});

/**
 * The listener for a run. `verbose` shows the output of builds as it comes.
 * @param kind `silent` for machine formats and `--quiet`
 */
export async function startProgress(
  terminal: Terminal,
  { quiet, verbose }: { readonly quiet: boolean; readonly verbose: boolean },
): Promise<Progress> {
  if (quiet) return silent(terminal);
  if (!terminal.errorIsRedrawn || verbose) return lines(terminal, verbose);
  return spinner(terminal);
}

function lines(terminal: Terminal, verbose: boolean): Progress {
  return {
    onEvent: (event) => {
      if (event.kind === "phase") terminal.note(`image-fix: ${visibleName(event.target)}: ${visible(event.text)}\n`);
      else if (event.kind === "warning") warn(terminal, event.text);
      else if (event.kind === "note") terminal.note(`image-fix: ${visible(event.text)}\n`);
      else if (verbose && event.text.trim() !== "") terminal.note(`  ${visible(event.text.trimEnd())}\n`);
    },
    stop: () => undefined,
  };
}

/** Loads ora with the first event, so that runs without any need none. */
function spinner(terminal: Terminal): Progress {
  let stopped = false;
  let phase = "";
  let show: ((text: string) => void) | undefined;
  let end: (() => void) | undefined;
  let last = "";
  const start = async (): Promise<void> => {
    const { default: ora } = await import("ora");
    if (stopped) return;
    const { errorStream } = terminal;
    const made = ora({
      text: last,
      discardStdin: false,
      ...(errorStream === undefined ? {} : { stream: errorStream }),
    }).start();
    show = (text) => {
      made.text = text;
    };
    end = () => void made.stop();
  };
  let starting: Promise<void> | undefined;
  const update = (text: string): void => {
    last = cut(text, terminal.columns - 4);
    if (show === undefined) starting ??= start();
    else show(last);
  };
  return {
    onEvent: (event) => {
      if (event.kind === "phase") {
        phase = `${visibleName(event.target)}: ${visible(event.text)}`;
        update(phase);
      } else if (event.kind === "log" && event.text.trim() !== "") {
        const line = event.text.trim().split("\n").at(-1) ?? "";
        update(`${phase} | ${visible(line.replaceAll("\t", " "))}`);
      } else if (event.kind === "warning") {
        end?.();
        warn(terminal, event.text);
      }
    },
    stop: () => {
      stopped = true;
      end?.();
    },
  };
}

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);
