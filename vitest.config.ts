import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const CORES = availableParallelism();
/** Where most of the time goes by in waiting for leases, deadlines and processes, more files than cores keep those busy. */
const MORE_THAN_CORES = CORES + 1;

const UNIT = ["infra/**/*.test.ts", "packages/**/*.test.ts", "services/**/*.test.ts"];
/** They keep a core busy, or count on Redis answering thousands, or leases of a second, in time: each has one for itself. */
const BUSY = [
  "test/contract/redis-{lease,stores}.test.ts",
  "test/properties/**/*.test.ts",
  "test/integration/{abuse,attacks}.test.ts",
  "test/integration/mse/abuse.test.ts",
  "test/integration/limits/{hello-deadline,messages}.test.ts",
];
const CLUSTER = "test/cluster/**/*.test.ts";
const BROWSER = "test/browser/**/*.test.ts";
const SOAK = "test/soak/**/*.test.ts";
const LEFT_OUT =
  "test/soak (100,000 racing joins, 30 s without Redis, rarer fail-overs of a Cluster): npm run test:soak";

// What a process has compiled is kept for the next, of workers and of what they start: a pod starts in half the time.
// biome-ignore lint/style/noProcessEnv: a worker reads it before it reads any settings of vitest
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url));

const common = {
  testTimeout: 60_000,
  // A test that was singled out while working on it must not hide the others.
  allowOnly: false,
} as const;

export default defineConfig({
  test: {
    globalSetup: ["./test/provided-redis.ts"],
    reporters: ["default", ["./test/closing-reporter.ts", { elsewhere: [LEFT_OUT] }]],
    projects: [
      {
        test: {
          ...common,
          name: "unit",
          include: UNIT,
          exclude: ["**/node_modules/**"],
          // No module has a state of its own: they need no process each, which takes longer than most of them.
          isolate: false,
          maxWorkers: CORES,
        },
      },
      {
        test: {
          ...common,
          name: "busy",
          include: BUSY,
          maxWorkers: CORES,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...common,
          name: "waiting",
          include: ["test/**/*.test.ts"],
          exclude: [...BUSY, CLUSTER, BROWSER, SOAK],
          sequence: { groupOrder: 1 },
          maxWorkers: MORE_THAN_CORES,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...common,
          name: "cluster",
          include: [CLUSTER],
          // Each file has many processes of its own, and bounds in seconds; but most of those go by in waiting for leases.
          sequence: { groupOrder: 2 },
          maxWorkers: CORES,
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
          sequence: { groupOrder: 3 },
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
