// A Redis that answers slowly: nobody is taken for dead.
import { expect, test } from "vitest";
import { figure } from "../helpers/figures.ts";
import { connectOver } from "../helpers/races.ts";
import { closeAll } from "../helpers/rooms.ts";
import { heals, newsOf, staysHealed } from "../helpers/scene.ts";
import { DELAY_MS, joinAll, MANNERS, otherOutcomes, startBehindProxy } from "../helpers/slow-redis.ts";

/** Longer than a lease that is not renewed lasts, and what the others would take to notice. */
const SLOW_FOR_MS = 10_000;

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
