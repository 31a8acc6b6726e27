/**
 * One image, every place that holds it: the engine that built it, a real registry, layouts and archives that skopeo makes,
 * plain and compressed. All of them have to give the same facts.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditImage } from "../../src/app/audit-image.ts";
import type { TargetResult } from "../../src/results/run-report.ts";
import { asArray, asObject, asText, parseJson, type JsonObject } from "../../src/core/json.ts";
import { ok } from "../../src/core/result.ts";
import { ImageSources } from "../../src/image/sources/sources.ts";
import { CredentialStore } from "../../src/registry/credentials.ts";
import { base, contextFolder, describeEngines, type RealEngine } from "./support/engines.ts";
import { missingPrograms } from "./support/programs.ts";
import { startRegistry, type TestRegistry } from "./support/registry.ts";

const exec = promisify(execFile);
const signal = new AbortController().signal;
const needed = await missingPrograms(["skopeo", "docker-registry", "gzip", "zstd"]);
const required = process.env["IMAGE_FIX_REQUIRE_ENGINES"] === "1";

const blobName = (digest: string): string => `blobs/${digest.replace(":", "/")}`;

const digestIn = (value: unknown): string => asText(asObject(value)["digest"]);

/** Images that are built, and what has to come out, found by hand. */
const images = {
  symbolic: {
    text: `FROM ${base.alpine}
RUN adduser -D -u 10001 app && mkdir /data && chown app /data
RUN printf '#!/bin/sh\\nexec su-exec app "$@"\\n' > /entry.sh && chmod 755 /entry.sh
WORKDIR /data
EXPOSE 80
USER app
ENTRYPOINT ["/entry.sh"]
CMD ["sleep", "1"]
`,
    expected: {
      verdict: "symbolic",
      uid: 10001,
      rules: ["symbolic-user", "entrypoint-needs-root", "privileged-port"],
      fix: "Write the number: USER 10001",
      evidence: [
        "account: app, uid 10001, gid 10001, home /home/app, shell /bin/sh",
        "in numbers: USER 10001",
        "group: 10001",
        "home: /home/app (writable)",
        "working directory: /data (writable)",
        "starts: /entry.sh",
      ],
    },
  },
  closed: {
    text: `FROM ${base.debian}
RUN mkdir -p /srv/app && printf x > /srv/app/run && chmod 700 /srv/app/run && rm -r /var/lib/apt && mkdir -m 700 /srv/closed
WORKDIR /srv/closed
USER 65532:0
CMD ["/srv/app/run"]
`,
    expected: {
      verdict: "admit",
      uid: 65532,
      rules: ["root-group", "workdir-not-traversable", "entrypoint-needs-root", "setuid-binary"],
      fix: "Write a group of its own: USER 65532:65532",
      evidence: [
        "account: none (/etc/passwd of the image)",
        "group: 0",
        "home: / (not writable)",
        "working directory: /srv/closed (cannot be entered)",
        "starts: /srv/app/run",
      ],
    },
  },
  removed: {
    text: `FROM ${base.alpine}
RUN printf 'toor:x:0:0::/root:/bin/sh\\n1234:x:77:77::/:/bin/sh\\n' >> /etc/passwd && rm /etc/group
RUN ln -s /etc/passwd /etc/passwd.link
USER 65532
`,
    expected: {
      verdict: "admit",
      uid: 65532,
      rules: ["numeric-user-name", "no-passwd-entry"],
      fix: "Give the account a name that begins with a letter",
      evidence: [
        "account: none (/etc/passwd of the image)",
        "group: 0",
        "home: / (not writable)",
        "working directory: / (not writable)",
        "starts: /bin/busybox",
        "names of uid 0: root, toor",
      ],
    },
  },
  root: {
    text: `FROM ${base.alpine}\nUSER 0\n`,
    expected: {
      verdict: "root",
      uid: 0,
      rules: ["root-user"],
      fix: "Run as a numeric non-root user: USER 65532",
      evidence: [],
    },
  },
} as const;
type Name = keyof typeof images;
const names: readonly Name[] = ["symbolic", "closed", "removed", "root"];

const title = needed.length === 0 ? "images" : `images (not installed: ${needed.join(", ")})`;
describe.skipIf(needed.length > 0 && !required)(title, async () => {
  await describeEngines("one image, every source", [base.alpine, base.debian], (real) => suite(real));
});

const tag = (name: Name): string => `localhost/image-fix-sources:${name}`;

