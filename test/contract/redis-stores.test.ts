// The Redis stores keep the contracts, on one Redis and on a Cluster, and say so when there is none.
import {
  type PresenceStore,
  RedisPresenceStore,
  RedisRoomStore,
  type RoomStore,
  type WriteAuthority,
} from "@jongleur/core";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { type RedisCluster, startRedisCluster } from "../provision/redis-cluster.ts";
import { startRedisServer } from "../provision/redis-server.ts";
import { startSentinels } from "../provision/sentinels.ts";
import { describePresenceStore } from "./presence-store-contract.ts";
import { type Connection, connect, empty, keysIn, rethrow, unlimited, urlOf } from "./redis-under-test.ts";
import { describeRoomStore } from "./room-store-contract.ts";
import type { StoreUnderTest } from "./store-under-test.ts";

/** Two pods' stores on one Redis that holds nothing of ours. */
async function open<Store>(
  Implementation: new (redis: Connection, authority: WriteAuthority, onFault: (error: unknown) => void) => Store,
  url: string,
  db?: number,
): Promise<StoreUnderTest<Store>> {
  const [one, other] = [await connect(url, db), await connect(url, db)];
  await empty(one);
  return {
    pods: [new Implementation(one, unlimited, rethrow), new Implementation(other, unlimited, rethrow)],
    close: async () => {
      one.disconnect();
      other.disconnect();
    },
  };
}

const ROOMS_DB = 1;
const PRESENCE_DB = 2;
const HOLDINGS_DB = 3;
const WRITES_DB = 4;

describeRoomStore("Redis", () => open(RedisRoomStore, inject("redis").url, ROOMS_DB));
describePresenceStore("Redis", () => open(RedisPresenceStore, inject("redis").url, PRESENCE_DB));

describe("on a Cluster", () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  describeRoomStore("Redis Cluster", () => open(RedisRoomStore, urlOf(cluster)));
  describePresenceStore("Redis Cluster", () => open(RedisPresenceStore, urlOf(cluster)));
});

const holder = { sessionId: "s", pod: "p", epoch: 1 };
const member = { ...holder, identity: { uid: "u" } };

test("what a pod holds is listed while it holds it, and nothing stays behind", async () => {
  const redis = await connect(inject("redis").url, HOLDINGS_DB);
  await empty(redis);
  const [rooms, presence] = [
    new RedisRoomStore(redis, unlimited, rethrow),
    new RedisPresenceStore(redis, unlimited, rethrow),
  ];
  await presence.online({ ...holder, uid: "u", protocol: "jsongle" });
  await presence.takeMucPlace("u", holder, "m", 1);
  await presence.takeMucPlace("u", holder, "refused", 1);
  await rooms.join("m", member, "muc", 1);
  await rooms.join("m", { ...member, sessionId: "refused" }, "muc", 1);
  const listed = await redis.smembers("jgl:{pod:p}:1:holdings");
  expect(listed.map((each) => JSON.parse(each)).toSorted()).toEqual([
    ["place", "s", "u", "m"],
    ["seat", "s", "m"],
    ["session", "s", "u"],
  ]);
  await rooms.leave("m", holder);
  await presence.returnMucPlace("u", holder, "m");
  await presence.offline("u", holder);
  expect(await redis.keys("jgl:*")).toEqual([]);
  redis.disconnect();
});

function takesOf(rooms: RoomStore, presence: PresenceStore) {
  return [
    () => rooms.join("r", member, "room", 2),
    () => presence.online({ ...holder, uid: "u", protocol: "jsongle" }),
    () => presence.takeMucPlace("u", holder, "r", 2),
  ];
}

function givesBackOf(rooms: RoomStore, presence: PresenceStore) {
  return [
    () => rooms.leave("r", holder),
    () => presence.offline("u", holder),
    () => presence.returnMucPlace("u", holder, "r"),
  ];
}

function writesOf(rooms: RoomStore, presence: PresenceStore) {
  return [...takesOf(rooms, presence), ...givesBackOf(rooms, presence)];
}

/** Every verb of both stores. */
function verbs(rooms: RoomStore, presence: PresenceStore) {
  return [...writesOf(rooms, presence), () => rooms.read("r"), () => presence.sessionsOf("u")];
}

