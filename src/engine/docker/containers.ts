/** Containers that are run once or only looked into, through Docker's API. */
import type Dockerode from "dockerode";
import type { EmptyDirs, ImageFile, RunRequest, RunResult } from "../../core/ports.ts";
import { byteChunks, endStream } from "../byte-chunks.ts";
import { asNumber, asObject, asText, parseJson } from "../image-json.ts";
import { fileSizeLimit } from "../resolve-inside.ts";
import { concatBytes, readTar, tarOfFiles } from "../../image/tar.ts";
import { createTextLog } from "../text-log.ts";
import { apiMessage, statusOf } from "./client.ts";

/** What a container may write that is kept, each of stdout and stderr, in characters. */
const outputLimit = 1024 * 1024;

/** How long a container may take to end after SIGTERM. */
const stopGraceSeconds = 1;

/** The container of a run: the restricted profile, nothing attached but its output. */
export function runOptions(
  request: RunRequest,
  name: string,
  labels: Readonly<Record<string, string>>,
): Dockerode.ContainerCreateOptions {
  const [entrypoint, ...rest] = request.argv ?? [];
  return {
    name,
    Image: request.image,
    ...(entrypoint === undefined ? {} : { Entrypoint: [entrypoint], Cmd: rest }),
    Labels: { ...labels },
    AttachStdout: true,
    AttachStderr: true,
    Healthcheck: { Test: ["NONE"] },
    ...(request.user === undefined ? {} : { User: request.user }),
    ...(request.workingDir === undefined ? {} : { WorkingDir: request.workingDir }),
    ...(request.env === undefined ? {} : { Env: Object.entries(request.env).map(([key, value]) => `${key}=${value}`) }),
    HostConfig: {
      ...(request.privileges === "engine" ? {} : { CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges"] }),
      NetworkMode: "none",
      LogConfig: { Type: "none", Config: {} },
      ReadonlyRootfs: request.readOnly === true,
      ...(request.emptyDirs === undefined ? {} : { Tmpfs: tmpfsOf(request.emptyDirs) }),
      // A volume of its own for files that are put in: the only place a read-only container takes some.
      Mounts: foldersOf(request).map((folder) => ({
        Type: "volume" as const,
        Source: "",
        Target: folder,
      })),
    },
  };
}

const tmpfsOf = ({ paths, uid }: EmptyDirs): Readonly<Record<string, string>> =>
  Object.fromEntries(paths.map((path) => [path, `rw,exec,mode=0777,uid=${uid}`]));

const foldersOf = (request: RunRequest): string[] => [
  ...new Set([...(request.files?.keys() ?? [])].map((path) => path.slice(0, path.lastIndexOf("/")))),
];

/**
 * Puts the files in, starts the container and reads what it prints until it ends.
 * A program that is not there is exit code 127, one that may not be run is 126, as a shell and podman say it.
 */
export async function runContainer(container: Dockerode.Container, request: RunRequest): Promise<RunResult> {
  for (const folder of foldersOf(request)) {
    const files = new Map<string, Uint8Array>();
    for (const [path, content] of request.files ?? []) {
      if (path.slice(0, path.lastIndexOf("/")) === folder) files.set(path.slice(folder.length + 1), content);
    }
    await container.putArchive(Buffer.from(tarOfFiles(files)), { path: folder });
  }
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  const output = readOutput(stream);
  try {
    await container.start();
  } catch (error) {
    endStream(stream);
    const message = apiMessage(error);
    if (statusOf(error) === undefined || !/exec|OCI runtime|runc|command/i.test(message)) throw error;
    if (/not found|no such file/i.test(message)) return { exitCode: 127, stdout: "", stderr: message };
    if (/permission denied|operation not permitted|is a directory|exec format error/i.test(message))
      return { exitCode: 126, stdout: "", stderr: message };
    throw error;
  }
  let stopped = false;
  let stopping: Promise<unknown> | undefined;
  const stop = (): void => {
    stopped = true;
    // That it has ended meanwhile is no news.
    stopping = container.stop({ t: stopGraceSeconds }).catch(() => undefined);
  };
  const timer = request.stopAfterMs === undefined ? undefined : setTimeout(stop, request.stopAfterMs);
  try {
    // The types leave the answer open.
    const ended = asObject(await container.wait());
    const { stdout, stderr } = await output;
    return { exitCode: asNumber(ended["StatusCode"]), stdout, stderr, ...(stopped ? { stopped: true } : {}) };
  } finally {
    clearTimeout(timer);
    await stopping;
  }
}

/** Takes apart the attached stream: frames of one byte kind, three of nothing, four of length, and as many of content. */
async function readOutput(
  stream: AsyncIterable<unknown>,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const stdout = createTextLog(outputLimit);
  const stderr = createTextLog(outputLimit);
  const decoders = [new TextDecoder(), new TextDecoder()] as const;
  let header = Buffer.alloc(0);
  let left = 0;
  let kind = 1;
  const take = (chunk: Buffer): void => {
    let at = 0;
    while (at < chunk.length) {
      if (left === 0) {
        const wanted = 8 - header.length;
        header = Buffer.concat([header, chunk.subarray(at, at + wanted)]);
        at += wanted;
        if (header.length < 8) return;
        kind = header.readUInt8(0);
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const content = chunk.subarray(at, at + left);
      at += content.length;
      left -= content.length;
      if (kind === 2) stderr.append(decoders[1].decode(content, { stream: true }));
      else stdout.append(decoders[0].decode(content, { stream: true }));
    }
  };
  try {
    for await (const chunk of byteChunks(stream)) take(chunk);
  } catch {
    // Cut off when the container is removed; what came until then counts.
  }
  return { stdout: stdout.text(), stderr: stderr.text() };
}

// Go's os.FileMode bits, as the API gives them.
const modeDirectory = 2 ** 31;
const modeSymlink = 2 ** 27;

/** A container that is created and never started. */
export const idleOptions = (
  image: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): Dockerode.ContainerCreateOptions => ({
  name,
  Image: image,
  Labels: { ...labels },
  // An image without a command cannot be created without one; it is never run.
  Entrypoint: ["/"],
  Cmd: [],
  HostConfig: { NetworkMode: "none" },
});

/**
 * One regular file out of a container; `undefined` when there is none. Docker follows links above it inside the
 * container's root and says, for a link itself, what it leads to there.
 */
export async function readContainerFile(container: Dockerode.Container, path: string): Promise<ImageFile | undefined> {
  let place = path;
  for (let hops = 0; hops < 8; hops++) {
    let stream: NodeJS.ReadableStream;
    try {
      stream = await container.getArchive({ path: place });
    } catch (error) {
      // 400 is "not a directory" on the way.
      if (statusOf(error) === 404 || statusOf(error) === 400) return undefined;
      if (/no such file|not found|could not find|not a directory|too many links/i.test(apiMessage(error)))
        return undefined;
      throw error;
    }
    const state = statOf(stream);
    const mode = asNumber(state["mode"]);
    const target = asText(state["linkTarget"]);
    if (hasBit(mode, modeSymlink) && target !== "" && target !== place) {
      endStream(stream);
      place = target;
      continue;
    }
    if (hasBit(mode, modeDirectory)) {
      endStream(stream);
      return undefined;
    }
    const entry = readTar(await collect(stream)).find(({ type }) => type === "file");
    return entry === undefined ? undefined : { path, content: entry.content.subarray(0, fileSizeLimit) };
  }
  return undefined;
}

// Bit operators would cut a mode to 32 bits with a sign.
const hasBit = (mode: number, bit: number): boolean => Math.floor(mode / bit) % 2 === 1;

function statOf(stream: object): Readonly<Record<string, unknown>> {
  const headers = "headers" in stream ? asObject(stream.headers) : {};
  return asObject(parseJson(Buffer.from(asText(headers["x-docker-container-path-stat"]), "base64").toString("utf8")));
}

async function collect(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of byteChunks(stream)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > fileSizeLimit + 1024) {
      endStream(stream);
      break;
    }
  }
  return concatBytes(chunks);
}
