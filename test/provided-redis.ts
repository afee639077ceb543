// One Redis for the whole test run: it is there before the first test, and tests find it with inject("redis").
import type { TestProject } from "vitest/node";
import { type ProvidedRedis, provideRedis } from "./provision/redis.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly redis: Pick<ProvidedRedis, "url" | "how" | "sentence">;
  }
}

/** @returns what vitest calls when all tests have ended */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, how, sentence, stop } = await provideRedis().catch(withoutStack);
  process.stdout.write(`${sentence}\n`);
  project.provide("redis", { url, how, sentence });
  return stop;
}

/** Where none is to be had, the sentence that says why is all there is to read. */
function withoutStack(error: unknown): never {
  if (error instanceof Error) error.stack = "";
  throw error;
}
