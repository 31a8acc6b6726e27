/** The state at every instruction: USER, WORKDIR, ENV, ARG, SHELL, VOLUME, ENTRYPOINT and CMD, ONBUILD. */
import { describe, expect, test } from "vitest";
import { known } from "../core/finding.ts";
import type { ImageConfig } from "../core/ports.ts";
import { unknownBase } from "../facts/base/merge.ts";
import { scratchFacts } from "../facts/base/scratch.ts";
import type { BuildModel, BuildOptions, State } from "./build-model.ts";
import { parseContainerfile } from "./parse.ts";
import { resolveStages } from "./stages.ts";
import { computeBuild } from "./state.ts";

function build(text: string, config: Partial<ImageConfig> | null = {}, options: BuildOptions = {}): BuildModel {
  const graph = resolveStages(parseContainerfile(text), options);
  if (!graph.ok) throw new Error(graph.error.message);
  return computeBuild(graph.value, (stage) => {
    if (stage.base.kind === "scratch") return scratchFacts();
    const nothing = unknownBase("base", "nobody asked");
    if (config === null) return nothing;
    return {
      ...nothing,
      config: known({ env: [], ...config }, "test"),
      user: known(config.user ?? "", "test"),
    };
  });
}

const end = (text: string, config?: Partial<ImageConfig> | null, options?: BuildOptions): State => {
  const model = build(text, config, options);
  return model.after(model.graph.target);
};

