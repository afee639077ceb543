// Connections to a Redis that holds nothing of ours, and the right to write to it.
import type { WriteAuthority } from "@jongleur/core";
import { createRedis, parseRedisUrl } from "@jongleur/runtime";
import type { RedisCluster } from "../provision/redis-cluster.ts";

export type Connection = ReturnType<typeof createRedis>;

/** @param db of one Redis: tests that run at the same time keep out of each other's way */
export async function connect(url: string, db?: number): Promise<Connection> {
  const address = parseRedisUrl(url);
  if (!address) throw new Error(`${url} is no address of a Redis`);
  const redis = createRedis(db === undefined ? address : { ...address, db });
  // Whoever uses it says what an outage means; the connection itself only goes on trying.
  redis.on("error", () => {});
  await redis.connect();
  return redis;
}

export function urlOf({ nodes }: RedisCluster): string {
  return `redis+cluster://${nodes.map(({ host, port }) => `${host}:${port}`).join(",")}`;
}

/** Ours only: the Redis may be somebody's. */
export async function empty(redis: Connection): Promise<void> {
  for (const node of mastersOf(redis)) for (const key of await node.keys("jgl:*")) await node.del(key);
}

export async function keysIn(redis: Connection): Promise<string[]> {
  return (await Promise.all(mastersOf(redis).map((node) => node.keys("jgl:*")))).flat();
}

function mastersOf(redis: Connection) {
  return "nodes" in redis ? redis.nodes("master") : [redis];
}

/** Everything may be written at any time. */
export const unlimited: WriteAuthority = { deadlineOf: () => Number.MAX_SAFE_INTEGER, doubt() {} };

/** No test expects a fault of Redis, unless it says so. */
export function rethrow(error: unknown): never {
  throw error;
}
