import { describe, expect, test } from "vitest";
import { inputOf } from "../rules/test-kit.ts";
import { mayBringAccounts } from "./account-copies.ts";

const bringing = (line: string, context: Readonly<Record<string, string>> = {}): readonly boolean[] =>
  inputOf({ text: `FROM alpine:3.20\n${line}\n`, context }).effects.copies.map(mayBringAccounts);

describe("copies that may bring accounts", () => {
  test.each([
    ["a folder that nobody sees", "COPY rootfs/ /", {}],
    ["a file that nobody sees", "COPY server /", { "other.txt": "" }],
    ["a folder with a passwd", "COPY rootfs /", { "rootfs/etc/passwd": "" }],
    ["the settings with a group", "COPY etc/ /etc", { "etc/group": "" }],
    ["everything with a group", "COPY . /", { "etc/group": "" }],
    ["a passwd among files", "COPY conf/x conf/passwd /etc/", { "conf/x": "", "conf/passwd": "" }],
    ["a pattern", "COPY rootfs/* /", { "rootfs/x": "" }],
    ["an archive", "ADD rootfs.tar.gz /", { "rootfs.tar.gz": "" }],
    ["an address", "ADD https://example.com/x /", { x: "" }],
    ["another stage's folder", "COPY --from=registry.example.com/x:1 /rootfs /", { "rootfs/x": "" }],
  ] as const)("%s", (_, line, context) => {
    expect(bringing(line, context)).toEqual([true]);
  });

  test.each([
    ["elsewhere", "COPY rootfs/ /app/", {}],
    ["a file of another kind", "COPY run.sh /", {}],
    ["a folder of the context", "COPY rootfs/ /", { "rootfs/usr/bin/x": "", "etc/passwd": "" }],
    ["a folder added", "ADD rootfs /", { "rootfs/etc/x.conf": "" }],
    ["a file of the context", "COPY server /", { server: "" }],
    ["settings", "COPY etc /etc/", { "etc/x.conf": "", "etc/etc/passwd": "" }],
    ["everything", "COPY . /", { server: "" }],
  ] as const)("none: %s", (_, line, context) => {
    expect(bringing(line, context)).toEqual([false]);
  });
});
