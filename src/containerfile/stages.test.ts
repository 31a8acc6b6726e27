/** Stages: names, indexes, the target, what copies from what, and what cannot be built. */
import { describe, expect, test } from "vitest";
import type { BuildOptions, StageGraph } from "./build-model.ts";
import { parseContainerfile } from "./parse.ts";
import { neededStages, ownChain, resolveStages } from "./stages.ts";

const resolve = (text: string, options: BuildOptions = {}) => resolveStages(parseContainerfile(text), options);

function graph(text: string, options: BuildOptions = {}): StageGraph {
  const result = resolve(text, options);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const refusal = (text: string, options: BuildOptions = {}): string => {
  const result = resolve(text, options);
  return result.ok ? "built" : result.error.message;
};

describe("named build contexts", () => {
  const contexts = new Map([
    ["base", "docker-image://registry.example.com/b:1"],
    ["alpine", "container-image://a:2"],
    ["shared", "../shared"],
  ]);

  test("stand for what FROM names, before a stage and an image", () => {
    const { stages } = graph("FROM x AS base\nFROM base\nFROM docker.io/library/alpine:latest\nFROM alpine:3\n", {
      contexts,
    });
    expect(stages.map(({ base }) => base)).toEqual([
      { kind: "image", reference: "x" },
      { kind: "image", reference: "registry.example.com/b:1" },
      { kind: "image", reference: "a:2" },
      { kind: "image", reference: "alpine:3" },
    ]);
  });

  test("of files are a base that only the build reads", () => {
    const { base } = graph("FROM shared\n", { contexts });
    expect(base).toEqual({
      kind: "unknown",
      why: "FROM shared is the build context ../shared, which only the build reads",
    });
  });

  test("are no stage that is copied or mounted from", () => {
    const text =
      "FROM x AS shared\nFROM y AS z\nCOPY --from=shared a b\nRUN --mount=from=shared,target=/m true\nCOPY --from=z . .\n";
    expect(refusal(text, { contexts })).toContain("copies from itself");
    expect(graph(text.replace("COPY --from=z . .\n", ""), { contexts }).target.uses).toEqual([]);
    expect(graph("FROM shared AS w\nFROM scratch\nCOPY --from=shared / /\n", { contexts }).chain).toHaveLength(1);
    const odd = new Map([["Odd_", "x"]]);
    expect(refusal("FROM a\nCOPY --from=Odd_ a b\n", { contexts: odd })).toBe("built");
    expect(refusal("FROM a\nCOPY --from=Odd_ a b\n")).not.toBe("built");
  });
});

describe("a stage copied whole over scratch", () => {
  const builder = "FROM a AS x\nFROM scratch\n";
  test.each([
    "COPY --from=x / /",
    "COPY --from=X --link ./ .",
    "copy --from=0 . ./",
    'COPY --from=x ["/", "/"]',
    "ARG A=1\nENV B=2\nUSER 5\nCOPY --from=x / /\nCOPY b /c",
  ])("ships: %j", (lines) => {
    const { chain, base, target, stages } = graph(`${builder}${lines}\n`);
    expect(chain).toEqual(stages);
    expect(base).toEqual({ kind: "image", reference: "a" });
    expect(target.base).toMatchObject({ kind: "scratch", copied: { stage: stages[0] } });
  });

  test.each([
    "COPY --from=x /srv /",
    "COPY --from=x / /srv",
    "COPY --from=x /etc / /",
    "COPY --from=x --chown=1 / /",
    "COPY --from=b / /",
    "COPY . /",
    "COPY --from=$X / /",
    "COPY a /b\nCOPY --from=x / /",
    "WORKDIR /srv\nCOPY --from=x / .",
    "RUN a\nCOPY --from=x / /",
  ])("does not ship: %j", (lines) => {
    const { chain, target } = graph(`${builder}${lines}\n`);
    expect(chain).toEqual([target]);
    expect(target.base).toEqual({ kind: "scratch" });
  });

  test("in any depth, and below stages that are based on it", () => {
    const text =
      "FROM a AS x\nFROM x AS y\nFROM scratch AS z\nCOPY --from=y / /\nFROM scratch AS s\nCOPY --from=z / /\nFROM s\n";
    expect(graph(text).chain.map(({ label }) => label)).toEqual(["x", "y", "z", "s", "4"]);
    expect(ownChain(graph(text)).map(({ label }) => label)).toEqual(["s", "4"]);
  });

  test("not over an image, and in no circle", () => {
    expect(graph("FROM a AS x\nFROM b\nCOPY --from=x / /\n").chain).toHaveLength(1);
    expect(refusal("FROM scratch AS x\nCOPY --from=y / /\nFROM scratch AS y\nCOPY --from=x / /\nFROM a\n")).toContain(
      "copies from",
    );
  });
});

describe("bases", () => {
  test.each([
    ["FROM a:1\n", { kind: "image", reference: "a:1" }],
    ["FROM scratch\n", { kind: "scratch" }],
    ["ARG V=2\nFROM a:$V\n", { kind: "image", reference: "a:2" }],
    ["ARG V\nFROM a:${V:-3}\n", { kind: "image", reference: "a:3" }],
    ["ARG A=a\nARG B=$A:1\nFROM $B\n", { kind: "image", reference: "a:1" }],
    ['FROM "a:1"\n', { kind: "image", reference: "a:1" }],
  ])("%j", (text, base) => {
    expect(graph(text).base).toEqual(base);
  });

  test("--build-arg wins over the default", () => {
    const buildArgs = new Map([["V", "9"]]);
    expect(graph("ARG V=2\nFROM a:$V\n", { buildArgs }).base).toEqual({ kind: "image", reference: "a:9" });
  });

  test("an ARG without a value is a base nobody knows", () => {
    expect(graph("ARG BASE\nFROM $BASE\n").base).toMatchObject({
      kind: "unknown",
      why: expect.stringContaining("BASE"),
    });
    expect(graph("FROM a-$TARGETARCH\n").base).toMatchObject({ kind: "unknown" });
    for (const text of ["FROM $X\n", "FROM a AS b\nARG X=1\nFROM c:$X\n"]) {
      expect(graph(text).base).toMatchObject({
        kind: "unknown",
        why: expect.stringContaining("X is not declared above the first FROM, so it is empty here (put ARG X there"),
      });
    }
    expect(graph("FROM a-$TARGETARCH\n", { platform: "linux/arm64" }).base).toMatchObject({ reference: "a-arm64" });
  });

  test.each([
    ["FROM ${X:?need}\n", "the build stops at FROM ${X:?need} (X: need)"],
    ["ARG X\nFROM ${X:?need}\n", "the build stops at FROM ${X:?need} (X: need)"],
  ])("%j can never be built", (text, message) => {
    expect(refusal(text)).toBe(message);
    expect(refusal(text, { buildArgs: new Map([["Y", "1"]]) })).toBe(message);
  });

  test.each(["FROM a$X\n", "FROM ${X:-a}\n", "ARG X\nFROM $X\n", "ARG X=a\nFROM ${X:?need}\n"])(
    "%j can be built, or with a --build-arg",
    (text) => {
      expect(refusal(text)).toBe("built");
    },
  );

  test("an ARG of a stage is no ARG of a FROM", () => {
    expect(graph("FROM a\nARG V=1\nFROM b:${V:-2}\n").base).toEqual({ kind: "image", reference: "b:2" });
  });

  test("a stage of any depth is what ships, outermost first", () => {
    const { chain, target } = graph("FROM a AS x\nFROM x AS y\nFROM b\nFROM y AS z\n");
    expect(chain.map(({ label }) => label)).toEqual(["x", "y", "z"]);
    expect(target.label).toBe("z");
  });

  test("FROM looks a name up as it is written, and names are lower-cased", () => {
    expect(refusal("FROM a AS Build\nFROM Build\n")).toContain("neither a stage nor an image");
    expect(resolve("FROM a AS Build\nFROM Build\n")).toMatchObject({
      error: { hint: expect.stringContaining("write FROM build: BuildKit") },
    });
    expect(graph("FROM a AS Build\nFROM build\n").base).toEqual({ kind: "image", reference: "a" });
  });

  test("of a repeated name the later stage wins, and a stage may not be its own base", () => {
    const found = graph("FROM a AS x\nFROM b AS x\nFROM x\n");
    expect(found.base).toEqual({ kind: "image", reference: "b" });
    expect(graph("FROM alpine AS alpine\nFROM alpine\n").base).toEqual({ kind: "image", reference: "alpine" });
  });

  test.each(["FROM A:1\n", "FROM a:\n", "FROM a@sha256:1\n", "FROM ''\n"])("%j is no image name", (text) => {
    expect(refusal(text)).toContain("neither a stage nor an image");
  });
});

describe("the target", () => {
  const text = "FROM a AS One\nFROM b AS two\nFROM c\n";

  test.each([
    [undefined, 2],
    ["one", 0],
    ["ONE", 0],
    ["two", 1],
    ["0", 0],
    ["2", 2],
  ])("%s", (target, index) => {
    expect(graph(text, target === undefined ? {} : { target }).target.index).toBe(index);
  });

  test.each(["three", "00", "3"])("an unknown one is refused with what there is: %s", (target) => {
    expect(resolve(text, { target })).toMatchObject({
      ok: false,
      error: { message: `there is no stage "${target}" to build`, hint: "the stages are: one, two, 2" },
    });
  });
});

describe("what BuildKit refuses only where it builds the stage", () => {
  const values = [
    ["EXPOSE a", "EXPOSE a: a port is a number"],
    ["STOPSIGNAL foo", "STOPSIGNAL foo: there is no such signal"],
    ["USER ${}", "bad substitution"],
    ["ARG A=${x!}", "unsupported modifier"],
    ["COPY --chmod=99 a b", "--chmod=99 is no file mode"],
    ["COPY http://a/b /b", "COPY takes no URL"],
    ["RUN --mount=type=cache,target=/a,foo=bar x", "unknown key foo"],
    ["RUN --mount=type=x,target=/a y", "type=x in --mount is not known"],
    ["RUN []", "RUN [] names no program"],
    ['VOLUME ""', "can not be an empty string"],
  ] as const;

  test.each(values)("%s", (line, message) => {
    expect(refusal(`FROM a\n${line}\n`)).toContain(message);
    expect(refusal(`FROM a AS x\n${line}\nFROM x\n`)).toContain(message);
    expect(refusal(`FROM a AS x\n${line}\nFROM b\nCOPY --from=x y z\n`)).toContain(message);
    expect(refusal(`FROM a AS x\n${line}\nFROM b\n`, { target: "x" })).toContain(message);
    expect(refusal(`FROM a AS x\n${line}\nFROM b\n`)).toBe("built");
    expect(refusal(`FROM b AS x\nFROM a\n${line}\n`, { target: "x" })).toBe("built");
  });

  test.each([
    "USER",
    "RUN --network=x y",
    "RUN --device= y",
    "RUN --mount=from=$x,target=/a y",
    "HEALTHCHECK --interval=x CMD y",
    "COPY --from=$x a b",
  ])("%s is refused in every stage", (line) => {
    const [fault] = parseContainerfile(`FROM a AS x\n${line}\nFROM b\n`).errors;
    expect(fault?.whenBuilt).toBeUndefined();
    expect(fault).toBeDefined();
  });

  test.each(["FROM ${x!} AS x\nFROM b\n", "FROM --platform=a/b/c/d a AS x\nFROM b\n"])(
    "%j: FROM is read in every stage",
    (text) => {
      expect(parseContainerfile(text).errors).toMatchObject([{}]);
      expect(parseContainerfile(text).errors[0]?.whenBuilt).toBeUndefined();
    },
  );

  test("an ARG above the first FROM is read for every target", () => {
    expect(refusal("ARG A=${x!}\nFROM a\n")).toContain("unsupported modifier");
  });
});

describe("copying between stages", () => {
  test("by name in any case, by index, and by mount", () => {
    const { target, stages } = graph(
      "FROM a AS One\nFROM b\nFROM c AS three\nFROM d\nCOPY --from=ONE x y\nCOPY --from=1 x y\nRUN --mount=type=bind,from=three,target=/t x\n",
    );
    expect(target.uses.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect([...neededStages(target)]).toHaveLength(stages.length);
  });

  test("a name that is no stage is an image", () => {
    expect(graph("FROM a\nCOPY --from=busybox x y\n").target.uses).toEqual([]);
  });

  test.each(["COPY --from=Busybox x y", "COPY --from=a: x y", "RUN --mount=from=Busybox,target=/x y"])(
    "%s names neither a stage nor an image",
    (line) => {
      expect(refusal(`FROM a\n${line}\nFROM b\n`)).toContain("is neither a stage nor an image");
    },
  );

  test.each(["COPY --from=docker://Busybox x y", "RUN --mount=target=/x,from=a$ y", "COPY --from=x.io/a:B x y"])(
    "%s may be an image",
    (line) => {
      expect(refusal(`FROM a\n${line}\n`)).toBe("built");
    },
  );

  test("stages that the target does not need", () => {
    expect([...neededStages(graph("FROM a AS unused\nFROM b\n").target)].map(({ label }) => label)).toEqual(["1"]);
  });

  test.each([
    ["FROM a\nCOPY --from=0 x y\n", "the stage 0 copies from itself (--from=0)"],
    ["FROM a AS me\nCOPY --from=me x y\n", "the stage me copies from itself (--from=me)"],
    ["FROM a\nCOPY --from=7 x y\n", "COPY --from=7: there is no stage with this index"],
    [
      "FROM a AS one\nCOPY --from=two x y\nFROM b AS two\nCOPY --from=one x y\n",
      "the stage one copies from a stage that copies from it",
    ],
    [
      "FROM a AS one\nCOPY --from=two x y\nFROM b AS two\nFROM one\n",
      "the stage one copies from the stage two, which stands behind it",
    ],
  ])("%j is refused", (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  test.each([
    ["FROM a AS one\nRUN x\nCOPY --from=two x y\nFROM b AS two\nCOPY --from=one x y\n", "two"],
    ["FROM a AS one\nRUN --mount=from=two,target=/t x\nFROM b AS two\nFROM one\n", "from=two,target=/t"],
  ])("%j: the place is where it says so", (text, place) => {
    const result = resolve(text);
    const span = result.ok ? undefined : result.error.span;
    expect(text.slice(span?.start, span?.end)).toBe(place);
  });
});
