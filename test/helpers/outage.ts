// Redis is away for a while, and comes back empty: all heals, and who stayed was never gone.
import { expect, onTestFinished } from "vitest";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";
import { figure, stopwatch } from "./figures.ts";
import { type Service, startService } from "./pods.ts";
import { goesOnWithoutRedis, heals, isNotReady, newsOf, openScene, staysHealed } from "./scene.ts";

export const HEALED_WITHIN_MS = 10_000;
/** So that a figure is found, even one that is too high. */
export const PATIENCE_MS = 30_000;

export async function startWithRedis(pods: number): Promise<{ redis: RedisServer; service: Service }> {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const service = await startService(pods, { redisUrl: redis.url });
  onTestFinished(() => service.stop());
  return { redis, service };
}

export async function survivesWithoutRedis(seconds: number): Promise<void> {
  const { redis, service } = await startWithRedis(3);
  const scene = await openScene(service.pods);
  const before = newsOf(scene);
  await redis.kill();
  const end = performance.now() + seconds * 1000;
  await isNotReady(service.pods);
  while (performance.now() < end) {
    await goesOnWithoutRedis(scene);
    // What they hear is kept: a few rounds a second are enough.
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await redis.restart();
  const [time, started] = [stopwatch(), performance.now()];
  await heals(scene, PATIENCE_MS);
  figure(`healed after ${seconds} s without Redis`, time());
  expect(performance.now() - started).toBeLessThan(HEALED_WITHIN_MS);
  await staysHealed(scene, redis.url);
  expect(newsOf(scene)).toEqual(before);
  expect(service.pods.map((pod) => pod.exitCode())).toEqual([undefined, undefined, undefined]);
  scene.close();
}
