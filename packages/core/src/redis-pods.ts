// The leases of all pods in Redis: what can be done to one, each by a script.
import { type Owner, ownerOf } from "./redis-authority.ts";
import { redisKeys } from "./redis-keys.ts";
import { orUnavailable } from "./redis-outage.ts";
import { loadScripts, type RedisConnection, type RedisScripts } from "./redis-scripts.ts";
import type { Unavailable } from "./room-store.ts";

/** For how long something is held. */
export interface Term {
  /** In ms of Redis's clock: the deadline of what is written meanwhile. */
  readonly end: number;
  /** In ms of the process's own clock: not after Redis's. */
  readonly until: number;
}

export interface Renewal extends Term {
  /** ms until the first of the others' leases may have lapsed for long enough to be claimed. */
  readonly firstClaimIn: number | undefined;
}

export interface Claimed extends Term {
  /** The owner as it is written in Redis. */
  readonly owner: string;
  /** When its lease has lapsed, in ms of the process's own clock. */
  readonly lapsedAt: number;
}

export interface RedisPodsParts {
  readonly redis: RedisConnection;
  readonly lengthMs: number;
  /** For how long a lease has to have lapsed before it can be claimed: more than Redis's clocks differ. */
  readonly marginMs: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
}

/** Redis counts in whole milliseconds, and timers can be early by one. */
const ROUNDING_MS = 3;

export class RedisPods {
  readonly #parts: RedisPodsParts;
  readonly #scripts: RedisScripts;

  constructor(parts: RedisPodsParts) {
    this.#parts = parts;
    this.#scripts = loadScripts(parts.redis);
  }

  /** Never twice for one epoch: an answer that was lost leaves a lease that lapses. */
  take(owner: Owner): Promise<Term | "inUse" | Unavailable> {
    return this.#ask(async (until) => {
      const reply = await this.#scripts["lease-take"](redisKeys.pods, ownerOf(owner), this.#parts.lengthMs);
      const [outcome, end] = reply as ["held", number] | ["inUse"];
      return outcome === "held" ? { end, until } : outcome;
    });
  }

  /** @param deadline after which it is lost, in ms of Redis's clock */
  renew(owner: string, deadline: number): Promise<Renewal | "lost" | Unavailable> {
    const { lengthMs, marginMs } = this.#parts;
    return this.#ask(async (until) => {
      const reply = await this.#scripts["lease-renew"](redisKeys.pods, owner, lengthMs, deadline);
      const [outcome, end, now, next] = reply as ["held", number, number, number | undefined] | ["lost"];
      if (outcome === "lost") return outcome;
      // What is no time at all, though it stands there, must not make this pod look without a pause.
      const known = next !== undefined && Number.isSafeInteger(next);
      return { end, until, firstClaimIn: known ? next + marginMs - now + ROUNDING_MS : undefined };
    });
  }

  /** Claims whoever's lease lapsed first, if it is long enough ago. */
  claim(): Promise<Claimed | undefined | Unavailable> {
    const { lengthMs, marginMs, now } = this.#parts;
    return this.#ask(async (until) => {
      const reply = await this.#scripts["lease-claim"](redisKeys.pods, marginMs, lengthMs);
      const [outcome, owner, end, lapsedFor] = reply as ["claimed", string, number, number] | ["none"];
      return outcome === "claimed" ? { owner, end, until, lapsedAt: now() - lapsedFor } : undefined;
    });
  }

  /** Has an epoch reaped once its latest deadline has passed. */
  async lapse(owner: Owner, deadline: number): Promise<boolean> {
    const done = await this.#ask(() => this.#scripts["lease-lapse"](redisKeys.pods, ownerOf(owner), deadline));
    return Array.isArray(done);
  }

  /** @param deadline after which it may be somebody else's, in ms of Redis's clock */
  async end(owner: string, deadline: number): Promise<boolean> {
    const done = await this.#ask(() => this.#scripts["lease-end"](redisKeys.pods, owner, deadline));
    return Array.isArray(done);
  }

  /** What is counted from when it was sent is never longer than Redis holds it to be. */
  #ask<T>(call: (until: number) => Promise<T>): Promise<T | Unavailable> {
    const until = this.#parts.now() + this.#parts.lengthMs;
    return orUnavailable(() => call(until));
  }
}
