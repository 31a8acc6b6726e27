import { describe, expect, test } from "vitest";
import { inputOf } from "../rules/test-kit.ts";

const script = "#!/bin/sh\nexec app\n";
const scriptsOf = (lines: readonly string[]): readonly string[] =>
  inputOf({
    text: `FROM registry.example.com/app:1\n${lines.join("\n")}\n`,
    context: { "run.sh": script, "docker/run.sh": script, "docker/sub/run.sh": script },
  }).scripts.map(({ path }) => path);

test("a script by its own name, by a pattern, and within a folder", () => {
  expect(scriptsOf(["COPY run.sh /app/", 'CMD ["/app/run.sh"]'])).toEqual(["run.sh"]);
  expect(scriptsOf(["COPY docker/*.sh /app/", 'CMD ["/app/run.sh"]'])).toEqual(["docker/run.sh"]);
  expect(scriptsOf(["COPY docker /app", 'CMD ["/app/sub/run.sh"]'])).toEqual(["docker/sub/run.sh"]);
});

test.each([
  'CMD ["/bin/sh", "-c", "/bin/sh /app/run.sh && exec nginx"]',
  'CMD ["bash", "-ec", "cd / && echo a b c d e f g; exec /app/run.sh"]',
  'ENTRYPOINT ["tini", "--", "sh", "-c", "/app/run.sh"]',
  "CMD echo a b c d e f g && /app/run.sh",
  "CMD exec /app/run.sh --a b c d e f g",
])("a script in a shell text: %s", (start) => {
  expect(scriptsOf(["COPY run.sh /app/", start])).toEqual(["run.sh"]);
});

test("a shell's option alone, or a word of another program, is no shell text", () => {
  expect(scriptsOf(["COPY run.sh /app/", 'CMD ["sh", "-c"]'])).toEqual([]);
  expect(scriptsOf(["COPY run.sh /app/", 'CMD ["app", "-c", "exec /app/run.sh"]'])).toEqual([]);
});

test("scripts that keep their folders", () => {
  expect(scriptsOf(["COPY --parents docker/run.sh /app/", 'CMD ["/app/docker/run.sh"]'])).toEqual(["docker/run.sh"]);
  expect(scriptsOf(["COPY --parents docker /app/", 'CMD ["/app/docker/sub/run.sh"]'])).toEqual(["docker/sub/run.sh"]);
  expect(scriptsOf(["COPY --parents docker/./*/run.sh /app/", 'CMD ["/app/sub/run.sh"]'])).toEqual([
    "docker/sub/run.sh",
  ]);
  expect(scriptsOf(["COPY --parents . /app/", 'CMD ["/app/docker/run.sh"]'])).toEqual(["docker/run.sh"]);
  expect(scriptsOf(["COPY --parents docker/run.sh /app/", 'CMD ["/app/run.sh"]'])).toEqual([]);
  expect(scriptsOf(["COPY --parents=false docker/run.sh /app/", 'CMD ["/app/run.sh"]'])).toEqual(["docker/run.sh"]);
});

const through = (builder: readonly string[], final: readonly string[]): readonly string[] =>
  inputOf({
    text: [
      "FROM registry.example.com/base:1 AS base",
      "COPY docker/run.sh /docker/",
      "FROM base AS build",
      ...builder,
      "FROM registry.example.com/app:1",
      ...final,
      "",
    ].join("\n"),
    context: { "run.sh": script, "docker/run.sh": script, "docker/sub/run.sh": script },
  }).scripts.map(({ path, place }) => `${path} at ${place}`);

