/**
 * A registry of as many images as wanted, answered from memory by a process of its own: what a scan costs when the
 * registry costs nothing. `GET /requests` tells how many it has answered.
 *
 *     node bench/synthetic-registry.mjs IMAGES REPOSITORIES [LATENCY-MS]     prints its host, then serves
 */
import { createServer } from "node:http";
import { digestOf, layerOf } from "./registry.mjs";

const [images = 1000, repositories = 100, latency = 0] = process.argv.slice(2).map(Number);
const users = ["", "65532", "app", "1000:1000", "root", "10001", "web", "0"];
const manifestType = "application/vnd.oci.image.manifest.v1+json";

const layers = Array.from({ length: 50 }, (_, at) =>
  layerOf({
    "etc/passwd": `root:x:0:0:root:/root:/bin/sh\napp:x:${2000 + at}:2000::/home/app:/bin/sh\nweb:x:101:101::/:/bin/sh\n`,
  }),
);
const layerBytes = new Map(layers.map((layer) => [digestOf(layer), layer]));
const layerDigests = [...layerBytes.keys()];

const configOf = (number) =>
  Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: {
        User: users[number % users.length],
        Env: ["PATH=/usr/bin:/bin"],
        Cmd: ["app"],
        WorkingDir: "/app",
        Labels: { number: String(number) },
      },
      rootfs: { type: "layers", diff_ids: [layerDigests[number % 50]] },
      history: Array.from({ length: 10 }, (_, at) => ({
        created_by: `RUN step ${at} of ${number}`,
        empty_layer: at > 0,
      })),
    }),
  );
const manifestOf = (number, config) => {
  const layer = layerDigests[number % 50];
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(config), size: config.length },
      layers: [
        { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: layer, size: layerBytes.get(layer).length },
      ],
    }),
  );
};
const numbers = new Map();
for (let number = 0; number < images; number++) numbers.set(digestOf(configOf(number)), number);

const nameOf = (at) => `team${at % 100}/app${at}`;
let requests = 0;

function answer(url, reply) {
  const [path, query = ""] = url.split("?");
  if (path === "/requests") return reply.end(String(requests));
  requests++;
  if (path === "/v2/") return reply.end("{}");
  const json = (value, headers = {}) =>
    reply.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
  if (path === "/v2/_catalog") {
    const from = Number(new URLSearchParams(query).get("last") ?? -1) + 1;
    const to = Math.min(repositories, from + 1000);
    const names = Array.from({ length: to - from }, (_, at) => nameOf(from + at));
    return json(
      { repositories: names },
      to < repositories ? { link: `</v2/_catalog?n=1000&last=${to - 1}>; rel="next"` } : {},
    );
  }
  const match = /^\/v2\/team\d+\/app(\d+)\/(tags|manifests|blobs)\/(.+)$/.exec(path);
  const repository = Number(match?.[1] ?? NaN);
  if (match === null || !(repository < repositories)) return reply.writeHead(404).end("{}");
  if (match[2] === "tags") {
    const tags = [];
    for (let number = repository; number < images; number += repositories)
      tags.push(`1.${(number - repository) / repositories}`);
    return json({ name: nameOf(repository), tags });
  }
  if (match[2] === "manifests") {
    const number = Number(match[3].slice(2)) * repositories + repository;
    if (!(number < images)) return reply.writeHead(404).end("{}");
    const bytes = manifestOf(number, configOf(number));
    return reply
      .writeHead(200, {
        "content-type": manifestType,
        "docker-content-digest": digestOf(bytes),
        "content-length": bytes.length,
      })
      .end(bytes);
  }
  const number = numbers.get(match[3]);
  const bytes = number === undefined ? layerBytes.get(match[3]) : configOf(number);
  if (bytes === undefined) return reply.writeHead(404).end("{}");
  return reply
    .writeHead(200, { "content-type": "application/octet-stream", "content-length": bytes.length })
    .end(bytes);
}

const server = createServer(({ url }, reply) => {
  if (latency > 0) setTimeout(() => answer(url, reply), latency);
  else answer(url, reply);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${server.address().port}`));
