// The connection to Redis: one server, one that Sentinel watches, or a Cluster, as its URL says.
import { Cluster, Redis, type RedisOptions } from "ioredis";

/**
 * A command is answered in bounded time, and never twice: what is under way when the connection breaks is
 * given up, and while there is none, commands fail at once. The connection itself is tried for ever, with
 * a pause that grows to a limit.
 */
const BOUNDED = {
  commandTimeout: 3000,
  connectTimeout: 3000,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: pauseBefore,
  lazyConnect: true,
} satisfies RedisOptions;

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

const URL_FORM = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^@/?]+)(?:\/([^?]*))?$/;
const DEFAULT_PORTS = { single: 6379, sentinel: 26_379, cluster: 6379 } as const;

/**
 * Reads `redis://user:password@host:port/db`, `redis+sentinel://host:port,host:port/name` or
 * `redis+cluster://host:port,host:port`; with `rediss` instead of `redis` over TLS.
 * @returns undefined if it is none of them
 */
export function parseRedisUrl(url: string): RedisAddress | undefined {
  const [, tls, variant, login = "", hosts = "", path = ""] = URL_FORM.exec(url) ?? [];
  const kind = variant === "sentinel" || variant === "cluster" ? variant : "single";
  const nodes = hosts.split(",").map((host) => nodeOf(host, DEFAULT_PORTS[kind]));
  const known = nodes.filter((node) => node !== undefined);
  if (tls === undefined || known.length !== nodes.length) return undefined;
  if (kind === "single" && nodes.length > 1) return undefined;
  if (kind === "sentinel" ? path === "" : !/^\d*$/.test(path)) return undefined;
  const target = kind === "sentinel" ? { name: decodeURIComponent(path) } : path && { db: Number(path) };
  return { kind, nodes: known, tls: tls === "s", ...loginOf(login), ...target };
}

function nodeOf(host: string, defaultPort: number): RedisAddress["nodes"][number] | undefined {
  const [, ipv6, name, port] = /^(?:\[([\da-fA-F:]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(host) ?? [];
  const known = ipv6 ?? name;
  return known === undefined ? undefined : { host: known, port: port === undefined ? defaultPort : Number(port) };
}

function loginOf(login: string): { username?: string; password?: string } {
  const [username = "", password] = login.split(":").map(decodeURIComponent);
  return { ...(username && { username }), ...(password !== undefined && { password }) };
}

type NodeOptions = typeof BOUNDED & { readonly username?: string; readonly password?: string; readonly tls?: object };

/** Not connected yet: `connect()` does that, and rejects if the first attempt fails. */
export function createRedis({ kind, nodes, tls, name, db, ...login }: RedisAddress): Redis | Cluster {
  const options: NodeOptions = { ...BOUNDED, ...login, ...(tls && { tls: {} }) };
  if (kind === "cluster") return createCluster(nodes, options);
  if (kind === "sentinel") {
    return new Redis({
      ...options,
      sentinels: [...nodes],
      ...(name !== undefined && { name }),
      sentinelRetryStrategy: pauseBefore,
    });
  }
  return new Redis({ ...options, ...nodes[0], ...(db !== undefined && { db }) });
}

function createCluster(nodes: RedisAddress["nodes"], { retryStrategy: _, ...redisOptions }: NodeOptions): Cluster {
  return new Cluster([...nodes], {
    redisOptions,
    enableOfflineQueue: false,
    clusterRetryStrategy: pauseBefore,
    retryDelayOnFailover: 200,
    lazyConnect: true,
  });
}
