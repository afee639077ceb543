// What holds for those who meet in a room, whichever protocol they speak and on however many pods.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { JWT_SECRET } from "../helpers/mse-client.ts";
import { type Pod, startPod } from "../helpers/pod.ts";

/** Somebody in a room. */
interface Voice {
  readonly uid: string;
  readonly say: (text: string) => void;
  /** What others said, in the order in which it came. */
  readonly texts: () => string[];
  /** Leaves in an orderly way. */
  readonly leave: () => Promise<void>;
  /** The connection is cut. */
  readonly vanish: () => void;
}

/** How to come into a room of that name by one protocol; rejects if it is full. */
export type Enter = (url: string, uid: string, roomId: string) => Promise<Voice>;

const LIMIT = 10;

/** @param podCount 1, without Redis, or more */
export function testGateways(podCount: number, ways: readonly Enter[]): void {
  let pods: readonly Pod[];
  beforeAll(async () => {
    const redis = podCount > 1 ? { redisUrl: inject("redis").url } : {};
    const settings = { ...redis, jwtSecret: JWT_SECRET, leaseSeconds: "2", leaseRenewalSeconds: "1" };
    pods = await Promise.all(Array.from({ length: podCount }, () => startPod(settings)));
  });
  afterAll(async () => {
    await Promise.all(pods.map((pod) => pod.stop()));
  });

  /** By turns on each pod and by each protocol. */
  const enter = (i: number, roomId: string) =>
    ways[i % ways.length]!(pods[i % podCount]!.url, `user-${i}-${randomUUID()}`, roomId);

  const membersOf = async (roomId: string): Promise<string[]> => {
    const response = await fetch(`${pods[0]!.rest}/rooms/${encodeURIComponent(`:${roomId}`)}`);
    const { members = [] } = (await response.json()) as { members?: { member: { uid: string } }[] };
    return members.map(({ member }) => member.uid);
  };

  test("what each says is heard by all others, in order", async () => {
    const roomId = randomUUID();
    const voices = [await enter(0, roomId), await enter(1, roomId), await enter(2, roomId)];
    for (let n = 0; n < 20; n++) for (const voice of voices) voice.say(`${voice.uid} ${n}`);
    for (const voice of voices) {
      for (const other of voices) {
        const expected = other === voice ? [] : Array.from({ length: 20 }, (_, n) => `${other.uid} ${n}`);
        await eventually(() => expect(voice.texts().filter((text) => text.startsWith(other.uid))).toEqual(expected));
      }
    }
    for (const voice of voices) voice.vanish();
  });

  test("who has left hears no more, and its seat is free", async () => {
    const roomId = randomUUID();
    const [one, other, third] = [await enter(0, roomId), await enter(1, roomId), await enter(2, roomId)];
    await other.leave();
    await eventually(async () => expect(await membersOf(roomId)).toEqual([one.uid, third.uid]));
    one.say("still there?");
    await eventually(() => expect(third.texts()).toEqual(["still there?"]));
    expect(other.texts()).toEqual([]);
    for (const voice of [one, third]) voice.vanish();
  });

  test("of those who come at once as many get in as there are seats", async () => {
    const roomId = randomUUID();
    const entries = await Promise.allSettled(Array.from({ length: LIMIT + 3 }, (_, i) => enter(i, roomId)));
    const inside = entries.filter((entry) => entry.status === "fulfilled").map(({ value }) => value);
    expect(inside).toHaveLength(LIMIT);
    expect((await membersOf(roomId)).sort()).toEqual(inside.map(({ uid }) => uid).sort());
    for (const voice of inside) voice.vanish();
  });

  test("a connection that is cut frees its seat", async () => {
    const roomId = randomUUID();
    const [one, other] = [await enter(0, roomId), await enter(1, roomId)];
    other.vanish();
    await eventually(async () => expect(await membersOf(roomId)).toEqual([one.uid]));
    one.vanish();
    await eventually(async () => expect(await membersOf(roomId)).toEqual([]));
  });

  if (podCount === 1) return;

  test("a pod that is killed frees the seats of its sessions", async () => {
    const roomId = randomUUID();
    const one = await enter(0, roomId);
    const doomed = await startPod({
      redisUrl: inject("redis").url,
      jwtSecret: JWT_SECRET,
      leaseSeconds: "2",
      leaseRenewalSeconds: "1",
    });
    for (const way of ways) await way(doomed.url, "doomed", roomId);
    expect(await membersOf(roomId)).toHaveLength(1 + ways.length);
    doomed.process.kill("SIGKILL");
    await eventually(async () => expect(await membersOf(roomId)).toEqual([one.uid]), 15_000);
    one.vanish();
  });
}
