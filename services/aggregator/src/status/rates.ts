// How many messages a second each pod takes for relay, told from two answers of the same process.
import type { Sighting } from "../sighting.ts";

interface Reading {
  readonly answered: number;
  readonly relayed: number;
  readonly rate: number | undefined;
}

/** A pod that is new has no rate until it has answered twice; what it counted before nobody looked is no peak of now. */
export class Rates {
  #readings: ReadonlyMap<string, Reading> = new Map();

  /** @returns by pod, of those that have answered lately. */
  take(sightings: readonly Sighting[]): ReadonlyMap<string, number> {
    const next = new Map<string, Reading>();
    const rates = new Map<string, number>();
    for (const { pod, state, answered, relayed } of sightings) {
      if (pod === undefined || answered === undefined || relayed === undefined) continue;
      const reading = follow(this.#readings.get(pod), answered, relayed);
      next.set(pod, reading);
      const isHeard = state === "up" || state === "draining";
      if (isHeard && reading.rate !== undefined) rates.set(pod, reading.rate);
    }
    this.#readings = next;
    return rates;
  }
}

function follow(before: Reading | undefined, answered: number, relayed: number): Reading {
  if (!before) return { answered, relayed, rate: undefined };
  if (answered <= before.answered) return before;
  const rate = Math.max(0, relayed - before.relayed) / ((answered - before.answered) / 1000);
  return { answered, relayed, rate: Math.round(rate * 10) / 10 };
}
