// Masters that fall silent, and are replaced.
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { needInfo } from "./info.ts";
import { pauseMaster, pauseOwner } from "./paused-master.ts";
import { startRedisCluster } from "./redis-cluster.ts";
import { startSentinels } from "./sentinels.ts";

test("sentinels replace a master that is paused, and make it a replica when it is resumed", {
  timeout: 60_000,
}, async () => {
  const group = await startSentinels();
  onTestFinished(() => group.stop());
  const old = await pauseMaster(group);
  const current = await group.master();
  expect(current).not.toBe(old);
  await needInfo(current.url, "replication", /role:master/);
  old.resume();
  await eventually(() => needInfo(old.url, "replication", /role:slave/), 30_000);
});

test("a cluster replaces a master that is paused, and makes it a replica when it is resumed", {
  timeout: 60_000,
}, async () => {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
  const old = await pauseOwner(cluster, "key");
  old.resume();
  await eventually(() => needInfo(old.url, "replication", /role:slave/), 30_000);
  await eventually(async () => expect(await cluster.ownerOf("key")).not.toBe(old), 30_000);
});
