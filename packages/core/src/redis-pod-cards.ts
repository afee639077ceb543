// What pods tell of themselves in Redis, for whoever watches the service; it goes by itself when they don't renew it.
import { redisKeys } from "./redis-keys.ts";
import { orUnavailable } from "./redis-outage.ts";
import { loadScripts, type RedisConnection, type RedisScripts } from "./redis-scripts.ts";
import type { Unavailable } from "./room-store.ts";

export interface PodCard {
  /** Where it answers operators. */
  readonly url: string;
  readonly version: string;
  /** ISO date. */
  readonly started: string;
  readonly draining: boolean;
}

export interface ListedPod {
  readonly pod: string;
  /** ms until its lease ends, by Redis's clock; not above 0 if it has lapsed, or the pod is being reaped. */
  readonly lease: number;
  /** Undefined where it has told nothing, or not lately. */
  readonly card: PodCard | undefined;
}

export class RedisPodCards {
  readonly #redis: RedisConnection;
  readonly #scripts: RedisScripts;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
    this.#scripts = loadScripts(redis);
  }

  /** To be repeated as the lease is. @param lengthMs for which it is there */
  async show(pod: string, card: PodCard, lengthMs: number): Promise<void> {
    await orUnavailable(() => this.#redis.set(redisKeys.card(pod), JSON.stringify(card), "PX", lengthMs));
  }

  async withdraw(pod: string): Promise<void> {
    await orUnavailable(() => this.#redis.del(redisKeys.card(pod)));
  }

  /** All pods that have a lease, or had one until a moment ago. */
  async list(): Promise<{ readonly outcome: "listed"; readonly pods: readonly ListedPod[] } | Unavailable> {
    return orUnavailable(async () => {
      const [now, leases] = (await this.#scripts["pods-list"](redisKeys.pods)) as [number, string[]];
      const ends = endsOf(leases);
      const pods = Array.from(ends, async ([pod, end]) => ({ pod, lease: end - now, card: await this.#cardOf(pod) }));
      return { outcome: "listed", pods: await Promise.all(pods) } as const;
    });
  }

  async #cardOf(pod: string): Promise<PodCard | undefined> {
    const text = await this.#redis.get(redisKeys.card(pod));
    return text === null ? undefined : (JSON.parse(text) as PodCard);
  }
}

/** A pod may have leases under several epochs: by each pod, when the last of them ends, 0 for one that is reaped. */
function endsOf(leases: readonly string[]): Map<string, number> {
  const ends = new Map<string, number>();
  for (let i = 0; i < leases.length; i += 2) {
    const words = (leases[i] ?? "").split(" ");
    const [pod, end] = words[0] === "reaping" ? [words[1], 0] : [words[0], Number(leases[i + 1])];
    if (pod) ends.set(pod, Math.max(end, ends.get(pod) ?? 0));
  }
  return ends;
}
