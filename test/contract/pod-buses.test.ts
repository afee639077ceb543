// Each bus between pods keeps the contract.
import { MemoryPodNetwork } from "@jongleur/core";
import { afterAll, beforeAll, describe, inject } from "vitest";
import { type RedisCluster, startRedisCluster } from "../provision/redis-cluster.ts";
import { describePodBus } from "./pod-bus-contract.ts";
import { openRedisNetwork } from "./redis-bus-network.ts";

describePodBus("memory", async () => {
  const network = new MemoryPodNetwork();
  return {
    open: async (pod) => ({ bus: network.connect(pod), close: async () => network.disconnect(pod) }),
    close: async () => {},
  };
});

describePodBus("Redis, sharded", () => openRedisNetwork(inject("redis").url, "sharded"));
describePodBus("Redis, classic", () => openRedisNetwork(inject("redis").url, "classic"));

describe("on a Cluster", () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());
  const url = () => `redis+cluster://${cluster.nodes.map(({ host, port }) => `${host}:${port}`).join(",")}`;

  describePodBus("Redis Cluster, sharded", () => openRedisNetwork(url(), "sharded"));
});
