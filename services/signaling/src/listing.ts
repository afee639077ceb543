// The pod as those see it who watch the service: what it tells of itself in Redis, and what it leaves there.
import type { PodCard, RedisPodCards, RedisTotals } from "@jongleur/core";
import type { PodFacts, Readings } from "./readings.ts";

/** The part of the state in Redis that is not signaling's. Missing where the pod keeps its state in memory. */
export interface PodsInRedis {
  readonly cards: RedisPodCards;
  readonly totals: RedisTotals;
  readonly leaseMs: number;
  readonly renewalMs: number;
}

export class Listing {
  readonly #redis: PodsInRedis;
  readonly #facts: PodFacts;
  readonly #readings: Readings;
  #card: PodCard | undefined;
  #renewing: NodeJS.Timeout | undefined;

  constructor(redis: PodsInRedis, facts: PodFacts, readings: Readings) {
    this.#redis = redis;
    this.#facts = facts;
    this.#readings = readings;
  }

  /** From now on the pod can be found. @param url where it answers operators */
  show(url: string): void {
    const { version, started } = this.#facts;
    this.#card = { url, version, started, draining: false };
    void this.#renew();
    this.#renewing = setInterval(() => void this.#renew(), this.#redis.renewalMs);
  }

  drain(): void {
    if (this.#card) this.#card = { ...this.#card, draining: true };
    void this.#renew();
  }

  /**
   * Leaves what was counted in all, and is found no more. To be called when nobody can ask the pod itself any more:
   * what it told later would be lost.
   */
  async close(): Promise<void> {
    clearInterval(this.#renewing);
    this.#card = undefined;
    await this.#redis.totals.handOver(await this.#readings.last());
    await this.#redis.cards.withdraw(this.#facts.pod);
  }

  async #renew(): Promise<void> {
    const { cards, leaseMs } = this.#redis;
    if (this.#card) await cards.show(this.#facts.pod, this.#card, leaseMs);
  }
}
