// The way to Redis that tests make slow, cut and freeze.
import { Redis } from "ioredis";
import { expect, inject, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { startSlowProxy } from "./slow-proxy.ts";

const DELAY_MS = 200;
const COMMANDS = 10;

async function start() {
  const proxy = await startSlowProxy(inject("redis").url);
  onTestFinished(() => proxy.stop());
  const redis = new Redis(proxy.url, { retryStrategy: () => 50 });
  onTestFinished(() => redis.disconnect());
  redis.on("error", () => {});
  await redis.ping();
  return { proxy, redis };
}

/** How many milliseconds it takes until commands that are sent at the same time are answered, in order. */
async function timeCommands(redis: Redis): Promise<number> {
  const started = performance.now();
  const words = Array.from({ length: COMMANDS }, (_, n) => `${n}`);
  expect(await Promise.all(words.map((word) => redis.echo(word)))).toEqual(words);
  return performance.now() - started;
}

test("delayed replies cost commands that are under way together one delay", async () => {
  const { proxy, redis } = await start();
  proxy.replyDelay = DELAY_MS;
  const taken = await timeCommands(redis);
  expect(taken).toBeGreaterThanOrEqual(DELAY_MS - 1);
  // Far from one delay for each, also on a busy machine.
  expect(taken).toBeLessThan((COMMANDS * DELAY_MS) / 2);
});

test("delayed commands cost one delay each", async () => {
  const { proxy, redis } = await start();
  proxy.commandDelay = DELAY_MS;
  expect(await timeCommands(redis)).toBeGreaterThanOrEqual(COMMANDS * DELAY_MS - 1);
});

test("when it is cut, its Redis can't be reached until it is opened again", async () => {
  const { proxy, redis } = await start();
  proxy.cut();
  await eventually(() => expect(redis.status).toBe("reconnecting"));
  proxy.open();
  expect(await redis.ping()).toBe("PONG");
});

test("frozen at a command, it passes this one on, and no reply any more", async () => {
  const { proxy, redis } = await start();
  const direct = new Redis(inject("redis").url);
  onTestFinished(() => direct.disconnect());
  const key = `slow-proxy ${process.pid}`;
  proxy.freezeAt = key;
  expect(await redis.ping()).toBe("PONG");
  const answered = redis.set(key, "value", "EX", 60).then(
    () => "answered",
    () => "cut",
  );
  await eventually(async () => expect(await direct.get(key)).toBe("value"));
  redis.disconnect();
  expect(await answered).toBe("cut");
});
