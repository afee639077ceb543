// The one Redis of a test run: from where it comes, and what is said of it.
import { expect, inject, test } from "vitest";
import { notHad } from "./attempt.ts";
import { isRecent, serverFacts } from "./info.ts";
import { provideRedis } from "./redis.ts";
import { startRedisServer } from "./redis-server.ts";

test("the Redis of the test run answers, and is 7 or newer", async () => {
  const { version } = await serverFacts(inject("redis").url);
  expect(version).toSatisfy(isRecent);
  expect(inject("redis").sentence).toContain(`Redis ${version} at redis`);
});

test("a Redis that is given is taken, and goes on when it is no longer needed", async () => {
  const server = await startRedisServer();
  const given = await provideRedis(server.url);
  expect(given).toMatchObject({ url: server.url, how: "REDIS_URL" });
  await given.stop();
  expect(await serverFacts(server.url)).toHaveProperty("version");
  await server.stop();
});

test("what is said of a Redis does not tell its password", async () => {
  const server = await startRedisServer({ args: ["--requirepass", "hushhush"] });
  const { sentence } = await provideRedis(`redis://:hushhush@${server.host}:${server.port}/0`);
  expect(sentence).toMatch(`at redis://${server.host}:${server.port}/0: REDIS_URL`);
  await server.stop();
});

test("a Redis that is given and does not answer is a fault, and no other takes its place", async () => {
  const server = await startRedisServer();
  await server.stop();
  await expect(provideRedis(server.url)).rejects.toThrow(
    `The Redis at ${server.url} does not answer: connect ECONNREFUSED`,
  );
});

test("the first way that leads to a Redis is taken, and why not those before it is said", async () => {
  const { url } = inject("redis");
  const stop = async () => {};
  const provided = await provideRedis("", [
    { how: "container", start: async () => notHad("no Docker engine answers") },
    { how: "redis-server on the PATH", start: async () => ({ ok: true, got: { url, stop } }) },
    { how: "unpacked package", start: () => Promise.reject(new Error("is not needed any more")) },
  ]);
  expect(provided.how).toBe("redis-server on the PATH");
  expect(provided.sentence).toMatch(/: redis-server on the PATH \(no Docker engine answers\)$/);
});

test("where no way leads to a Redis, one sentence says why each does not", async () => {
  const providing = provideRedis("", [
    { how: "container", start: async () => notHad("no Docker engine answers") },
    { how: "unpacked package", start: async () => notHad("there is no apt-get") },
  ]);
  await expect(providing).rejects.toThrow(
    "There is no Redis to be had: no Docker engine answers; there is no apt-get. Set REDIS_URL, or install redis-server.",
  );
});