test("a Redis that is away, silent or loading makes every verb unavailable, and none once it is back", async () => {
  const server = await startRedisServer();
  const redis = await connect(server.url);
  const watched = until(Number.MAX_SAFE_INTEGER);
  const all = verbs(new RedisRoomStore(redis, watched, rethrow), new RedisPresenceStore(redis, watched, rethrow));
  const outcomes = async () => (await Promise.all(all.map((verb) => verb()))).map(({ outcome }) => outcome);
  expect(await outcomes()).not.toContain("unavailable");
  expect(watched.doubts()).toBe(0);
  server.pause();
  expect(new Set(await outcomes())).toEqual(new Set(["unavailable"]));
  expect(watched.doubts()).toBe(6);
  server.resume();
  await expect.poll(outcomes).not.toContain("unavailable");
  await server.kill();
  expect(new Set(await outcomes())).toEqual(new Set(["unavailable"]));
  await server.restart();
  await expect.poll(outcomes, { timeout: 10_000 }).not.toContain("unavailable");
  redis.disconnect();
  await server.stop();
});

test("behind Sentinel, the stores go on with the master that took over", async () => {
  const watched = await startSentinels();
  const hosts = watched.sentinels.map(({ host, port }) => `${host}:${port}`).join(",");
  const redis = await connect(`redis+sentinel://${hosts}/${watched.name}`);
  const rooms = new RedisRoomStore(redis, unlimited, rethrow);
  expect(await rooms.join("r", member, "room", 2)).toMatchObject({ outcome: "joined" });
  await watched.failOver();
  await expect
    .poll(async () => (await rooms.join("r2", member, "room", 2)).outcome, { timeout: 10_000 })
    .toMatch(/joined|already/);
  redis.disconnect();
  await watched.stop();
}, 60_000);

test("on a Cluster, the stores go on with the replica that took over", async () => {
  const cluster = await startRedisCluster();
  const redis = await connect(urlOf(cluster));
  const rooms = new RedisRoomStore(redis, unlimited, rethrow);
  const join = async (rid: string) => (await rooms.join(rid, member, "room", 2)).outcome;
  expect(await join("r")).toBe("joined");
  await cluster.failOver(await cluster.ownerOf("jgl:{room:r}"));
  await expect.poll(() => join("r3"), { timeout: 10_000 }).toMatch(/joined|already/);
  await expect.poll(() => join("r"), { timeout: 10_000 }).toMatch(/joined|already/);
  redis.disconnect();
  await cluster.stop();
}, 60_000);

test("what Redis refuses for another reason than being away is a defect, and shows as one", async () => {
  const redis = await connect(inject("redis").url, HOLDINGS_DB);
  await redis.set("jgl:{room:of another type}", "x");
  const faults: unknown[] = [];
  const rooms = new RedisRoomStore(redis, unlimited, (error) => faults.push(error));
  expect(await rooms.read("of another type")).toEqual({ outcome: "unavailable" });
  expect(String(faults)).toMatch("WRONGTYPE");
  await redis.del("jgl:{room:of another type}");
  redis.disconnect();
});

/** Lets everything be written until a time of Redis's clock, and counts the doubts. */
function until(deadline: number) {
  let doubts = 0;
  return { deadlineOf: () => deadline, doubt: () => void doubts++, doubts: () => doubts };
}

