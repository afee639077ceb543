// Pods that have gone long ago are one sum: what is kept of them does not grow.
import { expect, onTestFinished, test } from "vitest";
import { startAggregator, statsOf } from "../helpers/aggregator.ts";
import { eventually } from "../helpers/eventually.ts";
import { connect } from "../helpers/party.ts";
import { startService } from "../helpers/pods.ts";
import { contentsOf } from "../helpers/redis-contents.ts";
import { closeAll } from "../helpers/rooms.ts";
import { startRedisServer } from "../provision/redis-server.ts";

const PATIENCE_MS = 30_000;
const FAST = { aggregatorScrapeSeconds: "2", aggregatorTimeoutSeconds: "1" };

async function watch(settings: Readonly<Record<string, string>>) {
  const aggregator = await startAggregator({ ...FAST, ...settings });
  onTestFinished(async () => void (await aggregator.stop()));
  return aggregator;
}

test("pods that have gone are added to one sum, in Redis and once; an aggregator that starts anew goes on from there", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const service = await startService(2, { redisUrl: redis.url, podAddress: "127.0.0.1" });
  onTestFinished(() => service.stop());
  const settings = { redisUrl: redis.url, aggregatorRetireSeconds: "1" };
  const [one, other] = await Promise.all([watch(settings), watch(settings)]);
  const parties = await Promise.all(service.pods.flatMap(({ url }) => [connect(url), connect(url)]));
  closeAll(parties);
  await eventually(
    async () => expect(await statsOf(one.url)).toMatchObject({ users_total: 4, users_count: 0 }),
    PATIENCE_MS,
  );
  const [stays, leaves] = service.pods;
  await leaves!.stop();
  const kept = async () => Object.keys(JSON.parse((await contentsOf(redis.url))["jgl:totals"] ?? "{}"));
  await eventually(async () => {
    const pods = (await kept()).filter((field) => field.startsWith("pod "));
    expect(pods).toEqual([expect.stringContaining(stays!.name)]);
  }, PATIENCE_MS);
  const retired = (await kept()).filter((field) => field.startsWith("retired "));
  expect(retired).toEqual([expect.stringContaining(leaves!.name)]);
  for (const aggregator of [one, other, await watch(settings)]) {
    expect(await statsOf(aggregator.url)).toMatchObject({ users_total: 4 });
  }
});
