// Totals of the whole cluster never fall and lose nothing, while pods and aggregators come, go and die under load.
import { expect, onTestFinished, test } from "vitest";
import { type Aggregator, startAggregator, statsOf } from "../helpers/aggregator.ts";
import { CountingLoad, type Sender } from "../helpers/counting-load.ts";
import { eventually } from "../helpers/eventually.ts";
import { figure } from "../helpers/figures.ts";
import { type NamedPod, readMetric, startNamedPod, startService } from "../helpers/pods.ts";
import { Sampler } from "../helpers/samples.ts";
import { freePort } from "../provision/free-port.ts";
import { startRedisServer } from "../provision/redis-server.ts";

const INTERVAL_MS = 2000;
/** What an interval and a round may take together, on a busy machine. */
const WITHIN_MS = 2 * INTERVAL_MS;
const SENDERS = 3;
const RELAYED = "jongleur_relayed_messages_total";

test("one pod is drained, one killed, one restarted under its name, and the aggregator too: no total ever falls", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const [wsPort, restPort] = [String(await freePort()), String(await freePort())];
  const settings = { redisUrl: redis.url, podAddress: "127.0.0.1" };
  const service = await startService(3, settings);
  onTestFinished(() => service.stop());
  const old = await service.add({ podName: "phoenix", wsPort, restPort });
  const [witnessed, drained, killed] = service.pods as [NamedPod, NamedPod, NamedPod];
  const watch = () =>
    startAggregator({ redisUrl: redis.url, aggregatorScrapeSeconds: "2", aggregatorTimeoutSeconds: "1" });
  let aggregator: Aggregator | undefined = await watch();
  onTestFinished(async () => void (await aggregator?.stop()));
  const sampler = new Sampler(() => aggregator?.url);
  const load = new CountingLoad(witnessed);
  onTestFinished(() => load.close());

  const talkers = new Map<NamedPod, readonly Sender[]>();
  for (const pod of [drained, old]) talkers.set(pod, await load.talkFrom(pod, SENDERS));
  // Not texts, so that what it had counted can be told from what others have.
  talkers.set(killed, await load.talkFrom(killed, SENDERS, "session-custom"));
  const users = async () => (await statsOf(aggregator!.url)).users_count;
  const usersAreCounted = () => eventually(async () => expect(await users()).toBe(load.connected), WITHIN_MS);
  const heardOf = (pod: NamedPod) => load.heardOf(talkers.get(pod));
  const saySome = async (pod: NamedPod) => {
    const before = heardOf(pod);
    await eventually(() => expect(heardOf(pod)).toBeGreaterThan(before + 30), 20_000);
  };
  for (const pod of [drained, killed, old]) await saySome(pod);
  await usersAreCounted();

  await drained.stop();
  await usersAreCounted();

  const died = performance.now();
  killed.process.kill("SIGKILL");
  await usersAreCounted();

  // While it is away pods go on, and one ends.
  await aggregator.stop();
  aggregator = undefined;
  await saySome(old);
  await old.stop();
  const reborn = Object.assign(await startNamedPod({ ...settings, podName: "phoenix", wsPort, restPort }), {
    name: "phoenix",
  });
  onTestFinished(async () => void (await reborn.stop()));
  aggregator = await watch();
  talkers.set(reborn, await load.talkFrom(reborn, SENDERS));
  await saySome(reborn);
  await usersAreCounted();
  await load.stop();

  const texts = load.heardOf() - heardOf(killed);
  // What the killed pod had counted since it was asked last is lost with it, and nothing else.
  const acknowledged = talkers.get(killed)!.flatMap((sender) => sender.acknowledged);
  const certain = acknowledged.filter((at) => at < died - WITHIN_MS).length;
  const relayedByKilled = async () => (await readMetric({ rest: aggregator!.url }, RELAYED)) - texts;
  await eventually(async () => {
    const totals = { messages_total: texts, users_total: load.connections, conferences_total: load.rooms };
    expect(await statsOf(aggregator!.url)).toMatchObject(totals);
    expect(await relayedByKilled()).toBeGreaterThanOrEqual(certain);
  }, WITHIN_MS);
  expect(await relayedByKilled()).toBeLessThanOrEqual(acknowledged.length + SENDERS);
  figure("of what the killed pod acknowledged, counted", `${await relayedByKilled()} of ${acknowledged.length}`);
  figure("texts of all others, each counted once", `${texts}`);
  figure("samples", `${sampler.count}`);
  expect(await sampler.stop()).toEqual([]);
  expect(sampler.count).toBeGreaterThan(20);
});
