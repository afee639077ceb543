// One Redis for tests and trials, from the first place that has one: REDIS_URL, Docker, the PATH, the distribution.
import { type Attempt, got, reasonOf } from "./attempt.ts";
import { isRecent, serverFacts, TOO_OLD } from "./info.ts";
import { redisOnPath, unpackedRedis } from "./local-redis.ts";
import type { Program } from "./program.ts";
import { redisInContainer } from "./redis-container.ts";
import { startRedisServer } from "./redis-server.ts";

export interface ProvidedRedis {
  readonly url: string;
  readonly how: "REDIS_URL" | "container" | "redis-server on the PATH" | "unpacked package";
  /** One line that says which Redis this is, and why it is none from a place asked before. */
  readonly sentence: string;
  /** Leaves alone what REDIS_URL named. */
  readonly stop: () => Promise<void>;
}

export type RunningRedis = Pick<ProvidedRedis, "url" | "stop">;

export interface Way {
  readonly how: ProvidedRedis["how"];
  readonly start: () => Promise<Attempt<RunningRedis>>;
}

const WAYS: readonly Way[] = [
  { how: "container", start: redisInContainer },
  { how: "redis-server on the PATH", start: () => started(redisOnPath()) },
  { how: "unpacked package", start: () => started(unpackedRedis()) },
];

/**
 * @param given the address of a Redis that runs already; then there is no other way
 * @throws one sentence that says why each way is none
 */
export async function provideRedis(
  given: string | undefined = process.env.REDIS_URL,
  ways: readonly Way[] = WAYS,
): Promise<ProvidedRedis> {
  if (given) return describe({ url: given, stop: async () => {} }, "REDIS_URL", []);
  const whyNot: string[] = [];
  for (const { how, start } of ways) {
    const attempt = await start();
    if (attempt.ok) return describe(attempt.got, how, whyNot);
    whyNot.push(attempt.why);
  }
  throw new Error(`There is no Redis to be had: ${whyNot.join("; ")}. Set REDIS_URL, or install redis-server.`);
}

async function started(binary: Promise<Attempt<Program>>): Promise<Attempt<RunningRedis>> {
  const attempt = await binary;
  if (!attempt.ok) return attempt;
  const server = await startRedisServer({ binary: attempt.got });
  return got({ url: server.url, stop: () => server.stop() });
}

async function describe(
  { url, stop }: RunningRedis,
  how: ProvidedRedis["how"],
  whyNot: readonly string[],
): Promise<ProvidedRedis> {
  try {
    const version = await versionOf(url);
    const because = whyNot.length === 0 ? "" : ` (${whyNot.join("; ")})`;
    return { url, how, stop, sentence: `Redis ${version} at ${withoutSecrets(url)}: ${how}${because}` };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function versionOf(url: string): Promise<string> {
  const facts = await serverFacts(url).catch((error) => {
    throw new Error(`The Redis at ${withoutSecrets(url)} does not answer: ${reasonOf(error)}.`);
  });
  if (isRecent(facts.version)) return facts.version;
  throw new Error(`The Redis at ${withoutSecrets(url)} ${TOO_OLD}: it is ${facts.version}.`);
}

function withoutSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
