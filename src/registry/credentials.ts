/**
 * Credentials where podman and Docker keep them. They are read when a registry first asks for some, and there is no way
 * from here into any output: a {@link Credential} tells its place alone.
 *
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Credential, hubAddress } from "./credential.ts";
import { homeFolder } from "./home-folder.ts";
import type { Failure } from "../core/errors.ts";
import { asObject, asText, isObject, parseJson, type JsonObject } from "../core/json.ts";
import { err, ok, type Result } from "../core/result.ts";

/** Where to look. */
export interface CredentialOptions {
  /** `--authfile`: this file alone, and it must be there. */
  readonly authfile?: string;
  /** `process.env`: `REGISTRY_AUTH_FILE`, `XDG_RUNTIME_DIR`, `XDG_CONFIG_HOME`, `DOCKER_CONFIG`, `HOME`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Time that a credential helper has, in milliseconds. */
  readonly helperMs?: number;
  /** Ends helpers that still run. */
  readonly signal?: AbortSignal;
}

interface AuthFile {
  readonly path: string;
  readonly auths: JsonObject;
  readonly helpers: JsonObject;
  readonly store: string;
}

/** Looks credentials up; files are read once, helpers asked once for each key. */
export class CredentialStore {
  readonly #options: CredentialOptions;
  #files: Promise<Result<readonly AuthFile[], Failure>> | undefined;
  readonly #found = new Map<string, Promise<Result<Credential | undefined, Failure>>>();

  constructor(options: CredentialOptions) {
    this.#options = options;
  }

  /**
   * The credential for a repository: in each file a helper named for the host first, then the store, then the entries of
   * the file, of which the longest key that is a prefix of `host/repository` wins. The first file with an answer decides.
   * @param host As names write it: `docker.io`, `localhost:5000`.
   */
  find(host: string, repository: string): Promise<Result<Credential | undefined, Failure>> {
    const key = `${host}/${repository}`;
    const there = this.#found.get(key);
    if (there !== undefined) return there;
    const found = this.#find(host, repository);
    if (this.#found.size > 10_000) this.#found.clear();
    this.#found.set(key, found);
    return found;
  }

  async #find(host: string, repository: string): Promise<Result<Credential | undefined, Failure>> {
    this.#files ??= readAuthFiles(this.#options);
    const files = await this.#files;
    if (!files.ok) return files;
    for (const file of files.value) {
      const helper =
        asText(file.helpers[host]) || (host === "docker.io" ? asText(file.helpers["index.docker.io"]) : "");
      const helped =
        helper !== ""
          ? await this.#ask(helper, host, file)
          : file.store !== ""
            ? await this.#ask(file.store, host, file)
            : ok(undefined);
      if (!helped.ok) return helped;
      if (helped.value !== undefined) return helped;
      const entry = longestEntry(file.auths, host, repository);
      if (entry !== undefined) {
        const credential = readEntry(entry.value, file);
        if (credential === undefined)
          return err({
            code: "CONFIG_INVALID",
            file: file.path,
            message: `the entry "${entry.key}" holds no readable credential`,
            hint: `log in again: podman login ${host}`,
          });
        if (credential !== "empty") return ok(credential);
      }
    }
    return ok(undefined);
  }

  readonly #asked = new Map<string, Promise<Result<Credential | undefined, Failure>>>();

  /** Docker's helpers know a host, and Docker Hub by an address of its own. */
  #ask(helper: string, host: string, { path }: AuthFile): Promise<Result<Credential | undefined, Failure>> {
    const key = `${helper} ${host}`;
    const asked = this.#asked.get(key) ?? this.#askNow(helper, host, path);
    this.#asked.set(key, asked);
    return asked;
  }

  async #askNow(helper: string, host: string, file: string): Promise<Result<Credential | undefined, Failure>> {
    const { askHelper } = await import("./credential-helper.ts");
    const server = host === "docker.io" ? hubAddress : host;
    return askHelper(helper, server, { file, milliseconds: this.#options.helperMs ?? 30_000, ...this.#options });
  }
}

