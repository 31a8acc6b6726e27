/** Writes a fixed uid into the command that creates an account. */
import type { Edit } from "../core/finding.ts";
import type { UserCreation } from "../facts/effects.ts";

/** uids above it make useradd write a sparse login log of gigabytes. */
const largestLoggedUid = 9_999;

/**
 * Puts the uid behind the tool's name. `undefined` where the place of that name is not certain: in a script that is put
 * together from variables, or in a JSON string over several lines.
 * @param text the whole file.
 */
export function pinUid(text: string, creation: UserCreation, uid: number): Edit | undefined {
  const [tool] = creation.command.words;
  if (tool === undefined) return undefined;
  const written = text.slice(tool.span.start, tool.span.end);
  const option = creation.tool === "adduser-debian" ? "--uid" : "-u";
  const words = [option, String(uid)];
  if (creation.tool === "useradd" && uid > largestLoggedUid && !creation.noLogInit) words.push("-l");
  const span = { start: creation.optionsAt, end: creation.optionsAt };
  if (written === tool.raw) return { span, text: words.map((word) => ` ${word}`).join("") };
  // RUN ["useradd", "app"]
  return written === JSON.stringify(tool.raw) ? { span, text: words.map((word) => `, "${word}"`).join("") } : undefined;
}