describe("a script that a COPY takes from another stage", () => {
  test.each([
    [
      "the file",
      ["WORKDIR /src", "COPY . ."],
      ["COPY --from=build /src/run.sh /", 'CMD ["/run.sh"]'],
      ["run.sh at /run.sh"],
    ],
    [
      "its folder",
      ["COPY docker/sub/run.sh /usr/local/bin/"],
      ["COPY --from=1 /usr/local /usr/local", 'CMD ["run.sh"]'],
      ["docker/sub/run.sh at /usr/local/bin/run.sh"],
    ],
    [
      "of a stage that it is based on",
      [],
      ["COPY --from=build /docker/*.sh /app/", 'CMD ["/app/run.sh"]'],
      ["docker/run.sh at /app/run.sh"],
    ],
    [
      "through two stages",
      ["COPY --from=base /docker /out"],
      ["COPY --from=build /out/run.sh /go.sh", 'CMD ["/go.sh"]'],
      ["docker/run.sh at /go.sh"],
    ],
    [
      "where a RUN moves it in what ships",
      ["COPY run.sh /"],
      ["COPY --from=build /run.sh /tmp/", "RUN mv /tmp/run.sh /go.sh", 'CMD ["/go.sh"]'],
      ["run.sh at /go.sh"],
    ],
    [
      "over one of the context",
      ["COPY docker/run.sh /"],
      ["COPY run.sh /", "COPY --from=build /run.sh /", 'CMD ["/run.sh"]'],
      ["docker/run.sh at /run.sh"],
    ],
    [
      "that a RUN writes there",
      [String.raw`RUN printf '#!/bin/sh\nexec app\n' > /out/run.sh && cp -r /out /dist`],
      ["COPY --from=build /dist/ /", 'CMD ["/run.sh"]'],
      ["/out/run.sh at /run.sh"],
    ],
    [
      "that a RUN puts elsewhere there",
      ["WORKDIR /src", "COPY . .", "RUN mkdir /out && install -m 755 docker/run.sh /out/go.sh"],
      ["COPY --from=build /out/go.sh /", 'CMD ["/go.sh"]'],
      ["docker/run.sh at /go.sh"],
    ],
    [
      "of a stage that another one is based on",
      ["RUN echo '#!/bin/sh' > /run.sh", "FROM build AS next", "RUN make"],
      ["COPY --from=next /app /", "COPY --from=build /run.sh /", 'CMD ["/run.sh"]'],
      ["/run.sh at /run.sh"],
    ],
  ])("%s", (_, builder, final, expected) => {
    expect(through(builder, final)).toEqual(expected);
  });

  test.each([
    ["of an image", ["COPY . /src"], ["COPY --from=registry.example.com/x:1 /src/run.sh /", 'CMD ["/run.sh"]']],
    ["that the stage does not have", ["COPY run.sh /src/"], ["COPY --from=build /run.sh /", 'CMD ["/run.sh"]']],
    [
      "whose text another stage's RUN writes",
      ["RUN echo '#!/bin/sh' > /run.sh", "FROM base AS other", "RUN echo '#!/bin/sh' > /go.sh"],
      ["COPY --from=build /go.sh /", 'CMD ["/go.sh"]'],
    ],
  ])("none %s", (_, builder, final) => {
    expect(through(builder, final)).toEqual([]);
  });
});

const startingEach = (start: string, copy: string): readonly string[] =>
  inputOf({
    text: `FROM alpine:3.20\nCOPY run.sh /\n${copy}\nENTRYPOINT ["/run.sh"]\n`,
    context: { "run.sh": `#!/bin/sh\n${start}\nexec "$@"\n`, "b/2.sh": script, "1.sh": script, "1.txt": script },
  }).scripts.map(({ place }) => place);

test.each([
  ['for f in /run.d/*.sh; do . "$f"; done', "COPY b/2.sh 1.sh 1.txt /run.d/", ["/run.d/1.sh", "/run.d/2.sh"]],
  ['for f in /run.d/*; do case $f in *.sh) "$f";; esac; done', "COPY 1.sh /run.d/first.sh", ["/run.d/first.sh"]],
  ['for f in /a/1.sh /b/2.sh; do sh "$f"; done', "COPY 1.sh /a/\nCOPY b /b", ["/a/1.sh", "/b/2.sh"]],
  ["run-parts /run.d", "COPY <<EOF /run.d/x\n#!/bin/sh\nEOF", ["/run.d/x"]],
  ['for f in /other.d/*.sh; do . "$f"; done', "COPY 1.sh /run.d/", []],
  ['for f in $(find /run.d); do . "$f"; done', "COPY 1.sh /run.d/", []],
])("scripts that a loop starts: %s", (start, copy, expected) => {
  expect(startingEach(start, copy)).toEqual(["/run.sh", ...expected]);
});

