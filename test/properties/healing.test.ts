// Laws of signaling while parcels get lost, stores don't answer and epochs end: all is right again once that is over.
import fc from "fast-check";
import { expect, test } from "vitest";
import { FailingCluster, type FailingPod, type Fate } from "../helpers/failing-cluster.ts";
import { membersOf } from "../helpers/memory-cluster.ts";
import { expectTrueViews, RIDS, scripts, Witness } from "../helpers/witness.ts";

const PODS = 3;
/** Pods compare their rosters within ten seconds, and ask for nearly as long after those whom that puts in doubt. */
const CALM_SECONDS = 25;

/** What a store does with a call: "lost" is the answer of one that has been done, "refused" is one that has not. */
type Answer = "given" | "refused" | "lost";

const fate = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Fate>("arrives") },
  { weight: 3, arbitrary: fc.constantFrom<Fate>("undelivered", "doubtful", "missed", "lost") },
);
const answer = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Answer>("given") },
  { weight: 2, arbitrary: fc.constantFrom<Answer>("refused", "lost") },
);
const list = <T>(of: fc.Arbitrary<T>, maxLength: number) => fc.array(of, { maxLength, size: "max" });

/** When an epoch of a pod ends, in turns of the scheduler after the one before; released before or after it is renewed. */
const ending = fc.record({ after: fc.nat(12), takenForDead: fc.boolean() });
type Ending = typeof ending extends fc.Arbitrary<infer Value> ? Value : never;

/** What goes wrong, in its order; what comes later goes well. A new epoch tells so much anew that little else shows. */
const lossesOnly = { fates: list(fate, 80), ticks: fc.nat(4), answers: fc.constant([]), endings: fc.constant([]) };
const endings = fc.array(list(ending, 3), { maxLength: PODS });
const troubles = fc.oneof(
  fc.record(lossesOnly),
  fc.record({ ...lossesOnly, endings }),
  fc.record({ ...lossesOnly, endings, answers: list(answer, 120) }),
);
/** A user is put out of a room and banned, from some pod at some time. */
const kick = fc.option(
  fc.record({ rid: fc.constantFrom(...RIDS), whom: fc.nat(5), pod: fc.nat(PODS - 1), after: fc.nat(40) }),
  { freq: 2 },
);
type Kick = typeof kick extends fc.Arbitrary<infer Value> ? Value : never;
type Troubles = typeof troubles extends fc.Arbitrary<infer Value> ? Value : never;

/** @returns the pods that don't know what they hold under their epoch, up to date at any time */
function meet(pods: readonly FailingPod[], { fates, answers }: Troubles): ReadonlySet<FailingPod> {
  const inDoubt = new Set<FailingPod>();
  const [nextFate, nextAnswer] = [fates.values(), answers.values()];
  for (const pod of pods) {
    pod.fateOf = () => nextFate.next().value ?? "arrives";
    pod.answer = async ({ name, run }) => {
      const outcome = nextAnswer.next().value ?? "given";
      if (outcome === "given") return run();
      if (outcome === "lost") await run();
      if (name !== "read") inDoubt.add(pod);
      return { outcome: "unavailable" };
    };
  }
  return inDoubt;
}

/** Another pod gives back what was held under the epochs that have ended. */
async function beginEpoch(cluster: FailingCluster, i: number, takenForDead = false): Promise<void> {
  const [pod, other] = [cluster.pods[i]!, cluster.pods[(i + 1) % PODS]!];
  const renewed = pod.beginEpoch();
  if (!takenForDead) await renewed;
  for (let former = 1; former < pod.epoch; former++) await other.release(pod, former);
  await renewed;
}

async function endEpochs(cluster: FailingCluster, i: number, endings: readonly Ending[]): Promise<void> {
  for (const { after, takenForDead } of endings) {
    for (let turn = 0; turn < after; turn++) await cluster.delay(Promise.resolve());
    await beginEpoch(cluster, i, takenForDead);
  }
}

/** @returns whether it was done */
async function moderate(cluster: FailingCluster, kick: Kick): Promise<boolean> {
  if (!kick) return false;
  for (let turn = 0; turn < kick.after; turn++) await cluster.delay(Promise.resolve());
  const { moderation } = cluster.pods[kick.pod]!.signaling;
  const answer = await moderation.kick(kick.rid, { uid: `uid of s${kick.whom}` }, { banSeconds: 60 });
  return answer.outcome === "kicked";
}

async function tick(cluster: FailingCluster, ticks: number): Promise<void> {
  for (let turn = 0; turn < 5 * ticks; turn++) {
    await cluster.delay(Promise.resolve());
    if (turn % 5 === 4) for (const { signaling } of cluster.pods) signaling.tend();
  }
}

test("once parcels, stores and epochs are well again, members know of each other, and were told nothing twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scripts, troubles, kick, async (scheduler, all, trouble, kick) => {
      const cluster = new FailingCluster(PODS, (value) => scheduler.schedule(value));
      const witnesses = all.map((_, i) => new Witness(cluster.pods[i % PODS]!.signaling, `s${i}`));
      for (const witness of witnesses) void witness.hello();
      await scheduler.waitIdle();

      const inDoubt = meet(cluster.pods, trouble);
      for (const [i, script] of all.entries()) void witnesses[i]!.play(script);
      for (const [i, endings] of trouble.endings.entries()) void endEpochs(cluster, i, endings);
      void tick(cluster, trouble.ticks);
      const kicked = moderate(cluster, kick);
      await scheduler.waitIdle();

      for (const pod of cluster.pods) pod.recover();
      for (const [i, pod] of cluster.pods.entries()) if (inDoubt.has(pod)) void beginEpoch(cluster, i);
      await scheduler.waitIdle();
      await cluster.tend(CALM_SECONDS, () => scheduler.waitIdle());
      expect(witnesses.flatMap(({ faults }) => faults)).toEqual([]);
      await expectTrueViews(cluster, witnesses);
      if (kick && (await kicked)) expect(idsOf(await membersOf(cluster, kick.rid))).not.toContain(`s${kick.whom}`);

      for (const witness of witnesses) void witness.disconnect();
      await scheduler.waitIdle();
      for (const rid of RIDS) expect(await membersOf(cluster, rid)).toEqual([]);
      expect(cluster.pods.map(({ signaling }) => signaling.countRooms())).toEqual(Array(PODS).fill(0));
    }),
    { numRuns: 1000, endOnFailure: true },
  );
});

const idsOf = (members: readonly { readonly sessionId: string }[]) => members.map(({ sessionId }) => sessionId);