describe("USER", () => {
  test.each([
    ["FROM a\n", ""],
    ["FROM a\nUSER x\nUSER y\n", "y"],
    ['FROM a\nUSER "1000"\n', "1000"],
    ["FROM a\nUSER ''\n", ""],
    ["FROM a\nUSER $A:$B\n", ":"],
    ["FROM a\nARG A=1\nUSER $A\n", "1"],
    ["ARG A=1\nFROM a\nUSER x$A\n", "x"],
    ["ARG A=1\nFROM a\nARG A\nUSER x$A\n", "x1"],
    ["ARG A=1\nFROM a\nARG A=2\nUSER x$A\n", "x2"],
    ["FROM a\nARG A\nUSER x${A:-d}\n", "xd"],
    ["FROM a\nENV A=1\nUSER x$A\n", "x1"],
    ["FROM a\nENV A=1\nENV A=2 B=$A\nUSER $A$B\n", "21"],
    ["FROM a AS p\nUSER p\nFROM p\n", "p"],
    ["FROM a AS p\nARG A=1\nFROM p\nUSER x$A\n", "x1"],
    ["FROM a AS p\nENV A=1\nFROM p\nUSER x$A\n", "x1"],
    ["FROM a AS p\nUSER p\nFROM a\n", ""],
    ["FROM a AS p\nENV A=1\nFROM a\nUSER x$A\n", "x"],
  ])("%j", (text, user) => {
    expect(end(text).user.value).toMatchObject({ value: user, unknown: [] });
  });

  test("inherited from the base, with nobody to blame", () => {
    expect(end("FROM a\n", { user: "1001" }).user).toMatchObject({ value: { value: "1001" }, at: undefined });
    expect(end("FROM a\n", null).user.value.unknown).toEqual(["base image"]);
  });

  test("the deciding instruction is known, in whichever stage it stands", () => {
    const { user } = end("FROM a AS p\nUSER p\nFROM p AS last\nRUN x\n");
    expect(user.at?.startLine).toBe(2);
    expect(user.stage.label).toBe("p");
  });

  test("--build-arg counts where the ARG is declared only", () => {
    const buildArgs = new Map([["A", "9"]]);
    expect(end("FROM a\nARG A=1\nUSER $A\n", {}, { buildArgs }).user.value.value).toBe("9");
    expect(end("FROM a\nUSER x$A\n", {}, { buildArgs }).user.value.value).toBe("x");
    expect(end("ARG A\nFROM a\nARG A\nUSER $A\n", {}, { buildArgs }).user.value.value).toBe("9");
  });

  test.each([
    "FROM a AS p\nARG A=1\nFROM p\nARG A\nUSER $A\n",
    "ARG A\nFROM a AS p\nARG A=1\nFROM p\nARG A\nUSER $A\n",
    "FROM a AS p\nARG A=1\nFROM p AS q\nFROM q\nARG A\nUSER $A\n",
    "FROM a AS p\nARG A=1\nFROM p\nARG A\nARG A\nUSER $A\n",
    "FROM a AS p\nARG A=1\nFROM p AS q\nARG A\nFROM q\nUSER $A\n",
  ])("%j: the builders do not agree on whether a bare ARG keeps what the parent's ARG had", (text) => {
    expect(end(text).user.value.unknown).toEqual(["A"]);
  });

  test.each([
    ["FROM a AS p\nARG A=1\nFROM p\nUSER $A\n"],
    ["ARG A=1\nFROM a AS p\nARG A\nFROM p\nUSER ${A:-2}\n"],
    ["FROM a AS p\nARG A=1\nFROM p AS q\nFROM q\nUSER 5:$A\n"],
    ["FROM a AS p\nARG A=1\nFROM p\nUSER $A\nFROM 0\nFROM p AS q\nUSER $A\n"],
    ["FROM a AS p\nARG A=1\nONBUILD USER $A\nFROM p\n"],
  ])("%j: an older Buildah does not hand the ARG down", (text) => {
    expect(end(text).user.value.error).toBe(
      "only an ARG of the stage below gives A its value, which Buildah before 1.40 does not hand down",
    );
  });

  test.each([
    ["FROM a AS p\nARG A=1\nUSER $A\nFROM p\n", "1"],
    ["FROM a AS p\nARG A=1\nENV A=$A\nFROM p\nUSER $A\n", "1"],
    ["FROM a AS p\nARG A=1\nENV B=$A\nFROM p\nUSER $B\n", "1"],
    ["FROM a AS p\nARG A=1\nFROM p\nARG A=2\nUSER $A\n", "2"],
    ["FROM a AS p\nARG A=1\nFROM p\nENV A=2\nUSER $A\n", "2"],
    ["ARG A=1\nFROM a AS p\nARG A\nFROM p\nARG A\nUSER $A\n", "1"],
    ["FROM a AS p\nARG A=1\nFROM p\nUSER 5\n", "5"],
  ])("%j: every builder has the same", (text, user) => {
    const { value } = end(text).user;
    expect(value).toMatchObject({ value: user, unknown: [] });
    expect(value.error).toBeUndefined();
  });

  test("what the builders disagree on is said", () => {
    expect(end("FROM a AS p\nARG A=1\nFROM p\nARG A\nUSER $A\n").user.value.error).toBe(
      "a bare ARG A keeps the parent stage's value with BuildKit and has none with Buildah",
    );
    expect(end("FROM a\nENV A=1\nARG A=2\nUSER $A\n").user.value.error).toContain("ENV and ARG give A different");
    expect(end("FROM a\nUSER $A\n", null).user.value.error).toBeUndefined();
  });

  test.each([
    "FROM a\nARG A=1\nARG A\nUSER $A\n",
    "FROM a AS p\nENV A=1\nFROM p\nARG A\nUSER $A\n",
    "FROM a AS p\nARG A=2\nFROM p\nARG A=1\nUSER $A\n",
    "ARG A=1\nFROM a AS p\nARG A=2\nFROM p\nARG A\nUSER $A\n",
    "FROM a AS p\nARG A=2\nFROM p\nENV A=1\nARG A\nUSER $A\n",
    "FROM a AS p\nARG A=2\nFROM p\nARG A\nARG A=1\nUSER $A\n",
  ])("%j: all of them take 1", (text) => {
    expect(end(text).user.value).toMatchObject({ value: "1", unknown: [] });
  });

  test("of two stages with one name nobody knows which one FROM takes", () => {
    const doubted = "FROM a AS x\nUSER 1\nFROM a AS x\nUSER 2\nFROM x\n";
    expect(end(doubted).user.value.error).toContain("more than one stage is called x");
    expect(end(`${doubted}USER 3\n`).user.value).toEqual({ value: "3", unset: [], unknown: [] });
    expect(end("FROM a AS x\nUSER 1\nFROM x AS x\nUSER 2\n").user.value).toMatchObject({ value: "2" });
    expect(end("FROM a AS x\nUSER 1\nFROM x\nFROM a AS x\nFROM 1\n").user.value.error).toBeUndefined();
  });

  test("a value that the build stops for is asked for", () => {
    expect(end("FROM a\nUSER ${Q:?no}\n").user.value.error).toBe(
      "the build stops at USER ${Q:?no} (Q: no) until ARG and --build-arg, or ENV, give it a value",
    );
    expect(end("FROM a\nENV Q=1\nUSER ${Q:?no}\n").user.value).toMatchObject({ value: "1", unknown: [] });
  });

  test("an ARG and an ENV of one name are unknown, unless they agree", () => {
    expect(end("FROM a\nENV A=1\nARG A=2\nUSER $A\n").user.value.unknown).toEqual(["A"]);
    expect(end("FROM a\nENV A=1\nARG A=1\nUSER $A\n").user.value).toMatchObject({ value: "1", unknown: [] });
  });

  test("a variable that an unreadable base may set is unknown", () => {
    expect(end("FROM a\nUSER $A\n", null).user.value.unknown).toEqual(["A"]);
    expect(end("FROM a\nUSER $A\n", { env: ["A=1"] }).user.value.value).toBe("1");
  });

  test("platform ARGs are in scope only where they are declared", () => {
    const options = { platform: "linux/amd64" };
    expect(end("FROM a\nUSER u$TARGETARCH\n", {}, options).user.value.value).toBe("u");
    expect(end("FROM a\nARG TARGETARCH\nUSER u$TARGETARCH\n", {}, options).user.value.value).toBe("uamd64");
  });
});

