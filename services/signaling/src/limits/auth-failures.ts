// Tokens that were refused, by address: answered later and later, and then not looked at any more for a while.
import { setTimeout as wait } from "node:timers/promises";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { prefixOf } from "./address-prefix.ts";

/** Counts one more failure of an address, in a window that begins with its first. */
export type CountFailure = (prefix: string) => Promise<FailureCount>;

export interface FailureCount {
  readonly failures: number;
  /** Milliseconds until the window ends, and the count with it. */
  readonly msLeft: number;
}

export interface AuthFailureRules {
  /** Failures within the window that block an address until it ends; 0 for none. */
  readonly most: number;
  readonly windowSeconds: number;
  readonly isLimited: (address: string) => boolean;
  /** Over all pods; undefined for a pod alone. Rejects where it can't be had. */
  readonly countShared: CountFailure | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** So many failures of an address are answered at once. Each further one takes twice as long as the one before. */
const FREE = 10;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 3000;

/** After so long the count of the other pods is not waited for. */
const SHARED_COUNT_MS = 250;

export class AuthFailures {
  readonly #rules: AuthFailureRules;
  readonly #own: RateLimiterMemory;
  /** Until when addresses are blocked. */
  readonly #blocked = new Map<string, number>();

  constructor(rules: AuthFailureRules) {
    this.#rules = rules;
    this.#own = new RateLimiterMemory({ points: Math.max(1, rules.most), duration: rules.windowSeconds });
  }

  /** @returns the milliseconds for which no token of the address is looked at, 0 if it is */
  blockedFor(address: string): number {
    if (this.#blocked.size === 0) return 0;
    const until = this.#blocked.get(prefixOf(address)) ?? 0;
    return Math.max(0, Math.ceil(until - this.#rules.now()));
  }

  /**
   * Notes that a token was refused. A good one clears nothing: who has one could try others for ever.
   * @returns when it is to be answered: at once where the address has no limits. Good tokens never wait, whoever else
   *   has the address
   */
  async fail(address: string): Promise<void> {
    if (!this.#rules.isLimited(address)) return;
    const failures = await this.#count(address);
    if (failures >= FREE) await wait(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - FREE)));
  }

  /** Forgets blocks that are over. */
  sweep(): void {
    const now = this.#rules.now();
    for (const [prefix, until] of this.#blocked) if (until <= now) this.#blocked.delete(prefix);
  }

  /** Both are counted each time: when the shared count is lost or can't be had, the own goes on from where it was. */
  async #count(address: string): Promise<number> {
    const prefix = prefixOf(address);
    const note = (count: FailureCount) => this.#note(prefix, count);
    const own = await this.#own.penalty(prefix);
    const known = note({ failures: own.consumedPoints, msLeft: own.msBeforeNext });
    const shared = this.#rules.countShared?.(prefix).then(note, () => 0);
    return Math.max(known, (await Promise.race([shared, wait(SHARED_COUNT_MS, 0, { ref: false })])) ?? 0);
  }

  #note(prefix: string, { failures, msLeft }: FailureCount): number {
    const { most, now } = this.#rules;
    if (most > 0 && failures >= most) {
      this.#blocked.set(prefix, Math.max(this.#blocked.get(prefix) ?? 0, now() + msLeft));
    }
    return failures;
  }
}
