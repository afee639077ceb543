// Counts refused tokens over all pods, in Redis: one script on one key, so that it works on a Cluster, too.
import type { createRedis } from "@jongleur/runtime";
import { RateLimiterRedis } from "rate-limiter-flexible";
import type { CountFailure } from "./auth-failures.ts";

export function countFailuresInRedis(
  connection: ReturnType<typeof createRedis>,
  { most, windowSeconds }: { readonly most: number; readonly windowSeconds: number },
): CountFailure {
  const limiter = new RateLimiterRedis({
    storeClient: connection,
    // Its own would stand before ours.
    keyPrefix: "",
    points: Math.max(1, most),
    duration: windowSeconds,
    rejectIfRedisNotReady: true,
  });
  return async (prefix) => {
    const { consumedPoints, msBeforeNext } = await limiter.penalty(`jgl:{limit:auth:${prefix}}`);
    return { failures: consumedPoints, msLeft: msBeforeNext };
  };
}
