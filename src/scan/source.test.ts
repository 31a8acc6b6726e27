import { expect, test } from "vitest";
import { parseSource } from "./source.ts";

test.each([
  ["docker://registry.example", { kind: "registry", host: "registry.example" }],
  ["docker://registry.example/", { kind: "registry", host: "registry.example" }],
  ["docker://localhost", { kind: "registry", host: "localhost" }],
  ["docker://127.0.0.1:5000", { kind: "registry", host: "127.0.0.1:5000" }],
  ["docker://[::1]:5000", { kind: "registry", host: "[::1]:5000" }],
  ["docker://registry:5000", { kind: "registry", host: "registry:5000" }],
  ["docker://registry.example/team/app", { kind: "repository", host: "registry.example", repository: "team/app" }],
  ["docker://localhost:5000/app", { kind: "repository", host: "localhost:5000", repository: "app" }],
  ["docker://alpine", { kind: "repository", host: "docker.io", repository: "library/alpine" }],
  ["docker://team/app", { kind: "repository", host: "docker.io", repository: "team/app" }],
  ["docker://alpine:3.20", { kind: "image" }],
  ["docker://localhost:5000/app:1", { kind: "image" }],
  ["docker://localhost:5000/app@sha256:ab", { kind: "image" }],
  ["oci:./layout", { kind: "layout", path: "./layout" }],
  ["oci:/a/b", { kind: "layout", path: "/a/b" }],
  ["oci:/a/b:1.0", { kind: "image" }],
  ["oci-archive:a.tar", { kind: "image" }],
  ["docker-archive:a.tar", { kind: "image" }],
  ["@refs.txt", { kind: "list", file: "refs.txt" }],
  ["-", { kind: "list", file: "-" }],
])("%s", (text, expected) => {
  expect(parseSource(text)).toEqual({ ok: true, value: { text, ...expected } });
});

test.each([
  ["alpine", /is no source; give docker:/],
  ["docker://", /no registry behind it/],
  ["docker:///app", /no registry behind it/],
  ["docker://host.example/UPPER", /no repository's name/],
  ["docker://host.example/a/../b", /no repository's name/],
  ["docker://host.example/a?x=1", /no repository's name/],
  ["oci:", /no folder/],
  ["@", /no file/],
])("%s is refused", (text, message) => {
  const parsed = parseSource(text);
  expect(parsed.ok).toBe(false);
  if (!parsed.ok) expect(parsed.error).toMatch(message);
});

test("a line of a list names an image as pods do", () => {
  expect(parseSource("alpine", true)).toEqual({ ok: true, value: { kind: "image", text: "docker://alpine" } });
  expect(
    parseSource("docker://localhost:5000/a", true).ok && parseSource("docker://localhost:5000/a", true),
  ).toMatchObject({
    value: { kind: "repository" },
  });
  expect(parseSource("@more.txt", true).ok).toBe(false);
});
