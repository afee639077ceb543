// What a session, a room, a seat and a MUC place take of Redis's memory, by the stores that keep them there.
import { type Holder, RedisPresenceStore, RedisRoomStore, type WriteAuthority } from "@jongleur/core";
import { startRedisServer } from "../provision/redis-server.ts";
import { forEachOf } from "./couples.ts";
import { RedisMeter } from "./redis-meter.ts";

export interface Footprint {
  readonly name: string;
  /** For one, with its entry in the list of what its pod holds. */
  readonly bytes: number;
}

const COUNT = 10_000;
const UNLIMITED = 1000;

/** Nothing is too late here. */
const authority: WriteAuthority = { deadlineOf: () => Number.MAX_SAFE_INTEGER, doubt: () => {} };

export async function weighState(): Promise<Footprint[]> {
  const server = await startRedisServer();
  const meter = new RedisMeter(server.url);
  try {
    // Scripts and connections are there before what is weighed.
    await Promise.all(fillings(meter).map(([, fill]) => fill(COUNT)));
    const footprints: Footprint[] = [];
    for (const [name, fill] of fillings(meter)) footprints.push({ name, bytes: await growth(meter, fill) });
    return footprints;
  } finally {
    meter.close();
    await server.stop();
  }
}

function fail(error: unknown): never {
  throw error;
}

async function growth(meter: RedisMeter, fill: (i: number) => Promise<unknown>): Promise<number> {
  const before = await meter.usedMemory();
  await forEachOf(COUNT, fill);
  return ((await meter.usedMemory()) - before) / COUNT;
}

/** Names are as long as real ones. */
function fillings({ redis }: RedisMeter): readonly (readonly [string, (i: number) => Promise<unknown>])[] {
  const rooms = new RedisRoomStore(redis, authority, fail);
  const presence = new RedisPresenceStore(redis, authority, fail);
  const uid = (i: number) => `user-${i.toString().padStart(8, "0")}`;
  const rid = (i: number) => `room-${i.toString().padStart(31, "0")}`;
  const holder = (i: number, pod: string): Holder => ({
    sessionId: `${pod}${i.toString().padStart(19, "0")}`,
    pod: `signaling-6f7c9d5b8-x2v${pod}-3f09c2`,
    epoch: 1,
  });
  const seat = (i: number, pod: string) => {
    const identity = { uid: uid(i), dn: `Name of ${uid(i)}` };
    return rooms.join(rid(i), { ...holder(i, pod), identity }, "room", UNLIMITED);
  };
  return [
    ["session", (i) => presence.online({ ...holder(i, "a"), uid: uid(i), protocol: "jsongle" })],
    ["room with its first seat", (i) => seat(i, "a")],
    ["each further seat", (i) => seat(i, "b")],
    ["place in a MUC", (i) => presence.takeMucPlace(uid(i), holder(i, "a"), rid(i), UNLIMITED)],
  ];
}
