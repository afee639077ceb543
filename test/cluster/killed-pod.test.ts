// A pod that is killed: those whom it served are gone for all others, once, and leave nothing behind.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendCouriers } from "../helpers/couriers.ts";
import { eventually } from "../helpers/eventually.ts";
import { figure, stopwatch } from "../helpers/figures.ts";
import { connect, event, type Party } from "../helpers/party.ts";
import { type NamedPod, type Service, startService } from "../helpers/pods.ts";
import { connectOver, outcomeOf } from "../helpers/races.ts";
import { contentsOf } from "../helpers/redis-contents.ts";
import { checkViews, seeEachOther, timesTold, viewOf } from "../helpers/view.ts";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";

/** The default lease of a pod, and what the others may take to notice and clear up behind it. */
const BOUND_MS = 6000 + 2000;
/** Of the pod that is killed; each takes 5 seats in rooms for two, and 5 in MUCs, which is the limit of its user. */
const SESSIONS = 20;
const ROOMS_OF_A_SESSION = 5;
const MUCS = 25;

let redis: RedisServer;
let service: Service;
beforeAll(async () => {
  redis = await startRedisServer();
  service = await startService(4, { redisUrl: redis.url, maxMultiRoomPerUser: `${ROOMS_OF_A_SESSION}` });
});
afterAll(async () => {
  await service?.stop();
  await redis?.stop();
});

interface Seats {
  readonly rid: string;
  readonly kind: "room" | "muc";
  /** Those on the pod that is killed, and those who stay. */
  readonly doomed: readonly Party[];
  readonly staying: readonly Party[];
}

const query = ({ kind }: Seats) => (kind === "muc" ? "muc-join" : "session-join");

/** 200 seats of the doomed sessions: 100 rooms with one of them each, and MUCs with four of them each. */
function planSeats(doomed: readonly Party[], staying: readonly Party[]): Seats[] {
  const rooms = Array.from({ length: SESSIONS * ROOMS_OF_A_SESSION }, (_, i) => ({
    rid: `room ${randomUUID()}`,
    kind: "room" as const,
    doomed: [doomed[i % SESSIONS]!],
    staying: [staying[(i * 7) % staying.length]!],
  }));
  const perMuc = (SESSIONS * ROOMS_OF_A_SESSION) / MUCS;
  const mucs = Array.from({ length: MUCS }, (_, i) => ({
    rid: `muc ${randomUUID()}`,
    kind: "muc" as const,
    doomed: Array.from({ length: perMuc }, (_, n) => doomed[(i * perMuc + n) % SESSIONS]!),
    staying: Array.from({ length: 3 }, (_, n) => staying[(i * 3 + n) % staying.length]!),
  }));
  return [...rooms, ...mucs];
}

async function takeSeats(rooms: readonly Seats[]): Promise<void> {
  for (const room of rooms) {
    const members = [...room.staying, ...room.doomed];
    for (const member of members) await member.request(query(room), { rid: room.rid });
    await seeEachOther(room.rid, members);
  }
}

test("after SIGKILL of a pod with 200 seats, others get one left each within lease + 2 s, and all is free again", async () => {
  const [victim, ...others] = service.pods as [NamedPod, ...NamedPod[]];
  const doomed = await connectOver([victim], SESSIONS);
  const staying = await connectOver(others, 18);
  const rooms = planSeats(doomed, staying);
  expect(rooms.flatMap((room) => room.doomed)).toHaveLength(200);
  await takeSeats(rooms);
  const couriers = await sendCouriers(others);

  const [time, started] = [stopwatch(), performance.now()];
  victim.process.kill("SIGKILL");
  const expected = rooms.reduce((sum, room) => sum + room.doomed.length * room.staying.length, 0);
  const told = () => staying.flatMap(({ heard }) => heard.filter(event("left"))).length;
  await eventually(() => expect(told()).toBe(expected), 2 * BOUND_MS);
  figure(`the last of ${expected} left for 200 seats, after SIGKILL`, time());
  expect(performance.now() - started).toBeLessThan(BOUND_MS);
  for (const room of rooms) await seeEachOther(room.rid, room.staying);

  await eventually(async () => expect(JSON.stringify(await contentsOf(redis.url))).not.toContain(victim.name));
  figure("nothing of the pod in Redis any more, after SIGKILL", time());

  await returnTo(rooms, others);
  await couriers.arrive(staying);
  for (const party of staying) checkViews(party);
  expect(told()).toBe(expected);
});

/** The users whose pod was killed come again on another, and find their seats and MUC places free. */
async function returnTo(rooms: readonly Seats[], pods: readonly NamedPod[]): Promise<void> {
  const returned = new Map<Party, Party>();
  for (const party of new Set(rooms.flatMap(({ doomed }) => doomed))) {
    returned.set(party, await connect(pods[returned.size % pods.length]!.url, party.uid));
  }
  for (const room of rooms) {
    const back = room.doomed.map((party) => returned.get(party)!);
    for (const party of back) await party.request(query(room), { rid: room.rid });
    await seeEachOther(room.rid, [...room.staying, ...back]);
  }
  for (const party of returned.values()) expect(await outcomeOf(party.joinMuc(randomUUID()))).toBe(403001);
}

test("two pods that are killed together are cleared up by the third", async () => {
  const [survivor, ...victims] = await Promise.all([service.add(), service.add(), service.add()]);
  const rid = randomUUID();
  const [alice, ...gone] = (await connectOver([survivor, ...victims], 3)) as [Party, ...Party[]];
  for (const party of [alice, ...gone]) await party.joinMuc(rid);
  await seeEachOther(rid, [alice, ...gone]);
  const [time, started] = [stopwatch(), performance.now()];
  for (const { process } of victims) process.kill("SIGKILL");
  await eventually(() => expect(viewOf(alice, rid)).toEqual([]), 2 * BOUND_MS);
  expect(performance.now() - started).toBeLessThan(BOUND_MS);
  expect(gone.map(({ uid }) => timesTold(alice, "left", uid))).toEqual([1, 1]);
  figure("the last left, after SIGKILL of two pods", time());
});
