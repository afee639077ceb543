// A Redis that answers slowly: nobody is taken for dead, and what waits is bounded.
import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { figure } from "../helpers/figures.ts";
import type { Party } from "../helpers/party.ts";
import { readMetric, startService } from "../helpers/pods.ts";
import { connectOver, outcomeOf } from "../helpers/races.ts";
import { closeAll } from "../helpers/rooms.ts";
import { heals, newsOf, openScene, staysHealed } from "../helpers/scene.ts";
import { startRedisServer } from "../provision/redis-server.ts";
import { startSlowProxy } from "../provision/slow-proxy.ts";

const DELAY_MS = 500;
/** Longer than a lease that is not renewed lasts, and what the others would take to notice. */
const SLOW_FOR_MS = 10_000;
/** A session's requests are carried out one after the other: it takes many to ask for much at once. */
const FLOOD = { sessions: 500, joins: 4 };
/** What a pod may grow by while it is flooded: requests that wait are bounded, and collecting garbage takes its time. */
const GROWTH_BYTES = 150_000_000;

async function startBehindProxy() {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const proxy = await startSlowProxy(redis.url);
  onTestFinished(() => proxy.stop());
  const service = await startService(3, { redisUrl: proxy.url });
  onTestFinished(() => service.stop());
  const scene = await openScene(service.pods);
  const memory = () =>
    Promise.all(service.pods.map((pod) => readMetric(pod, "jongleur_process_resident_memory_bytes")));
  return { redis, proxy, service, scene, memory };
}

const MANNERS = [
  { what: "each reply", delay: "replyDelay" },
  { what: "each command", delay: "commandDelay" },
] as const;

/** Asks all parties for so many joins of new rooms at once. @returns how often each outcome has come */
async function joinAll(parties: readonly Party[], joins: number): Promise<ReadonlyMap<unknown, number>> {
  const asked = parties.flatMap((party) => Array.from({ length: joins }, () => outcomeOf(party.join(randomUUID()))));
  const counts = new Map<unknown, number>();
  for (const outcome of await Promise.all(asked)) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}

const tell = (outcomes: ReadonlyMap<unknown, number>): string =>
  `${outcomes.get("accepted") ?? 0} accepted, ${outcomes.get(503001) ?? 0} refused with 503001`;

const otherOutcomes = (outcomes: ReadonlyMap<unknown, number>): unknown[] =>
  [...outcomes.keys()].filter((outcome) => outcome !== "accepted" && outcome !== 503001);

/** @returns what the reading was at most while the work was done, looked at a few times a second */
async function mostDuring(read: () => Promise<number>, work: () => Promise<void>): Promise<number> {
  let [most, working] = [0, true];
  const done = work().finally(() => {
    working = false;
  });
  while (working) {
    most = Math.max(most, await read());
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await done;
  return most;
}

test.each(MANNERS)(
  "while $what takes 500 ms, no pod is taken for dead, and every join is answered",
  async ({ what, delay }) => {
    const { redis, proxy, service, scene } = await startBehindProxy();
    const joiners = await connectOver(service.pods, 6);
    const before = newsOf(scene);
    proxy[delay] = DELAY_MS;
    const end = performance.now() + SLOW_FOR_MS;
    const rounds: ReadonlyMap<unknown, number>[] = [];
    while (performance.now() < end) rounds.push(await joinAll(joiners, 1));
    expect(rounds.flatMap(otherOutcomes)).toEqual([]);
    const accepted = rounds.reduce((sum, round) => sum + (round.get("accepted") ?? 0), 0);
    figure(`joins while ${what} takes ${DELAY_MS} ms`, `${accepted} of ${rounds.length * joiners.length} accepted`);
    proxy[delay] = 0;
    await heals(scene, 30_000);
    await staysHealed(scene, redis.url);
    expect(newsOf(scene)).toEqual(before);
    closeAll(joiners);
    scene.close();
  },
);

test.each(MANNERS)(
  "while $what takes 500 ms, a flood of joins is refused beyond bounds, and memory is not used up",
  async ({ what, delay }) => {
    const { redis, proxy, service, scene, memory } = await startBehindProxy();
    const joiners = await connectOver(service.pods, FLOOD.sessions);
    const before = newsOf(scene);
    const atFirst = await memory();
    proxy[delay] = DELAY_MS;
    let outcomes: ReadonlyMap<unknown, number> = new Map();
    const growth = async () => Math.max(...(await memory()).map((bytes, i) => bytes - atFirst[i]!));
    const most = await mostDuring(growth, async () => {
      outcomes = await joinAll(joiners, FLOOD.joins);
    });
    figure(`${FLOOD.sessions * FLOOD.joins} joins at once while ${what} takes ${DELAY_MS} ms`, tell(outcomes));
    figure("memory of a pod grew by at most", `${Math.round(most / 1_000_000)} MB`);
    expect(most).toBeLessThan(GROWTH_BYTES);
    expect(outcomes.get(503001)).toBeGreaterThan(0);
    expect(otherOutcomes(outcomes)).toEqual([]);
    proxy[delay] = 0;
    await heals(scene, 30_000);
    await staysHealed(scene, redis.url);
    expect(newsOf(scene)).toEqual(before);
    expect(await outcomeOf(joiners[0]!.join(randomUUID()))).toBe("accepted");
    closeAll(joiners);
    scene.close();
  },
);
