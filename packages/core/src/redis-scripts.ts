// The Lua scripts, by name: each file is loaded once, and Redis keeps it under its digest.
import { readFileSync } from "node:fs";
import type { Cluster, Redis } from "ioredis";

/** One Redis, or one that Sentinel watches, or a Redis Cluster. */
export type RedisConnection = Redis | Cluster;

/** What a script takes, keys first, and returns is in the head of its file. */
type Script = (key: string, ...args: readonly (string | number)[]) => Promise<unknown>;

const SCRIPTS = [
  "room-join",
  "room-leave",
  "room-expel",
  "room-lock",
  "presence-online",
  "presence-offline",
  "place-take",
  "place-return",
  "holding-note",
  "lease-take",
  "lease-renew",
  "lease-claim",
  "lease-lapse",
  "lease-end",
  "pods-list",
  "totals-note",
  "totals-read",
  "totals-fold",
  "totals-restore",
] as const;

/** Those that have more than one key: how many, all of one slot. */
const KEYS: Partial<Record<(typeof SCRIPTS)[number], number>> = { "room-join": 3, "room-expel": 3 };

export type RedisScripts = { readonly [Name in (typeof SCRIPTS)[number]]: Script };

/** Makes the scripts known to a connection: they travel once, and again to a Redis that has forgotten them. */
export function loadScripts(redis: RedisConnection): RedisScripts {
  const commands = redis as unknown as Record<string, Script>;
  const load = (name: (typeof SCRIPTS)[number]): Script => {
    const lua = readFileSync(new URL(`lua/${name}.lua`, import.meta.url), "utf8");
    redis.defineCommand(name, { numberOfKeys: KEYS[name] ?? 1, lua });
    return async (key, ...args) => commands[name]?.(key, ...args);
  };
  return Object.fromEntries(SCRIPTS.map((name) => [name, load(name)])) as RedisScripts;
}
