import { expect, test } from "vitest";
import { originalHint } from "./original-hint.ts";

test.each([
  [
    'Error: building at STEP "RUN --mount=type=secret,id=token,required=true true": resolving mountpoints for container "f02": secret required but no secret with id token found',
    "--secret id=token,src=FILE",
  ],
  [
    'resolving mountpoints for container "f02": secret required but no secret with id "token" found',
    "--secret id=token,src=FILE",
  ],
  ["ERROR: failed to solve: secret token: not found", "--secret id=token,src=FILE"],
  ["secret token not found: not found", "--secret id=token,src=FILE"],
  [
    'Error: building at STEP "RUN --mount=type=ssh,required=true true": resolving mountpoints for container "f07": ssh required but no ssh with id default found',
    "--ssh default",
  ],
  ["ERROR: failed to solve: unset ssh forward key default", "--ssh default"],
  ['failed to solve: no SSH key "default" forwarded from the client', "--ssh default"],
  ['no SSH key "" forwarded from the client', "--ssh default"],
  ["Error: COPY --from=shared: no stage or image found with that name", "--build-context shared=FOLDER"],
  [
    'Error: building at STEP "RUN --mount=type=bind,from=shared,target=/x ls /x": type=bind,from=shared,target=/x from=shared: no stage or image found with that name',
    "--build-context shared=FOLDER",
  ],
  ["#5 0.113 exec /bin/sh: exec format error", "binfmt --install"],
  ["exec container process `/bin/sh`: Exec format error", "binfmt --install"],
  [
    'Error: creating build container: short-name "shared" did not resolve to an alias and no unqualified-search registries are defined in "/etc/containers/registries.conf"',
    "--build-context shared=FOLDER",
  ],
])("what to give is told: %s", (log, expected) => expect(originalHint(log)).toContain(expected));

test("a RUN that fails tells nothing to give", () => {
  expect(originalHint("make: *** [all] Error 1\nexit status 2\n")).toBeUndefined();
});
