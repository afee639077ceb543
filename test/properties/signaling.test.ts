// Laws of signaling, under whatever order in which calls reach the stores and answers come back.
import fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS, type MemoryCluster, membersOf, openCluster, RecordingSession } from "../helpers/memory-cluster.ts";
import { expectTrueViews, kindOf, RIDS, type Step, scripts, Witness } from "../helpers/witness.ts";

/** Plays all scripts at once. @returns the sessions, when nothing is under way any more */
async function play(cluster: MemoryCluster, all: readonly (readonly Step[])[], scheduler: fc.Scheduler) {
  const witnesses = all.map((_, i) => new Witness(cluster.pods[i % cluster.pods.length]!, `s${i}`));
  for (const [i, script] of all.entries()) void witnesses[i]!.play(script);
  await scheduler.waitIdle();
  expect(witnesses.flatMap(({ faults }) => faults)).toEqual([]);
  return witnesses;
}

test("on one pod, members know of each other exactly once, and hear each sender in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scripts, async (scheduler, all) => {
      const cluster = openCluster(1, (value) => scheduler.schedule(value));
      const witnesses = await play(cluster, all, scheduler);
      await expectTrueViews(cluster, witnesses);
    }),
    { numRuns: 500 },
  );
});

test("on several pods, members end up knowing of each other, and were told of each exactly once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scripts, fc.integer({ min: 2, max: 3 }), async (scheduler, all, podCount) => {
      const cluster = openCluster(podCount, (value) => scheduler.schedule(value));
      const witnesses = await play(cluster, all, scheduler);
      await expectTrueViews(cluster, witnesses);
    }),
    { numRuns: 1000 },
  );
});

test("what is said in a room reaches every other member exactly once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scripts, async (scheduler, all) => {
      const cluster = openCluster(1, (value) => scheduler.schedule(value));
      const witnesses = await play(cluster, all, scheduler);
      await expectAllHear(witnesses);
    }),
    { numRuns: 200 },
  );
});

/** Says something in every room as everybody, and expects all members to hear it once. */
async function expectAllHear(witnesses: readonly Witness[], idle = async () => {}): Promise<void> {
  for (const witness of witnesses) witness.texts.length = 0;
  for (const rid of RIDS) for (const witness of witnesses) await witness.say(rid, "1000");
  await idle();
  for (const { view, texts } of witnesses) {
    const expected = [...view].flatMap(([rid, uids]) => [...uids].map((uid) => `${uid} in ${rid}`));
    expect(texts.toSorted()).toEqual(expected.toSorted());
  }
}

test("what is said after the answer to a join, on any pod, reaches the newcomer", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scripts, fc.integer({ min: 1, max: 3 }), async (scheduler, all, podCount) => {
      const cluster = openCluster(podCount, (value) => scheduler.schedule(value));
      const due: { readonly witness: Witness; readonly text: string }[] = [];
      const witnesses = all.map((_, i) => new Witness(cluster.pods[i % podCount]!, `s${i}`));
      // Who goes away later may be gone before a text gets there.
      const stays = (i: number, rid: string) =>
        !all[i]!.some((step) => step.verb === "disconnect" || (step.verb === "leave" && step.rid === rid));
      const onSaid = (sender: Witness, rid: string) => {
        for (const [i, witness] of witnesses.entries()) {
          const seated = witness !== sender && witness.view.has(rid) && stays(i, rid);
          if (seated) due.push({ witness, text: `${sender.identity.uid} in ${rid}` });
        }
      };
      for (const [i, script] of all.entries()) void witnesses[i]!.play(script, onSaid);
      await scheduler.waitIdle();
      for (const { witness, text } of due) {
        const wanted = due.filter((one) => one.witness === witness && one.text === text).length;
        expect(
          witness.texts.filter((heard) => heard === text).length,
          `${text} to ${witness.id}`,
        ).toBeGreaterThanOrEqual(wanted);
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([1, 3])(
  "on %i pod(s), the seats of a room never exceed its limit, and none stays free that was asked for",
  async (podCount) => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(...RIDS),
        async (scheduler, count, rid) => {
          const cluster = openCluster(podCount, (value) => scheduler.schedule(value));
          const all = Array.from({ length: count }, () => [{ verb: "join", rid }] as const);
          await play(cluster, all, scheduler);
          const limit = kindOf(rid) === "room" ? LIMITS.maxMembersPerRoom : LIMITS.maxMembersPerMultiRoom;
          expect(await membersOf(cluster, rid)).toHaveLength(Math.min(limit, count));
        },
      ),
      { numRuns: 200 },
    );
  },
);

