/** A fix of every family's base, really built and run: on the published image, or on a stand-in where none can be pulled. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixFiles } from "../../src/app/fix.ts";
import type { FixRequest } from "../../src/app/requests.ts";
import { fixRequest } from "../../src/app/test-kit.ts";
import type { TargetResult } from "../../src/results/run-report.ts";
import { ok } from "../../src/core/result.ts";
import { base, contextFolder, describeEngines, type RealEngine } from "./support/engines.ts";

interface Family {
  readonly title: string;
  /** Lines behind FROM. */
  readonly text: string;
  readonly options?: Partial<FixRequest>;
  /** The line that `id` prints. */
  readonly id: string;
  /** Commands that a container of the fixed image runs under the restricted profile; each must end in 0. */
  readonly runs?: readonly string[];
  /** Parts that the fixed file has, and parts that it has not. */
  readonly has?: readonly string[];
  readonly hasNot?: readonly string[];
}

const ubiMinimal = "registry.access.redhat.com/ubi9/ubi-minimal:latest";
const whole = "uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)";
const numbers = "uid=65532 gid=65532 groups=65532";

/** An application that writes beside its program, into a folder that a RUN made, and into its home. */
const application = `
WORKDIR /srv/app
COPY data/ data/
COPY tool.sh /usr/local/bin/tool.sh
RUN mkdir cache && echo made > cache/made.txt
CMD ["sh"]
`;
const writes = [
  'test "$(id -u)" = 65532',
  "echo more >> data/in/one.txt",
  "echo more >> cache/made.txt && echo new > cache/new.txt",
  "echo new > new.txt",
  'test "$HOME" = /home/nonroot && echo x > "$HOME/x"',
  "! echo x >> /usr/local/bin/tool.sh",
];

const families: readonly Family[] = [
  {
    title: "Alpine",
    text: `FROM ${base.alpine}${application}`,
    id: whole,
    runs: writes,
    has: ["RUN adduser -u 65532 -h /home/nonroot -D nonroot\n"],
  },
  { title: "Debian", text: `FROM ${base.debian}${application}`, id: whole, runs: writes, has: ["useradd -l "] },
  {
    title: "UBI (a stand-in where it cannot be pulled)",
    text: `FROM ${base.ubi}${application}`,
    id: whole,
    runs: writes,
  },
  {
    title: "UBI minimal (a stand-in where it cannot be pulled)",
    text: `FROM ${ubiMinimal}${application}`,
    id: whole,
    runs: writes,
    hasNot: ["useradd"],
  },
  {
    title: "UBI micro (a stand-in where it cannot be pulled)",
    text: `FROM ${base.ubiMicro}${application}`,
    id: whole,
    runs: writes,
    hasNot: ["useradd"],
  },
  {
    title: "BusyBox without adduser (a stand-in where it cannot be pulled)",
    text: `FROM ${base.busybox}${application}`,
    id: whole,
    runs: writes,
    hasNot: ["adduser"],
  },
  {
    title: "scratch",
    text: "FROM scratch\nWORKDIR /srv\nCOPY data/ data/\n",
    id: numbers,
    has: ["\nUSER 65532:65532\n"],
    hasNot: ["RUN"],
  },
  {
    title: "distroless, as root (a stand-in where it cannot be pulled)",
    text: `FROM ${base.distroless}\nCOPY data/ /data/\n`,
    id: whole,
    has: ["\nUSER 65532\n"],
    hasNot: ["RUN"],
  },
  {
    title: "name, gid and home are taken in the base",
    text: `FROM ${base.alpine} AS base
RUN addgroup -g 65532 other && adduser -u 1234 -D nonroot && adduser -u 1235 -D third
FROM base
WORKDIR /srv/app
CMD ["sh"]
`,
    id: "uid=65532(nonroot65532) gid=65532(other) groups=65532(other)",
    runs: ["touch x"],
  },
  {
    title: "an account that the file makes",
    text: `FROM ${base.debian}
RUN useradd -r svc
WORKDIR /srv/app
COPY data/ data/
CMD ["sh"]
`,
    id: "uid=65532(svc)",
    runs: ["touch data/in/x", "touch /home/svc/x"],
  },
  {
    title: "a name whose uid only the built original tells",
    text: `FROM ${base.debian}
RUN useradd -m svc
WORKDIR /home/svc
USER svc
CMD ["sh"]
`,
    id: "uid=1000(svc) gid=1000(svc) groups=1000(svc)",
    runs: ["touch x"],
    has: ["useradd -u 1000 -m svc", "\nUSER 1000\n"],
  },
  {
    title: "VOLUME",
    text: `FROM ${base.debian}
VOLUME /data
WORKDIR /data/sub
CMD ["sh"]
`,
    id: whole,
    runs: ["touch /data/x", "touch /data/sub/x"],
  },
  {
    title: "--openshift",
    options: { openshift: true },
    text: `FROM ${base.alpine}${application}`,
    id: "uid=65532(nonroot) gid=0(root) groups=0(root)",
    runs: ["touch data/in/x"],
    has: ["--chown=65532:0"],
  },
  {
    title: "--uid, --gid, --user-name, --home, --writable, --no-comments",
    options: { uid: 4242, gid: 4300, userName: "svc", home: "/srv/svc", writable: ["/var/lib/svc"], comments: false },
    text: `FROM ${base.debian}\nCMD ["sh"]\n`,
    id: "uid=4242(svc) gid=4300(svc) groups=4300(svc)",
    runs: ['test "$HOME" = /srv/svc && touch "$HOME/x"', "touch /var/lib/svc/x"],
    hasNot: ["#"],
  },
];

