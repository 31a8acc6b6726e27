import { expect, test } from "vitest";
import { isImageReference, normaliseImageName } from "./reference.ts";

test.each([
  ["alpine", "docker.io/library/alpine:latest"],
  ["alpine:3.20", "docker.io/library/alpine:3.20"],
  ["library/alpine", "docker.io/library/alpine:latest"],
  ["me/app:1", "docker.io/me/app:1"],
  ["docker.io/alpine", "docker.io/library/alpine:latest"],
  ["index.docker.io/library/alpine:3", "docker.io/library/alpine:3"],
  ["localhost/app", "localhost/app:latest"],
  ["localhost:5000/app", "localhost:5000/app:latest"],
  ["quay.io/a/b/c:1", "quay.io/a/b/c:1"],
  ["alpine@sha256:abc", "docker.io/library/alpine@sha256:abc"],
  ["sha256:0123", "sha256:0123"],
])("%s is %s", (name, whole) => {
  expect(normaliseImageName(name)).toBe(whole);
});

test.each([
  ["alpine", true],
  ["localhost:5000/a/b_c-d.e:1@sha256:abc", true],
  ["sha256:0123", true],
  ["", false],
  ["-rf", false],
  ["a b", false],
  ["a/../b", false],
  ["a?x=1", false],
  ["a#b", false],
])("%j can be a reference: %s", (text, expected) => {
  expect(isImageReference(text)).toBe(expected);
});
