import { describe, expect, test } from "vitest";
import { inputOf } from "../rules/test-kit.ts";

const [gosu, plain] = ['#!/bin/sh\nexec gosu app "$@"\n', "#!/bin/sh\nexec app\n"];

/** The texts that `/run.sh` starts with. */
const textsOf = (lines: string) =>
  inputOf({
    text: `FROM debian:12\n${lines}\nENTRYPOINT ["/run.sh"]\n`,
    context: { "entry.sh": gosu, "docker/entry.sh": gosu, "docker/run.sh": gosu, "plain.sh": plain },
  }).scripts.map(({ place, text }) => [place, text]);

describe("a script of the context that a RUN puts elsewhere", () => {
  test.each([
    ["a link", "COPY entry.sh /usr/local/bin/\nRUN ln -s /usr/local/bin/entry.sh /run.sh"],
    ["a link that is relative", "COPY entry.sh /usr/local/bin/\nRUN ln -s usr/local/bin/entry.sh /run.sh"],
    ["upwards", "COPY entry.sh /opt/\nRUN ln -s ../opt/entry.sh /srv/run.sh && ln -s srv/run.sh /run.sh"],
    ["under its name", "COPY docker/run.sh /usr/local/bin/\nRUN ln -sf usr/local/bin/run.sh / # backwards compat"],
    ["before it is there", "RUN ln -s /opt/entry.sh /run.sh\nCOPY entry.sh /opt/"],
    ["moved", "COPY entry.sh /tmp/\nRUN chmod +x /tmp/entry.sh && mv /tmp/entry.sh /run.sh"],
    ["moved from where it works", "WORKDIR /srv\nCOPY . .\nRUN mv entry.sh /run.sh"],
    ["moved twice", "COPY entry.sh /a\nRUN mv /a /b\nRUN mv /b /run.sh"],
    ["copied into a folder", "COPY docker/run.sh /tmp/\nRUN cp -t / /tmp/run.sh"],
    ["by a pattern", "COPY docker/*.sh /tmp/\nRUN cp /tmp/*.sh / && rm /tmp/*.sh"],
    ["in its folder", "COPY docker /tmp/docker\nRUN cp -a /tmp/docker/. / && rm -r /tmp/docker"],
    ["installed", "COPY entry.sh /tmp/\nRUN install -m 755 -o root /tmp/entry.sh /run.sh"],
    ["over another", "COPY entry.sh /tmp/\nCOPY plain.sh /run.sh\nRUN mv /tmp/entry.sh /run.sh"],
    ["before another takes its place", "COPY entry.sh /a\nRUN mv /a /run.sh\nCOPY plain.sh /a"],
    ["that a RUN wrote", `RUN printf '#!/bin/sh\\nexec gosu app "$@"\\n' > /a && mv /a /run.sh`],
    ["that a group wrote", `RUN { echo '#!/bin/sh'; echo 'exec gosu app "$@"'; } > /a && mv /a /run.sh`],
  ])("%s", (_, lines) => {
    expect(textsOf(lines)).toEqual([["/run.sh", gosu]]);
  });

  test("another that comes behind it wins", () => {
    expect(textsOf("COPY entry.sh /a\nRUN mv /a /run.sh\nCOPY plain.sh /run.sh")).toEqual([["/run.sh", plain]]);
  });

  test("what is written behind it is part of it", () => {
    expect(textsOf("COPY plain.sh /a\nRUN mv /a /run.sh && echo 'gosu x y' >> /run.sh")).toEqual([
      ["/run.sh", `${plain}gosu x y\n`],
    ]);
  });

  test.each([
    ["perhaps", "COPY entry.sh /a\nRUN if [ -e /b ]; then mv /a /run.sh; fi"],
    ["somewhere else", "COPY entry.sh /a\nRUN mv /a /other.sh"],
    ["from where nobody knows", "COPY entry.sh /run.sh\nRUN mv $(find / -name x) /run.sh; mv /lib/x /run.sh"],
    ["in a circle", "COPY entry.sh /c\nRUN ln -s /a /run.sh && ln -s /run.sh /a"],
    ["folders that are made", "COPY entry.sh /run.sh/\nRUN install -d /a /run.sh"],
  ])("none: %s", (_, lines) => {
    expect(textsOf(lines)).toEqual([]);
  });
});