const images = [base.alpine, base.debian, base.ubi, ubiMinimal, base.ubiMicro, base.busybox, base.distroless];

await describeEngines("families", images, (real) => {
  const signal = new AbortController().signal;
  const kept = "localhost/image-fix-families:1";
  const folders: string[] = [];
  let before: readonly string[] = [];

  beforeAll(async () => {
    before = await real.state();
  });
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true });
  });

  test.each(families.map((one) => [one.title, one] as const))("%s", async (_, family) => {
    const { fixed, result } = await fix(real, family.text, family.options);
    expect(result.error).toBeNull();
    expect(result.fix?.written).toBe(true);
    expect(result.proof?.id).toContain(family.id);
    // Without a shell nothing can hand a folder over: the proof says so.
    if (family.runs !== undefined) expect(Object.values(result.proof?.writable ?? {})).not.toContain(false);
    for (const part of family.has ?? []) expect(fixed).toContain(part);
    for (const part of family.hasNot ?? []) expect(fixed).not.toContain(part);
    const engine = real.create();
    for (const command of family.runs ?? []) {
      const reply = await engine.run({ image: kept, argv: ["/bin/sh", "-c", command], timeoutMs: 60_000 }, { signal });
      expect([command, reply.ok ? reply.value : reply.error]).toEqual([
        command,
        expect.objectContaining({ exitCode: 0 }),
      ]);
    }
    await removeKept(real);
    await engine.cleanUp();
  });

  describe("layers", () => {
    test("a copied tree of 200 MB is stored once, and what a RUN makes beside it is handed over", async () => {
      const text = `FROM ${base.debian}
WORKDIR /srv/app
COPY data/ data/
RUN echo made > made.txt
CMD ["sh"]
`;
      const { result } = await fix(real, text, {}, 200);
      const proof = result.proof;
      const original = await built(real, text);
      expect(result.error).toBeNull();
      expect((proof?.sizeAfter ?? Infinity) - original).toBeLessThan(256 * 1024);
      const engine = real.create();
      const run = await engine.run(
        { image: kept, argv: ["/bin/sh", "-c", "echo x >> made.txt && echo x >> data/big/0"], timeoutMs: 60_000 },
        { signal },
      );
      expect(run).toMatchObject({ ok: true, value: { exitCode: 0 } });
      await removeKept(real);
      await engine.cleanUp();
    });
  });

  test("nothing is left behind", async () => {
    expect(await real.state()).toEqual(before);
  });

  let context = "";

  /** As a user would: Docker takes the unnamed layers of its classic builder away with the image that they made. */
  const removeKept = async (way: RealEngine): Promise<void> => void (await way.command(["image", "rm", kept]));

  /** Writes the file and its context, and fixes it. The proven image is kept under a name. */
  async function fix(
    engine: RealEngine,
    text: string,
    options: Partial<FixRequest> = {},
    megabytes = 0,
  ): Promise<{ readonly fixed: string; readonly result: TargetResult }> {
    context = await contextFolder({
      Containerfile: text,
      "data/in/one.txt": "one\n",
      "data/two.txt": "two\n",
      "tool.sh": "#!/bin/sh\n",
    });
    folders.push(context);
    if (megabytes > 0) {
      await mkdir(join(context, "data", "big"));
      for (let index = 0; index < megabytes; index++) {
        await writeFile(join(context, "data", "big", String(index)), Buffer.alloc(1_000_000, index));
      }
    }
    const file = join(context, "Containerfile");
    const report = await fixFiles(
      fixRequest([file], { engine: engine.kind, noVerify: false, keepImage: kept, ...options }),
      { signal },
      async () => ok({ engine: engine.create(), why: "the test's" }),
    );
    const [result] = report.ok ? report.value.targets : [];
    if (result === undefined) throw new Error(JSON.stringify(report));
    return { fixed: await readFile(file, "utf8"), result };
  }

  /** The size of an image built from a text in the last context. */
  async function built(way: RealEngine, text: string): Promise<number> {
    const engine = way.create();
    const containerfile = join(context, "Original");
    await writeFile(containerfile, text);
    const reply = await engine.build({ containerfile, context, tag: "localhost/image-fix-original:1" }, { signal });
    await engine.cleanUp();
    if (!reply.ok) throw new Error(JSON.stringify(reply.error));
    return reply.value.sizeBytes;
  }
});
