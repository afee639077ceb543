// A Redis Cluster of three masters with one replica each.
import { eventually } from "../helpers/eventually.ts";
import { ask } from "./ask.ts";
import { needInfo } from "./info.ts";
import { type RedisServer, startRedisServer } from "./redis-server.ts";

export interface RedisCluster {
  /** A client may be given any of them. */
  readonly nodes: readonly RedisServer[];
  /** The master that has the key, as all nodes that run say. */
  readonly ownerOf: (key: string) => Promise<RedisServer>;
  /**
   * Kills a master. Started again, it becomes a replica.
   * @returns the replica that has taken over, once all nodes know it and the cluster is whole
   */
  readonly failOver: (master: RedisServer) => Promise<RedisServer>;
  readonly stop: () => Promise<void>;
}

const MASTERS = 3;
const REPLICAS = 3;
const SLOTS = 16_384;
const NODE_TIMEOUT_MS = 1000;
const PATIENCE_MS = 30_000;
const ARGS = [
  ["--cluster-enabled", "yes"],
  ["--cluster-node-timeout", `${NODE_TIMEOUT_MS}`],
  // Nodes pass over a replica as long as its master has sent it nothing.
  ["--repl-ping-replica-period", "1"],
  // A replica takes over however long ago it last heard of its master.
  ["--cluster-replica-validity-factor", "0"],
].flat();

/** @param args of each redis-server, over its own @returns it when all slots are served, and every master has its replica */
export async function startRedisCluster(args: readonly string[] = []): Promise<RedisCluster> {
  await using starting = new AsyncDisposableStack();
  const nodes: RedisServer[] = [];
  while (nodes.length < MASTERS + REPLICAS) {
    const node = await startRedisServer({ args: [...ARGS, ...args] });
    starting.defer(() => node.stop());
    nodes.push(node);
  }
  await shareSlots(nodes.slice(0, MASTERS));
  await introduce(nodes);
  for (const [i, replica] of nodes.slice(MASTERS).entries()) await follow(replica, nodes[i % MASTERS] as RedisServer);
  await eventually(() => needWhole(nodes), PATIENCE_MS);
  const started = starting.move();
  return {
    nodes,
    ownerOf: (key) => ownerOf(nodes, key),
    failOver: (master) => failOver(nodes, master),
    stop: () => started.disposeAsync(),
  };
}

async function shareSlots(masters: readonly RedisServer[]): Promise<void> {
  for (const [i, { url }] of masters.entries()) {
    const [first, next] = [i, i + 1].map((share) => Math.floor((share * SLOTS) / masters.length)) as [number, number];
    await ask(url, async (redis) => {
      // Nodes that meet with the same epoch have to settle first which of them is right.
      await redis.call("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
      await redis.call("CLUSTER", "ADDSLOTSRANGE", first, next - 1);
    });
  }
}

async function introduce(nodes: readonly RedisServer[]): Promise<void> {
  for (const { url } of nodes) {
    await ask(url, async (redis) => {
      for (const { host, port } of nodes) await redis.call("CLUSTER", "MEET", host, port);
    });
  }
  const all = new RegExp(`cluster_known_nodes:${nodes.length}\r`);
  for (const node of nodes) await eventually(() => needState(node, all), PATIENCE_MS);
}

async function follow(replica: RedisServer, master: RedisServer): Promise<void> {
  const id = await ask(master.url, (redis) => redis.call("CLUSTER", "MYID"));
  await ask(replica.url, (redis) => redis.call("CLUSTER", "REPLICATE", String(id)));
  await eventually(() => needInfo(replica.url, "replication", /master_link_status:up/), PATIENCE_MS);
}

async function needState({ url }: RedisServer, fits: RegExp): Promise<void> {
  const state = await ask(url, (redis) => redis.call("CLUSTER", "INFO"));
  if (!fits.test(String(state))) throw new Error(`${url} does not say ${fits}:\n${state}`);
}

async function needWhole(nodes: readonly RedisServer[]): Promise<void> {
  for (const node of nodes) {
    await needState(node, /cluster_state:ok/);
    const shards = await shardsAsSeenBy(node);
    const replicated = shards.filter(({ ports }) => ports.length === 2);
    if (replicated.length < MASTERS) throw new Error(`${node.url} sees ${replicated.length} masters with replicas`);
  }
}

interface Shard {
  readonly first: number;
  readonly last: number;
  /** The master's comes first. */
  readonly ports: readonly number[];
}

async function shardsAsSeenBy({ url }: RedisServer): Promise<Shard[]> {
  const slots = await ask(url, (redis) => redis.cluster("SLOTS"));
  return slots.map(([first, last, ...servers]) => ({ first, last, ports: servers.map(([, port]) => port) }));
}

async function ownerOf(nodes: readonly RedisServer[], key: string): Promise<RedisServer> {
  const running = nodes.filter((node) => node.isRunning());
  const slot = await ask((running[0] as RedisServer).url, (redis) => redis.cluster("KEYSLOT", key));
  return ownerOfSlot(running, slot);
}

async function ownerOfSlot(running: readonly RedisServer[], slot: number): Promise<RedisServer> {
  const ports = new Set<number | undefined>();
  for (const node of running) {
    const shards = await shardsAsSeenBy(node);
    ports.add(shards.find(({ first, last }) => first <= slot && slot <= last)?.ports[0]);
  }
  const owner = running.find(({ port }) => ports.size === 1 && ports.has(port));
  if (!owner) throw new Error(`the nodes hold ${[...ports].join(" and ")} for the port of the owner of slot ${slot}`);
  return owner;
}

async function failOver(nodes: readonly RedisServer[], master: RedisServer): Promise<RedisServer> {
  const owned = (await shardsAsSeenBy(master)).find(({ ports }) => ports[0] === master.port);
  if (!owned) throw new Error(`${master.url} is no master`);
  await master.kill();
  const running = nodes.filter((node) => node.isRunning());
  let successor = master;
  await eventually(async () => {
    successor = await ownerOfSlot(running, owned.first);
    for (const node of running) await needState(node, /cluster_state:ok/);
  }, PATIENCE_MS);
  return successor;
}
