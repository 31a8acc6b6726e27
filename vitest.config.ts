import { defineConfig } from "vitest/config";

/**
 * The engine whose half of the end-to-end tests is run: the two halves use nothing in common and can run side by side.
 * Without it everything is run, one file after the other.
 */
const engine = process.env["IMAGE_FIX_TEST_ENGINE"];
const halves: Readonly<Record<string, readonly string[]>> = {
  podman: ["containerfile-test", "refused-taskrun", "rootless"],
  docker: ["cases", "cluster", "code-cache", "html-page", "html-report", "package", "process", "scan"],
};
const otherHalf = Object.entries(halves).flatMap(([name, files]) =>
  engine === undefined || name === engine ? [] : files.map((file) => `test/e2e/${file}.test.ts`),
);

/** `unit` needs nothing but Node; `e2e` talks to the engines that this machine has. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          // A guard against what hangs, on machines that do other work besides.
          testTimeout: 60_000,
          include: ["src/**/*.test.ts", "test/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: ["test/e2e/**", "node_modules/**"],
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: otherHalf,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
