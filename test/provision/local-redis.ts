// The redis-server of this machine: that on the PATH, or else the distribution's, unpacked.
import type { RedisBinary } from "./redis-binary.ts";
import { redisOnPath } from "./redis-on-path.ts";
import { unpackedRedis } from "./redis-package.ts";

/** @throws one sentence that says why there is none */
export async function findLocalRedis(): Promise<RedisBinary> {
  const onPath = await redisOnPath();
  if (onPath.ok) return onPath.got;
  const unpacked = await unpackedRedis();
  if (unpacked.ok) return unpacked.got;
  throw new Error(`Outages, Sentinel and Cluster need a redis-server on this machine: ${onPath.why}; ${unpacked.why}.`);
}
