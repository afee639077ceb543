// What stays in Redis: nothing of clients who have gone, and nothing of pods that have stopped.
import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { connect } from "../helpers/party.ts";
import { startService } from "../helpers/pods.ts";
import { connectOver, outcomeOf } from "../helpers/races.ts";
import { contentsOf } from "../helpers/redis-contents.ts";
import { closeAll, openMuc, openRoom } from "../helpers/rooms.ts";
import { startRedisServer } from "../provision/redis-server.ts";

/** Of a pod itself: the list of all, and what others have to know of this one. */
const OF_PODS = /^jgl:(pods|\{pod:[^}]+\})$/;

test("after all clients have gone, Redis holds the pods' own keys only; after the pods have stopped, none", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const service = await startService(3, { redisUrl: redis.url });
  onTestFinished(() => service.stop());
  const [first, second] = service.pods as [(typeof service.pods)[0], (typeof service.pods)[0]];
  const { members: inMuc, rid } = await openMuc([...service.pods, ...service.pods]);
  const { members: inRoom, rid: full } = await openRoom(first, second);
  const { members: ofOnePod } = await openRoom(first, first);
  // Refused joins, repeated ones, leaves, a user with two sessions, names that are hard to keep, and who never joined.
  const [alice, again] = [await connect(first.url, "alice"), await connect(second.url, "alice")];
  expect(await outcomeOf(alice.join(full))).toBe(403001);
  expect(await outcomeOf(alice.join(rid))).toBe(403001);
  for (const name of [rid, "\u0000", "\ud800", "{}", " "]) await alice.joinMuc(name);
  await again.joinMuc(rid);
  await again.joinMuc(rid);
  await alice.request("session-leave", { rid });
  const idle = await connectOver(service.pods, 6, () => `idle ${randomUUID()}`);
  expect(Object.keys(await contentsOf(redis.url)).some((key) => !OF_PODS.test(key))).toBe(true);

  closeAll([...inMuc, ...inRoom, ...ofOnePod, alice, again, ...idle]);
  await eventually(async () => {
    const foreign = Object.entries(await contentsOf(redis.url)).filter(([key]) => !OF_PODS.test(key));
    expect(foreign).toEqual([]);
  });

  const late = await openMuc(service.pods);
  await service.stop();
  expect(service.pods.map((pod) => pod.exitCode())).toEqual([0, 0, 0]);
  expect(await contentsOf(redis.url)).toEqual({});
  closeAll(late.members);
});
