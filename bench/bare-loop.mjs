/**
 * The least a client can do: manifest and config of every image of a list, digests checked, over keep-alive connections.
 *
 *     node bench/bare-loop.mjs HOST CONCURRENCY < references     (repository:tag, one a line)
 */
import { text } from "node:stream/consumers";
import { acceptedManifests, digestOf, httpClient } from "./registry.mjs";

const [host = "", concurrency = "32"] = process.argv.slice(2);
const names = (await text(process.stdin)).split("\n").filter((line) => line !== "");
const client = httpClient(host, Number(concurrency));
let next = 0;
let images = 0;

async function get(repository, kind, reference) {
  const { status, body, headers } = await client.send("GET", `/v2/${repository}/${kind}/${reference}`, {
    headers: kind === "manifests" ? { accept: acceptedManifests } : {},
  });
  const wanted = reference.startsWith("sha256:") ? reference : headers["docker-content-digest"];
  if (status !== 200 || digestOf(body) !== wanted) throw new Error(`${repository} ${reference}: ${status}`);
  return JSON.parse(body.toString("utf8"));
}

async function hand() {
  while (next < names.length) {
    const name = names[next++];
    const colon = name.lastIndexOf(":");
    const repository = name.slice(0, colon);
    const top = await get(repository, "manifests", name.slice(colon + 1));
    const manifests = top.manifests === undefined ? [top] : [];
    for (const { digest } of top.manifests ?? []) manifests.push(await get(repository, "manifests", digest));
    for (const { config } of manifests) {
      const { config: runs } = await get(repository, "blobs", config.digest);
      images += typeof (runs.User ?? "") === "string" ? 1 : 0;
    }
  }
}
await Promise.all(Array.from({ length: Number(concurrency) }, hand));
client.close();
console.log(images);
