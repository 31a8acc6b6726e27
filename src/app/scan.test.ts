import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import { targetLine } from "../report/json.ts";
import { nameFilter, type NameFilter } from "../scan/name-filter.ts";
import type { Lister } from "../scan/ports.ts";
import { parseSource, type ScanSource } from "../scan/source.ts";
import { failedTarget, type TargetResult } from "../results/run-report.ts";
import type { ScanOutcome } from "../results/scan-outcome.ts";
import { scanImages, type ScanRequest } from "./scan.ts";

/** A registry in memory that counts what is asked of it. */
class Registry implements Lister {
  readonly repositories: Record<string, readonly string[]>;
  readonly requests: string[] = [];
  readonly broken = new Set<string>();
  /** Repositories of the catalogue that the registry does not know otherwise. */
  readonly refusing = new Set<string>();
  /** Images that are listed, and are not there when they are read; what happens meanwhile. */
  readonly missing = new Map<string, (() => void) | undefined>();
  refusesCatalogue = false;
  list: readonly string[] = [];

  constructor(repositories: Record<string, readonly string[]>) {
    this.repositories = repositories;
  }

  async *catalogue(host: string): AsyncGenerator<Result<readonly string[], Failure>> {
    this.requests.push(`catalogue ${host}`);
    if (this.refusesCatalogue) return yield err(registryFailure("refuses the catalogue"));
    const names = Object.keys(this.repositories);
    for (let at = 0; at < names.length; at += 2) yield ok(names.slice(at, at + 2));
  }

  async tags(_host: string, repository: string): Promise<Result<readonly string[], Failure>> {
    this.requests.push(`tags ${repository}`);
    if (this.broken.has(repository)) return err(registryFailure("500"));
    const tags = this.refusing.has(repository) ? undefined : this.repositories[repository];
    return tags === undefined ? err({ ...notFound(repository), isCertain: true }) : ok(tags);
  }

  async layout(): Promise<Result<readonly string[], Failure>> {
    return ok(["oci:l:1.0", "oci:l:1.1", "oci:l:team/app:2"]);
  }

  async *lines(): AsyncGenerator<Result<string, Failure>> {
    for (const line of this.list) yield ok(line);
  }

  async judge(reference: string): Promise<readonly TargetResult[]> {
    this.requests.push(`image ${reference}`);
    await Promise.resolve();
    if (this.broken.has(reference)) return [failedTarget(reference, "image", registryFailure("manifest broken"))];
    if (this.missing.has(reference)) {
      this.missing.get(reference)?.();
      return [failedTarget(reference, "image", notFound(reference))];
    }
    const result = { ...failedTarget(reference, "image", { code: "USAGE", message: "" }), error: null };
    return [
      {
        ...result,
        verdict: "admit",
        configUser: "1000",
        uid: 1000,
        digest: `sha256:${"0".repeat(64)}`,
        platform: "linux/amd64",
      },
    ];
  }
}

const notFound = (reference: string) => ({ code: "IMAGE_NOT_FOUND", reference, message: "not there" }) as const;
const registryFailure = (message: string): Failure => ({ code: "ENGINE_FAILED", engine: "registry", message });

const team = { "team/a": ["1", "2"], "team/b": ["1"], "team/c": ["latest", "1.0"] };
const all = ["team/a:2", "team/a:1", "team/b:1", "team/c:latest", "team/c:1.0"].map((name) => `docker://h:1/${name}`);

