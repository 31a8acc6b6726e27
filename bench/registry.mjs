/** A real docker-registry on loopback and images to fill it with, pushed over HTTP as fast as it takes them. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";

const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const ociIndex = "application/vnd.oci.image.index.v1+json";
export const acceptedManifests = [
  ociIndex,
  ociManifest,
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

export const digestOf = (bytes) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts Debian's docker-registry with storage of its own.
 * @returns {Promise<{ host: string, pid: number, log: () => Promise<string>, stop: () => Promise<void> }>}
 */
export async function startRegistry(program = "docker-registry") {
  const folder = await mkdtemp(join(tmpdir(), "image-fix-registry-"));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  await writeFile(
    join(folder, "config.yml"),
    `version: 0.1\nlog: { level: error, accesslog: { disabled: false } }\nstorage: { filesystem: { rootdirectory: ${folder}/data, maxthreads: 100 }, delete: { enabled: true } }\nhttp: { addr: "${host}" }\n`,
  );
  const log = join(folder, "log");
  const child = spawn("/bin/sh", ["-c", 'exec "$0" serve "$1" >"$2" 2>&1', program, join(folder, "config.yml"), log], {
    stdio: "ignore",
  });
  for (let tried = 0; ; tried++) {
    const up = await fetch(`http://${host}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (up) break;
    if (tried > 100 || child.exitCode !== null)
      throw new Error(`docker-registry does not start: ${await readFile(log, "utf8")}`);
    await sleep(100);
  }
  return {
    host,
    pid: child.pid,
    log: () => readFile(log, "utf8"),
    stop: async () => {
      child.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Requests that a registry has answered, from its access log. */
export const requestsIn = (log) => (log.match(/"(?:GET|HEAD) \/v2\/[^"]*" \d+/g) ?? []).length;

/** A client that pushes and reads, with keep-alive connections. */
export function httpClient(host, connections = 32) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: "lifo" });
  const [hostname, port] = host.split(":");
  const send = (method, path, { headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const sent = request({ agent, hostname, port, method, path, headers }, (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("end", () =>
          resolve({
            status: answer.statusCode,
            headers: answer.headers,
            body: parts.length === 1 ? parts[0] : Buffer.concat(parts),
          }),
        );
        answer.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
  return { send, close: () => agent.destroy() };
}

/** A tar entry of a file. */
function tarEntry(name, text) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${text.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)]);
}

export const layerOf = (files) =>
  gzipSync(Buffer.concat([...Object.entries(files).map(([name, text]) => tarEntry(name, text)), Buffer.alloc(1024)]));

/** Users as registries have them. */
const users = ["", "65532", "app", "1000:1000", "node", "root", "10001", "nginx"];

/**
 * What the n-th image is: of eight users, every fifth an index of two platforms, three layers of which two are its own.
 * @returns Blobs and manifests to push; `manifest` is what the tag names.
 */
export function imageOf(number) {
  const user = users[number % users.length];
  const passwd = layerOf({
    "etc/passwd": `root:x:0:0:root:/root:/bin/sh\napp:x:${1000 + (number % 50)}:1000::/home/app:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\nnginx:x:101:101::/nonexistent:/bin/false\n`,
    "etc/group": "root:x:0:\napp:x:1000:\n",
  });
  const layers = [
    passwd,
    layerOf({ "app/index.js": `// ${number}\n`.repeat(40) }),
    layerOf({ "app/version": `${number}\n` }),
  ];
  const platforms = number % 5 === 0 ? ["amd64", "arm64"] : ["amd64"];
  const blobs = [...layers];
  const manifests = platforms.map((architecture) => {
    const config = Buffer.from(
      JSON.stringify({
        architecture,
        os: "linux",
        created: "2026-01-01T00:00:00Z",
        config: {
          ...(user === "" ? {} : { User: user }),
          Env: ["PATH=/usr/local/bin:/usr/bin:/bin"],
          Cmd: ["node", "index.js"],
          WorkingDir: "/app",
          Labels: { number: String(number) },
        },
        rootfs: { type: "layers", diff_ids: layers.map(digestOf) },
        history: Array.from({ length: 12 }, (_, at) => ({
          created: "2026-01-01T00:00:00Z",
          created_by: `RUN step ${at} of ${number}`,
          empty_layer: at > 2,
        })),
      }),
    );
    blobs.push(config);
    return Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: ociManifest,
        config: {
          mediaType: "application/vnd.oci.image.config.v1+json",
          digest: digestOf(config),
          size: config.length,
        },
        layers: layers.map((layer) => ({
          mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
          digest: digestOf(layer),
          size: layer.length,
        })),
      }),
    );
  });
  if (manifests.length === 1) return { user, blobs, children: [], manifest: manifests[0], mediaType: ociManifest };
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: manifests.map((manifest, at) => ({
        mediaType: ociManifest,
        digest: digestOf(manifest),
        size: manifest.length,
        platform: { os: "linux", architecture: platforms[at] },
      })),
    }),
  );
  return { user, blobs, children: manifests, manifest: index, mediaType: ociIndex };
}

/** Pushes one image. */
export async function pushImage(client, repository, tag, { blobs, children, manifest, mediaType }) {
  const fail = (what, { status, body }) => {
    throw new Error(`${what} of ${repository}:${tag}: ${status} ${body}`);
  };
  for (const blob of blobs) {
    const begun = await client.send("POST", `/v2/${repository}/blobs/uploads/`);
    if (begun.status !== 202) fail("upload", begun);
    const place = new URL(begun.headers.location, "http://registry");
    place.searchParams.set("digest", digestOf(blob));
    const done = await client.send("PUT", `${place.pathname}${place.search}`, {
      headers: { "content-type": "application/octet-stream", "content-length": blob.length },
      body: blob,
    });
    if (done.status !== 201) fail("blob", done);
  }
  for (const child of children) {
    const put = await client.send("PUT", `/v2/${repository}/manifests/${digestOf(child)}`, {
      headers: { "content-type": ociManifest },
      body: child,
    });
    if (put.status !== 201) fail("manifest", put);
  }
  const put = await client.send("PUT", `/v2/${repository}/manifests/${tag}`, {
    headers: { "content-type": mediaType },
    body: manifest,
  });
  if (put.status !== 201) fail("manifest", put);
}

/**
 * Pushes images, evenly over repositories.
 * @returns {Promise<readonly { repository: string, tag: string, user: string }[]>}
 */
export async function fillRegistry(host, images, repositories) {
  const client = httpClient(host, 16);
  const all = Array.from({ length: images }, (_, number) => ({
    repository: `team${(number % repositories) % 10}/app${String(number % repositories).padStart(4, "0")}`,
    tag: `1.${Math.floor(number / repositories)}`,
    number,
    user: users[number % users.length],
  }));
  let next = 0;
  const hand = async () => {
    while (next < all.length) {
      const { repository, tag, number } = all[next++];
      await pushImage(client, repository, tag, imageOf(number));
    }
  };
  await Promise.all(Array.from({ length: 16 }, hand));
  client.close();
  return all;
}