test("after the stores have lost everything, all are seated again, and those who stay are told nothing", async () => {
  const joins = fc.array(fc.uniqueArray(fc.constantFrom(...RIDS), { maxLength: 3 }), { minLength: 2, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), joins, fc.integer({ min: 1, max: 3 }), async (scheduler, all, podCount) => {
      const cluster = openCluster(podCount, (value) => scheduler.schedule(value));
      const witnesses = await play(
        cluster,
        all.map((rids) => rids.map((rid) => ({ verb: "join", rid }) as const)),
        scheduler,
      );
      const before = await seatsOf(cluster);
      for (const witness of witnesses) witness.heard.length = 0;
      cluster.forgetAll();
      // Rosters are looked after also while seats are taken again, and by pods that don't know yet.
      for (const pod of cluster.pods) void pod.renew().then(() => pod.tend());
      for (const pod of cluster.pods) pod.tend();
      await scheduler.waitIdle();

      expect(await seatsOf(cluster)).toEqual(before);
      expect(witnesses.flatMap(({ heard }) => heard)).toEqual([]);
      await expectTrueViews(cluster, witnesses);
      await expectAllHear(witnesses, () => scheduler.waitIdle());
      // What comes later is not taken for old.
      for (const rid of RIDS) void witnesses[0]!.leave(rid).then(() => witnesses[0]!.view.delete(rid));
      await scheduler.waitIdle();
      await expectTrueViews(cluster, witnesses);
    }),
    { numRuns: 1000 },
  );
});

/** Who is in which room, in no order. */
async function seatsOf(cluster: MemoryCluster): Promise<unknown> {
  const members = await Promise.all(RIDS.map((rid) => membersOf(cluster, rid)));
  return members.map((all) => all.map(({ sessionId }) => sessionId).toSorted());
}

test.each([1, 3])("on %i pod(s), nothing is left when everyone has gone", async (podCount) => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scripts, async (scheduler, all) => {
      const cluster = openCluster(podCount, (value) => scheduler.schedule(value));
      const sessions = all.map((_, i) => new RecordingSession(cluster.pods[i % podCount]!, `s${i}`, `u${i % 2}`));
      for (const [i, script] of all.entries()) playQuietly(sessions[i]!, script);
      for (const session of sessions) void session.disconnect();
      await scheduler.waitIdle();
      expect(cluster.pods.map((pod) => pod.countRooms())).toEqual(Array(podCount).fill(0));
      for (const rid of RIDS) expect(await membersOf(cluster, rid)).toEqual([]);
      for (const uid of ["u0", "u1"]) {
        expect(await cluster.presence.sessionsOf(uid)).toMatchObject({ sessions: [] });
        const holder = { sessionId: "s", pod: "p", epoch: 1 };
        expect(await cluster.presence.takeMucPlace(uid, holder, "free", 1)).toEqual({ outcome: "taken" });
      }
    }),
    { numRuns: 300 },
  );
});

function playQuietly(session: RecordingSession, script: readonly Step[]): void {
  void session.hello();
  for (const { verb, rid } of script) {
    if (verb === "join") void session.join(rid, kindOf(rid));
    if (verb === "leave") void session.leave(rid);
    if (verb === "say") void session.say(rid, "0");
  }
}
