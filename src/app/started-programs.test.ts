import { expect, test } from "vitest";
import type { ImageConfig } from "../core/ports.ts";
import { startedPrograms } from "./started-programs.ts";

const bare: ImageConfig = {
  user: "1000",
  workingDir: "/app",
  env: ["PATH=/usr/bin:/bin"],
  entrypoint: [],
  cmd: [],
  volumes: [],
  exposedPorts: [],
  onBuild: [],
  shell: [],
};

test.each([
  ["nothing", [], [], []],
  ["a path", ["/run.sh"], ["a"], [["/run.sh"]]],
  ["a path from the working directory", ["./run.sh"], [], [["/app/run.sh"]]],
  ["a name", [], ["run"], [["/usr/bin/run", "/bin/run"]]],
  ["shell form", [], ["/bin/sh", "-c", "/opt/run.sh --now"], [["/bin/sh"], ["/opt/run.sh"]]],
  ["with exec", [], ["/bin/sh", "-c", "exec ./run.sh"], [["/bin/sh"], ["/app/run.sh"]]],
  ["where the shell is then", [], ["/bin/sh", "-c", "cd /x && ./run.sh"], [["/bin/sh"], ["/x/run.sh"]]],
  ["not what may not run", [], ["/bin/sh", "-c", "[ -e a ] && ./a.sh; /b.sh || /c.sh; $RUN"], [["/bin/sh"]]],
  ["what a shell is given", ["/bin/sh", "-c", 'exec "$@"', "sh"], ["/run.sh"], [["/bin/sh"], ["/run.sh"]]],
  [
    "in a function that is called",
    [],
    ["/bin/sh", "-c", "go() { exec ./run.sh; }; go"],
    [["/bin/sh"], ["/usr/bin/go", "/bin/go"], ["/app/run.sh"]],
  ],
  [
    "not what a function is given",
    ["/bin/sh", "-c", 'go() { exec "$@"; }; go /a.sh', "sh"],
    ["/run.sh"],
    [["/bin/sh"], ["/usr/bin/go", "/bin/go"]],
  ],
  ["behind an init", ["/tini", "--", "/run.sh"], [], [["/tini"], ["/run.sh"]]],
])("%s", (_, entrypoint, cmd, expected) => {
  expect(startedPrograms({ ...bare, entrypoint, cmd })).toEqual(expected);
});
