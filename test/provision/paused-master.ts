// A master that falls silent without dying, as behind a broken network, until another takes its place.
import { eventually } from "../helpers/eventually.ts";
import { ask } from "./ask.ts";
import type { RedisCluster } from "./redis-cluster.ts";
import type { RedisServer } from "./redis-server.ts";
import type { Sentinels } from "./sentinels.ts";

const PATIENCE_MS = 30_000;

/** @returns the master that was paused, once all sentinels hold another for the master */
export async function pauseMaster(group: Sentinels): Promise<RedisServer> {
  const old = await group.master();
  old.pause();
  await eventually(async () => {
    if ((await group.master()) === old) throw new Error("the sentinels hold on to the master that is paused");
  }, PATIENCE_MS);
  return old;
}

/** Pauses the owner of a key. @returns it, once all other nodes know its successor, and the cluster is whole */
export async function pauseOwner(cluster: RedisCluster, key: string): Promise<RedisServer> {
  const old = await cluster.ownerOf(key);
  const others = cluster.nodes.filter((node) => node !== old && node.isRunning());
  old.pause();
  await eventually(async () => {
    for (const { url } of others) {
      const nodes = String(await ask(url, (redis) => redis.call("CLUSTER", "NODES")));
      const line = nodes.split("\n").find((each) => each.includes(`:${old.port}@`)) ?? "";
      if (!/master,fail /.test(line) || /\d-\d/.test(line.split(" ").at(-1) ?? "")) {
        throw new Error(`${url} still has: ${line}`);
      }
      const state = String(await ask(url, (redis) => redis.call("CLUSTER", "INFO")));
      if (!state.includes("cluster_state:ok")) throw new Error(`${url} says: ${state}`);
    }
  }, PATIENCE_MS);
  return old;
}
