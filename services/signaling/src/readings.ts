// What the pod measures, read for those who merge it with what others measure.
import { type Metric, type Reading, totalsOf, writeTotals } from "@jongleur/core";
import type { Registry } from "prom-client";

export interface PodFacts {
  /** Of no other process, ever: what has been counted under it is this pod's. */
  readonly pod: string;
  readonly version: string;
  /** ISO date. */
  readonly started: string;
}

export interface PodReading extends PodFacts {
  /** Of two readings the one with the greater number is the later, in all that it holds. */
  readonly number: number;
  readonly draining: boolean;
  readonly metrics: readonly Metric[];
}

export class Readings {
  readonly #registry: Registry;
  readonly #facts: PodFacts;
  readonly #draining: () => boolean;
  #count = 0;
  #latest: Promise<unknown> = Promise.resolve();

  constructor(registry: Registry, facts: PodFacts, draining: () => boolean) {
    this.#registry = registry;
    this.#facts = facts;
    this.#draining = draining;
  }

  /** One after the other: else a later number could go with what was counted earlier. */
  read(): Promise<PodReading> {
    const reading = this.#latest.then(() => this.#read());
    this.#latest = reading.catch(() => {});
    return reading;
  }

  /** What has been counted in all, when nothing more is. */
  async last(): Promise<Reading> {
    const { pod, number, metrics } = await this.read();
    return { pod, number, last: true, text: writeTotals(totalsOf(metrics)) };
  }

  async #read(): Promise<PodReading> {
    const metrics = (await this.#registry.getMetricsAsJSON()) as unknown as Metric[];
    this.#count += 1;
    return { ...this.#facts, number: this.#count, draining: this.#draining(), metrics };
  }
}
