import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/**/*.test.ts", "services/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 20_000,
    // No test is skipped or left for later without being seen.
    allowOnly: false,
  },
});
