import { expect, test } from "vitest";
import { podmanSetupHint } from "./setup-hint.ts";

// As podman 4.3 says it, for users that an image or a pod gives.
test.each([
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
