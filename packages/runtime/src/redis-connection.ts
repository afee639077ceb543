// The connection to Redis: one server, one that Sentinel watches, or a Cluster, as its URL says.
import { isIPv6 } from "node:net";
import { Cluster, Redis, type RedisOptions } from "ioredis";

/**
 * A command is answered in bounded time, and not sent twice, but by a Cluster: what is under way when the
 * connection breaks is given up, and while there is none, commands fail at once. A peer that falls silent is
 * left, and one that is a replica by now too: the connection is tried for ever, with a pause that grows to a limit.
 */
const BOUNDED = {
  sentinelCommandTimeout: 1500,
  reconnectOnError: (error) => error.message.startsWith("READONLY"),
  enableOfflineQueue: false,
  // Which library this is: Redis 7.0 does not take it, and users with few rights may not say it.
  disableClientInfo: true,
  maxRetriesPerRequest: 0,
  retryStrategy: pauseBefore,
  lazyConnect: true,
} satisfies RedisOptions;

const PATIENCE_MS = 3000;
const LONGEST_PAUSE_MS = 2000;

/** Milliseconds before an attempt, spread so that pods that lost Redis together don't come back together. */
function pauseBefore(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);
}

export interface RedisAddress {
  readonly kind: "single" | "sentinel" | "cluster";
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Of the master, for Sentinel. */
  readonly name?: string;
  readonly db?: number;
}

const URL_FORM = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^@/?]+)(?:\/([^/?]*))?$/;
const DEFAULT_PORTS = { single: 6379, sentinel: 26_379, cluster: 6379 } as const;
const PATH_FORMS = { single: /^\d{0,4}$/, sentinel: /./, cluster: /^$/ } as const;

/**
 * Reads `redis://user:password@host:port/db`, `redis+sentinel://host:port,host:port/name` or
 * `redis+cluster://host:port,host:port`; with `rediss` instead of `redis` over TLS.
 * @returns undefined if it is none of them
 */
export function parseRedisUrl(url: string): RedisAddress | undefined {
  const [, tls, variant, login, hosts = "", path = ""] = URL_FORM.exec(url) ?? [];
  const kind = variant === "sentinel" || variant === "cluster" ? variant : "single";
  const nodes = hosts.split(",").map((host) => nodeOf(host, DEFAULT_PORTS[kind]));
  const known = nodes.filter((node) => node !== undefined);
  const [name, user] = [decoded(path), loginOf(login)];
  if (tls === undefined || known.length !== nodes.length || name === undefined || !user) return undefined;
  if ((kind === "single" && nodes.length > 1) || !PATH_FORMS[kind].test(name)) return undefined;
  const target = kind === "sentinel" ? { name } : name !== "" && { db: Number(name) };
  return { kind, nodes: known, tls: tls === "s", ...user, ...target };
}

function nodeOf(host: string, defaultPort: number): RedisAddress["nodes"][number] | undefined {
  const [, ipv6, name, digits] = /^(?:\[([^\]]+)\]|([^\s:#[\]]+))(?::(\d{1,5}))?$/.exec(host) ?? [];
  const port = digits === undefined ? defaultPort : Number(digits);
  const known = ipv6 ?? name;
  if (known === undefined || (ipv6 !== undefined && !isIPv6(ipv6)) || port < 1 || port > 65_535) return undefined;
  return { host: known, port };
}

/** @returns undefined if it can't be read */
function loginOf(login = ""): { username?: string; password?: string } | undefined {
  const [, user = "", secret] = /^([^:]*)(?::(.*))?$/.exec(login) ?? [];
  const [username, password] = [decoded(user), decoded(secret ?? "")];
  if (username === undefined || password === undefined) return undefined;
  return { ...(username && { username }), ...(secret !== undefined && { password }) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

type NodeOptions = typeof BOUNDED &
  Pick<
    RedisOptions,
    "username" | "password" | "autoResubscribe" | "commandTimeout" | "connectTimeout" | "socketTimeout"
  > & { readonly tls?: object };

/**
 * Not connected yet: `connect()` does that. It rejects if one Redis does not answer; Sentinel and Cluster are tried on.
 * @param use a connection for subscriptions does not subscribe anew by itself, but for sharded ones on a Cluster
 * @param patienceMs when a command is given up, and a silent server with it
 */
export function createRedis(
  { kind, nodes, tls, name, db, ...login }: RedisAddress,
  use: "commands" | "subscriptions" = "commands",
  patienceMs = PATIENCE_MS,
): Redis | Cluster {
  // Sentinel wants to be told once for itself, and once more for the servers that it names.
  const secured = tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true };
  // Nobody would catch what becomes of subscriptions that are renewed by themselves.
  const patience = { commandTimeout: patienceMs, connectTimeout: patienceMs, socketTimeout: patienceMs };
  const options: NodeOptions = { ...BOUNDED, ...patience, ...login, ...secured, autoResubscribe: use === "commands" };
  if (kind === "cluster") return createCluster(nodes, options, use === "subscriptions");
  if (kind === "sentinel") {
    return new Redis({
      ...options,
      sentinels: [...nodes],
      ...(name !== undefined && { name }),
      sentinelRetryStrategy: pauseBefore,
    });
  }
  return inItsDatabase(new Redis({ ...options, ...nodes[0], ...(db !== undefined && { db }) }));
}

/** Where the database is refused, the connection would go on in another one, among the keys of others. */
function inItsDatabase(redis: Redis): Redis {
  return redis.on("error", (error: Error & { command?: { name?: string } }) => {
    if (error.command?.name === "select") redis.disconnect(true);
  });
}

function createCluster(
  nodes: RedisAddress["nodes"],
  { retryStrategy: _, ...redisOptions }: NodeOptions,
  shardedSubscribers: boolean,
): Cluster {
  return new Cluster([...nodes], {
    redisOptions,
    shardedSubscribers,
    enableOfflineQueue: false,
    clusterRetryStrategy: pauseBefore,
    // Also what makes commands wait for a node's first connection; the price is that one whose connection broke is sent again.
    retryDelayOnFailover: 200,
    lazyConnect: true,
    // Certificates are for names: the addresses behind them would not be trusted.
    ...(redisOptions.tls && {
      dnsLookup: (host: string, found: (error: null, address: string) => void) => found(null, host),
    }),
  });
}