describe("WORKDIR", () => {
  test.each([
    ["FROM a\n", "/"],
    ["FROM a\nWORKDIR /a\nWORKDIR b\n", "/a/b"],
    ["FROM a\nWORKDIR b/\n", "/b"],
    ["FROM a\nWORKDIR /a/../b//c/.\n", "/b/c"],
    ["FROM a\nENV D=/d\nWORKDIR $D/e\n", "/d/e"],
    ["FROM a AS p\nWORKDIR /p\nFROM p\nWORKDIR q\n", "/p/q"],
    ['FROM a\nWORKDIR "/a b"\n', "/a b"],
  ])("%j", (text, workdir) => {
    expect(end(text).workdir.value.value).toBe(workdir);
  });

  test("a relative one goes on from the base's, known or not", () => {
    expect(end("FROM a\nWORKDIR b\n", { workingDir: "/srv" }).workdir.value.value).toBe("/srv/b");
    expect(end("FROM a\nWORKDIR b\n", null).workdir.value.unknown).toEqual(["base image"]);
    expect(end("FROM a\nWORKDIR /b\n", null).workdir.value).toMatchObject({ value: "/b", unknown: [] });
  });
});

describe("the rest of the state", () => {
  test("before an instruction is not behind it", () => {
    const model = build("FROM a\nUSER x\nRUN y\nUSER z\nRUN w\n");
    const { instructions } = model.graph.target;
    expect(instructions.map((one) => model.before(one).user.value.value)).toEqual(["", "x", "x", "z"]);
  });

  test("SHELL, VOLUME", () => {
    const state = end('FROM a AS p\nSHELL ["bash", "-c"]\nVOLUME /a\nFROM p\nVOLUME ["/b"]\n', { volumes: ["/base"] });
    expect(state.shell).toEqual(["bash", "-c"]);
    expect(state.volumes.map(({ value }) => value)).toEqual(["/base", "/a", "/b"]);
    expect(end("FROM a\n").shell).toEqual(["/bin/sh", "-c"]);
  });

  test("what brackets and commas of a VOLUME in single quotes are taken for is none", () => {
    const { volumes } = end("FROM a\nVOLUME ['/a', '/b']\nVOLUME [ '/c' ]\nVOLUME /d, /e]\n");
    expect(volumes.map(({ value }) => value)).toEqual(["/c", "/d,", "/e]"]);
  });

  test("a VOLUME whose path nobody knows is none", () => {
    expect(end('FROM a\nVOLUME ["$DATA", "/b"]\n', null).volumes.map(({ value }) => value)).toEqual(["/b"]);
    expect(end('FROM a\nVOLUME ["$DATA", "/b"]\n').volumes.map(({ value }) => value)).toEqual(["/b"]);
  });

  test("ENTRYPOINT resets a CMD that was inherited, not one that was set before it", () => {
    const inherited = end('FROM a AS p\nCMD ["p"]\nFROM p\nENTRYPOINT ["e"]\n');
    expect(inherited.cmd.value).toBeUndefined();
    expect(end('FROM a\nCMD ["p"]\nENTRYPOINT ["e"]\n').cmd.value?.startLine).toBe(2);
  });

  test("ENV does not hold ARGs, variables hold both", () => {
    const state = end("FROM a\nARG A=1\nENV E=2\n");
    expect([...state.env.keys()]).toEqual(["PATH", "E"]);
    expect(state.variables.get("A")).toBe("1");
  });

  test("expanding at an instruction sees what stands above it", () => {
    const model = build("FROM a\nENV A=1\nRUN x\nENV A=2\nRUN y\n");
    const runs = model.graph.target.instructions.filter(({ keyword }) => keyword === "RUN");
    expect(runs.map((run) => model.expand(run, "v$A").value)).toEqual(["v1", "v2"]);
  });
});