async function readAuthFiles({ authfile, env }: CredentialOptions): Promise<Result<readonly AuthFile[], Failure>> {
  const named = authfile ?? env["REGISTRY_AUTH_FILE"];
  if (named !== undefined && named !== "") {
    const file = await readAuthFile(named);
    if (!file.ok) return file;
    if (file.value !== undefined) return ok([file.value]);
    return err({
      code: "CONFIG_INVALID",
      file: named,
      message: `there is no such file, and ${authfile === undefined ? "REGISTRY_AUTH_FILE" : "--authfile"} names it`,
      hint: "make it with podman login --authfile FILE, or leave it out",
    });
  }
  const files: AuthFile[] = [];
  for (const path of usualFiles(env)) {
    const file = await readAuthFile(path);
    if (!file.ok) return file;
    if (file.value !== undefined) files.push(file.value);
  }
  return ok(files);
}

function usualFiles(env: CredentialOptions["env"]): readonly string[] {
  const home = homeFolder(env);
  const runtime = env["XDG_RUNTIME_DIR"] || `/run/containers/${process.getuid?.() ?? 0}`;
  // Without XDG_RUNTIME_DIR the folder is already podman's own.
  const runtimeFile = env["XDG_RUNTIME_DIR"] ? join(runtime, "containers", "auth.json") : join(runtime, "auth.json");
  return [
    runtimeFile,
    join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "containers", "auth.json"),
    join(env["DOCKER_CONFIG"] || join(home, ".docker"), "config.json"),
    join(home, ".dockercfg"),
  ];
}

async function readAuthFile(path: string): Promise<Result<AuthFile | undefined, Failure>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "ENOENT" || code === "ENOTDIR") return ok(undefined);
    if (code === "EISDIR")
      return err({
        code: "CONFIG_INVALID",
        file: path,
        message: "it is a folder where a file of credentials should be",
        hint: "name the file in it with --authfile: a mounted secret's is .dockerconfigjson",
      });
    return err({
      code: "CONFIG_INVALID",
      file: path,
      message: `credentials cannot be read (${String(code)})`,
      hint: "make the file readable for this user, or name another with --authfile",
    });
  }
  const value = parseJson(text);
  if (text.trim() === "") return ok({ path, auths: {}, helpers: {}, store: "" });
  if (!isObject(value))
    // Without the parser's message: it quotes what it could not read.
    return err({
      code: "CONFIG_INVALID",
      file: path,
      message: "it is no JSON object",
      hint: "log in again to make it anew",
    });
  const isOld = path.endsWith(".dockercfg");
  return ok({
    path,
    auths: isOld ? value : asObject(value["auths"]),
    helpers: asObject(value["credHelpers"]),
    store: asText(value["credsStore"]),
  });
}

/** `https://index.docker.io/v1/` is `docker.io`, `https://quay.io/v2/` is `quay.io`; other keys are as they are. */
function plainKey(key: string): string {
  const plain = key
    .replace(/^https?:\/\//, "")
    .replace(/\/v[12]\/?$/, "")
    .replace(/\/+$/, "");
  return plain === "index.docker.io" || plain === "registry-1.docker.io" ? "docker.io" : plain;
}

function longestEntry(
  auths: JsonObject,
  host: string,
  repository: string,
): { readonly key: string; readonly value: unknown } | undefined {
  const path = `${host}/${repository}`;
  let best: { readonly key: string; readonly plain: string; readonly value: unknown } | undefined;
  for (const [key, value] of Object.entries(auths)) {
    const plain = plainKey(key);
    const isPrefix = plain === host || path === plain || (plain !== "" && path.startsWith(`${plain}/`));
    // Of two spellings of one key the plain one is containers' own, and wins.
    if (isPrefix && (best === undefined || plain.length > best.plain.length || (plain === best.plain && key === plain)))
      best = { key, plain, value };
  }
  return best;
}

/** `"empty"`: Docker leaves an empty entry where a helper keeps the rest. */
function readEntry(value: unknown, { path: file }: AuthFile): Credential | "empty" | undefined {
  const entry = asObject(value);
  const identity = asText(entry["identitytoken"]);
  if (identity !== "") return new Credential("", identity, { file }, true);
  const auth = asText(entry["auth"]);
  if (auth === "") {
    const username = asText(entry["username"]);
    const password = asText(entry["password"]);
    return username === "" || password === "" ? "empty" : new Credential(username, password, { file });
  }
  const text = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = text.indexOf(":");
  return colon <= 0 ? undefined : new Credential(text.slice(0, colon), text.slice(colon + 1), { file });
}
