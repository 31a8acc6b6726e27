import { describe, expect, test } from "vitest";
import { fixed } from "./test-kit.ts";

const writable = ["/data"];
const account = "RUN groupadd -g 65532 nonroot && useradd -l -u 65532 -g 65532 -m nonroot\n";
const given = "RUN mkdir -p /data && chown 65532:65532 /data\n";

describe("--writable for an image that runs as a number already", () => {
  test("the folder is made and given above the USER, once", () => {
    const text = `FROM debian:12\n${account}USER 65532\nCMD ["/app"]\n`;
    expect(fixed({ text, options: { writable } })).toBe(`FROM debian:12\n${account}${given}USER 65532\nCMD ["/app"]\n`);
    expect(fixed({ text })).toBe(text);
  });

  test("what a COPY and a RUN put there goes with it", () => {
    const text = `FROM debian:12\n${account}COPY seed /data/\nRUN touch /data/x\nUSER 65532\nCMD ["/app"]\n`;
    const result = fixed({ text, options: { writable } });
    expect(result).toContain("COPY --chown=65532:65532 seed /data/");
    expect(result).toContain("RUN touch /data/x && find /data ! -user 65532");
  });

  test("above a VOLUME, behind which a change is lost", () => {
    const text = `FROM debian:12\n${account}VOLUME /data\nUSER 65532\nCMD ["/app"]\n`;
    expect(fixed({ text, options: { writable } })).toContain(`${given}VOLUME /data\nUSER 65532\n`);
  });

  test("with the USER that becomes a number", () => {
    const text = 'FROM debian:12\nRUN useradd -l -u 1000 app\nUSER app\nCMD ["/app"]\n';
    expect(fixed({ text, options: { writable } })).toBe(
      'FROM debian:12\nRUN useradd -l -u 1000 app\nRUN mkdir -p /data && chown 1000:1000 /data\nUSER 1000\nCMD ["/app"]\n',
    );
  });

  test.each([
    ["it is the user's", `FROM debian:12\n${account}RUN install -d -o 65532 /data\nUSER 65532\nCMD ["/app"]\n`],
    ["no root runs above it", 'FROM debian:12\nUSER 1000\nRUN true\nUSER 65532\nCMD ["/app"]\n'],
    ["no file names the user", 'FROM gcr.io/distroless/static-debian12:nonroot\nCMD ["/app"]\n'],
  ])("nothing where %s", (_, text) => {
    expect(fixed({ text, options: { writable } })).toBe(text);
  });
});
