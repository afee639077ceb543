// What an aggregator tells while pods stand still and Redis goes: all that it can, at once, and that it is not all.
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Aggregator, podsSeen, startAggregator, statsOf } from "../helpers/aggregator.ts";
import { eventually } from "../helpers/eventually.ts";
import { figure, stopwatch } from "../helpers/figures.ts";
import { connect, type Party } from "../helpers/party.ts";
import { areReady, type NamedPod, readMetric, type Service, startService } from "../helpers/pods.ts";
import { isHeard } from "../helpers/refusals.ts";
import { closeAll, openMuc } from "../helpers/rooms.ts";
import { Sampler } from "../helpers/samples.ts";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";

const TIMEOUT_MS = 1000;
/** Lease, rounds and a busy machine. */
const PATIENCE_MS = 20_000;

let redis: RedisServer;
let service: Service;
let aggregator: Aggregator;
beforeAll(async () => {
  redis = await startRedisServer();
  service = await startService(3, { redisUrl: redis.url, podAddress: "127.0.0.1" });
  aggregator = await watch();
});
afterAll(async () => {
  await aggregator?.stop();
  await service?.stop();
  await redis?.stop();
});

const watch = () =>
  startAggregator({ redisUrl: redis.url, aggregatorScrapeSeconds: "2", aggregatorTimeoutSeconds: "1" });
