import { defineConfig } from "vitest/config";

const CLUSTER = "test/cluster/**/*.test.ts";
const BROWSER = "test/browser/**/*.test.ts";
const SOAK = "test/soak/**/*.test.ts";

const common = {
  testTimeout: 60_000,
  // A test that was singled out while working on it must not hide the others.
  allowOnly: false,
} as const;

export default defineConfig({
  test: {
    globalSetup: ["./test/provided-redis.ts"],
    reporters: ["default", ["./test/closing-reporter.ts", { elsewhere: ["test/soak: npm run test:soak"] }]],
    projects: [
      {
        test: {
          ...common,
          name: "main",
          include: ["infra/**/*.test.ts", "packages/**/*.test.ts", "services/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["**/node_modules/**", CLUSTER, BROWSER, SOAK],
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...common,
          name: "cluster",
          include: [CLUSTER],
          // Each file has many processes of its own, and bounds in seconds: it wants the machine for itself.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...common,
          name: "browser",
          include: [BROWSER],
          // Two tabs with video keep two cores busy. Where Chromium has to be unpacked, that comes first.
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
