// Gives back what dead pods hold: seats, places and sessions, so that nobody waits for who is gone.
import type { Holding } from "./holding.ts";
import type { Owner } from "./redis-authority.ts";
import type { Claim, RedisClaims } from "./redis-claims.ts";
import { holdingFrom } from "./redis-holdings.ts";
import { redisKeys } from "./redis-keys.ts";
import { orUnavailable } from "./redis-outage.ts";
import type { RedisConnection } from "./redis-scripts.ts";
import type { Holder } from "./room.ts";

export interface Reaped {
  readonly owner: Owner;
  readonly seats: number;
  readonly places: number;
  readonly sessions: number;
  /** From the end of the lease until all was given back. */
  readonly ms: number;
}

export interface RedisReaperParts {
  readonly redis: RedisConnection;
  readonly claims: RedisClaims;
  /** How often a claim is renewed while there is much to give back. */
  readonly renewalMs: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Gives a holding back in its dead holder's name, and tells who has to know. @returns false if Redis is away */
  readonly release: (holder: Holder, holding: Holding) => Promise<boolean>;
  readonly onReaped: (reaped: Reaped) => void;
  /** Something is listed that is no holding, or could not be given back, though Redis is there. */
  readonly onFault: (error: unknown) => void;
}

const KINDS = ["seat", "place", "session", "expulsion"] as const;
const MOST_AT_ONCE = 32;

export class RedisReaper {
  readonly #parts: RedisReaperParts;
  #reaping: Promise<void> | undefined;
  #closed = false;

  constructor(parts: RedisReaperParts) {
    this.#parts = parts;
  }

  /** Reaps one dead owner after the other, as long as there are any. */
  reap(): Promise<void> {
    this.#reaping ??= this.#reapAll().finally(() => {
      this.#reaping = undefined;
    });
    return this.#reaping;
  }

  /** Leaves the rest to others. @returns when nothing is under way any more */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#reaping;
  }

  async #reapAll(): Promise<void> {
    while (!this.#closed) {
      const claim = await this.#parts.claims.take();
      if (!claim) return;
      await this.#reapOne(claim);
    }
  }

  async #reapOne(claim: Claim): Promise<void> {
    const { claims, renewalMs, now, onReaped, onFault } = this.#parts;
    const renewing = setInterval(() => void claims.renew(claim).catch(onFault), renewalMs);
    try {
      const released = await this.#releaseAll(claim);
      if (!released) return;
      await claims.end(claim);
      onReaped({ owner: claim.owner, ...released, ms: Math.round(now() - claim.lapsedAt) });
    } catch (error) {
      onFault(error);
    } finally {
      clearInterval(renewing);
      claims.drop(claim);
    }
  }

  /** @returns undefined if something is left: whoever claims the owner next tries again */
  async #releaseAll(claim: Claim): Promise<Omit<Reaped, "owner" | "ms"> | undefined> {
    const { redis } = this.#parts;
    const list = redisKeys.holdings(claim.owner);
    const listed = await orUnavailable(() => redis.smembers(list));
    if ("outcome" in listed) return undefined;
    const holdings = this.#understood(claim.owner, listed);
    for (const kind of KINDS) {
      if (!(await this.#releaseKind(claim, holdings[kind]))) return undefined;
    }
    // Nothing was listed meanwhile: a list whose epoch's lease has lapsed takes nothing in. So this may come late, too.
    if (typeof (await orUnavailable(() => redis.unlink(list))) !== "number") return undefined;
    const { seat, place, session } = holdings;
    return { seats: seat.length, places: place.length, sessions: session.length };
  }

  #understood({ pod, epoch }: Owner, listed: readonly string[]) {
    const holdings: Record<Holding[0], Holding[]> = { seat: [], place: [], session: [], expulsion: [] };
    for (const each of listed) {
      const holding = holdingFrom(each);
      if (holding) holdings[holding[0]].push(holding);
      else this.#parts.onFault(new Error(`what pod ${pod} lists under epoch ${epoch} holds something else`));
    }
    return holdings;
  }

  /** Those of one room, or user, one after the other: each changes what the next finds. */
  async #releaseKind(claim: Claim, holdings: readonly Holding[]): Promise<boolean> {
    // The last name is the room's of seats, places and expulsions, and the user's of sessions.
    const groups = Map.groupBy(holdings, (holding) => holding.at(-1)).values();
    let complete = true;
    const work = async () => {
      for (const group of groups) {
        for (const holding of group) complete = (await this.#release(claim, holding)) && complete;
      }
    };
    await Promise.all(Array.from({ length: MOST_AT_ONCE }, work));
    return complete;
  }

  /** What can't be given back for a fault of ours keeps nothing else from it. */
  async #release({ owner }: Claim, holding: Holding): Promise<boolean> {
    const { claims, release, onFault } = this.#parts;
    if (this.#closed || claims.deadlineOf(owner) === 0) return false;
    const { pod, epoch } = owner;
    try {
      return await release({ sessionId: holding[1], pod, epoch }, holding);
    } catch (error) {
      onFault(error);
      return false;
    }
  }
}
