import { expect, test } from "vitest";
import { readProcessStatus } from "./process-status.ts";

const status = [
  "Name:\tprobe",
  "Uid:\t65532\t65532\t65532\t65532",
  "Gid:\t65532\t65532\t65532\t65532",
  "Groups:\t10 65532 ",
  "CapEff:\t0000000000000000",
  "NoNewPrivs:\t1",
  "Seccomp:\t2",
  "",
].join("\n");

test("reads the fields that decide", () => {
  expect(readProcessStatus(status)).toEqual({
    uids: [65532, 65532, 65532, 65532],
    gids: [65532, 65532, 65532, 65532],
    groups: [10, 65532],
    capEff: "0000000000000000",
    noNewPrivs: true,
    seccomp: 2,
  });
});

test("a kernel without seccomp counts as disabled", () => {
  expect(readProcessStatus(status.replace("Seccomp:\t2\n", ""))).toMatchObject({ seccomp: 0 });
});

test.each(["CapEff", "NoNewPrivs", "Uid", "Gid"])("without %s there is no answer", (field) => {
  expect(readProcessStatus(status.replace(`${field}:`, "Other:"))).toBeUndefined();
});
