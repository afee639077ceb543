// What is held while epochs of a pod end and a store refuses is held anew or given back, and told once.
import { expect, test } from "vitest";
import { calm, FailingCluster, type FailingPod } from "../helpers/failing-cluster.ts";
import { areTold, comeTo, epochsIn, gate, idsIn, toldTo } from "../helpers/failing-rooms.ts";
import { LIMITS } from "../helpers/memory-cluster.ts";

test("a leave that the store does not take is told once, whatever becomes of it later", async () => {
  const cluster = new FailingCluster(2);
  const [own, other] = cluster.pods as [FailingPod, FailingPod];
  const [a, b, c] = [await comeTo(own, "a"), await comeTo(own, "b"), await comeTo(other, "c")];
  for (const session of [a, b, c]) await session.join("m", "muc");
  own.refuse("leave", "offline", "returnMucPlace");
  await a.disconnect();
  own.recover();
  expect(toldTo(b)).toEqual(["joined c", "left a"]);

  await own.beginEpoch();
  await calm();
  expect(toldTo(b)).toEqual(["joined c", "left a"]);
  await other.release(own, 1);
  await calm();
  await areTold(cluster, [b, c], [["joined c", "left a"], ["left a"]]);
});

/** A room for two: "b" is in there, and "a" is seated under an epoch that has ended when it learns of it. */
async function joinUnderEndingEpoch() {
  const cluster = new FailingCluster(2);
  const [first, second] = cluster.pods as [FailingPod, FailingPod];
  const [a, b] = [await comeTo(first, "a"), await comeTo(second, "b")];
  await b.join("r");
  const { open, behind } = gate();
  first.answer = ({ name, run }) => (name === "join" ? behind(run()) : run());
  const joined = a.join("r");
  await calm();
  await first.beginEpoch();
  first.refuse("join");
  open();
  await joined;
  await calm();
  first.recover();
  return { cluster, first, second, a, b };
}

test("a seat that is refused under the new epoch is tried for again, and nobody notices", async () => {
  const { cluster, first, second, a, b } = await joinUnderEndingEpoch();
  expect(await epochsIn(cluster, "r")).toEqual([1, 1]);
  await cluster.tend(1);
  expect(await epochsIn(cluster, "r")).toEqual([1, 2]);

  await second.release(first, 1);
  await areTold(cluster, [a, b], [[], ["joined a"]]);
  expect(await idsIn(cluster, "r")).toEqual(["b", "a"]);
});

test("a seat that was released before it could be held under the new epoch is taken anew, and all hear of it", async () => {
  const { cluster, first, second, a, b } = await joinUnderEndingEpoch();
  await second.release(first, 1);
  await calm();
  await cluster.tend(1);
  await areTold(cluster, [a, b], [[], ["joined a", "left a", "joined a"]]);
  expect(await epochsIn(cluster, "r")).toEqual([1, 2]);
  await a.say("r", "of a");
  await b.say("r", "of b");
  await calm();
  expect([toldTo(a), toldTo(b).at(-1)]).toEqual([["of b"], "of a"]);
});

test("a pod that was taken for dead takes what was released in its name anew within a second", async () => {
  const cluster = new FailingCluster(2);
  const [first, second] = cluster.pods as [FailingPod, FailingPod];
  const [a, b] = [await comeTo(first, "a"), await comeTo(second, "b")];
  for (const session of [a, b]) await session.join("r");
  first.epoch = 2;
  await second.release(first, 1);
  await calm();
  await cluster.tend(1);
  expect(await epochsIn(cluster, "r")).toEqual([1, 2]);
  await areTold(cluster, [a, b], [["joined b"], ["left a", "joined a"]]);
});

test("who leaves a MUC between two epochs keeps a place of neither", async () => {
  const cluster = new FailingCluster(1);
  const [pod] = cluster.pods as [FailingPod];
  const a = await comeTo(pod, "a", "user");
  await a.join("m", "muc");
  pod.epoch = 2;
  pod.refuse("join");
  expect(await pod.signaling.renew()).toBe(false);
  await a.leave("m");
  pod.recover();

  await pod.release(pod, 1);
  for (const rid of ["m1", "m2"]) {
    const holder = { sessionId: "another", pod: "another", epoch: 1 };
    const place = await cluster.presence.takeMucPlace("user", holder, rid, LIMITS.maxMultiRoomPerUser);
    expect(place, rid).toEqual({ outcome: "taken" });
  }
});

test("who says hello as an epoch ends is online under the next one, though that is refused at first", async () => {
  const cluster = new FailingCluster(1);
  const [pod] = cluster.pods as [FailingPod];
  const { open, behind } = gate();
  pod.answer = ({ run }) => behind(run());
  const coming = comeTo(pod, "a", "user");
  await calm();
  await pod.beginEpoch();
  open();
  await coming;
  pod.refuse("online");
  await cluster.tend(2);
  pod.recover();

  await pod.release(pod, 1);
  await cluster.tend(1);
  expect(await cluster.presence.sessionsOf("user")).toMatchObject({ sessions: [{ sessionId: "a", epoch: 2 }] });
});

test("while a part of the rooms can't be reached, the seats in all others are taken under the new epoch at once", async () => {
  const cluster = new FailingCluster(1);
  const [pod] = cluster.pods as [FailingPod];
  const rids: string[] = [];
  for (let i = 0; i < 40; i++) {
    const session = await comeTo(pod, `s${i}`);
    for (const rid of [`away ${i}`, `there ${i}`]) {
      await session.join(rid);
      rids.push(rid);
    }
  }
  pod.epoch = 2;
  const isAway = (rid: unknown) => String(rid).startsWith("away");
  pod.answer = async ({ name, args, run }) => (name === "join" && isAway(args[0]) ? { outcome: "unavailable" } : run());
  expect(await pod.signaling.renew()).toBe(false);
  for (const rid of rids) expect(await epochsIn(cluster, rid), rid).toEqual([isAway(rid) ? 1 : 2]);

  pod.recover();
  expect(await pod.signaling.renew()).toBe(true);
});
