// Redis goes and comes back empty: what is within a pod goes on, what is not is refused, and all heals by itself.
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { figure, stopwatch } from "../helpers/figures.ts";
import { HEALED_WITHIN_MS, PATIENCE_MS, startWithRedis, survivesWithoutRedis } from "../helpers/outage.ts";
import { action, connect, errorCode, event, type Party } from "../helpers/party.ts";
import type { NamedPod } from "../helpers/pods.ts";
import { isNotAdmitted } from "../helpers/refusals.ts";
import { closeAll, openRoom } from "../helpers/rooms.ts";
import { heals, isNotReady, newsOf, openScene, staysHealed } from "../helpers/scene.ts";
import { timesTold } from "../helpers/view.ts";
import { ask } from "../provision/ask.ts";

test.each([
  { seconds: 9, length: "longer than the lease" },
  { seconds: 3, length: "shorter than the lease" },
])(
  "Redis is away for $seconds s, $length, and comes back empty: all heals within 10 s, and who stayed was never gone",
  ({ seconds }) => survivesWithoutRedis(seconds),
);

test("who leaves while Redis is away is gone at once for its pod's others, and after healing for all, once", async () => {
  const { redis, service } = await startWithRedis(3);
  const scene = await openScene(service.pods);
  const [leaving, ...staying] = scene.muc.members as [Party, ...Party[]];
  await redis.kill();
  await isNotReady(service.pods);
  leaving.close();
  await staying[0]!.hears(event("left"));
  await redis.restart();
  const time = stopwatch();
  await heals({ ...scene, muc: { ...scene.muc, members: staying } }, PATIENCE_MS);
  expect(staying.map((party) => timesTold(party, "left", leaving.uid))).toEqual(staying.map(() => 1));
  figure("the leave is known to all", time());
  scene.close();
});

test("who comes while Redis is away is told to try again, and is welcome afterwards", async () => {
  const { redis, service } = await startWithRedis(2);
  const [pod] = service.pods as [NamedPod];
  await redis.kill();
  await isNotReady(service.pods);
  await isNotAdmitted(pod);
  await redis.restart();
  await eventually(async () => (await connect(pod.url)).close(), HEALED_WITHIN_MS);
});

test("what is said to another pod just as Redis dies arrives or is refused: none of it is lost in silence", async () => {
  const { redis, service } = await startWithRedis(2);
  const { rid, members } = await openRoom(...(service.pods as [NamedPod, NamedPod]));
  const [alice, bob] = members;
  const sent: string[] = [];
  const say = (count: number) => {
    for (let n = 0; n < count; n++) sent.push(alice.send(rid, { action: "session-text", description: { n } }));
  };
  const heardByBob = () => bob.heard.filter(action("session-text")).map(({ id }) => id);
  const refusals = () => alice.heard.filter((message) => errorCode(message) === 503001).length;
  const speaking = (async () => {
    for (let n = 0; n < 300; n++) {
      say(10);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  await eventually(() => expect(heardByBob().length).toBeGreaterThan(100));
  await redis.kill();
  await speaking;
  await eventually(() => expect(heardByBob().length + refusals()).toBeGreaterThanOrEqual(sent.length), PATIENCE_MS);
  const heard = heardByBob();
  figure(`${sent.length} said while Redis died`, `${heard.length} arrived, ${refusals()} refused`);
  expect(heard).toEqual(sent.filter((id) => heard.includes(id)));
  expect(refusals()).toBeGreaterThan(0);
  expect(refusals(), "refusals, each message at most once").toBeLessThanOrEqual(sent.length);
  await redis.restart();
  closeAll(members);
});

test("a Redis that loses all it holds gets it back within 10 s, and nobody was gone", async () => {
  const { redis, service } = await startWithRedis(3);
  const scene = await openScene(service.pods);
  const before = newsOf(scene);
  await ask(redis.url, (connection) => connection.flushall());
  const [time, started] = [stopwatch(), performance.now()];
  await heals(scene, PATIENCE_MS);
  figure("held again after FLUSHALL", time());
  expect(performance.now() - started).toBeLessThan(HEALED_WITHIN_MS);
  await staysHealed(scene, redis.url);
  expect(newsOf(scene)).toEqual(before);
  // Who was seated again keeps others out.
  const late = await connect(service.pods[2]!.url, `late ${randomUUID()}`);
  await expect(late.join(scene.across.rid)).rejects.toMatchObject({ code: 403001 });
  late.close();
  scene.close();
});
