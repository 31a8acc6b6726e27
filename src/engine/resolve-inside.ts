/** What lies at a place inside an image; places are absolute paths without links, `.` or `..`. */
export type Step =
  | { readonly kind: "absent" | "file" | "directory" | "other" }
  | { readonly kind: "link"; readonly target: string };

/** Bytes that are read of one file of an image; of a longer one (a program) the beginning is given. */
export const fileSizeLimit = 16 * 1024 * 1024;

/** As Linux: more links than this are a loop. */
const mostLinks = 40;

/**
 * Follows a path inside an image's root, where `..` never leads above it and an absolute link starts at it again.
 * @param path absolute, as a process in the image would name it.
 * @param look says what lies at a place; asked once for each part of the path.
 * @returns the place of the regular file, or `undefined` when there is none.
 */
export async function resolveInside(path: string, look: (place: string) => Promise<Step>): Promise<string | undefined> {
  // The parts still to walk, next one last.
  const rest = path.split("/").toReversed();
  const place: string[] = [];
  let links = 0;
  let kind: Step["kind"] = "directory";
  while (rest.length > 0) {
    const part = rest.pop() ?? "";
    if (part === "" || part === ".") continue;
    if (part === "..") {
      place.pop();
      kind = "directory";
      continue;
    }
    if (kind !== "directory") return undefined;
    place.push(part);
    const step = await look(`/${place.join("/")}`);
    if (step.kind === "absent") return undefined;
    if (step.kind === "link") {
      if (++links > mostLinks) return undefined;
      place.pop();
      if (step.target.startsWith("/")) place.length = 0;
      rest.push(...step.target.split("/").toReversed());
      continue;
    }
    kind = step.kind;
  }
  return kind === "file" ? `/${place.join("/")}` : undefined;
}
