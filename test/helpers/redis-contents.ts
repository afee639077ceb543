// All that a Redis holds.
import type { Redis } from "ioredis";
import { ask } from "../provision/ask.ts";

/** Each key with what it holds, as text. */
export function contentsOf(url: string): Promise<Readonly<Record<string, string>>> {
  return ask(url, async (redis) => {
    const contents: Record<string, string> = {};
    for (const key of await redis.keys("*")) contents[key] = JSON.stringify(await heldBy(redis, key));
    return contents;
  });
}

async function heldBy(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  if (type === "hash") return redis.hgetall(key);
  if (type === "set") return redis.smembers(key);
  if (type === "zset") return redis.zrange(key, "0", "-1");
  return type === "string" ? redis.get(key) : type;
}
