import { expect, test } from "vitest";
import { createFakeEngine } from "./fake.ts";

const options = { signal: new AbortController().signal };

test("images are objects, builds and runs are functions, and calls are kept", async () => {
  const engine = createFakeEngine({
    images: { alpine: { files: { "/etc/os-release": "ID=alpine\n" } } },
    build: (request) => (request.target === "broken" ? undefined : { config: { user: "65532" } }),
    run: ({ argv = [] }) => ({ exitCode: 0, stdout: argv.join(" "), stderr: "" }),
  });
  expect(await engine.listImages(options)).toMatchObject({
    ok: true,
    value: new Map([["docker.io/library/alpine:latest", expect.stringMatching(/^sha256:/)]]),
  });
  const files = await engine.readFiles("alpine", { contents: ["/etc/os-release", "/etc/passwd"] }, options);
  expect(files.ok ? [...files.value.keys()] : []).toEqual(["/etc/os-release"]);
  const build = { containerfile: "/c", context: "/", tag: "localhost/x:1" };
  expect(await engine.build(build, options)).toMatchObject({
    ok: true,
    value: { config: { user: "65532" }, names: ["localhost/x:1"] },
  });
  expect(await engine.build({ ...build, target: "broken" }, options)).toMatchObject({
    ok: false,
    error: { code: "BUILD_FAILED" },
  });
  expect(await engine.run({ image: "localhost/x:1", argv: ["id", "-u"] }, options)).toEqual({
    ok: true,
    value: { exitCode: 0, stdout: "id -u", stderr: "" },
  });
  await engine.cleanUp();
  expect(await engine.inspect("localhost/x:1", options)).toMatchObject({
    ok: false,
    error: { code: "IMAGE_NOT_FOUND" },
  });
  expect(engine.calls).toContain("run id -u");
});
