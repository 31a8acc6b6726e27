/**
 * Rootless podman: image-fix as an ordinary user, installed as a package, with an engine of that user's own. The user is
 * made by scripts/rootless-user.sh and named by IMAGE_FIX_ROOTLESS_USER; switching to it needs root.
 */
import { chmod, cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root, runToEnd, type Ended } from "./support/command.ts";
import { base } from "./support/engines.ts";
import { installPackage } from "./support/package.ts";

const user = process.env["IMAGE_FIX_ROOTLESS_USER"] ?? "";
const isRequired = process.env["IMAGE_FIX_REQUIRE_ENGINES"] === "1";
const isMissing = user === "" || process.getuid?.() !== 0;

describe.skipIf(isMissing && !isRequired)(
  `rootless podman${isMissing ? " (root and IMAGE_FIX_ROOTLESS_USER are needed)" : ""}`,
  () => {
    let folder = "";
    let home = "";
    let project = "";

    /** Runs a program as the user, with nothing of our environment but PATH. */
    const asUser = async (...command: readonly string[]): Promise<Ended> => {
      const uid = (await runToEnd("id", ["-u", user])).stdout.trim();
      const variables = [
        `PATH=${process.env["PATH"]}`,
        `HOME=${home}`,
        `XDG_RUNTIME_DIR=/run/user/${uid}`,
        "NO_COLOR=1",
      ];
      return await runToEnd(
        "runuser",
        ["-u", user, "--", "env", "-i", "-C", home, `TMPDIR=${home}/tmp`, ...variables, ...command],
        { cwd: "/" },
      );
    };
    const imageFix = async (...args: readonly string[]): Promise<Ended> =>
      await asUser(process.execPath, join(folder, "node_modules", ".bin", "image-fix"), ...args);
    const state = async (): Promise<string> => {
      const images = await asUser("podman", "images", "--all", "--format={{.ID}} {{.Repository}}:{{.Tag}}");
      const containers = await asUser("podman", "ps", "--all", "--external", "--format={{.ID}}");
      return images.stdout + containers.stdout + (await readdir(join(home, "tmp"))).join();
    };

    beforeAll(async () => {
      if (isMissing) throw new Error("scripts/rootless-user.sh makes the user for IMAGE_FIX_ROOTLESS_USER");
      home = (await runToEnd("getent", ["passwd", user])).stdout.split(":")[5] ?? "";
      project = join(home, "project");
      // Below a folder that the user may enter, which a checkout need not be.
      folder = await mkdtemp(join(tmpdir(), "image-fix-rootless-"));
      await chmod(folder, 0o755);
      await installPackage(folder);
      await cp(join(root, "samples", "alpine-guide"), project, { recursive: true });
      await asUser("mkdir", "tmp");
      await runToEnd("chown", ["-R", `${user}:`, project]);
      // Base images come from root's engine, through a file.
      await runToEnd(join(root, "scripts", "base-images.sh"), ["podman", base.alpine]);
      const archive = join(folder, "alpine.tar");
      const saved = await runToEnd("podman", ["save", "--quiet", "--output", archive, base.alpine]);
      if (saved.exitCode !== 0) throw new Error(saved.stderr);
      await chmod(archive, 0o644);
      const loaded = await asUser("podman", "load", "--quiet", "--input", archive);
      if (loaded.exitCode !== 0) throw new Error(loaded.stderr);
    });
    afterAll(async () => {
      await asUser("podman", "rmi", "--all", "--force");
      await rm(folder, { recursive: true, force: true });
    });

    test("fixes and proves, and leaves nothing", async () => {
      const before = await state();
      const ended = await imageFix("project/Containerfile", "--context", "project/context", "--engine", "podman");
      expect(ended).toMatchObject({ exitCode: 0 });
      expect(ended.stdout).toContain("uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)");
      expect(await readFile(join(project, "Containerfile"), "utf8")).toBe(
        await readFile(join(project, "expected", "Containerfile"), "utf8"),
      );
      expect(await state()).toBe(before);
    });

    test.each(["keep-id", "auto"])("the user's own PODMAN_USERNS=%s is not the image's", async (namespace) => {
      const image = "localhost/image-fix-e2e-userns:1";
      await writeFile(join(project, "Numeric"), `FROM ${base.alpine}\nUSER 65532\n`);
      await asUser("podman", "build", "--quiet", `--tag=${image}`, "--file=project/Numeric", "project");
      const settings = [`PODMAN_USERNS=${namespace}`, process.execPath];
      const program = join(folder, "node_modules", ".bin", "image-fix");
      const ended = await asUser("env", ...settings, program, "verify", image, "--engine", "podman");
      expect(ended).toMatchObject({ exitCode: 0 });
      expect(ended.stdout).toContain(" groups=0(root);");
      await asUser("podman", "rmi", "--force", image);
    });

    test("says what a uid beyond the user's ids needs, and writes nothing", async () => {
      await writeFile(join(project, "Beyond"), `FROM ${base.alpine}\nCMD ["id"]\n`);
      await runToEnd("chown", [`${user}:`, join(project, "Beyond")]);
      const ended = await imageFix("project/Beyond", "--uid", "200000", "--engine", "podman");
      expect([3, 4]).toContain(ended.exitCode);
      expect(ended.stdout + ended.stderr).toMatch(/subuid|invalid argument|ids/i);
      expect(await readFile(join(project, "Beyond"), "utf8")).not.toContain("USER");
    });

    test("leaves a file that the user may not write", async () => {
      const place = join(project, "Locked");
      await writeFile(place, `FROM ${base.alpine}\nCMD ["id"]\n`);
      await chmod(place, 0o644);
      const ended = await imageFix("project/Locked", "--engine", "podman");
      expect(ended).toMatchObject({ exitCode: 2 });
      expect(ended.stdout + ended.stderr).toContain("this user may not write there");
      expect(await readFile(place, "utf8")).toBe(`FROM ${base.alpine}\nCMD ["id"]\n`);
      expect((await readdir(dirname(place))).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    });

    test("ended in the middle of a build, it leaves nothing", async () => {
      const before = await state();
      await writeFile(join(project, "Slow"), `FROM ${base.alpine}\nRUN sleep 54321\nCMD ["id"]\n`);
      await runToEnd("chown", [`${user}:`, join(project, "Slow")]);
      const ended = await asUser(
        "timeout",
        "--foreground",
        "--signal=INT",
        "8",
        process.execPath,
        join(folder, "node_modules", ".bin", "image-fix"),
        "project/Slow",
        "--engine",
        "podman",
      );
      // timeout(1) says 124 for what it ended.
      expect(ended.exitCode).toBe(124);
      expect(ended.stdout + ended.stderr).toContain("interrupted; what was begun is cleaned up");
      expect((await runToEnd("pgrep", ["-u", user, "-f", "sleep 54321"])).stdout).toBe("");
      expect(await state()).toBe(before);
    });
  },
);
