// A Redis that answers slowly, behind a proxy, and what becomes of joins meanwhile.
import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import { startRedisServer } from "../provision/redis-server.ts";
import { startSlowProxy } from "../provision/slow-proxy.ts";
import type { Party } from "./party.ts";
import { startService } from "./pods.ts";
import { outcomeOf } from "./races.ts";
import { openScene } from "./scene.ts";

export const DELAY_MS = 500;

export const MANNERS = [
  { what: "each reply", delay: "replyDelay" },
  { what: "each command", delay: "commandDelay" },
] as const;

export async function startBehindProxy() {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const proxy = await startSlowProxy(redis.url);
  onTestFinished(() => proxy.stop());
  const service = await startService(3, { redisUrl: proxy.url });
  onTestFinished(() => service.stop());
  const scene = await openScene(service.pods);
  return { redis, proxy, service, scene };
}

/** Asks all parties for so many joins of new rooms at once. @returns how often each outcome has come */
export async function joinAll(parties: readonly Party[], joins: number): Promise<ReadonlyMap<unknown, number>> {
  const asked = parties.flatMap((party) => Array.from({ length: joins }, () => outcomeOf(party.join(randomUUID()))));
  const counts = new Map<unknown, number>();
  for (const outcome of await Promise.all(asked)) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}

export const otherOutcomes = (outcomes: ReadonlyMap<unknown, number>): unknown[] =>
  [...outcomes.keys()].filter((outcome) => outcome !== "accepted" && outcome !== 503001);
