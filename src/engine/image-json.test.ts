import { describe, expect, test } from "vitest";
import { readImageJson } from "./image-json.ts";
import { emptyConfig } from "../image/files-alone.ts";

describe("readImageJson", () => {
  test("reads podman's form: id without algorithm, no Cmd, null lists", () => {
    const json = {
      Id: "0".repeat(64),
      RepoTags: ["docker.io/library/alpine:3.20"],
      Architecture: "amd64",
      Os: "linux",
      Size: 8090788,
      Config: { Env: null, User: "app:app", WorkingDir: "/app" },
    };
    expect(readImageJson(json)).toEqual({
      id: `sha256:${"0".repeat(64)}`,
      names: ["docker.io/library/alpine:3.20"],
      repoDigests: [],
      platform: "linux/amd64",
      config: { ...emptyConfig, user: "app:app", workingDir: "/app" },
      sizeBytes: 8090788,
    });
  });

  test("reads Docker's form: short names, unnamed images, variants, volumes and ports as keys", () => {
    const json = {
      Id: "sha256:1",
      RepoTags: ["alpine:3.20", "<none>:<none>"],
      RepoDigests: ["alpine@sha256:2", "<none>@<none>"],
      Architecture: "arm64",
      Variant: "v8",
      Os: "linux",
      Size: 1,
      Config: {
        User: "0",
        Env: ["PATH=/bin"],
        Entrypoint: ["/e"],
        Cmd: ["c"],
        Volumes: { "/data": {} },
        ExposedPorts: { "80/tcp": {} },
        OnBuild: ["RUN x"],
        Shell: ["/bin/bash", "-c"],
      },
    };
    expect(readImageJson(json)).toEqual({
      id: "sha256:1",
      names: ["docker.io/library/alpine:3.20"],
      repoDigests: ["docker.io/library/alpine@sha256:2"],
      platform: "linux/arm64/v8",
      config: {
        user: "0",
        workingDir: "",
        env: ["PATH=/bin"],
        entrypoint: ["/e"],
        cmd: ["c"],
        volumes: ["/data"],
        exposedPorts: ["80/tcp"],
        onBuild: ["RUN x"],
        shell: ["/bin/bash", "-c"],
      },
      sizeBytes: 1,
    });
  });

  test.each([undefined, null, [], "x", {}, { Id: 3 }])("%j is no image", (value) => {
    expect(readImageJson(value)).toBeUndefined();
  });
});