function suite(real: RealEngine): void {
  let folder: string;
  let registry: TestRegistry;
  let sources: ImageSources;
  const transport = real.kind === "podman" ? "containers-storage" : "docker-daemon";
  const engine = real.create();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "image-fix-images-"));
    registry = await startRegistry();
    sources = new ImageSources({
      signal,
      registry: { credentials: new CredentialStore({ env: { HOME: folder } }) },
      engine: () => Promise.resolve(ok(engine)),
    });
    for (const name of names) {
      const context = await contextFolder({ Containerfile: images[name].text });
      const built = await engine.build(
        { containerfile: join(context, "Containerfile"), context, tag: tag(name) },
        { signal },
      );
      await rm(context, { recursive: true });
      if (!built.ok) throw new Error(JSON.stringify(built.error));
      await copyAround(name);
    }
    await real.command([
      "save",
      ...(real.kind === "podman" ? ["-m", "--format=docker-archive"] : []),
      "-o",
      join(folder, "both.tar"),
      tag("symbolic"),
      tag("root"),
    ]);
  });
  afterAll(async () => {
    sources.close();
    await engine.cleanUp();
    await registry.end();
    await rm(folder, { recursive: true, force: true });
  });

  /** By the engine's own save and by skopeo: nothing of ours is between. */
  const copyAround = async (name: Name): Promise<void> => {
    const saved = join(folder, `${name}.tar`);
    await real.command([
      "save",
      ...(real.kind === "podman" ? ["--format=docker-archive"] : []),
      "-o",
      saved,
      tag(name),
    ]);
    const copy = async (...args: readonly string[]): Promise<void> =>
      void (await exec("skopeo", ["copy", "--quiet", ...args]));
    // Layers are compressed once, and from there copied as they are: compressing takes longer than all else here.
    const layout = `oci:${join(folder, "layout")}:${name}`;
    await copy(`docker-archive:${saved}`, layout);
    await copy(layout, `oci-archive:${join(folder, `${name}-oci.tar`)}:${name}`);
    await copy(
      "--dest-compress-format=zstd",
      "--dest-compress",
      `docker-archive:${saved}`,
      `oci:${join(folder, `${name}-zstd`)}:${name}`,
    );
    await copy("--dest-tls-verify=false", "--format=v2s2", layout, `docker://${registry.host}/sources:${name}`);
    await copy("--dest-tls-verify=false", layout, `docker://${registry.host}/sources-oci:${name}`);
    await exec("sh", [
      "-c",
      `gzip -1kc "$0" > "$0.gz" && zstd -1qkf "$0" -o "$0.zst" && gzip -1kc "$1" > "$1.gz"`,
      saved,
      join(folder, `${name}-oci.tar`),
    ]);
    await dockerShaped(name);
  };

  /** As Docker 25 and newer save: a layout, with a manifest.json that names its blobs. */
  const dockerShaped = async (name: Name): Promise<void> => {
    const layout = join(folder, `${name}-shaped`);
    await exec("skopeo", ["copy", "--quiet", `oci:${join(folder, "layout")}:${name}`, `oci:${layout}:${name}`]);
    const json = async (path: string): Promise<JsonObject> =>
      asObject(parseJson(await readFile(join(layout, path), "utf8")));
    const [named] = asArray((await json("index.json"))["manifests"]);
    const manifest = await json(blobName(digestIn(named)));
    const item = {
      Config: blobName(digestIn(manifest["config"])),
      RepoTags: [tag(name)],
      Layers: asArray(manifest["layers"]).map((layer) => blobName(digestIn(layer))),
    };
    await writeFile(join(layout, "manifest.json"), JSON.stringify([item]));
    await exec("tar", ["-C", layout, "-cf", `${layout}.tar`, ...(await readdir(layout))]);
  };

  const at = (file: string): string => join(folder, file);
  const places = (name: Name): readonly string[] => {
    return [
      `${transport}:${tag(name)}`,
      tag(name),
      `docker://${registry.host}/sources:${name}`,
      `docker://${registry.host}/sources-oci:${name}`,
      `oci:${at("layout")}:${name}`,
      `oci:${at(`${name}-zstd`)}`,
      `oci-archive:${at(`${name}-oci.tar`)}`,
      `oci-archive:${at(`${name}-oci.tar.gz`)}`,
      `docker-archive:${at(`${name}.tar`)}`,
      `docker-archive:${at(`${name}.tar`)}:${tag(name)}`,
      `docker-archive:${at(`${name}.tar.gz`)}`,
      `docker-archive:${at(`${name}.tar.zst`)}`,
      `docker-archive:${at(`${name}-shaped.tar`)}`,
      `oci-archive:${at(`${name}-shaped.tar`)}`,
    ];
  };

  const audit = async (target: string, deep = false): Promise<TargetResult> => {
    const results = await auditImage(target, { facts: "all", deep }, sources);
    const [result, ...more] = results.ok ? results.value : [];
    if (result === undefined || more.length > 0) throw new Error(`${target}: ${JSON.stringify(results)}`);
    return result;
  };

  test.each(names)("%s: the same facts from everywhere", async (name) => {
    const { verdict, uid, rules, fix, evidence } = images[name].expected;
    for (const place of places(name)) {
      const { error, platform, findings, ...result } = await audit(place);
      const found = findings.map(({ rule }) => rule);
      expect({ place, error, platform, ...result, rules: found, fix: findings[0]?.fix?.title }).toMatchObject({
        place,
        error: null,
        platform: "linux/amd64",
        verdict,
        uid,
        rules,
        fix,
        evidence,
      });
      if (name === "symbolic") expect(findings[0]?.message).toMatch(/\(USER app, step \d+ of \d+ of its history\)/);
    }
  });

  test("--deep: the full list of setuid programs from everywhere", async () => {
    // `find` in a container is another way to know.
    const listed = await engine.run(
      {
        image: tag("closed"),
        argv: ["find", "/", "-xdev", "-type", "f", "-perm", "/6000", "-perm", "/111"],
        user: "0",
        privileges: "engine",
      },
      { signal },
    );
    if (!listed.ok) throw new Error(JSON.stringify(listed.error));
    const paths = listed.value.stdout.split("\n").filter(Boolean).toSorted();
    expect(paths.length).toBeGreaterThan(5);
    for (const place of places("closed")) {
      const finding = (await audit(place, true)).findings.find(({ rule }) => rule === "setuid-binary");
      expect({ place, message: finding?.message }).toEqual({
        place,
        message: `${paths.join(", ")} are setuid or setgid: with allowPrivilegeEscalation false the bit does nothing, and the program runs as its caller`,
      });
    }
  });

  test("two requests for an image whose configuration says all", async () => {
    const before = sources.registry(registry.host).counters.requests;
    const fresh = new ImageSources({
      signal,
      registry: { credentials: new CredentialStore({ env: { HOME: folder } }) },
    });
    const results = await auditImage(`docker://${registry.host}/sources:root`, { facts: "all" }, fresh);
    expect(results).toMatchObject({ ok: true, value: [{ verdict: "root" }] });
    expect(fresh.registry(registry.host).counters.requests).toBe(2);
    expect(sources.registry(registry.host).counters.requests).toBe(before);
    fresh.close();
  });

  test("several images in one archive are judged each, by their names", async () => {
    const results = await auditImage(`docker-archive:${join(folder, "both.tar")}`, { facts: "all" }, sources);
    expect(
      results.ok && results.value.map(({ target, verdict }) => `${target.slice(-8)} ${verdict}`).toSorted(),
    ).toEqual(["ces:root root", "symbolic symbolic"]);
  });

  test("an index of platforms: each is judged, and one can be chosen", async () => {
    const host = registry.host;
    const arm = Buffer.from(
      JSON.stringify({
        os: "linux",
        architecture: "arm64",
        config: { User: "65532" },
        rootfs: { type: "layers", diff_ids: [] },
      }),
    );
    const armConfig = await push(host, "sources", arm);
    const child = await put(host, "sources", undefined, {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { ...armConfig, mediaType: "application/vnd.oci.image.config.v1+json" },
      layers: [],
    });
    const amd = await fetch(`http://${host}/v2/sources/manifests/root`, {
      headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" },
    });
    const bytes = Buffer.from(await amd.arrayBuffer());
    await put(host, "sources", "both", {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [
        {
          mediaType: amd.headers.get("content-type"),
          digest: digestOf(bytes),
          size: bytes.length,
          platform: { os: "linux", architecture: "amd64" },
        },
        { ...child, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
      ],
    });
    const all = await auditImage(`docker://${host}/sources:both`, { facts: "user" }, sources);
    expect(all).toMatchObject({
      ok: true,
      value: [
        {
          platform: "linux/amd64",
          verdict: "root",
          evidence: ["platforms differ: linux/amd64 root, linux/arm64/v8 admit"],
        },
        { platform: "linux/arm64/v8", verdict: "admit", uid: 65532 },
      ],
    });
    const one = await auditImage(`docker://${host}/sources:both`, { facts: "user", platform: "linux/arm64" }, sources);
    expect(one.ok && one.value.map(({ platform }) => platform)).toEqual(["linux/arm64/v8"]);
    const none = await auditImage(`docker://${host}/sources:both`, { facts: "user", platform: "linux/s390x" }, sources);
    expect(none).toMatchObject({
      ok: true,
      value: [
        {
          error: {
            code: "NO_IMAGE",
            message: "it has no image for linux/s390x; it has linux/amd64, linux/arm64/v8",
          },
        },
      ],
    });
  });
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

async function push(
  host: string,
  repository: string,
  bytes: Uint8Array,
): Promise<{ readonly digest: string; readonly size: number }> {
  const begun = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: "POST" });
  const place = new URL(begun.headers.get("location") ?? "", `http://${host}`);
  place.searchParams.set("digest", digestOf(bytes));
  const done = await fetch(place, {
    method: "PUT",
    body: Buffer.from(bytes),
    headers: { "content-type": "application/octet-stream" },
  });
  if (done.status !== 201) throw new Error(`the registry takes no blob: ${done.status}`);
  return { digest: digestOf(bytes), size: bytes.length };
}

async function put(
  host: string,
  repository: string,
  reference: string | undefined,
  manifest: { readonly mediaType: string; readonly [key: string]: unknown },
) {
  const bytes = Buffer.from(JSON.stringify(manifest));
  const digest = digestOf(bytes);
  const done = await fetch(`http://${host}/v2/${repository}/manifests/${reference ?? digest}`, {
    method: "PUT",
    body: bytes,
    headers: { "content-type": manifest.mediaType },
  });
  if (done.status !== 201) throw new Error(`the registry takes no manifest: ${done.status} ${await done.text()}`);
  return { mediaType: manifest.mediaType, digest, size: bytes.length };
}
