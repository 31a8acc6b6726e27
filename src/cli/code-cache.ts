/**
 * The code cache of the command line. To compile it takes longer than all else at a start, so what V8 made of it is kept
 * in the user's cache folder. Node does that itself from 22.1 on; for older ones it is done here, in the same way: one
 * entry a file, with the file's and its own checksum, since V8 looks at the length of a source only and runs what it is
 * given. `NODE_COMPILE_CACHE` names another folder and `NODE_DISABLE_COMPILE_CACHE` turns it off, as they do for Node.
 */
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { basename, dirname, isAbsolute, join } from "node:path";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";

/** Length of the source's checksum and the entry's own, which stand in front of V8's data. */
const headLength = 8;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Uses the cache for what is required from now on.
 * @param code the folder whose `.cjs` files are ours
 */
export function useCodeCache(code: string, env: Environment): void {
  if (env["NODE_DISABLE_COMPILE_CACHE"] === "1") return;
  const folder = cacheFolder(env);
  if (folder === undefined) return;
  const own: unknown = Reflect.get(Module, "enableCompileCache");
  if (typeof own === "function") Reflect.apply(own, Module, [folder]);
  else cacheFiles(code, folder);
}

/**
 * A folder that nobody else can put code into.
 * @returns undefined where there is none, as for a user without a home or on a system that may only be read
 */
function cacheFolder(env: Environment): string | undefined {
  const named = env["NODE_COMPILE_CACHE"] ?? "";
  if (named !== "") return named;
  const [home, caches] = [env["HOME"] ?? "", env["XDG_CACHE_HOME"] ?? ""];
  const top = isAbsolute(caches) ? caches : isAbsolute(home) ? join(home, ".cache") : undefined;
  if (top === undefined) return undefined;
  const folder = join(top, "image-fix");
  const code = join(folder, "code");
  try {
    // Not what is above them: a home that does not exist is not made.
    return [top, folder, code].every(isThere) && isOurs(folder) && isOurs(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Makes it where it is not, in what is this user's: root by `sudo` leaves nothing in another's home. */
function isThere(path: string): boolean {
  if (existsSync(path)) return true;
  if (statSync(dirname(path)).uid !== process.getuid?.()) return false;
  mkdirSync(path, { mode: 0o700 });
  return true;
}

/** Who may rename it can put another in its place, but none that is this user's. */
function isOurs(folder: string): boolean {
  const stat = lstatSync(folder);
  return stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0;
}

function cacheFiles(code: string, folder: string): void {
  const place = join(folder, `${process.version}-${process.arch}`);
  const compiled: { readonly entry: string; readonly check: number; readonly script: Script }[] = [];
  const { extensions } = createRequire(join(code, "main.cjs"));
  const usual = extensions[".js"];
  extensions[".cjs"] = (module, path) => {
    if (dirname(path) !== code) {
      usual?.(module, path);
      return;
    }
    const source = readFileSync(path, "utf8");
    const check = crc32(source);
    const entry = join(place, `${basename(path)}.v8`);
    const cachedData = readEntry(entry, check);
    const script = new Script(Module.wrap(source), { filename: path, ...(cachedData && { cachedData }) });
    if (cachedData === undefined || script.cachedDataRejected === true) compiled.push({ entry, check, script });
    const run: unknown = script.runInThisContext();
    if (typeof run === "function")
      Reflect.apply(run, module.exports, [module.exports, createRequire(path), module, path, code]);
  };
  // At the end, so that what ran is in it and not only what was loaded.
  process.once("exit", () => {
    for (const { entry, check, script } of compiled) writeEntry(entry, check, script.createCachedData());
  });
}

function readEntry(entry: string, check: number): Buffer | undefined {
  try {
    const bytes = readFileSync(entry);
    const data = bytes.subarray(headLength);
    return bytes.readUInt32LE(0) === check && bytes.readUInt32LE(4) === crc32(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

function writeEntry(entry: string, check: number, data: Buffer): void {
  const head = Buffer.alloc(headLength);
  head.writeUInt32LE(check, 0);
  head.writeUInt32LE(crc32(data), 4);
  const temporary = `${entry}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(entry), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, Buffer.concat([head, data]), { mode: 0o600, flag: "wx" });
    renameSync(temporary, entry);
  } catch {
    // A cache that cannot be written is none; the next start tries again.
    discard(temporary);
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nor is what could not be written there to be removed.
  }
}
