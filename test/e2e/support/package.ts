/** The package, packed from the built checkout and installed elsewhere, as `npm install --global` would. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runToEnd } from "./command.ts";

export interface InstalledPackage {
  /** The command that npm linked. */
  readonly program: string;
  /** Paths in the package. */
  readonly files: readonly string[];
}

/** Packs what is built (dist/ must be there) and installs it with its dependencies into `folder`. */
export async function installPackage(folder: string): Promise<InstalledPackage> {
  const packed = await runToEnd("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder]);
  if (packed.exitCode !== 0) throw new Error(packed.stderr);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `npm pack --json` prints
  const [archive] = JSON.parse(packed.stdout) as { filename: string; files: { path: string }[] }[];
  if (archive === undefined) throw new Error(packed.stdout);
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const installed = await runToEnd(
    "npm",
    ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", `./${archive.filename}`],
    { cwd: folder },
  );
  if (installed.exitCode !== 0) throw new Error(installed.stderr);
  return {
    program: join(folder, "node_modules", ".bin", "image-fix"),
    files: archive.files.map(({ path }) => path),
  };
}
