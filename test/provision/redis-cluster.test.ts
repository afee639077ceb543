// A cluster that fails over.
import { Cluster } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { startRedisCluster } from "./redis-cluster.ts";

test("a cluster answers for all keys, also after a master has died", { timeout: 60_000 }, async () => {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
  const client = new Cluster(cluster.nodes.map(({ host, port }) => ({ host, port })));
  onTestFinished(() => client.disconnect());
  client.on("error", () => {});
  const keys = Array.from({ length: 100 }, (_, i) => `key-${i}`);
  for (const key of keys) await client.set(key, key);
  const owners = new Set(await Promise.all(keys.map((key) => cluster.ownerOf(key))));
  expect(owners.size).toBe(3);

  const old = await cluster.ownerOf("key-0");
  const successor = await cluster.failOver(old);
  expect(owners).not.toContain(successor);
  expect(await cluster.ownerOf("key-0")).toBe(successor);
  for (const key of keys) expect(await client.set(key, "new")).toBe("OK");
});
