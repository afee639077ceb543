// Laws of kicks, under whatever order in which calls reach the stores and answers and parcels come.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type MemoryCluster, membersOf, openCluster } from "../helpers/memory-cluster.ts";
import { expectTrueViews, RIDS, type Step, scripts, Witness } from "../helpers/witness.ts";

/** What a moderator does, so many turns of the scheduler after it began. */
const orders = fc.array(
  fc.record({
    verb: fc.constantFrom("kick", "ban", "close", "lock"),
    rid: fc.constantFrom(...RIDS),
    whom: fc.nat(5),
    pod: fc.nat(2),
    after: fc.nat(30),
  }),
  { minLength: 1, maxLength: 3 },
);
type Order = typeof orders extends fc.Arbitrary<readonly (infer Value)[]> ? Value : never;

/** @returns the outcome, once it is answered */
async function give(cluster: MemoryCluster, { verb, rid, whom, pod, after }: Order, scheduler: fc.Scheduler) {
  for (let turn = 0; turn < after; turn++) await scheduler.schedule(Promise.resolve());
  const { moderation } = cluster.pods[pod % cluster.pods.length]!;
  const uid = `uid of s${whom}`;
  if (verb === "close") return (await moderation.close(rid)).outcome;
  if (verb === "lock") return (await moderation.lock(rid, true)).outcome;
  return (await moderation.kick(rid, { uid }, verb === "ban" ? { banSeconds: 60 } : {})).outcome;
}

function play(cluster: MemoryCluster, all: readonly (readonly Step[])[]): Witness[] {
  const witnesses = all.map((_, i) => new Witness(cluster.pods[i % cluster.pods.length]!, `s${i}`));
  for (const [i, script] of all.entries()) void witnesses[i]!.play(script);
  return witnesses;
}

test.each([1, 3])(
  "on %i pod(s), whatever is ordered, all who stay know of each other, and were told of each exactly once",
  async (podCount) => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), scripts, orders, async (scheduler, all, given) => {
        const cluster = openCluster(podCount, (value) => scheduler.schedule(value));
        const witnesses = play(cluster, all);
        const answered = given.map((order) => give(cluster, order, scheduler));
        await scheduler.waitIdle();
        expect(witnesses.flatMap(({ faults }) => faults)).toEqual([]);
        expect(await Promise.all(answered)).not.toContain("unavailable");
        await expectTrueViews(cluster, witnesses);

        for (const [i, { verb, rid, whom }] of given.entries()) {
          if (verb !== "ban" || (await answered[i]) !== "kicked") continue;
          expect((await membersOf(cluster, rid)).map(({ sessionId }) => sessionId)).not.toContain(`s${whom}`);
        }
      }),
      { numRuns: 500 },
    );
  },
);

test.each([1, 3])("on %i pod(s), nothing is left of those who were kicked when everyone has gone", async (podCount) => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scripts, orders, async (scheduler, all, given) => {
      const cluster = openCluster(podCount, (value) => scheduler.schedule(value));
      const witnesses = play(cluster, all);
      for (const order of given) void give(cluster, order, scheduler);
      await scheduler.waitIdle();
      for (const witness of witnesses) void witness.disconnect();
      await scheduler.waitIdle();
      expect(cluster.pods.map((pod) => pod.countRooms())).toEqual(Array(podCount).fill(0));
      for (const [i] of all.entries()) {
        const holder = { sessionId: "s", pod: "p", epoch: 1 };
        expect(await cluster.presence.takeMucPlace(`uid of s${i}`, holder, "free", 1)).toEqual({ outcome: "taken" });
      }
    }),
    { numRuns: 200 },
  );
});
