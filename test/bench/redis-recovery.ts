// How fast sessions and seats come back after Redis has lost all, and how fast those of a dead pod are given back.
import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { eventually } from "../helpers/eventually.ts";
import type { NamedPod } from "../helpers/pods.ts";
import { forEachOf, openCouples } from "./couples.ts";
import { deploy } from "./deployment.ts";
import { RedisMeter } from "./redis-meter.ts";

export interface Recovery {
  readonly name: string;
  /** Sessions and seats. */
  readonly holdings: number;
  /** From the first to the last. */
  readonly ms: number;
}

const PODS = 2;
const PATIENCE_MS = 60_000;
/** After its lapse a lease waits so long before anybody takes it for a death. */
const MARGIN_MS = 1000;

/** @param count of sessions at each of two pods, each with a seat in a room that it shares with one at the other */
export async function timeRecovery(count: number): Promise<Recovery[]> {
  const deployment = await deploy({ pods: PODS, state: "sharded" });
  const meter = new RedisMeter(deployment.redis?.url ?? "");
  try {
    const urls = deployment.pods.map(({ url }) => url);
    const couples = await openCouples({ urls, appToken: deployment.appToken, pairs: count, together: false });
    await forEachOf(count, async (i) => {
      const rid = `room-${randomUUID()}`;
      for (const client of couples[i] ?? []) await client.request("session-join", { rid });
    });
    const healing = await heal(meter.redis, 2 * PODS * count);
    return [healing, await reap(deployment.pods, count)];
  } finally {
    meter.close();
    await deployment.stop();
  }
}

async function heal(redis: Redis, holdings: number): Promise<Recovery> {
  await redis.flushall();
  const reach = (least: number) =>
    eventually(async () => {
      const held = await countHoldings(redis);
      if (held < least) throw new Error(`${held} of ${holdings} sessions and seats are in Redis again`);
    }, PATIENCE_MS);
  await reach(1);
  const begin = performance.now();
  await reach(holdings);
  return { name: "taken again by 2 pods after Redis was emptied", holdings, ms: performance.now() - begin };
}

/** What pods hold under the epochs that they have now. */
async function countHoldings(redis: Redis): Promise<number> {
  const owners = await redis.zrange("jgl:pods", "0", "-1");
  const lists = owners.map((owner) => owner.split(" ")).map(([pod, epoch]) => `jgl:{pod:${pod}}:${epoch}:holdings`);
  const counts = await Promise.all(lists.map((list) => redis.scard(list)));
  return counts.reduce((total, count) => total + count, 0);
}

async function reap(pods: readonly NamedPod[], count: number): Promise<Recovery> {
  const [witness, victim] = pods as readonly [NamedPod, NamedPod];
  victim.process.kill("SIGKILL");
  let ms = 0;
  await eventually(() => {
    const line = witness
      .output()
      .split("\n")
      .find((printed) => printed.includes(`"seats":${count}`));
    if (line === undefined) throw new Error("the dead pod's seats are not given back");
    ms = JSON.parse(line).ms;
  }, PATIENCE_MS);
  return { name: "given back by 1 pod for a dead one", holdings: 2 * count, ms: ms - MARGIN_MS };
}
