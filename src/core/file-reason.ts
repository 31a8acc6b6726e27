/** Why a file cannot be read or written, in words. */

const errorText: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "it may not be read by this user",
  EISDIR: "it is a folder",
  ELOOP: "its symbolic links form a circle",
  ENOTDIR: "part of its path is not a folder",
  ENAMETOOLONG: "its name is too long",
  ENOSPC: "there is no space left on its disk",
  EDQUOT: "its owner's disk quota is used up",
  EROFS: "its file system is read-only",
};

/** Files are written beside their place and moved there, so that it is the folder that must be writable. */
const writeErrorText: Readonly<Record<string, string>> = {
  ENOENT: "its folder is not there",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
};

/** The reason of a file system error in words. @param doing what failed */
export function fileReasonOf(error: unknown, doing: "read" | "write" = "read"): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return (
    (doing === "write" ? writeErrorText[code] : undefined) ??
    errorText[code] ??
    (error instanceof Error ? error.message : String(error))
  );
}
