// What clients of MSE notice of Redis going away, and of coming back without what it knew.
import { randomUUID } from "node:crypto";
import { RequestFactory } from "@jongleur/protocol";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { enterMse, JWT_SECRET, type MseClient, openMse, startMse, tokenFor } from "../helpers/mse-client.ts";
import { areReady, type NamedPod, startService } from "../helpers/pods.ts";
import { isNotReady } from "../helpers/scene.ts";
import { ask } from "../provision/ask.ts";
import { startRedisServer } from "../provision/redis-server.ts";

const PATIENCE_MS = 20_000;
const UNAVAILABLE = { code: -32_001, message: "Temporarily Unavailable", data: { retryAfterMs: 1000 } };

async function startWithRedis(settings: Readonly<Record<string, string>> = {}) {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const service = await startService(2, { redisUrl: redis.url, jwtSecret: JWT_SECRET, ...settings });
  onTestFinished(() => service.stop());
  return { redis, pods: service.pods as [NamedPod, NamedPod] };
}

/** Makes an offer as a request. @returns what it is answered, undefined if it isn't */
async function answerToOffer(client: MseClient, offer: string): Promise<unknown> {
  const id = randomUUID();
  client.send({ id, method: "sdpOffer", jsonrpc: "2.0", params: { offer } });
  return (await client.settled()).find((frame) => (frame as { id: unknown }).id === id);
}

const offersHeardBy = ({ heard }: MseClient) =>
  heard.map((frame) => (frame as { params?: { offer?: unknown } }).params?.offer);

test("a request that can't reach other pods is answered with -32001, those at the same pod have it, and it passes", async () => {
  const { redis, pods } = await startWithRedis();
  const roomId = randomUUID();
  const [alice, near, far] = [
    await startMse(pods[0].url, "alice", roomId),
    await startMse(pods[0].url, "near", roomId),
    await startMse(pods[1].url, "far", roomId),
  ];
  expect(await answerToOffer(alice, "before")).toBeUndefined();
  await eventually(() => expect(offersHeardBy(far)).toEqual(["before"]));

  await redis.kill();
  await isNotReady(pods);
  expect(await answerToOffer(alice, "cut off")).toMatchObject({ error: UNAVAILABLE });
  const count = alice.heard.length;
  alice.send(RequestFactory.sdpOffer("not answered"));
  expect(await alice.settled()).toHaveLength(count);
  await eventually(() => expect(offersHeardBy(near)).toEqual(["before", "cut off", "not answered"]));

  await redis.restart();
  await areReady(pods);
  await eventually(async () => expect(await answerToOffer(alice, "after")).toBeUndefined(), PATIENCE_MS);
  await eventually(() => expect(offersHeardBy(far)).toContain("after"));
  expect(offersHeardBy(far)).not.toContain("cut off");
  for (const client of [alice, near, far]) client.close();
});

test("who tries again and again while Redis is away is not closed for having no token", {
  timeout: 60_000,
}, async () => {
  const { redis, pods } = await startWithRedis();
  await redis.kill();
  await isNotReady(pods);
  const [patient, silent] = [await openMse(pods[0].url), await openMse(pods[0].url)];
  const auth = RequestFactory.auth(await tokenFor({ roomId: randomUUID() }));
  // Longer than who says nothing may take.
  await eventually(async () => {
    expect(await patient.ask(auth)).toMatchObject({ error: UNAVAILABLE });
    expect(silent.closeCode()).toBe(4001);
  }, PATIENCE_MS);
  await redis.restart();
  await eventually(async () => expect(await patient.ask(auth)).toMatchObject({ result: "authenticated" }), PATIENCE_MS);
  patient.close();
});

test("who has lost its seat to another, as Redis had lost all it held, is closed with 1013", async () => {
  const { redis, pods } = await startWithRedis({ maxMembersPerMseRoom: "1" });
  const [{ process: sleeper }, awake] = pods;
  const roomId = randomUUID();
  const [alice, bob] = [await startMse(pods[0].url, "alice", roomId), await enterMse(awake.url, "bob", roomId)];
  expect(await bob.ask(RequestFactory.start())).toMatchObject({ error: { code: -32_000 } });

  sleeper.kill("SIGSTOP");
  await ask(redis.url, (connection) => connection.flushall());
  await eventually(
    async () => expect(await bob.ask(RequestFactory.start())).toMatchObject({ result: "started" }),
    PATIENCE_MS,
  );
  sleeper.kill("SIGCONT");

  await eventually(() => expect(alice.closeCode()).toBe(1013), PATIENCE_MS);
  expect(alice.heard).toEqual([]);
  expect(await bob.ask(RequestFactory.ping())).toMatchObject({ result: "pong" });
  const again = await enterMse(pods[0].url, "alice", roomId);
  expect(await again.ask(RequestFactory.start())).toMatchObject({ error: { code: -32_000 } });
  bob.send(RequestFactory.disconnect());
  await eventually(async () => expect(await again.ask(RequestFactory.start())).toMatchObject({ result: "started" }));
  again.close();
});
