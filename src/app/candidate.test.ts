import { expect, test } from "vitest";
import { fixText, type FixSetup } from "../../test/support/fix-text.ts";

const setcap = "RUN setcap cap_net_bind_service=+ep /srv/app";
const file = (run: string): string => `FROM debian:12\nCOPY app /srv/\n${run}\nCMD ["/srv/app"]\n`;
const ignored = `# image-fix ignore=file-capabilities -- every Pod adds NET_BIND_SERVICE\n${setcap}`;

test.each<[string, boolean, string, FixSetup]>([
  ["a finding is none", false, setcap, {}],
  ["no capabilities, no grant", false, "RUN true", {}],
  ["an ignored finding is one", true, ignored, {}],
  ["so is a rule that is off", true, setcap, { rules: { "file-capabilities": "off" } }],
])("whether somebody grants file capabilities: %s", (_, grantsFileCapabilities, run, setup) => {
  expect(fixText(file(run), setup).fix).toMatchObject({ kind: "edits", grantsFileCapabilities });
});

test("scripts that its image starts come with it, by their places in the image", () => {
  const text = 'FROM debian:12\nCOPY start.sh /usr/bin/start\nENTRYPOINT ["start"]\n';
  expect(fixText(text, { context: { "start.sh": "#!/bin/sh\n" } }).fix).toMatchObject({
    scripts: [{ place: "/usr/bin/start", text: "#!/bin/sh\n" }],
  });
});

test("who drops root in a script that nobody has needs a person, once the fix has taken root away", () => {
  const text = 'FROM debian:12\nRUN apt-get install -y gosu\nENTRYPOINT ["/entrypoint.sh"]\n';
  expect(fixText(text, {}).fix).toMatchObject({
    remaining: [{ rule: "entrypoint-needs-root", needsPerson: true }],
  });
  expect(fixText(`${text}USER nobody\n`, {}).fix).toMatchObject({ remaining: [] });
});

test.each([
  ["made by the fix", "", "uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)"],
  [
    "that the file may have put into groups",
    "RUN useradd -u 1000 -g 100 app && usermod -aG audio app\nUSER app\n",
    "uid=1000(app) gid=100",
  ],
  ["of the base", "USER nobody\n", "uid=65534(nobody) gid=65534(nobody)"],
])("the groups of an account %s", (_, lines, predictedId) => {
  expect(fixText(`FROM debian:bookworm-slim\n${lines}`, {}).fix).toMatchObject({ predictedId });
});