describe("a stage copied whole over scratch", () => {
  const builder =
    'FROM a AS x\nWORKDIR /srv\nENV A=1\nSHELL ["bash", "-c"]\nVOLUME /v\nUSER 5\nEXPOSE 80\nCMD ["x"]\nONBUILD USER 7\nRUN y\nFROM scratch\n';

  test("hands over its files and what is known of them", () => {
    const model = build(`${builder}COPY --from=x / /\nRUN z\n`, { user: "9" });
    expect(model.shipped.map(({ instruction: { keyword } }) => keyword)).toEqual([
      "WORKDIR",
      "SHELL",
      "USER",
      "RUN",
      "RUN",
    ]);
    expect(model.base).toMatchObject({ reference: "base", user: { value: "" }, family: { known: false } });
    expect(model.baseOf(model.graph.stages[0] ?? model.graph.target).user).toMatchObject({ value: "9" });
  });

  test("and none of its configuration", () => {
    const { user, workdir, env, shell, volumes, cmd } = end(`${builder}COPY --from=x / /\n`, {
      user: "9",
      workingDir: "/w",
      env: ["B=2"],
      onBuild: ["USER 8"],
    });
    expect(user).toMatchObject({ value: { value: "", unknown: [] }, at: undefined });
    expect(workdir.value.value).toBe("/");
    expect([...env.keys()]).toEqual(["PATH"]);
    expect(shell).toEqual(["/bin/sh", "-c"]);
    expect(volumes).toEqual([]);
    expect(cmd.value).toBeUndefined();
  });
});

describe("ONBUILD", () => {
  test("runs right behind FROM, of a local stage and of an image", () => {
    expect(end("FROM a AS p\nONBUILD USER t\nFROM p\n").user.value.value).toBe("t");
    expect(end("FROM a AS p\nONBUILD USER t\nUSER x\nFROM p\nUSER y\n").user.value.value).toBe("y");
    expect(end("FROM a\n", { onBuild: ["USER t"] }).user.value.value).toBe("t");
    expect(end("FROM a\nONBUILD USER t\n").user.value.value).toBe("");
  });

  test("only once: a grandchild does not run it", () => {
    expect(end("FROM a AS p\nONBUILD USER t\nFROM p AS c\nUSER c\nFROM c\n").user.value.value).toBe("c");
  });

  test("its ENV is that of the child", () => {
    expect(end("FROM a AS p\nENV A=1\nONBUILD USER u$A\nFROM p\n").user.value.value).toBe("u1");
  });
});
