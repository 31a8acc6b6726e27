import { describe, expect, test } from "vitest";
import { fixed } from "./test-kit.ts";

const options = { writable: ["/etc/app"] };
const from = "FROM debian:12\n";
const account = "RUN groupadd -g 65532 nonroot && useradd -l -u 65532 -g 65532 -m nonroot\n";
const starting = (text: string): string => `CMD ${text} && exec /usr/local/bin/app\n`;

describe("a file that the start writes over in a folder that is asked for", () => {
  test.each([
    ["a redirection", "envsubst < /t > /etc/app/app.conf"],
    ["one that adds", "echo x >> /etc/app/app.conf"],
    ["tee", "envsubst < /t | tee /etc/app/app.conf"],
  ])("is given with it: %s", (_, text) => {
    expect(fixed({ text: from + starting(text), options })).toMatch(
      /mkdir -p \/etc\/app && \\\n +touch \/etc\/app\/app\.conf && \\\n +chown 65532:65532 \/etc\/app \/etc\/app\/app\.conf\nUSER 65532/,
    );
  });

  test("in an image that runs as a number already, once", () => {
    const text = `${from}${account}USER 65532\n${starting("echo x > /etc/app/app.conf")}`;
    const once = fixed({ text, options });
    expect(once).toContain("touch /etc/app/app.conf");
    expect(fixed({ text: once, options })).toBe(once);
  });

  test.each([
    ["it is put in the place of another", "sed -i s/a/b/ /etc/app/app.conf"],
    ["it is written for one who asks for it", '[ -z "$X" ] || echo x > /etc/app/app.conf'],
    ["it lies deeper", "echo x > /etc/app/conf.d/app.conf"],
    ["a folder is made", "mkdir -p /etc/app/cache"],
  ])("not where %s", (_, text) => {
    const result = fixed({ text: from + starting(text), options });
    expect(result).toContain("/etc/app\nUSER");
    expect(result).not.toContain("touch");
  });

  test("not where a COPY brings it, which hands it over", () => {
    const text = `${from}COPY app.conf /etc/app/app.conf\n${starting("echo x > /etc/app/app.conf")}`;
    const result = fixed({ text, options });
    expect(result).toContain("COPY --chown=65532:65532 app.conf");
    expect(result).not.toContain("touch");
  });

  test("not in a folder of the application's own, where no base image has any", () => {
    const text = from + starting("echo x > /srv/app/state");
    expect(fixed({ text, options: { writable: ["/srv/app"] } })).not.toContain("touch");
  });
});

test("a file that is asked for is given without its folder, once", () => {
  const asked = { writable: ["/etc/motd"] };
  const text = from + starting("echo x > /etc/motd");
  const once = fixed({ text, options: asked });
  expect(once).toMatch(/&& \\\n +touch \/etc\/motd && \\\n +chown 65532:65532 \/etc\/motd\nUSER 65532/);
  expect(once).not.toContain("mkdir");
  expect(fixed({ text: once, options: asked })).toBe(once);
});
