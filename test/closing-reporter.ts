// The last lines of a test run: the figures found, which Redis and other programs were used, how many tests ran, and what was left out and why.
import type { ProvidedContext } from "vitest";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

interface Options {
  /** Tests that never are part of this run, each with the command that runs them. */
  readonly elsewhere?: readonly string[];
}

// vitest loads a reporter by its default export.
// biome-ignore lint/style/noDefaultExport: see above
export default class ClosingReporter implements Reporter {
  readonly #elsewhere: readonly string[];
  #vitest: Vitest | undefined;

  constructor({ elsewhere = [] }: Options = {}) {
    this.#elsewhere = elsewhere;
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const broken = modules.filter((module) => module.errors().length > 0);
    const leftOut = tests.filter((test) => test.result().state === "skipped");
    const failed = tests.filter((test) => test.result().state === "failed").length + broken.length + unhandled.length;
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const reasons = leftOut.map((test) => `${test.fullName}: ${reasonOf(test)}`);
    process.stdout.write(list("Figures", tests.flatMap(figuresOf)));
    process.stdout.write(list("Left out", [...reasons, ...this.#elsewhere]));
    for (const line of [this.#redis(), ...new Set(tests.flatMap(programsOf))]) process.stdout.write(`${line}\n`);
    process.stdout.write(`${passed} passed, ${failed} failed, ${leftOut.length} skipped\n`);
  }

  /** What provided-redis.ts has said at the start; nothing, if it has found none. */
  #redis(): string {
    const { redis } = (this.#vitest?.getProvidedContext() ?? {}) as Partial<ProvidedContext>;
    return redis?.sentence ?? "No Redis was provided";
  }
}

function list(title: string, lines: readonly string[]): string {
  return `\n${title}: ${lines.length === 0 ? "nothing" : `\n${lines.map((line) => `  ${line}`).join("\n")}`}\n`;
}

function figuresOf(test: TestCase): string[] {
  const { figures = [] } = test.meta();
  return figures.length === 0 ? [] : [test.name, ...figures.map((figure) => `  ${figure}`)];
}

function programsOf(test: TestCase): readonly string[] {
  return test.meta().programs ?? [];
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return ("note" in result && result.note) || "no reason given";
}
