/**
 * Joins a WORKDIR onto the one before it: absolute paths replace it, relative ones go on from it, `.` and `..` are
 * resolved, double and trailing slashes go. An empty path changes nothing.
 */
export function joinWorkdir(current: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${current}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
