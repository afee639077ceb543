// A pod that is stopped for longer than its lease and goes on: the others took it for dead, and it comes to know.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "../helpers/call.ts";
import { eventually } from "../helpers/eventually.ts";
import { figure, stopwatch } from "../helpers/figures.ts";
import { action, connect, errorCode, event, type Party } from "../helpers/party.ts";
import { areReady, type NamedPod, type Service, startService } from "../helpers/pods.ts";
import { connectOver, outcomeOf } from "../helpers/races.ts";
import { contentsOf } from "../helpers/redis-contents.ts";
import { membersAsTold } from "../helpers/rest.ts";
import { closeAll } from "../helpers/rooms.ts";
import { checkViews, seeEachOther, viewOf } from "../helpers/view.ts";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";

const PATIENCE_MS = 15_000;

let redis: RedisServer;
let service: Service;
beforeAll(async () => {
  redis = await startRedisServer();
  service = await startService(3, { redisUrl: redis.url, leaseSeconds: "3", leaseRenewalSeconds: "1" });
});
afterAll(async () => {
  await service?.stop();
  await redis?.stop();
});

const podsOf = () => service.pods as [NamedPod, NamedPod, NamedPod];
const pause = ({ process }: NamedPod) => void process.kill("SIGSTOP");
const resume = ({ process }: NamedPod) => void process.kill("SIGCONT");

/** Each pod, Redis, and those who are in agree on who is in. */
async function agree(rid: string, members: readonly Party[]): Promise<void> {
  await seeEachOther(rid, members, PATIENCE_MS);
  const uids = members.map(({ uid }) => uid).sort();
  for (const pod of service.pods) expect(await membersAsTold(pod, rid)).toEqual(uids);
}

test("the sessions of a pod that was paused are seated again, and all see each other as before", async () => {
  const [sleeper, second, third] = podsOf();
  const [ann, bea, dan] = (await connectOver([sleeper, second, third], 3)) as [Party, Party, Party];
  const [room, muc] = [randomUUID(), randomUUID()];
  for (const party of [ann, bea]) await party.join(room);
  for (const party of [ann, bea, dan]) await party.joinMuc(muc);

  pause(sleeper);
  await seeEachOther(muc, [bea, dan], PATIENCE_MS);
  await eventually(() => expect(viewOf(bea, room)).toEqual([]));
  // What happens meanwhile has to be caught up with.
  const eve = await connect(second.url);
  await dan.request("session-leave", { rid: muc });
  await eve.joinMuc(muc);
  const early = ann.send(room, { action: "session-text", description: {} });
  resume(sleeper);
  const time = stopwatch();
  await agree(room, [ann, bea]);
  await agree(muc, [ann, bea, eve]);
  figure("seated again, after SIGCONT", time());

  await call(room, ann, bea);
  const acked = ann.heard.filter(event("ack")).map(({ jsongle }) => (jsongle.description as { mid: string }).mid);
  const heard = bea.heard.filter((message) => message.id === early || event("joined")(message)).at(-1);
  if (acked.includes(early)) expect(heard?.id).toBe(early);
  for (const party of [ann, bea, dan, eve]) checkViews(party);
  closeAll([ann, bea, dan, eve]);
});

test("a session whose place was taken meanwhile is told, and what it says disturbs nobody", async () => {
  const [sleeper, second, third] = podsOf();
  const [cat, dan, eve] = (await connectOver([sleeper, second, third], 3)) as [Party, Party, Party];
  const [room, other] = [randomUUID(), randomUUID()];
  for (const party of [cat, dan]) await party.join(room);
  for (const party of [cat, eve]) await party.join(other);

  pause(sleeper);
  await eventually(() => expect(viewOf(dan, room)).toEqual([]), PATIENCE_MS);
  await eve.join(room);
  for (let n = 0; n < 10; n++) cat.send(room, { action: "session-text", description: { n } });
  resume(sleeper);
  await cat.hears((message) => event("left")(message) && hasMember(message.jsongle.description, cat.uid));
  await cat.hears((message) => action("session-error")(message) && errorCode(message) === 403001);
  expect(viewOf(cat, room)).toBeUndefined();
  await agree(room, [dan, eve]);
  await agree(other, [cat, eve]);

  await call(room, dan, eve);
  await call(other, cat, eve);
  for (const party of [dan, eve]) expect(party.heard.filter(action("session-text"))).toEqual([]);
  for (const party of [cat, dan, eve]) checkViews(party);
  expect(await outcomeOf(cat.join(room))).toBe(403001);
  closeAll([cat, dan, eve]);
});

const hasMember = (description: unknown, uid: string) =>
  (description as { member?: { uid?: string } }).member?.uid === uid;

test("of two sessions of a paused pod for whom one place is left, one is seated and the other told", async () => {
  const [sleeper, second] = podsOf();
  const both = (await connectOver([sleeper], 2)) as [Party, Party];
  const watcher = await connect(second.url);
  const [room, watched] = [randomUUID(), randomUUID()];
  for (const party of both) await party.join(room);
  for (const party of [both[0], watcher]) await party.join(watched);

  pause(sleeper);
  await eventually(() => expect(viewOf(watcher, watched)).toEqual([]), PATIENCE_MS);
  expect(await watcher.join(room)).toMatchObject({ members: [] });
  resume(sleeper);
  await eventually(
    () => expect(both.filter((party) => viewOf(party, room) === undefined)).toHaveLength(1),
    PATIENCE_MS,
  );
  const seated = both.find((party) => viewOf(party, room) !== undefined)!;
  await agree(room, [seated, watcher]);
  await call(room, watcher, seated);
  closeAll([...both, watcher]);
});

test("what a paused pod held is held anew under one epoch only, and goes with its clients", async () => {
  const [sleeper, second] = podsOf();
  await areReady(service.pods);
  const [ann, bea] = (await connectOver([sleeper, second], 2)) as [Party, Party];
  const rid = randomUUID();
  for (const party of [ann, bea]) await party.joinMuc(rid);
  const holdings = async () =>
    Object.keys(await contentsOf(redis.url)).filter((key) => key.includes(sleeper.name) && key.endsWith(":holdings"));
  const before = await holdings();
  expect(before).toHaveLength(1);

  pause(sleeper);
  await eventually(() => expect(viewOf(bea, rid)).toEqual([]), PATIENCE_MS);
  await eventually(async () => expect(await holdings()).toEqual([]), PATIENCE_MS);
  resume(sleeper);
  await agree(rid, [ann, bea]);
  await eventually(async () => expect(await holdings()).toHaveLength(1), PATIENCE_MS);
  expect(await holdings()).not.toEqual(before);
  closeAll([ann, bea]);
  await eventually(async () => expect(await holdings()).toEqual([]));
});
