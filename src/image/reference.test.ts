import { expect, test } from "vitest";
import { imageReferenceText, isImageReference, normaliseImageName, parseImageReference } from "./reference.ts";

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

const hex = "a".repeat(64);

test.each<[string, string]>([
  ["alpine", "docker.io/library/alpine:latest"],
  ["docker://alpine", "docker://docker.io/library/alpine:latest"],
  ["docker://localhost:5000/a/b:1", "docker://localhost:5000/a/b:1"],
  ["docker://[::1]:5000/a", "docker://[::1]:5000/a:latest"],
  [`docker://alpine:3@sha256:${hex}`, `docker://docker.io/library/alpine:3@sha256:${hex}`],
  [`quay.io/a/b@sha256:${hex}`, `quay.io/a/b@sha256:${hex}`],
  ["docker-daemon:alpine:3", "docker-daemon:docker.io/library/alpine:3"],
  [`docker-daemon:sha256:${hex}`, `docker-daemon:sha256:${hex}`],
  ["containers-storage:localhost/app", "containers-storage:localhost/app:latest"],
  [`containers-storage:@${hex}`, `containers-storage:${hex}`],
  ["oci:./image", "oci:./image"],
  ["oci:/a/b:v1", "oci:/a/b:v1"],
  [`oci:/a/b@sha256:${hex}`, `oci:/a/b@sha256:${hex}`],
  [`oci:/a/b:v1@sha256:${hex}`, `oci:/a/b:v1@sha256:${hex}`],
  ["oci:/a/b:v1@x", "oci:/a/b:v1@x"],
  ["oci-archive:a.tar:quay.io/x/y:1", "oci-archive:a.tar:quay.io/x/y:1"],
  ["docker-archive:a.tar", "docker-archive:a.tar"],
  ["docker-archive:a.tar:alpine:3", "docker-archive:a.tar:docker.io/library/alpine:3"],
  ["docker-archive:a.tar:@1", "docker-archive:a.tar:@1"],
])("%s is the reference %s", (text, whole) => {
  const parsed = parseImageReference(text);
  expect(parsed.ok && imageReferenceText(parsed.value)).toBe(whole);
});

test.each([
  ["", "the name is empty"],
  ["Alpine", 'names are written in lower case ("library/alpine")'],
  ["alpine:", '"" is no tag'],
  ["alpine:a b", '"a b" is no tag'],
  ["alpine@sha256:abc", '"sha256:abc" is no digest (sha256: and 64 hex digits, or sha512: and 128)'],
  ["a//b", '"a//b" is no name of a repository'],
  ["../a", '".." is no host of a registry'],
  ["localhost:99999/a", '"localhost:99999" is no host of a registry'],
  ["http://alpine", '"http://" is no transport of images'],
  ["docker:alpine", "docker references begin with docker://"],
  ["oci:", "the path is empty"],
  [
    "dir:x",
    'images of "dir:" are not read; what is read are names, docker:// and docker-daemon: containers-storage: oci: oci-archive: docker-archive:',
  ],
  ["containers-storage:[overlay@/x]alpine", 'another storage than podman\'s own ("[overlay@/x]") cannot be read'],
])("%j is no reference", (text, message) => {
  expect(parseImageReference(text)).toEqual({ ok: false, error: message });
});

test("a long text is refused at once", () => {
  const started = performance.now();
  expect(parseImageReference(`${"a-".repeat(100_000)}!`).ok).toBe(false);
  expect(performance.now() - started).toBeLessThan(200);
});