const textOf = (lines: readonly string[]) =>
  inputOf({ text: `FROM alpine:3.20\n${lines.join("\n")}\n` }).scripts.map(({ path, text }) => ({ path, text }));

describe("a script in a here-document", () => {
  const run = '#!/bin/sh\nexec app "$@"\n';

  test.each([
    ["a file", ['COPY <<"EOF" /run.sh', "#!/bin/sh", 'exec app "$@"', "EOF", 'CMD ["/run.sh"]'], "/run.sh"],
    [
      "below WORKDIR",
      ["WORKDIR /app", "COPY <<'EOF' run.sh", ...run.trim().split("\n"), "EOF", 'CMD ["./run.sh"]'],
      "/app/run.sh",
    ],
    [
      "into a folder",
      ['COPY <<"run.sh" <<b /app/', ...run.trim().split("\n"), "run.sh", "b", 'CMD ["/app/run.sh"]'],
      "/app/run.sh",
    ],
    [
      "a dollar kept from the builder",
      ["ADD <<-EOF /run.sh", "\t#!/bin/sh", '\texec app "\\$@"', "\tEOF", 'CMD ["sh", "/run.sh"]'],
      "/run.sh",
    ],
  ])("%s", (_, lines, path) => {
    expect(textOf(lines)).toEqual([{ path, text: run }]);
  });

  test("what a later COPY puts in its place wins", () => {
    expect(
      scriptsOf(["COPY <<EOF /app/run.sh", "#!/bin/sh", "EOF", "COPY run.sh /app/", 'CMD ["/app/run.sh"]']),
    ).toEqual(["run.sh"]);
  });

  test("none where the destination is another file", () => {
    expect(textOf(["COPY <<EOF /start.sh", "#!/bin/sh", "EOF", 'CMD ["/run.sh"]'])).toEqual([]);
  });
});

describe("scripts of the context below a base that nobody knows", () => {
  test.each([
    ["an absolute path", ["COPY run.sh /run.sh", 'ENTRYPOINT ["/run.sh"]']],
    ["a folder of PATH", ["COPY run.sh /usr/local/bin/", 'ENTRYPOINT ["run.sh"]']],
    ["the base's own working folder", ["COPY run.sh .", 'CMD ["./run.sh"]']],
    ["a folder below it", ["WORKDIR app", "COPY run.sh ./", 'CMD ["sh", "run.sh"]']],
    ["from a folder around it", ["COPY run.sh app/run.sh", "WORKDIR app", 'CMD ["./run.sh"]']],
    ["a folder that the file names", ["WORKDIR /srv", "COPY run.sh .", 'CMD ["/srv/run.sh"]']],
  ])("%s", (_, lines) => {
    expect(scriptsOf(lines)).toEqual(["run.sh"]);
  });

  test.each([
    ["a path that a variable gives", ["COPY run.sh $DIR/run.sh", 'ENTRYPOINT ["/run.sh"]']],
    ["the working folder is not the root folder", ["COPY run.sh .", 'ENTRYPOINT ["/run.sh"]']],
    ["the root folder is not the working folder", ["COPY . /", 'ENTRYPOINT ["./run.sh"]']],
    ["another folder below it", ["COPY run.sh .", "WORKDIR app", 'ENTRYPOINT ["./run.sh"]']],
    ["a folder that it is copied into", ["COPY run.sh /run.sh/", 'ENTRYPOINT ["/run.sh"]']],
    ["a star crosses no slash", ["COPY docker/*.sh /app/", 'ENTRYPOINT ["/app/sub/run.sh"]']],
  ])("none: %s", (_, lines) => {
    expect(scriptsOf(lines)).toEqual([]);
  });
});
