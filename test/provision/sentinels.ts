// One master and one replica of Redis, watched over by three sentinels.
import { eventually } from "../helpers/eventually.ts";
import { ask } from "./ask.ts";
import { needInfo } from "./info.ts";
import { type RedisServer, startRedisServer, startSentinel } from "./redis-server.ts";

export interface Sentinels {
  /** What the sentinels call the master; a client needs it. */
  readonly name: string;
  readonly sentinels: readonly RedisServer[];
  /** Master and replica, whichever is which by now. */
  readonly nodes: readonly RedisServer[];
  /** That on which all sentinels agree. */
  readonly master: () => Promise<RedisServer>;
  /**
   * Kills the master. The old one, when it is started again, becomes a replica.
   * @returns the new master, once all sentinels know it and it takes writes
   */
  readonly failOver: () => Promise<RedisServer>;
  readonly stop: () => Promise<void>;
}

const NAME = "main";
const QUORUM = 2;
const DOWN_AFTER_MS = 500;
const FAILOVER_TIMEOUT_MS = 2000;
/** By themselves, sentinels tell each other what they know every two seconds, and ask servers every ten. */
// Not the ping-period: a replica that was silent for five of them is not made master.
const PERIODS_MS = ["info-period", 100, "publish-period", 100];
const PATIENCE_MS = 30_000;

/** @returns them when they are ready to fail over */
export async function startSentinels(): Promise<Sentinels> {
  await using starting = new AsyncDisposableStack();
  const keep = (server: RedisServer) => {
    starting.defer(() => server.stop());
    return server;
  };
  const master = keep(await startRedisServer());
  const replica = keep(await startRedisServer({ args: ["--replicaof", master.host, `${master.port}`] }));
  await eventually(() => needInfo(master.url, "replication", /state=online/), PATIENCE_MS);
  const sentinels = [keep(await startSentinel()), keep(await startSentinel()), keep(await startSentinel())];
  for (const sentinel of sentinels) await watch(sentinel, master);
  for (const { url } of sentinels) {
    await eventually(() => needInfo(url, "sentinel", /status=ok,.*slaves=1,sentinels=3/), PATIENCE_MS);
  }
  const nodes = [master, replica];
  const started = starting.move();
  return {
    name: NAME,
    sentinels,
    nodes,
    master: () => agreedMaster(sentinels, nodes),
    failOver: () => failOver(sentinels, nodes),
    stop: () => started.disposeAsync(),
  };
}

async function watch(sentinel: RedisServer, { host, port }: RedisServer): Promise<void> {
  await ask(sentinel.url, async (redis) => {
    await redis.call("SENTINEL", "DEBUG", ...PERIODS_MS);
    await redis.call("SENTINEL", "MONITOR", NAME, host, port, QUORUM);
    await redis.call("SENTINEL", "SET", NAME, "down-after-milliseconds", DOWN_AFTER_MS);
    await redis.call("SENTINEL", "SET", NAME, "failover-timeout", FAILOVER_TIMEOUT_MS);
  });
}

async function agreedMaster(sentinels: readonly RedisServer[], nodes: readonly RedisServer[]): Promise<RedisServer> {
  const ports = new Set(await Promise.all(sentinels.map(masterPort)));
  const agreed = nodes.find(({ port }) => ports.size === 1 && ports.has(port));
  if (!agreed) throw new Error(`the sentinels hold ${[...ports].join(" and ")} for the master's port`);
  return agreed;
}

async function masterPort(sentinel: RedisServer): Promise<number> {
  const address = await ask(sentinel.url, (redis) => redis.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME));
  return Array.isArray(address) ? Number(address[1]) : Number.NaN;
}

async function failOver(sentinels: readonly RedisServer[], nodes: readonly RedisServer[]): Promise<RedisServer> {
  const old = await agreedMaster(sentinels, nodes);
  await old.kill();
  let current = old;
  await eventually(async () => {
    current = await agreedMaster(sentinels, nodes);
    if (current === old) throw new Error("the sentinels hold on to the master that was killed");
    await needInfo(current.url, "replication", /role:master/);
  }, PATIENCE_MS);
  return current;
}
