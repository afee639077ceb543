// A pod that dies between taking its user's place in a MUC and the seat: the place comes back.
import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { figure, stopwatch } from "../helpers/figures.ts";
import { connect } from "../helpers/party.ts";
import { type NamedPod, startService } from "../helpers/pods.ts";
import { outcomeOf } from "../helpers/races.ts";
import { contentsOf } from "../helpers/redis-contents.ts";
import { startRedisServer } from "../provision/redis-server.ts";
import { startSlowProxy } from "../provision/slow-proxy.ts";

/** The default lease, and what the others may take to clear up. */
const BOUND_MS = 6000 + 2000;

test("a user whose pod dies between its MUC place and the seat has the place back within lease + 2 s", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const proxy = await startSlowProxy(redis.url);
  onTestFinished(() => proxy.stop());
  const service = await startService(1, { redisUrl: redis.url, maxMultiRoomPerUser: "1" });
  onTestFinished(() => service.stop());
  const [survivor] = service.pods as [NamedPod];
  const victim = await service.add({ redisUrl: proxy.url });
  const [uid, muc] = [`user-${randomUUID()}`, `muc ${randomUUID()}`];
  const places = `jgl:{user:${uid}}:mucs`;
  const [doomed, returned] = [await connect(victim.url, uid), await connect(survivor.url, uid)];
  // Scripts travel with their first use only: the one that takes the place must be known by its digest.
  await doomed.joinMuc("another");
  await doomed.request("session-leave", { rid: "another" });

  proxy.freezeAt = places;
  const answer = outcomeOf(doomed.joinMuc(muc));
  await eventually(async () => expect(await contentsOf(redis.url)).toHaveProperty([places]));
  const [time, started] = [stopwatch(), performance.now()];
  victim.process.kill("SIGKILL");
  await answer;
  expect(await contentsOf(redis.url)).not.toHaveProperty([`jgl:{room:${muc}}`]);
  expect(await outcomeOf(returned.joinMuc(randomUUID()))).toBe(403001);

  await eventually(async () => expect(await outcomeOf(returned.joinMuc(randomUUID()))).toBe("accepted"), 2 * BOUND_MS);
  expect(performance.now() - started).toBeLessThan(BOUND_MS);
  figure("the place is free again, after SIGKILL", time());
  expect(JSON.stringify(await contentsOf(redis.url))).not.toContain(victim.name);
});
