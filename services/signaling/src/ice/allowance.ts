// How often somebody may ask for something within a minute: counted by each pod, and over all that share a Redis.
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { State } from "../state.ts";

export interface Allowance {
  /**
   * Takes one of those that the key has. Never rejects, and takes a moment at most.
   * @returns milliseconds until there is one again, 0 if it has been taken
   */
  take(key: string): Promise<number>;
}

export interface AllowanceParts {
  /** Where Redis keeps it: begins with `jgl:`. */
  readonly name: string;
  readonly perMinute: number;
  readonly redis: State["redis"];
  /** Told why the pods don't count together any more, and undefined when they do again. */
  readonly onShared: (reason: string | undefined) => void;
}

/** How long a Redis may take that is asked; without its answer the pod's own count decides. */
const PATIENCE_MS = 250;

export function createAllowance({ name, perMinute, redis, onShared }: AllowanceParts): Allowance {
  const terms = { keyPrefix: name, points: perMinute, duration: 60 };
  const own = new RateLimiterMemory(terms);
  if (!redis) return { take: (key) => pauseOf(own.consume(key)) };
  const shared = new RateLimiterRedis({ ...terms, storeClient: redis, rejectIfRedisNotReady: true });
  const note = noting(onShared);
  return {
    // First its own: whoever floods one pod does not reach Redis.
    take: async (key) => (await pauseOf(own.consume(key))) || withoutWaiting(pauseOf(shared.consume(key)), note),
  };
}

async function pauseOf(taking: Promise<unknown>): Promise<number> {
  try {
    await taking;
    return 0;
  } catch (thrown) {
    if (thrown instanceof RateLimiterRes) return Math.max(1, Math.ceil(thrown.msBeforeNext));
    throw thrown;
  }
}

type Note = (reason: string | undefined) => void;

/** What comes too late, or not at all, is as good as an allowance. */
function withoutWaiting(pause: Promise<number>, note: Note): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let settled = false;
  const settle = (ms: number, reason?: string) => {
    if (settled) return;
    settled = true;
    clearTimeout(deadline);
    note(reason);
    resolve(ms);
  };
  const deadline = setTimeout(settle, PATIENCE_MS, 0, "Redis does not answer in time");
  pause.then(settle, (error: Error) => settle(0, error.message));
  return promise;
}

/** Passes on what has changed. */
function noting(onShared: Note): Note {
  let away = false;
  return (reason) => {
    if ((reason !== undefined) !== away) onShared(reason);
    away = reason !== undefined;
  };
}
