// Pods that start while Redis is away.
import { createRedis, parseRedisUrl } from "@jongleur/runtime";
import { expect, onTestFinished, test } from "vitest";
import { call } from "../helpers/call.ts";
import { figure, stopwatch } from "../helpers/figures.ts";
import { areReady, probe, startNamedPod } from "../helpers/pods.ts";
import { isNotAdmitted } from "../helpers/refusals.ts";
import { closeAll, openMuc, openRoom } from "../helpers/rooms.ts";
import { startRedisServer } from "../provision/redis-server.ts";

test("a pod that starts without its Redis is alive, not ready, and admits nobody; with Redis it all works", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  await redis.kill();
  const pods = await Promise.all([startNamedPod({ redisUrl: redis.url }), startNamedPod({ redisUrl: redis.url })]);
  onTestFinished(async () => {
    expect(await Promise.all(pods.map((pod) => pod.stop()))).toEqual([0, 0]);
  });
  for (const pod of pods) {
    expect([await probe(pod, "livez"), await probe(pod, "readyz")]).toEqual([200, 503]);
    await isNotAdmitted(pod);
  }
  await redis.restart();
  const time = stopwatch();
  await areReady(pods);
  figure("ready, after Redis has come", time());
  const room = await openRoom(...(pods as [(typeof pods)[0], (typeof pods)[0]]));
  await call(room.rid, ...room.members);
  const muc = await openMuc([...pods, ...pods]);
  closeAll([...room.members, ...muc.members]);
});

test("a pod that starts without Redis can be stopped", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  await redis.kill();
  const pod = await startNamedPod({ redisUrl: redis.url });
  expect(await pod.stop()).toBe(0);
});

test("a pod whose Redis has no database of that number is not ready, and uses no other", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const pod = await startNamedPod({ redisUrl: `${redis.url}/9999` });
  onTestFinished(async () => {
    expect(await pod.stop()).toBe(0);
  });
  expect([await probe(pod, "livez"), await probe(pod, "readyz")]).toEqual([200, 503]);
  await isNotAdmitted(pod);
  expect(pod.output()).toContain("DB index is out of range");
  const client = createRedis(parseRedisUrl(redis.url)!);
  await client.connect();
  onTestFinished(() => client.disconnect());
  expect(await client.dbsize()).toBe(0);
});
