// Pods over a Redis without sharded pub/sub.
import { expect, onTestFinished, test } from "vitest";
import { call } from "../helpers/call.ts";
import { startService } from "../helpers/pods.ts";
import { isHeard } from "../helpers/refusals.ts";
import { goesOnWithoutRedis, heals, isNotReady, newsOf, openScene } from "../helpers/scene.ts";
import { startRedisServer } from "../provision/redis-server.ts";

test("with classic pub/sub, a call over two pods completes, a MUC spans three, and an outage is overcome", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const service = await startService(3, { redisUrl: redis.url, redisPubSub: "classic" });
  onTestFinished(() => service.stop());
  const scene = await openScene(service.pods);
  const { across, muc } = scene;
  await call(across.rid, ...across.members);
  for (const speaker of muc.members) {
    await isHeard(
      muc.rid,
      speaker,
      muc.members.filter((other) => other !== speaker),
    );
  }
  const before = newsOf(scene);
  await redis.kill();
  await isNotReady(service.pods);
  await goesOnWithoutRedis(scene);
  await redis.restart();
  await heals(scene, 30_000);
  expect(newsOf(scene)).toEqual(before);
  scene.close();
});
