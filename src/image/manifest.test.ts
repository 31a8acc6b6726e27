import { describe, expect, test } from "vitest";
import { readManifest } from "./manifest.ts";

const digest = `sha256:${"0".repeat(64)}`;
const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";

function read(layers: readonly Readonly<Record<string, unknown>>[]) {
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 2 },
    layers: layers.map((layer) => ({ digest, size: 1, ...layer })),
  };
  const found = readManifest(Buffer.from(JSON.stringify(manifest)), "");
  return found.ok ? found.value.kind : found.error;
}

describe("what has an image's configuration and is none", () => {
  const task = { "dev.tekton.image.kind": "task", "dev.tekton.image.name": "build" };
  test.each([
    ["application/vnd.in-toto+json", "an attestation (in-toto)"],
    [
      "application/vnd.dev.cosign.simplesigning.v1+json",
      "an artifact (application/vnd.dev.cosign.simplesigning.v1+json)",
    ],
    ["application/vnd.dsse.envelope.v1+json", "an artifact (application/vnd.dsse.envelope.v1+json)"],
    ["application/json", "an artifact (application/json)"],
    ["text/spdx", "an artifact (text/spdx)"],
  ])("%s", (mediaType, what) =>
    expect(read([{ mediaType }])).toEqual({ message: `it is no image but ${what}`, isOther: true }),
  );

  test("a Tekton bundle, every layer of which is a Task or a Pipeline", () => {
    const layer = { mediaType: layerType, annotations: task };
    expect(read([layer, layer])).toEqual({ message: "it is no image but a Tekton bundle", isOther: true });
    expect(read([layer, { mediaType: layerType }])).toBe("manifest");
  });
});

test.each([layerType, "application/vnd.docker.image.rootfs.diff.tar.gzip", "application/wasm", ""])(
  "a layer of type %j is an image's",
  (mediaType) => expect(read([{ mediaType }])).toBe("manifest"),
);

test("an image without layers is one", () => expect(read([])).toBe("manifest"));

test.each([
  ["", 1],
  ["application/vnd.oci.image.config.v1+json", 1],
  ["application/vnd.docker.container.image.v1+json", 1],
  ["application/vnd.cncf.helm.config.v1+json", 0],
])("an index's entry of artifactType %j: %i images", (artifactType, images) => {
  const entry = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 2 };
  const index = { schemaVersion: 2, manifests: [artifactType === "" ? entry : { ...entry, artifactType }] };
  const found = readManifest(Buffer.from(JSON.stringify(index)), "");
  if (!found.ok || found.value.kind !== "index") throw new Error("it is no index");
  expect(found.value.manifests).toHaveLength(images);
});
