// Many pods, of which more come and some go.
import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "../helpers/call.ts";
import { eventually } from "../helpers/eventually.ts";
import { figure, stopwatch } from "../helpers/figures.ts";
import { action, type Party } from "../helpers/party.ts";
import { type NamedPod, readMetric, type Service, startService } from "../helpers/pods.ts";
import { connectOver } from "../helpers/races.ts";
import { closeAll, openMuc, openRoom } from "../helpers/rooms.ts";
import { seeEachOther } from "../helpers/view.ts";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";

const PODS = 20;
/** Started at the same time: what fits on a small machine. */
const BATCH = 4;
const MESSAGES = 1000;

let redis: RedisServer;
let service: Service;
beforeAll(async () => {
  redis = await startRedisServer();
  service = await startService(0, { redisUrl: redis.url });
  while (service.pods.length < PODS) await Promise.all(Array.from({ length: BATCH }, () => service.add()));
}, 120_000);
afterAll(async () => {
  await service?.stop();
  await redis?.stop();
}, 60_000);

const received = (pod: NamedPod) => readMetric(pod, "jongleur_bus_batches_received_total");

test("with 20 pods, one that has no members of a room does no work for what is said in it", async () => {
  const { rid, members } = await openRoom(...(service.pods.slice(0, 2) as [NamedPod, NamedPod]));
  const [alice, bob] = members;
  const [, involved, ...others] = service.pods as [NamedPod, NamedPod, ...NamedPod[]];
  const read = () => Promise.all(others.map(received));
  const [before, beforeOfInvolved] = [await read(), await received(involved)];
  for (let n = 0; n < MESSAGES; n++) {
    alice.send(rid, { action: "session-custom", description: { n } });
    if (n % 20 === 0) await new Promise(setImmediate);
  }
  await eventually(() => expect(bob.heard.filter(action("session-custom"))).toHaveLength(MESSAGES));
  expect(await read()).toEqual(before);
  const batches = (await received(involved)) - beforeOfInvolved;
  expect(batches).toBeGreaterThan(0);
  figure(`batches for ${MESSAGES} messages`, `${batches} to the pod of the other member, 0 to ${others.length} others`);
  closeAll(members);
});

test("a 21st and a 22nd pod join and leave, and who is on them comes and goes for all others, once", async () => {
  const { rid, members } = await openMuc(service.pods.slice(0, 4));
  for (const nth of [PODS + 1, PODS + 2]) {
    const time = stopwatch();
    const pod = await service.add();
    const [newcomer, caller] = (await connectOver([pod, service.pods[0]!], 2)) as [Party, Party];
    await newcomer.joinMuc(rid);
    await seeEachOther(rid, [...members, newcomer]);
    const room = `room on pod ${nth}`;
    for (const party of [newcomer, caller]) await party.join(room);
    await seeEachOther(room, [newcomer, caller]);
    await call(room, caller, newcomer);
    figure(`pod ${nth} has started, and a call to it was completed`, time());
    expect(await pod.stop()).toBe(0);
    await seeEachOther(rid, members);
    await seeEachOther(room, [caller]);
    caller.close();
  }
  closeAll(members);
});