describe("under an authority", () => {
  let redis: Connection;
  beforeAll(async () => {
    redis = await connect(inject("redis").url, WRITES_DB);
  });
  beforeEach(() => empty(redis));
  afterAll(() => redis.disconnect());

  const storesUnder = (authority: WriteAuthority) =>
    [new RedisRoomStore(redis, authority, rethrow), new RedisPresenceStore(redis, authority, rethrow)] as const;
  const state = async () => [
    await redis.smembers("jgl:{pod:p}:1:holdings"),
    await redis.hgetall("jgl:{room:r}"),
    await redis.hgetall("jgl:{user:u}:sessions"),
    await redis.hgetall("jgl:{user:u}:mucs"),
  ];

  test("what reaches Redis after its deadline changes nothing, and is in doubt", async () => {
    const late = until(Date.now() - 60_000);
    const writes = writesOf(...storesUnder(late));
    for (const write of writes) expect(await write()).toEqual({ outcome: "unavailable" });
    expect(await keysIn(redis)).toEqual([]);

    for (const take of takesOf(...storesUnder(unlimited))) await take();
    const before = await state();
    for (const write of writes) expect(await write()).toEqual({ outcome: "unavailable" });
    expect(await state()).toEqual(before);
    expect(late.doubts()).toBe(2 * writes.length);
  });

  test("each script by itself refuses what comes late", async () => {
    for (const take of takesOf(...storesUnder(unlimited))) await take();
    const before = await state();
    const barred = ["jgl:{room:r}:bans", "jgl:{room:r}:putout"];
    for (const [script, keys, ...args] of [
      ["room-join", ["jgl:{room:r}", ...barred], "other", "p 1", "{}", "room", 9, "u", 0],
      ["room-leave", ["jgl:{room:r}"], "s", "p 1"],
      ["room-expel", ["jgl:{room:r}", ...barred], "", "u", 60_000, 9, 60, "", "all"],
      ["room-lock", ["jgl:{room:r}"], "", 1],
      ["presence-online", ["jgl:{user:u}:sessions"], "other", "p 1", "jsongle"],
      ["presence-offline", ["jgl:{user:u}:sessions"], "s", "p 1"],
      ["place-take", ["jgl:{user:u}:mucs"], "other", "r", "p 1", 9],
      ["place-return", ["jgl:{user:u}:mucs"], "s", "r", "p 1"],
      ["holding-note", ["jgl:{pod:p}:1:holdings"], "[]"],
    ] as const) {
      const run = (redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[script];
      expect([script, await run?.call(redis, ...keys, Date.now() - 60_000, ...args)]).toEqual([script, ["late"]]);
    }
    expect(await state()).toEqual(before);
    expect(await redis.exists(...barred)).toBe(0);
  });

  test("an expulsion is listed until all are told of it, and a refused one is not; what it leaves behind ends by itself", async () => {
    const [rooms] = storesUnder(unlimited);
    const by = { ...holder, sessionId: "expulsion" };
    const listed = () => redis.smembers("jgl:{pod:p}:1:holdings");
    expect(await rooms.expel("r", by, { sessionIds: ["s"] })).toEqual({ outcome: "notThere" });
    expect(await listed()).toEqual([]);
    await rooms.join("r", member, "room", 2);
    const ban = { uid: "u", ms: 60_000 };
    await rooms.expel("r", by, { sessionIds: "all", ban });
    expect((await listed()).toSorted()).toEqual(['["expulsion","expulsion","r"]', '["seat","s","r"]']);
    await rooms.told("r", by);
    await rooms.leave("r", holder);
    expect((await keysIn(redis)).toSorted()).toEqual(["jgl:{room:r}:bans", "jgl:{room:r}:putout"]);
    expect(Math.ceil((await redis.pttl("jgl:{room:r}:bans")) / 60_000)).toBe(1);
    expect(Math.ceil((await redis.ttl("jgl:{room:r}:putout")) / 3600)).toBe(1);
    // The key lasts for the longest of its bans.
    await rooms.expel("r", by, { sessionIds: [], ban: { uid: "other", ms: 1 } });
    expect(Math.ceil((await redis.pttl("jgl:{room:r}:bans")) / 60_000)).toBe(1);
  });

  test("what may not be written is not asked for; only what can't be given back is in doubt", async () => {
    const none = until(0);
    const [rooms, presence] = storesUnder(none);
    for (const take of takesOf(rooms, presence)) expect(await take()).toEqual({ outcome: "unavailable" });
    expect(none.doubts()).toBe(0);
    expect(await rooms.expel("r", holder, { sessionIds: "all" })).toEqual({ outcome: "unavailable" });
    expect(await rooms.lock("r", holder, true)).toEqual({ outcome: "unavailable" });
    for (const giveBack of givesBackOf(rooms, presence)) expect(await giveBack()).toEqual({ outcome: "unavailable" });
    expect(none.doubts()).toBe(3);
    expect(await rooms.read("r")).toEqual({ outcome: "read", room: undefined });
  });

  test("a seat whose join was not answered stays listed when the session asks for the other kind", async () => {
    const [rooms] = storesUnder(unlimited);
    await rooms.join("r", member, "room", 2);
    expect(await rooms.join("r", member, "muc", 2)).toEqual({ outcome: "wrongKind", kind: "room" });
    expect(await redis.smembers("jgl:{pod:p}:1:holdings")).toEqual(['["seat","s","r"]']);
    await rooms.join("r", { ...member, sessionId: "s2" }, "muc", 2);
    await rooms.join("r", { ...member, epoch: 2 }, "muc", 2);
    expect(await redis.smembers("jgl:{pod:p}:1:holdings")).toEqual(['["seat","s","r"]']);
    expect(await redis.exists("jgl:{pod:p}:2:holdings")).toBe(0);
  });

  test("what is more than ten thousand calls at once is refused, but for what is given back", async () => {
    const watched = until(Number.MAX_SAFE_INTEGER);
    const [rooms] = storesUnder(watched);
    const some = (count: number) => Array.from({ length: count }, (_, i) => ({ ...member, sessionId: `s${i}` }));
    const joins = await Promise.all(some(10_100).map((each) => rooms.join("r", each, "muc", 5)));
    const refused = joins.filter(({ outcome }) => outcome === "unavailable");
    expect(refused).toHaveLength(100);
    const leaves = await Promise.all(some(10_100).map((each) => rooms.leave("r", each)));
    expect(leaves.map(({ outcome }) => outcome)).not.toContain("unavailable");
    expect(watched.doubts()).toBe(0);
    expect(await keysIn(redis)).toEqual([]);
  });
});