function source(text: string): ScanSource {
  const parsed = parseSource(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function filter(include: readonly string[] = [], exclude: readonly string[] = []): NameFilter {
  const read = nameFilter(include, exclude);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

const requestOf = (more: Partial<ScanRequest> = {}): ScanRequest => ({
  sources: [source("docker://h:1")],
  filter: filter(),
  tags: { kind: "all" },
  shard: { index: 0, count: 1 },
  concurrency: 3,
  settings: { sources: "docker://h:1" },
  policy: { failOn: "error", allowUnknown: false },
  version: "0.1.0",
  ...more,
});

interface Run {
  readonly outcome: ScanOutcome;
  /** Targets in the order they came. */
  readonly told: readonly string[];
  readonly lines: readonly string[];
}

async function scan(registry: Registry, more: Partial<ScanRequest> = {}, signal?: AbortSignal): Promise<Run> {
  const lines: string[] = [];
  const told: string[] = [];
  const result = await scanImages(
    requestOf(more),
    {
      lister: registry,
      judge: (reference) => registry.judge(reference),
      render: targetLine,
      write: ({ json, target }) => {
        lines.push(json);
        told.push(target.target);
      },
    },
    signal ?? new AbortController().signal,
  );
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return { outcome: result.value, told, lines };
}

test("every image of a registry is judged once", async () => {
  const registry = new Registry(team);
  const { outcome, told } = await scan(registry);
  expect(told.toSorted()).toEqual(all.toSorted());
  expect(outcome.tally.summary).toMatchObject({ targets: 5, admit: 5 });
  expect(outcome.tally.exitCode).toBe(0);
  expect(registry.requests.filter((request) => request.startsWith("tags"))).toHaveLength(3);
});

test("filters keep the tags of unwanted repositories from being listed", async () => {
  const registry = new Registry(team);
  const { told } = await scan(registry, { filter: filter(["team/{a,c}"], ["**:1*"]) });
  expect(told.toSorted()).toEqual(["docker://h:1/team/a:2", "docker://h:1/team/c:latest"]);
  expect(registry.requests).not.toContain("tags team/b");
});

describe("what a registry lists and does not have", () => {
  const gone = "docker://h:1/team/a:2";

  test("a tag that is deleted before it is read is told, and fails nothing", async () => {
    const registry = new Registry({ ...team });
    registry.missing.set(gone, () => (registry.repositories["team/a"] = ["1"]));
    const { outcome, lines } = await scan(registry);
    expect(outcome.tally.exitCode).toBe(0);
    expect(outcome.tally.summary).toMatchObject({ targets: 5, admit: 4, notApplicable: 1 });
    expect(lines.find((line) => line.includes(gone))).toContain("it was deleted after the registry had listed it");
  });

  test("so is one whose repository is deleted", async () => {
    const registry = new Registry({ ...team });
    registry.missing.set(gone, () => delete registry.repositories["team/a"]);
    expect((await scan(registry)).outcome.tally.exitCode).toBe(0);
  });

  test("one that is still listed could not be read", async () => {
    const registry = new Registry(team);
    registry.missing.set(gone, undefined);
    const { outcome } = await scan(registry);
    expect(outcome.tally.exitCode).toBe(3);
    expect(outcome.tally.unread).toMatchObject([{ hint: expect.stringContaining("delete the tag") }]);
  });

  test("one that was pushed again meanwhile is read again", async () => {
    const registry = new Registry(team);
    registry.missing.set(gone, () => registry.missing.delete(gone));
    expect((await scan(registry)).outcome.tally.summary).toMatchObject({ targets: 5, admit: 5 });
  });

  test("one that the registry lists no more, as far as it answers, could not be read", async () => {
    const registry = new Registry(team);
    registry.missing.set(gone, () => registry.broken.add("team/a"));
    expect((await scan(registry)).outcome.tally.exitCode).toBe(3);
  });

  test("an image that was named has to be there", async () => {
    const registry = new Registry({ "team/a": ["1"] });
    registry.missing.set(gone, undefined);
    expect((await scan(registry, { sources: [source(gone)] })).outcome.tally.exitCode).toBe(3);
  });

  test("a repository of the catalogue without tags is told by one shard, and fails nothing", async () => {
    const parts = await Promise.all(
      [0, 1, 2].map((index) => {
        const registry = new Registry(team);
        registry.refusing.add("team/b");
        return scan(registry, { shard: { index, count: 3 } });
      }),
    );
    expect(parts.map(({ outcome }) => outcome.tally.exitCode)).toEqual([0, 0, 0]);
    expect(parts.flatMap(({ lines }) => lines).filter((line) => line.includes('"not-applicable"'))).toHaveLength(1);
  });

  test("a repository that was named has to be there", async () => {
    const { outcome } = await scan(new Registry(team), { sources: [source("docker://h:1/team/none")] });
    expect(outcome.tally.exitCode).toBe(3);
  });
});

test("a pattern that matched nothing is told where all lists were given, and only there", async () => {
  const registry = new Registry(team);
  expect((await scan(registry, { filter: filter(["none/*"]) })).outcome.unusedPatterns).toEqual(["none/*"]);
  registry.refusesCatalogue = true;
  expect((await scan(registry, { filter: filter(["none/*"]) })).outcome.unusedPatterns).toEqual([]);
});

test("shards fit together", async () => {
  const parts = await Promise.all([0, 1, 2].map((index) => scan(new Registry(team), { shard: { index, count: 3 } })));
  const told = parts.flatMap((part) => part.told);
  expect(told.toSorted()).toEqual(all.toSorted());
});

test("what is no image at all is said to be none, and fails nothing", async () => {
  const registry = new Registry(team);
  const message = "it is no image but an artifact (application/vnd.cncf.helm.config.v1+json)";
  const chart = "docker://h:1/team/b:1";
  const judge = registry.judge.bind(registry);
  registry.judge = async (reference) =>
    reference === chart
      ? [failedTarget(reference, "image", { code: "NO_IMAGE", reference, message })]
      : await judge(reference);
  const { outcome, lines } = await scan(registry);
  expect(outcome.tally.exitCode).toBe(0);
  expect(outcome.tally.summary).toMatchObject({ targets: 5, admit: 4, notApplicable: 1 });
  expect(lines.map((line) => JSON.parse(line)).find(({ target }) => target === chart)).toMatchObject({
    verdict: "not-applicable",
    evidence: [message],
    error: null,
  });
});

test("a broken repository and a broken image are results, and the scan goes on", async () => {
  const registry = new Registry(team);
  registry.broken.add("team/b").add("docker://h:1/team/a:1");
  const { outcome, told } = await scan(registry);
  expect(told).toHaveLength(5);
  expect(told).toContain("docker://h:1/team/b");
  expect(outcome.tally.exitCode).toBe(3);
  expect(outcome.tally.unread.map(({ message, count }) => `${count} ${message}`).toSorted()).toEqual([
    "1 500",
    "1 manifest broken",
  ]);
});

test("a refused catalogue is a result", async () => {
  const registry = new Registry(team);
  registry.refusesCatalogue = true;
  const { outcome, told } = await scan(registry);
  expect(told).toEqual(["docker://h:1"]);
  expect(outcome.tally.exitCode).toBe(3);
});

test("names that would change an address are never asked for", async () => {
  const registry = new Registry({ "team/../../x": ["1"], "team/a": ["1", "a/b", "..", "x?y"] });
  const { told, outcome } = await scan(registry);
  expect(told).toHaveLength(5);
  expect(outcome.tally.failed).toBe(4);
  expect(registry.requests.filter((request) => request.startsWith("image"))).toEqual(["image docker://h:1/team/a:1"]);
  expect(registry.requests).not.toContain("tags team/../../x");
});

test("a list names images, repositories and layouts, each image once", async () => {
  const registry = new Registry(team);
  registry.list = [
    "# images of the cluster",
    "h:1/team/a:1 docker://h:1/team/a:1",
    "docker://h:1/team/a",
    "oci:l",
    "alpine  # by its short name",
    "",
    "@other",
  ];
  const { told } = await scan(registry, { sources: [source("-")], concurrency: 1 });
  expect(told).toEqual([
    "docker://h:1/team/a:1",
    "docker://h:1/team/a:2",
    "oci:l:1.1",
    "oci:l:1.0",
    "oci:l:team/app:2",
    "docker://alpine",
    "@other",
  ]);
});

describe("with a journal", () => {
  let folder = "";
  let state = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "image-fix-scan-"));
    state = join(folder, "state");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("cut at many bytes, it is gone on with: nothing lost, doubled or read again", async () => {
    const first = await scan(new Registry(team), { state });
    const whole = await readFile(state);
    for (let length = 0; length < whole.length; length += 29) {
      await writeFile(state, whole.subarray(0, length));
      const before = whole.subarray(0, length).toString("latin1");
      const kept = before.slice(0, before.lastIndexOf("\n") + 1).split("\n");
      const done = kept.flatMap((line) =>
        line.startsWith('{"image"') ? [`image docker://${line.split('"')[3]}`] : [],
      );
      const registry = new Registry(team);
      const again = await scan(registry, { state });
      expect(again.lines.toSorted()).toEqual(first.lines.toSorted());
      expect(again.outcome.replayed).toBe(done.length);
      expect(registry.requests.filter((request) => done.includes(request))).toEqual([]);
      const listed = kept.flatMap((line) =>
        line.startsWith('{"tags"') ? [`tags ${line.split('"')[3]?.slice(4)}`] : [],
      );
      expect(registry.requests.filter((request) => listed.includes(request))).toEqual([]);
      if (kept.some((line) => line.startsWith('{"catalogueEnd"')))
        expect(registry.requests).not.toContain("catalogue h:1");
    }
  });

  test("an image that two scans at once have left in it is told once", async () => {
    const first = await scan(new Registry(team), { state });
    const lines = (await readFile(state, "utf8")).split("\n").filter((line) => line.startsWith('{"image"'));
    await appendFile(state, lines.map((line) => `${line}\n`).join(""));
    const again = await scan(new Registry(team), { state });
    expect(again.lines.toSorted()).toEqual(first.lines.toSorted());
    expect(again.outcome.replayed).toBe(lines.length);
  });

  test("interrupted by the signal, it goes on", async () => {
    const abort = new AbortController();
    const registry = new Registry(team);
    const judge = registry.judge.bind(registry);
    let read = 0;
    registry.judge = (reference) => {
      if (++read === 3) abort.abort("SIGTERM");
      return judge(reference);
    };
    const stopped = await scan(registry, { state, concurrency: 1 }, abort.signal);
    expect(stopped.told).toHaveLength(2);
    expect(stopped.outcome.interrupted).toEqual({ code: "INTERRUPTED", signal: "SIGTERM" });
    const again = await scan(new Registry(team), { state });
    expect(again.told.toSorted()).toEqual(all.toSorted());
    expect(again.outcome.replayed).toBe(2);
  });

  test("what could not be read is tried again, and a finished scan asks for nothing", async () => {
    const registry = new Registry(team);
    registry.broken.add("docker://h:1/team/a:1");
    await scan(registry, { state });
    const repaired = new Registry(team);
    const again = await scan(repaired, { state });
    expect(again.outcome.tally.exitCode).toBe(0);
    expect(again.told.toSorted()).toEqual(all.toSorted());
    expect(repaired.requests).toEqual(["image docker://h:1/team/a:1"]);
    const third = new Registry(team);
    expect((await scan(third, { state })).told.toSorted()).toEqual(all.toSorted());
    expect(third.requests).toEqual([]);
  });

  test("another scan's state is refused before anything is asked", async () => {
    await scan(new Registry(team), { state });
    const registry = new Registry(team);
    await expect(scan(registry, { state, settings: { sources: "docker://other" } })).rejects.toThrow(/other settings/);
    expect(registry.requests).toEqual([]);
  });

  test("a damaged state is refused and kept", async () => {
    await scan(new Registry(team), { state });
    await appendFile(state, 'x\n{"complete":{"images":1}}\n');
    const before = await readFile(state);
    await expect(scan(new Registry(team), { state })).rejects.toThrow(/damaged/);
    expect(await readFile(state)).toEqual(before);
  });
});
