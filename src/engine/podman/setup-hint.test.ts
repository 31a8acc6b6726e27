import { expect, test } from "vitest";
import { podmanSetupHint } from "./setup-hint.ts";

const connect = /^start podman where/;

// As podman 4.3 and 5.8 say it: of a podman elsewhere, then for users that an image or a pod gives.
test.each([
  [
    'unable to connect to Podman socket: Get "http://d/v5.8.2/libpod/_ping": dial unix /run/user/1000/podman/podman.sock: connect: no such file or directory: unix:///run/user/1000/podman/podman.sock',
    connect,
  ],
  [
    'unable to connect to Podman socket: Get "http://d/v4.3.1/libpod/_ping": dial unix ///run/podman/podman.sock: connect: no such file or directory',
    connect,
  ],
  ["failed to connect: dial tcp 127.0.0.1:1: connect: connection refused", connect],
  ['read cli flags: connection "nosuch" not found', connect],
  ['unable to create connection. "" is not a supported schema: nosuch', connect],
  ["stat /.config: no such file or directory", /^set HOME/],
  [
    "creating runtime static files directory /.local/share/containers/storage/libpod: mkdir /.local: permission denied",
    /^set HOME/,
  ],
  ["mkdir /.config: read-only file system", /^set HOME/],
  ["unable to determine $HOME: user: unknown userid 1000650000", /^set HOME/],
  ['XDG_RUNTIME_DIR directory "/run/user/0" is not owned by the current user', /^set XDG_RUNTIME_DIR/],
  ["creating tmpdir: mkdir /run/user/65532: permission denied", /^set XDG_RUNTIME_DIR/],
  [
    'cannot find UID/GID for user 65532: no subuid ranges found for user "65532" in /etc/subuid',
    /CONTAINER_HOST or DOCKER_HOST/,
  ],
  ["cannot clone: Operation not permitted", /CONTAINER_HOST or DOCKER_HOST/],
  ["Error during unshare(CLONE_NEWUSER): Operation not permitted", /CONTAINER_HOST or DOCKER_HOST/],
])("%s", (said, hint) => {
  expect(podmanSetupHint(said)).toMatch(hint);
});

test("what is not known is not guessed", () => {
  expect(podmanSetupHint("database configuration mismatch")).toBeUndefined();
});
