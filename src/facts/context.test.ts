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
