import { hash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startRegistry, tarOf, type TestRegistry } from "../../test/support/registry.ts";
import { exitCodeOf } from "../core/errors.ts";
import { failureWords } from "../core/failure-words.ts";
import { ImageSources } from "../image/sources/sources.ts";
import { auditImage } from "./audit-image.ts";
import type { TargetResult } from "../results/run-report.ts";

let sources: ImageSources;
beforeEach(() => {
  sources = new ImageSources({ signal: new AbortController().signal });
});
afterEach(() => sources.close());

async function audit(target: string): Promise<TargetResult> {
  const results = await auditImage(target, { facts: "all" }, sources);
  const [result] = results.ok ? results.value : [];
  if (result === undefined) throw new Error(JSON.stringify(results));
  return result;
}

describe("the verdict of an image is what the kubelet says of its config.User", () => {
  const passwd = "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n";
  let registry: TestRegistry;
  beforeEach(async () => {
    registry = await startRegistry();
  });
  afterEach(async () => await registry.close());

  // It takes root's name for a name too: "image has non-numeric user (root)".
  test.each([
    ["root", 0],
    ["root:root", 0],
    ["toor", 0],
    ["app", 1000],
  ] as const)("%s", async (user, uid) => {
    registry.image("app", "1", { user, layers: [[{ path: "etc/passwd", text: passwd }]] });
    const result = await audit(`docker://${registry.host}/app:1`);
    expect(result).toMatchObject({ verdict: "symbolic", uid });
    expect(result.kubeletMessage).toContain("non-numeric user");
  });

  test.each([
    ["1000:5", "group: 1000 under Kubernetes, 5 under podman and Docker"],
    ["1000:1000", "group: 1000"],
    ["1000:ghost", 'group: 1000 under Kubernetes, none under podman and Docker (no group "ghost")'],
  ])("the groups of %s", async (user, line) => {
    registry.image("app", "1", { user, layers: [[{ path: "etc/passwd", text: passwd }]] });
    expect((await audit(`docker://${registry.host}/app:1`)).evidence).toContain(line);
  });
});

describe("archives are read as they are and compressed, whatever their files are called", () => {
  // podman and skopeo; jib; go-containerregistry (crane, ko, kaniko); Docker from 25 on, rules_oci.
  test.each([
    ["a.json", "layer.tar"],
    ["config.json", "a.tar.gz"],
    ["sha256:a", "a.tar.gz"],
    ["blobs/sha256/a", "blobs/sha256/b"],
  ])("%s", async (configName, layerName) => {
    const folder = await mkdtemp(join(tmpdir(), "audit-image-"));
    try {
      const layer = tarOf([{ path: "etc/passwd", text: "app:x:1000:1000::/:/bin/sh\n" }]).toString("latin1");
      const config = {
        os: "linux",
        architecture: "amd64",
        config: { User: "app" },
        rootfs: { type: "layers", diff_ids: [`sha256:${hash("sha256", Buffer.from(layer))}`] },
      };
      const archive = tarOf([
        { path: configName, text: JSON.stringify(config) },
        { path: layerName, text: layer },
        {
          path: "manifest.json",
          text: JSON.stringify([{ Config: configName, RepoTags: ["app:1"], Layers: [layerName] }]),
        },
      ]);
      await writeFile(join(folder, "plain"), archive);
      await writeFile(join(folder, "packed"), gzipSync(archive));
      for (const file of ["plain", "packed"])
        expect(await audit(`docker-archive:${join(folder, file)}`)).toMatchObject({ uid: 1000, error: null });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("a file or folder that holds no images is an unreadable one", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "audit-image-"));
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  const tar = Buffer.from(tarOf([{ path: "notes.txt", text: "x".repeat(2_000) }]));
  test.each([
    ["docker-archive", Buffer.from("a text\n"), "it is no tar archive"],
    ["oci-archive", Buffer.from("a text\n"), "it is no tar archive"],
    ["docker-archive", tar.subarray(0, 1_000), "the archive ends in the middle of a file"],
    ["docker-archive", gzipSync(tar).subarray(0, 40), "its gzip stream is broken"],
    ["docker-archive", tar, "it is no archive of images"],
    ["docker-archive", Buffer.from("\u{fd}7zXZ\0 and what xz writes", "latin1"), "it is compressed by xz"],
    ["oci-archive", Buffer.from(`BZh9${"x".repeat(600)}`), "it is compressed by bzip2"],
    ["oci-archive", tar, "it is no OCI layout"],
    ["docker-archive", Buffer.from(tarOf([{ path: "index.json", text: "{}" }])), "it is an archive of an OCI layout"],
    ["oci-archive", Buffer.from(tarOf([{ path: "index.json", text: "{" }])), "index.json"],
  ])("%s: %#", async (transport, content, message) => {
    const file = join(folder, "file");
    await writeFile(file, content);
    const { error } = await audit(`${transport}:${file}`);
    if (error === null) throw new Error("it was read");
    expect(failureWords(error)).toMatchObject({
      place: `${transport}:${file}`,
      message: expect.stringContaining(message),
    });
    expect(exitCodeOf(error)).toBe(2);
  });

  test("oci", async () => {
    await mkdir(join(folder, "empty"));
    const { error } = await audit(`oci:${join(folder, "empty")}`);
    expect(error).toMatchObject({ code: "UNREADABLE", message: "it is no OCI layout: it has no index.json" });
  });

  test("an image that is broken in an archive that is none of it stays one that cannot be used", async () => {
    const manifest = JSON.stringify([{ Config: "gone.json", RepoTags: [], Layers: [] }]);
    const file = join(folder, "file");
    await writeFile(file, tarOf([{ path: "manifest.json", text: manifest }]));
    const { error } = await audit(`docker-archive:${file}`);
    expect(error?.code).toBe("IMAGE_INVALID");
  });
});
