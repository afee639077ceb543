// Figures that a test has found, such as how long it took to heal: the closing lines of the run tell them all.
import { type RunnerTestCase as Test, TestRunner } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    figures?: string[];
  }
}

/** Notes a figure of the test that is running. */
export function figure(name: string, value: string): void {
  const { meta } = TestRunner.getCurrentTest<Test>();
  meta.figures = [...(meta.figures ?? []), `${name}: ${value}`];
}

/** @returns what tells the time since it was made, as "7.3 s" */
export function stopwatch(): () => string {
  const started = performance.now();
  return () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
