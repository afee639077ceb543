// The Redis stores keep the contracts, on one Redis and on a Cluster, and say so when there is none.
import { type PresenceStore, RedisPresenceStore, RedisRoomStore, type RoomStore } from "@jongleur/core";
import { createRedis, parseRedisUrl } from "@jongleur/runtime";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type RedisCluster, startRedisCluster } from "../provision/redis-cluster.ts";
import { startRedisServer } from "../provision/redis-server.ts";
import { startSentinels } from "../provision/sentinels.ts";
import { describePresenceStore } from "./presence-store-contract.ts";
import { describeRoomStore } from "./room-store-contract.ts";
import type { StoreUnderTest } from "./store-under-test.ts";

type Connection = ReturnType<typeof createRedis>;

/** @param db of one Redis: tests that run at the same time keep out of each other's way */
async function connect(url: string, db?: number): Promise<Connection> {
  const address = parseRedisUrl(url);
  if (!address) throw new Error(`${url} is no address of a Redis`);
  const redis = createRedis(db === undefined ? address : { ...address, db });
  // The stores say what an outage means; the connection itself only goes on trying.
  redis.on("error", () => {});
  await redis.connect();
  return redis;
}

/** Two pods' stores on one Redis that holds nothing of ours. */
async function open<Store>(
  Implementation: new (redis: Connection) => Store,
  url: string,
  db?: number,
): Promise<StoreUnderTest<Store>> {
  const [one, other] = [await connect(url, db), await connect(url, db)];
  await empty(one);
  return {
    pods: [new Implementation(one), new Implementation(other)],
    close: async () => {
      one.disconnect();
      other.disconnect();
    },
  };
}

/** Ours only: the Redis may be somebody's. */
async function empty(redis: Connection): Promise<void> {
  const nodes = "nodes" in redis ? redis.nodes("master") : [redis];
  for (const node of nodes) for (const key of await node.keys("jgl:*")) await node.del(key);
}

const ROOMS_DB = 1;
const PRESENCE_DB = 2;
const HOLDINGS_DB = 3;

describeRoomStore("Redis", () => open(RedisRoomStore, inject("redis").url, ROOMS_DB));
describePresenceStore("Redis", () => open(RedisPresenceStore, inject("redis").url, PRESENCE_DB));

describe("on a Cluster", () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());
  const url = () => `redis+cluster://${cluster.nodes.map(({ host, port }) => `${host}:${port}`).join(",")}`;

  describeRoomStore("Redis Cluster", () => open(RedisRoomStore, url()));
  describePresenceStore("Redis Cluster", () => open(RedisPresenceStore, url()));
});

const holder = { sessionId: "s", pod: "p", epoch: 1 };
const member = { ...holder, identity: { uid: "u" } };

test("what a pod holds is listed while it holds it, and nothing stays behind", async () => {
  const redis = await connect(inject("redis").url, HOLDINGS_DB);
  await empty(redis);
  const [rooms, presence] = [new RedisRoomStore(redis), new RedisPresenceStore(redis)];
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

/** Every verb of both stores. */
function verbs(rooms: RoomStore, presence: PresenceStore) {
  return [
    () => rooms.join("r", member, "room", 2),
    () => rooms.leave("r", holder),
    () => rooms.read("r"),
    () => presence.online({ ...holder, uid: "u", protocol: "jsongle" }),
    () => presence.offline("u", holder),
    () => presence.sessionsOf("u"),
    () => presence.takeMucPlace("u", holder, "r", 2),
    () => presence.returnMucPlace("u", holder, "r"),
  ];
}

test("a Redis that is away, silent or loading makes every verb unavailable, and none once it is back", async () => {
  const server = await startRedisServer();
  const redis = await connect(server.url);
  const all = verbs(new RedisRoomStore(redis), new RedisPresenceStore(redis));
  const outcomes = async () => (await Promise.all(all.map((verb) => verb()))).map(({ outcome }) => outcome);
  expect(await outcomes()).not.toContain("unavailable");
  server.pause();
  expect(new Set(await outcomes())).toEqual(new Set(["unavailable"]));
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
  const rooms = new RedisRoomStore(redis);
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
  const redis = await connect(`redis+cluster://${cluster.nodes.map(({ host, port }) => `${host}:${port}`).join(",")}`);
  const rooms = new RedisRoomStore(redis);
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
  await expect(new RedisRoomStore(redis).read("of another type")).rejects.toThrow("WRONGTYPE");
  await redis.del("jgl:{room:of another type}");
  redis.disconnect();
});
