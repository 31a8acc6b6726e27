/** Builds `dist/`: the command line, the public API as ES modules, and the API's type declarations. */
import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

await rm(dist, { recursive: true, force: true });
const shared = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  platform: "node",
  target: "node20.19",
  legalComments: "none",
  logLevel: "warning",
};

/** commander starts programs only for subcommands that are files of their own, which there are none of. */
const withoutChildProcess = {
  name: "without-child-process",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes("commander") ? { path: "child_process", namespace: "none" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "module.exports = {};" }));
  },
};

/**
 * dockerode without what takes most of the time that it needs to load: gRPC, for sessions of builds, which our builds by
 * its API do not have, and ssh2, which is loaded from the installed packages where an endpoint is an ssh one.
 */
const slimDockerode = {
  name: "slim-dockerode",
  setup({ onResolve, onLoad }) {
    const stubs = {
      "./session": 'module.exports = () => { throw new Error("sessions are not built in"); };',
      "./ssh": `module.exports = (options) =>
        require(require.resolve("docker-modem/lib/ssh", { paths: [require.resolve("dockerode")] }))(options);`,
    };
    onResolve({ filter: /^\.\/(?:session|ssh)$/ }, ({ path, importer }) =>
      /\/(?:dockerode|docker-modem)\/lib\//.test(importer.replaceAll(sep, "/"))
        ? { path, namespace: "slim" }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: "slim" }, ({ path }) => ({ contents: stubs[path], loader: "js" }));
    // As our own code asks for it: where the package is, which is not a part of the bundle.
    onResolve({ filter: /^dockerode$/, namespace: "slim" }, ({ path }) => ({ path, external: true }));
  },
};

// The command line is CommonJS: on Node 20 that starts in two thirds of the time that ES modules take. Each module of
// ours that is imported when it is needed becomes a file of its own with all that it uses, so that a command reads two or
// three files and compiles nothing that it does not run. What they share stands in each of them: data crosses between
// them, and nothing asks whose class an object is of.
const sources = join(root, "src");
const nameOf = (path) => `${relative(sources, path).replace(/\.ts$/, "").replaceAll(sep, "-")}.cjs`;
const wanted = new Set([join(sources, "cli", "main.ts")]);
const packagesApart = ["diff", "ora", "yaml"];
const apart = {
  name: "apart",
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      wanted.add(join(resolveDir, path));
      return { path: `./${nameOf(join(resolveDir, path))}`, external: true };
    });
    // Packages of many files, which cost more to find than to run: each becomes one.
    onResolve({ filter: /^[a-z]/ }, ({ kind, path }) =>
      kind !== "entry-point" && packagesApart.includes(path) ? { path: `./${path}.cjs`, external: true } : undefined,
    );
  },
};
for (const source of wanted) {
  const outfile = join(dist, "cli", nameOf(source));
  await build({
    ...shared,
    outdir: undefined,
    entryPoints: [source],
    outfile,
    format: "cjs",
    external: ["fzstd", "valibot"],
    define: { "import.meta.url": "__moduleUrl" },
    banner: { js: 'const __moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
    plugins: [withoutChildProcess, slimDockerode, apart],
  });
  // require, as import() would start the loader of ES modules, and is not to be had for code from the code cache.
  const text = (await readFile(outfile, "utf8")).replace(
    /\bimport\("((?:\.\/|node:)[\w./-]+)"\)/g,
    'Promise.resolve().then(() => require("$1"))',
  );
  if (/\bimport\(/.test(text)) throw new Error(`${outfile} has an import() that was not expected`);
  await writeFile(outfile, text);
}
await build({
  ...shared,
  outdir: join(dist, "cli"),
  entryPoints: Object.fromEntries(packagesApart.map((name) => [name, name])),
  format: "cjs",
  outExtension: { ".js": ".cjs" },
});
await build({
  ...shared,
  entryPoints: { index: "src/index.ts" },
  format: "esm",
  splitting: true,
  packages: "external",
  chunkNames: "chunks/[name]-[hash]",
});
if (!process.argv.includes("--no-types")) {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")]).catch((error) => {
    process.stderr.write(error.stdout ?? String(error));
    process.exitCode = 1;
  });
}