const podsOf = () => service.pods.slice(0, 3) as [NamedPod, NamedPod, NamedPod];
const statesOf = async () => (await podsSeen(aggregator)).map(({ state }) => state).sort();
const allAreUp = () => eventually(async () => expect(await statesOf()).toEqual(["up", "up", "up"]), PATIENCE_MS);
/** Afterwards all is told that was so before. */
const twoRoundsPass = async () => {
  const rounds = () => readMetric({ rest: aggregator.url }, "jongleur_aggregator_round_seconds_count");
  const begun = await rounds();
  await eventually(async () => expect(await rounds()).toBeGreaterThanOrEqual(begun + 2), PATIENCE_MS);
};
const partial = async (path: string) => {
  const response = await fetch(aggregator.url + path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  expect(response.status).toBe(200);
  await response.text();
  return response.headers.get("jongleur-partial");
};

test("each pod is told of: where it is, what runs there, since when, its lease, connections and delays", async () => {
  const parties = await Promise.all(podsOf().map(({ url }) => connect(url)));
  parties.push(await connect(podsOf()[0].url));
  await allAreUp();
  await eventually(async () => {
    const seen = await podsSeen(aggregator);
    expect(seen.map(({ connections }) => connections).sort()).toEqual([1, 1, 2]);
    expect(seen.map(({ address }) => address).sort()).toEqual(
      podsOf()
        .map(({ rest }) => rest)
        .sort(),
    );
    for (const pod of seen) {
      expect(pod).toMatchObject({ draining: false, version: expect.any(String), pod: expect.stringMatching(/^pod-/) });
      expect(pod.leaseSeconds).toBeGreaterThan(0);
      expect(pod.leaseSeconds).toBeLessThanOrEqual(6);
      expect(pod.ageSeconds).toBeGreaterThan(0);
      expect(pod.eventLoopLagSeconds).toBeGreaterThanOrEqual(0);
    }
  }, PATIENCE_MS);
  expect(await partial("/stats")).toBeNull();
  closeAll(parties);
});

test("a room with members on three pods counts once, and each of them", async () => {
  await eventually(async () => expect(await statsOf(aggregator.url)).toMatchObject({ users_count: 0 }), PATIENCE_MS);
  const { members } = await openMuc([...podsOf(), ...podsOf()]);
  await eventually(async () => {
    expect(await statsOf(aggregator.url)).toMatchObject({ users_count: 6, conferences_count: 1 });
  }, PATIENCE_MS);
  closeAll(members);
});

test("while a pod stands still all is told within the deadline, and that it is not all; when it wakes it counts once", async () => {
  const [sleeper, second] = podsOf();
  const { rid, members } = await openMuc([sleeper, second]);
  const [ann, bea] = members as [Party, Party];
  for (let n = 0; n < 5; n++) await isHeard(rid, ann, [bea]);
  await allAreUp();
  const before = await statsOf(aggregator.url);
  const told = async () => (await statsOf(aggregator.url)).messages_total;
  const truth = before.messages_total;
  const sampler = new Sampler(() => aggregator.url);

  sleeper.process.kill("SIGSTOP");
  await eventually(async () => expect(await statesOf()).toEqual(["late", "up", "up"]), PATIENCE_MS);
  const time = stopwatch();
  expect(await partial("/stats")).toBe("1 of 3 pods did not answer");
  expect(await partial("/metrics")).toBe("1 of 3 pods did not answer");
  figure("both answers, with a pod that stands still", time());
  const page = await (await fetch(`${aggregator.url}/metrics`)).text();
  expect(page).toContain('jongleur_aggregator_pods{state="late"} 1\n');
  expect(page).toContain('jongleur_aggregator_pods{state="up"} 2\n');
  expect(await told()).toBe(truth);

  // Its lease lapses: it is none of the pods any more, and what it has counted stays.
  await eventually(async () => expect(await statesOf()).toEqual(["up", "up"]), PATIENCE_MS);
  expect(await partial("/stats")).toBeNull();
  expect(await told()).toBe(truth);
  await eventually(async () => expect(await statsOf(aggregator.url)).toMatchObject({ users_count: 1 }), PATIENCE_MS);

  sleeper.process.kill("SIGCONT");
  await allAreUp();
  await areReady(podsOf());
  await eventually(() => isHeard(rid, ann, [bea]), PATIENCE_MS);
  await eventually(async () => {
    const own = (pod: NamedPod) => readMetric(pod, "messages_total");
    const all = await Promise.all(podsOf().map(own));
    expect(await told()).toBe(all.reduce((sum, value) => sum + value, 0));
    expect(await statsOf(aggregator.url)).toMatchObject({ users_count: 2 });
  }, PATIENCE_MS);
  expect(await sampler.stop()).toEqual([]);
  closeAll(members);
});

test("two aggregators that are asked by turns are as one: no total falls from one's answer to the other's", async () => {
  const other = await watch();
  onTestFinished(async () => void (await other.stop()));
  let turn = 0;
  const sampler = new Sampler(() => [aggregator, other][++turn % 2]?.url);
  const { rid, members } = await openMuc(podsOf());
  const [ann, ...others] = members as [Party, Party, Party];
  for (let n = 0; n < 100; n++) await isHeard(rid, ann, others);
  closeAll(members);
  await eventually(async () => {
    const [one, two] = [await statsOf(aggregator.url), await statsOf(other.url)];
    expect(one).toEqual(two);
    expect(one).toMatchObject({ users_count: 0, conferences_count: 0 });
  }, PATIENCE_MS);
  expect(await sampler.stop()).toEqual([]);
});

test("while Redis is away it goes on from memory and says so; Redis comes back empty, and no total has fallen", async () => {
  const leaver = await service.add();
  const { rid, members } = await openMuc([leaver, podsOf()[0]]);
  const [ann, bea] = members as [Party, Party];
  for (let n = 0; n < 5; n++) await isHeard(rid, ann, [bea]);
  await leaver.stop();
  closeAll(members);
  await twoRoundsPass();
  const before = await statsOf(aggregator.url);
  expect(before).toMatchObject({ users_count: 0 });
  const sampler = new Sampler(() => aggregator.url);

  await redis.kill();
  await eventually(async () => expect(await partial("/stats")).toMatch(/Redis is away$/), PATIENCE_MS);
  expect((await fetch(`${aggregator.url}/readyz`)).status).toBe(200);
  expect(await readMetric({ rest: aggregator.url }, "jongleur_aggregator_redis_away")).toBe(1);
  expect(await statsOf(aggregator.url)).toEqual(before);

  await redis.restart();
  await areReady(podsOf());
  await allAreUp();
  await eventually(async () => expect(await partial("/stats")).toBeNull(), PATIENCE_MS);
  expect(await statsOf(aggregator.url)).toEqual(before);
  // Redis has been told again: an aggregator that knows nothing learns all of it there.
  const newcomer = await watch();
  expect(await statsOf(newcomer.url)).toEqual(before);
  await newcomer.stop();
  expect(await sampler.stop()).toEqual([]);
});
