/** What a name alone tells of a base, and that mirrors are looked through. */
import { describe, expect, test } from "vitest";
import { mergeFacts } from "./merge.ts";

const facts = (reference: string) => {
  const { family, shell } = mergeFacts(reference, {});
  return [family.known ? family.value : undefined, shell.known ? shell.value : undefined];
};

describe("a family by its name", () => {
  test.each([
    ["registry.example.com/static-distroless:1", "distroless", false],
    ["gcr.io/distroless/static-debian11", "distroless", false],
    ["gcr.io/distroless/java-debian10:debug", "distroless", true],
    ["mcr.microsoft.com/dotnet/runtime:99.0-resolute-chiseled-extra", "distroless", false],
    ["registry.example.com/app:1-alpine3.20", "alpine", true],
    ["registry.example.com/app:1-bookworm", "debian", true],
    ["registry.example.com/team/ubi9/app", "ubi", true],
    ["registry.example.com/team/app:1", undefined, undefined],
  ])("%s", (reference, family, shell) => {
    expect(facts(reference)).toEqual([family, shell]);
  });
});

describe("mirrors of Docker Hub", () => {
  test.each(["mirror.gcr.io/library/alpine:3.20", "public.ecr.aws/docker/library/alpine:3.20"])("%s", (reference) => {
    const mirrored = mergeFacts(reference, {});
    expect(mirrored.user).toMatchObject({ known: true, value: "" });
    expect(mirrored.evidence).toBe("known-images");
    expect(mirrored.reference).toBe(reference);
  });

  test("another registry is no mirror", () => {
    expect(mergeFacts("registry.example.com/library/alpine:3.20", {}).user.known).toBe(false);
  });
});
