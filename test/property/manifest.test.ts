/** Manifests of random shape and layout: what a fix changes, and what it never does. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { changes, fixOne, judgeOne } from "../../src/manifest/test-kit.ts";

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const defined = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));

/** Contexts that a fix may have to touch, none that cannot run restricted. */
const context = fc
  .record({
    allowPrivilegeEscalation: maybe(fc.boolean()),
    runAsNonRoot: maybe(fc.boolean()),
    readOnlyRootFilesystem: maybe(fc.boolean()),
    capabilities: maybe(
      fc.record({
        drop: maybe(fc.subarray(["ALL", "all", "CAP_ALL", "NET_RAW"])),
        add: maybe(fc.subarray(["NET_BIND_SERVICE", "CAP_NET_BIND_SERVICE"])),
      }),
    ),
    seccompProfile: maybe(
      fc.constantFrom({ type: "RuntimeDefault" }, { type: "Unconfined" }, { type: "Localhost" }, {}),
    ),
  })
  .map(defined);
const container = fc
  .record({
    name: fc.constantFrom("a", "b", "step one", "ü"),
    image: fc.constantFrom("x", "docker.io/library/y:1@sha256:0", "$(params.i)"),
    securityContext: maybe(context),
    script: maybe(fc.constantFrom("#!/bin/sh\nid\n", "  indented\n\n\n", "one line", "")),
    args: maybe(fc.constant(["- a", "# b", "c: d", "'"])),
  })
  .map(defined);
const containers = fc.array(container, { minLength: 1, maxLength: 3 });
const podContext = maybe(
  fc
    .record({
      runAsNonRoot: maybe(fc.boolean()),
      seccompProfile: maybe(fc.constantFrom({ type: "RuntimeDefault" }, { type: "Unconfined" })),
      fsGroup: maybe(fc.constant(5)),
    })
    .map(defined),
);
const taskSpec = fc
  .record({
    params: maybe(fc.constant([{ name: "i", default: "z" }])),
    stepTemplate: maybe(fc.record({ securityContext: maybe(context) }).map(defined)),
    steps: containers,
    sidecars: maybe(containers),
  })
  .map(defined);
const podSpec = fc.record({ securityContext: podContext, initContainers: maybe(containers), containers }).map(defined);
const object = fc.oneof(
  taskSpec.map((spec) => ({ apiVersion: "tekton.dev/v1", kind: "Task", metadata: { name: "t" }, spec })),
  fc.tuple(taskSpec, podContext).map(([spec, own]) => ({
    apiVersion: "tekton.dev/v1beta1",
    kind: "TaskRun",
    metadata: { generateName: "t-" },
    spec: defined({ taskSpec: spec, podTemplate: own === undefined ? undefined : { securityContext: own } }),
  })),
  podSpec.map((spec) => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec })),
  podSpec.map((spec) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d" },
    spec: { replicas: 2, template: { spec } },
  })),
);

/** The same document in many layouts. */
const written = fc
  .tuple(
    object,
    fc.record({
      indent: fc.constantFrom(2, 4),
      indentSeq: fc.boolean(),
      flow: fc.constantFrom("block", "flow", "json", "json spread"),
      quotes: fc.constantFrom("PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE"),
      eol: fc.constantFrom("\n", "\r\n"),
      bom: fc.boolean(),
      comments: fc.boolean(),
      lastBreak: fc.boolean(),
    }),
  )
  .map(([value, style]) => {
    const json = style.flow.startsWith("json");
    const plain = json
      ? `${JSON.stringify(value, null, style.flow === "json" ? undefined : style.indent)}\n`
      : stringify(value, {
          indent: style.indent,
          indentSeq: style.indentSeq,
          collectionStyle: style.flow === "flow" ? "flow" : "any",
          defaultStringType:
            style.quotes === "PLAIN" ? "PLAIN" : style.quotes === "QUOTE_DOUBLE" ? "QUOTE_DOUBLE" : "QUOTE_SINGLE",
          defaultKeyType: "PLAIN",
          version: "1.1",
          lineWidth: 1000,
        });
    const commented =
      style.comments && style.flow === "block"
        ? plain.replace(/^( *)((?:steps|containers|image|securityContext):)(.*)$/gm, "$1# about $2\n$1$2$3")
        : plain;
    const ended = style.lastBreak ? commented : commented.replace(/\n$/, "");
    return { value, text: (style.bom ? "\ufeff" : "") + ended.replaceAll("\n", style.eol), eol: style.eol };
  });

/** What a fix writes or corrects, taken out of an object. */
function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(without);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).flatMap(([name, one]) => {
    if (["allowPrivilegeEscalation", "runAsNonRoot", "seccompProfile", "drop", "add"].includes(name)) return [];
    const inner = without(one);
    const isEmpty = typeof inner === "object" && inner !== null && Object.keys(inner).length === 0;
    return isEmpty && ["capabilities", "securityContext", "stepTemplate"].includes(name)
      ? []
      : [[name, inner] as const];
  });
  return Object.fromEntries(kept);
}

const read = (source: string): unknown => parse(source.replace("\ufeff", ""), { version: "1.1" });

/** Lines that may be rewritten: those that hold a wrong value, or an empty map where fields go. */
const mayChange =
  /allowPrivilegeEscalation|runAsNonRoot|securityContext|stepTemplate|capabilities|seccompProfile|drop|add|type:|^\s*- /;

describe("fixing a manifest of any layout", () => {
  test("admits every Pod, changes nothing but the fields, ends, and keeps what stands around", async () => {
    await fc.assert(
      fc.asyncProperty(
        written,
        fc.constantFrom("stepTemplate" as const, "step" as const),
        async ({ text, eol }, style) => {
          // fixOne fails by itself where a second fix changes something, or a finding is added.
          const fixed = fixOne(text, { style });
          const judged = judgeOne(fixed);
          expect(judged.templates.flatMap(({ refusals }) => refusals)).toEqual([]);
          expect(without(read(fixed))).toEqual(without(read(text)));
          expect(fixed.startsWith("\ufeff")).toBe(text.startsWith("\ufeff"));
          if (text.includes("\n")) expect(fixed.replaceAll(eol, "").includes("\n")).toBe(false);
          if (judgeOne(text).templates.every(({ refusals }) => refusals.length === 0)) expect(fixed).toBe(text);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("in block style only whole lines are added, and lines changed that hold a wrong value", async () => {
    await fc.assert(
      fc.asyncProperty(written, async ({ text }) => {
        fc.pre(text.includes("\n") && !/^\ufeff?\{/.test(text) && !text.includes("{ "));
        const taken = (await changes(text, fixOne(text))).filter((line) => line.startsWith("-"));
        const last = text.split("\n").at(-1) ?? "";
        expect(taken.map((line) => line.slice(1)).filter((line) => line !== last && !mayChange.test(line))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
