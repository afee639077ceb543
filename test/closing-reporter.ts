// The last lines of a test run: which Redis was used, how many tests ran, and what was left out and why.
import type { ProvidedContext } from "vitest";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

// vitest loads a reporter by its default export.
// biome-ignore lint/style/noDefaultExport: see above
export default class ClosingReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const broken = modules.filter((module) => module.errors().length > 0);
    const leftOut = tests.filter((test) => test.result().state === "skipped");
    const failed = tests.filter((test) => test.result().state === "failed").length + broken.length + unhandled.length;
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const reasons = leftOut.map((test) => `  ${test.fullName}: ${reasonOf(test)}\n`).join("");
    process.stdout.write(`\nLeft out: ${leftOut.length === 0 ? "nothing" : `\n${reasons}`}\n`);
    process.stdout.write(`${this.#redis()}\n`);
    process.stdout.write(`${passed} passed, ${failed} failed, ${leftOut.length} skipped\n`);
  }

  /** What provided-redis.ts has said at the start; nothing, if it has found none. */
  #redis(): string {
    const { redis } = (this.#vitest?.getProvidedContext() ?? {}) as Partial<ProvidedContext>;
    return redis?.sentence ?? "No Redis was provided";
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return ("note" in result && result.note) || "no reason given";
}
