import { defineConfig } from "vitest/config";

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
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
