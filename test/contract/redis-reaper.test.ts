// What a dead pod holds is given back by the others, all of it and only that.
import type { Holder, Holding } from "@jongleur/core";
import { afterEach, beforeEach, expect, inject, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { startRedisCluster } from "../provision/redis-cluster.ts";
import { giveBack, type LeasedPod, openPod, SHORT } from "./leased-pod.ts";
import { type Connection, connect, empty, keysIn, urlOf } from "./redis-under-test.ts";

const DB = 6;
const { lengthMs, marginMs } = SHORT;

let redis: Connection;
let pods: LeasedPod[] = [];
beforeEach(async () => {
  redis = await connect(inject("redis").url, DB);
  await empty(redis);
});
afterEach(async () => {
  await Promise.all(pods.map((pod) => pod.close()));
  pods = [];
  redis.disconnect();
});

type Release = (holder: Holder, holding: Holding) => Promise<boolean>;

async function startOn(url: string, options: Parameters<typeof openPod>[1]): Promise<LeasedPod> {
  const started = await openPod(url, options);
  pods.push(started);
  await started.lease.start();
  return started;
}

const start = (pod: string) => startOn(inject("redis").url, { pod, db: DB });
const startWith = (pod: string, release: Release) => startOn(inject("redis").url, { pod, db: DB, release });
const holderOf = (pod: string, session: number) => ({ sessionId: `s${session}`, pod, epoch: 1 });

/** A session of a user of its own, with a seat and a place in a MUC. */
async function seat({ rooms, presence }: LeasedPod, pod: string, session: number, rid: string): Promise<void> {
  const [holder, uid] = [holderOf(pod, session), `u${session}`];
  await presence.online({ ...holder, uid, protocol: "jsongle" });
  await presence.takeMucPlace(uid, holder, rid, 9);
  await rooms.join(rid, { ...holder, identity: { uid } }, "muc", 1000);
}

const membersOf = async ({ rooms }: LeasedPod, rid: string) => {
  const reading = await rooms.read(rid);
  return "room" in reading ? (reading.room?.members.map(({ sessionId }) => sessionId) ?? []) : reading.outcome;
};

test("of a pod that was killed nothing is left, as soon as its lease has lapsed for the margin, and all others stay", async () => {
  const [dying, one, other] = [await start("dying"), await start("one"), await start("other")];
  await Promise.all(Array.from({ length: 60 }, (_, i) => seat(dying, "dying", i, `m${i % 7}`)));
  await seat(one, "one", 100, "m0");
  await dying.die();
  await eventually(() => expect([...one.reaped, ...other.reaped]).toHaveLength(1));
  const [reaped] = [...one.reaped, ...other.reaped];
  expect(reaped).toMatchObject({ owner: { pod: "dying", epoch: 1 }, seats: 60, places: 60, sessions: 60 });
  expect(reaped?.ms).toBeGreaterThanOrEqual(marginMs);
  expect(reaped?.ms).toBeLessThan(marginMs + 1000);
  expect(await membersOf(one, "m0")).toEqual(["s100"]);
  await one.rooms.leave("m0", holderOf("one", 100));
  await one.presence.returnMucPlace("u100", holderOf("one", 100), "m0");
  await one.presence.offline("u100", holderOf("one", 100));
  await eventually(async () => expect(await keysIn(redis)).toEqual(["jgl:pods"]));
  expect(await redis.zrange("jgl:pods", "0", "-1")).toHaveLength(2);
});

test("a pod that dies amid its joins leaves nothing behind", async () => {
  const survivor = await start("survivor");
  for (const pod of ["a", "b", "c"]) {
    const dying = await start(pod);
    const joins = Array.from({ length: 300 }, (_, i) => seat(dying, pod, i, `m${i % 5}`));
    await Promise.race(joins);
    await dying.die();
    await Promise.all(joins);
  }
  await eventually(() => expect(survivor.reaped).toHaveLength(3));
  await eventually(async () => expect(await keysIn(redis)).toEqual(["jgl:pods"]));
  expect(survivor.faults).toEqual([]);
});

test("seats come first and sessions last, those of one room one after the other, and no more than 32 at once", async () => {
  const given: Holding[] = [];
  const [underWay, rids] = [new Set<Holding>(), new Set<string>()];
  let most = 0;
  const survivor = await startWith("survivor", async (_, holding) => {
    if (holding[0] === "seat") expect(rids).not.toContain(holding[2]);
    rids.add(holding[2]);
    underWay.add(holding);
    most = Math.max(most, underWay.size);
    await new Promise((resolve) => setTimeout(resolve, 1));
    underWay.delete(holding);
    rids.delete(holding[2]);
    given.push(holding);
    return true;
  });
  const dying = await start("dying");
  await Promise.all(Array.from({ length: 100 }, (_, i) => seat(dying, "dying", i, `m${i % 50}`)));
  await dying.die();
  await eventually(() => expect(survivor.reaped).toHaveLength(1));
  const kinds = (kind: string) => Array.from({ length: 100 }, () => kind);
  expect(given.map(([kind]) => kind)).toEqual([...kinds("seat"), ...kinds("place"), ...kinds("session")]);
  expect(most).toBe(32);
  expect(survivor.faults).toEqual([]);
});

test("what can't be given back is tried again, by whoever claims the dead next", async () => {
  let failures = 2;
  const release: Release = async (holder, holding) => {
    if (holding[0] === "place" && failures-- > 0) return false;
    return giveBack(rooms, presence, holder, holding);
  };
  const survivor = await startWith("survivor", release);
  const { rooms, presence } = survivor;
  const dying = await start("dying");
  await seat(dying, "dying", 1, "m");
  await dying.die();
  await eventually(() => expect(survivor.reaped).toHaveLength(1), 10_000);
  expect(survivor.reaped).toMatchObject([{ seats: 0, places: 1, sessions: 1 }]);
  expect(failures).toBe(-1);
  expect(await keysIn(redis)).toEqual(["jgl:pods"]);
});

test("a fault of ours with one holding is told, and keeps none of the others", async () => {
  let faulty = true;
  const survivor = await startWith("survivor", async (holder, holding) => {
    if (faulty && holding[1] === "s1") throw new Error("a defect");
    return giveBack(rooms, presence, holder, holding);
  });
  const { rooms, presence } = survivor;
  const dying = await start("dying");
  for (const session of [1, 2]) await seat(dying, "dying", session, "m");
  await dying.die();
  await eventually(() => expect(survivor.faults).toContainEqual(new Error("a defect")));
  await eventually(async () => expect(await membersOf(survivor, "m")).toEqual(["s1"]));
  faulty = false;
  await eventually(async () => expect(await keysIn(redis)).toEqual(["jgl:pods"]));
});

test("what is listed and is no holding is told, and passed over", async () => {
  const [survivor, dying] = [await start("survivor"), await start("dying")];
  await seat(dying, "dying", 1, "m");
  const junk = [
    "no JSON",
    "{}",
    "[]",
    '["seat","s"]',
    '["place","s","u"]',
    '["seat","s",1]',
    '["other","s","u"]',
    "null",
  ];
  await redis.sadd("jgl:{pod:dying}:1:holdings", ...junk);
  await redis.zadd("jgl:pods", 1, "no owner at all");
  await dying.die();
  await eventually(() => expect(survivor.reaped).toHaveLength(2));
  expect(survivor.faults).toHaveLength(junk.length);
  expect(survivor.reaped[1]).toMatchObject({ seats: 1, places: 1, sessions: 1 });
  expect(await redis.zrange("jgl:pods", "0", "-1")).toEqual(["survivor 1"]);
});

test("a claim is kept for as long as there is something to give back", async () => {
  let calls = 0;
  const slowly: Release = async () => {
    calls += 1;
    await new Promise((resolve) => setTimeout(resolve, lengthMs));
    return true;
  };
  const [one, other] = [await startWith("one", slowly), await startWith("other", slowly)];
  const dying = await start("dying");
  await seat(dying, "dying", 1, "m");
  await dying.die();
  await eventually(() => expect([...one.reaped, ...other.reaped]).toHaveLength(1));
  expect(calls).toBe(3);
});

test("a claim that is lost is no right any more: the rest is left to whoever has it now", async () => {
  let calls = 0;
  const survivor = await startWith("survivor", async (holder) => {
    calls += 1;
    await redis.del("jgl:pods");
    await eventually(() => expect(survivor.lease.deadlineOf(holder)).toBe(0));
    return true;
  });
  const dying = await start("dying");
  await seat(dying, "dying", 1, "m");
  await dying.die();
  await eventually(() => expect(calls).toBe(1));
  await survivor.reaper.reap();
  expect(calls).toBe(1);
  expect(survivor.reaped).toEqual([]);
  expect(await redis.exists("jgl:{pod:dying}:1:holdings")).toBe(1);
});

test("many that die at once are reaped once each, by any of the others", async () => {
  const survivors = await Promise.all(["x", "y", "z"].map((pod) => start(pod)));
  const dying = await Promise.all(Array.from({ length: 8 }, (_, i) => start(`dying-${i}`)));
  await Promise.all(dying.map((pod, i) => seat(pod, `dying-${i}`, i, "m")));
  await Promise.all(dying.map((pod) => pod.die()));
  const reaped = () => survivors.flatMap((pod) => pod.reaped);
  await eventually(() => expect(reaped()).toHaveLength(8));
  expect(new Set(reaped().map(({ owner }) => owner.pod)).size).toBe(8);
  expect(reaped().every(({ seats, places, sessions }) => seats + places + sessions === 3)).toBe(true);
  expect(await keysIn(redis)).toEqual(["jgl:pods"]);
});

test("on a Cluster, too", async () => {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
  const open = (pod: string) => startOn(urlOf(cluster), { pod });
  const [survivor, dying] = [await open("survivor"), await open("dying")];
  await Promise.all(Array.from({ length: 50 }, (_, i) => seat(dying, "dying", i, `m${i % 9}`)));
  await dying.die();
  await eventually(() => expect(survivor.reaped).toMatchObject([{ seats: 50, places: 50, sessions: 50 }]));
  const client = await connect(urlOf(cluster));
  expect(await keysIn(client)).toEqual(["jgl:pods"]);
  client.disconnect();
}, 60_000);
