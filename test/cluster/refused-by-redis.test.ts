// A Redis that is there and refuses what pods need: that is as if it were away, and ends none of them.
import { expect, onTestFinished, test } from "vitest";
import { figure, stopwatch } from "../helpers/figures.ts";
import { startService } from "../helpers/pods.ts";
import { isNotAdmitted, isNotSeated } from "../helpers/refusals.ts";
import { heals, newsOf, openScene, staysHealed } from "../helpers/scene.ts";
import { ask } from "../provision/ask.ts";
import { startRedisServer } from "../provision/redis-server.ts";

const PATIENCE_MS = 30_000;

test("pods whose right to run scripts is taken away refuse what needs it, and work again once they have it back", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const service = await startService(2, { redisUrl: redis.url });
  onTestFinished(() => service.stop());
  const scene = await openScene(service.pods);
  const before = newsOf(scene);

  await ask(redis.url, (connection) => connection.acl("SETUSER", "default", "-evalsha", "-eval"));
  const [member] = scene.within.members;
  await isNotSeated(member);
  for (const pod of service.pods) await isNotAdmitted(pod);
  for (const party of scene.across.members) await isNotSeated(party);

  await ask(redis.url, (connection) => connection.acl("SETUSER", "default", "+evalsha", "+eval"));
  const time = stopwatch();
  await heals(scene, PATIENCE_MS);
  figure("healed after Redis has refused scripts", time());
  await staysHealed(scene, redis.url);
  expect(newsOf(scene)).toEqual(before);
  expect(service.pods.map((pod) => pod.exitCode())).toEqual([undefined, undefined]);
  scene.close();
});
