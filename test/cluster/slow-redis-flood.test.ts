// A Redis that answers slowly, and a flood of joins: what waits is bounded.
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { figure } from "../helpers/figures.ts";
import type { Party } from "../helpers/party.ts";
import { readMetric } from "../helpers/pods.ts";
import { connectOver, outcomeOf } from "../helpers/races.ts";
import { closeAll } from "../helpers/rooms.ts";
import { heals, newsOf, staysHealed } from "../helpers/scene.ts";
import { DELAY_MS, joinAll, MANNERS, otherOutcomes, startBehindProxy } from "../helpers/slow-redis.ts";

/** A session's requests are carried out one after the other: it takes many to ask for much at once. */
const FLOOD = { sessions: 500, joins: 4 };
const CONNECTING = 50;
/** What a pod may grow by while it is flooded: requests that wait are bounded, and collecting garbage takes its time. */
const GROWTH_BYTES = 150_000_000;

const tell = (outcomes: ReadonlyMap<unknown, number>): string =>
  `${outcomes.get("accepted") ?? 0} accepted, ${outcomes.get(503001) ?? 0} refused with 503001`;

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
  "while $what takes 500 ms, a flood of joins is refused beyond bounds, and memory is not used up",
  async ({ what, delay }) => {
    const { redis, proxy, service, scene } = await startBehindProxy();
    const memory = () =>
      Promise.all(service.pods.map((pod) => readMetric(pod, "jongleur_process_resident_memory_bytes")));
    const joiners: Party[] = [];
    // Not all at once: who waits longer than its patience for hello gives up, before anything is slow.
    while (joiners.length < FLOOD.sessions) joiners.push(...(await connectOver(service.pods, CONNECTING)));
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
