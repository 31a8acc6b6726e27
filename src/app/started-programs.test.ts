import { describe, expect, test } from "vitest";
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

const starts = (text: string, entrypoint: readonly string[], cmd: readonly string[] = []) =>
  startedPrograms({ ...bare, entrypoint, cmd }, [{ place: "/usr/bin/start", text }]);

describe("scripts of the context", () => {
  test.each([
    ["by its path", ["/usr/bin/start"], [["/usr/bin/start"]]],
    ["by its name", ["start"], [["/usr/bin/start", "/bin/start"]]],
    ["behind an init", ["/tini", "--", "start"], [["/tini"], ["/usr/bin/start", "/bin/start"]]],
    ["read by a shell", ["/bin/sh", "-e", "/usr/bin/start"], [["/bin/sh"]]],
    ["started by a shell's text", ["/bin/sh", "-c", "start"], [["/bin/sh"], ["/usr/bin/start", "/bin/start"]]],
  ])("%s", (_, entrypoint, before) => {
    expect(starts("#!/bin/sh\nset -e\nexec /opt/run --now\n", entrypoint)).toEqual([...before, ["/opt/run"]]);
  });

  test.each([
    ["what it is given", '#!/bin/sh\nexec "$@"\n'],
    ["what it is given, behind an init", '#!/bin/bash -e\nmkdir -p /tmp/x\nexec tini -- "$@"\n'],
    ["what lies where it is then", "cd /srv\nexec ./run\n"],
  ])("%s", (_, text) => {
    expect(starts(text, ["/usr/bin/start"], ["/srv/run"]).at(-1)).toEqual(["/srv/run"]);
  });

  test.each([
    ["what may not run", '#!/bin/sh\nif [ "$A" ]; then exec /opt/run; fi\n'],
    ["what does not take its place", "#!/bin/sh\n/opt/run\n"],
    ["what it is given and changes", '#!/bin/sh\nset -- /opt/run\nexec "$@"\n'],
    ["the text of another language", "#!/usr/bin/env python3\nexec /opt/run\n"],
  ])("not %s", (_, text) => {
    expect(starts(text, ["/usr/bin/start"], ["/srv/run"])).toEqual([["/usr/bin/start"]]);
  });

  test("one that starts itself", () => {
    expect(starts('#!/bin/sh\nexec start "$@"\n', ["start"])).toEqual([["/usr/bin/start", "/bin/start"]]);
  });
});
