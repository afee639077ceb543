import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/**/*.test.ts", "services/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 20_000,
    globalSetup: ["./test/provided-redis.ts"],
    // A test that was singled out while working on it must not hide the others.
    allowOnly: false,
    reporters: ["default", "./test/closing-reporter.ts"],
  },
});
