// The redis-server of this machine: that on the PATH, or else the distribution's, unpacked.
import type { Attempt } from "./attempt.ts";
import { isRecent, TOO_OLD } from "./info.ts";
import { type Program, programOnPath, trialBy } from "./program.ts";
import { unpackedProgram } from "./unpacked-program.ts";

const tryRedis = trialBy("--version", (answer) => {
  const version = /v=(\S+)/.exec(answer)?.[1] ?? "";
  return isRecent(version) ? undefined : `${TOO_OLD}: it is ${version || answer.trim()}`;
});

export const redisOnPath = (): Promise<Attempt<Program>> => programOnPath("redis-server", tryRedis);

export const unpackedRedis = (): Promise<Attempt<Program>> =>
  unpackedProgram({
    name: "redis-server",
    packages: ["redis-server", "redis-tools"],
    path: "usr/bin/redis-server",
    attempt: tryRedis,
  });

/** @throws one sentence that says why there is none */
export async function findLocalRedis(): Promise<Program> {
  const onPath = await redisOnPath();
  if (onPath.ok) return onPath.got;
  const unpacked = await unpackedRedis();
  if (unpacked.ok) return unpacked.got;
  throw new Error(`Outages, Sentinel and Cluster need a redis-server on this machine: ${onPath.why}; ${unpacked.why}.`);
}
