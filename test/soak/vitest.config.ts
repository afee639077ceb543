// The long runs: npm run test:soak.
import { defineConfig } from "vitest/config";

// vitest loads its settings by their default export.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  test: {
    include: ["test/soak/**/*.test.ts"],
    globalSetup: ["./test/provided-redis.ts"],
    reporters: ["verbose", "./test/closing-reporter.ts"],
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
    allowOnly: false,
  },
});
