// What all pods have counted, those that have gone included: for each pod the latest reading, and one sum of old ones.
import { addTotals, type KeptTotals, type Reading, readTotals, type Totals, writeTotals } from "@jongleur/core";

interface Entry {
  readonly reading: Reading;
  readonly totals: Totals;
}

/**
 * All that it takes in may come twice, late and in any order: of each pod the latest reading counts, and a pod that has
 * been added to the sum counts no more by itself. So aggregators that have heard of the same readings agree.
 */
export class Ledger {
  #version = 0;
  #sum: Totals = [];
  #sumText = "";
  readonly #entries = new Map<string, Entry>();
  /** Pods that the sum holds, as far as they are remembered. */
  #retired = new Set<string>();

  /** How many pods have been added to the sum. */
  get version(): number {
    return this.#version;
  }

  /** Pods that have readings of their own. */
  get pods(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Whether it has told all that it will ever tell. */
  hasEnded(pod: string | undefined): boolean {
    return pod !== undefined && this.#entries.get(pod)?.reading.last === true;
  }

  take(reading: Reading, totals: Totals): void {
    const known = this.#entries.get(reading.pod);
    if (this.#retired.has(reading.pod) || (known && !isLater(reading, known.reading))) return;
    this.#entries.set(reading.pod, { reading, totals });
  }

  /** Takes over what is kept for all aggregators. A sum that has lost pods is not taken. */
  adopt({ version, folded, readings, retired }: KeptTotals): void {
    if (version >= this.#version) this.#adoptSum(version, folded, retired);
    for (const reading of readings) {
      const known = this.#entries.get(reading.pod);
      if (!known || isLater(reading, known.reading)) this.take(reading, readTotals(reading.text));
    }
  }

  #adoptSum(version: number, text: string, retired: KeptTotals["retired"]): void {
    if (text !== this.#sumText) {
      this.#sum = text === "" ? [] : readTotals(text);
      this.#sumText = text;
    }
    this.#version = version;
    this.#retired = new Set(retired.keys());
    for (const pod of this.#retired) this.#entries.delete(pod);
  }

  /** What is known here, and not there. */
  aheadOf({ readings }: KeptTotals): readonly Reading[] {
    const there = new Map(readings.map((reading) => [reading.pod, reading]));
    const own = Array.from(this.#entries.values(), ({ reading }) => reading);
    return own.filter((reading) => {
      const kept = there.get(reading.pod);
      return !kept || isLater(reading, kept);
    });
  }

  /** What Redis has to be given back if it has lost it. */
  sum(): { readonly version: number; readonly text: string; readonly retired: readonly string[] } {
    return { version: this.#version, text: this.#sumText, retired: [...this.#retired] };
  }

  /** @returns the sum, if the pod were added to it; undefined if nothing is known of the pod */
  sumWith(pod: string): string | undefined {
    const entry = this.#entries.get(pod);
    return entry && writeTotals(addTotals(this.#sum, entry.totals));
  }

  /** Adds a pod to the sum, where there is no Redis to agree by. */
  retire(pod: string): void {
    const text = this.sumWith(pod);
    if (text === undefined) return;
    this.#sum = readTotals(text);
    this.#sumText = text;
    this.#version += 1;
    this.#entries.delete(pod);
    this.#retired.add(pod);
  }

  /** That the sum holds a pod need not be remembered any more. */
  forget(pod: string): void {
    this.#retired.delete(pod);
  }

  /** Forgets everything, to learn it anew: what is known here may be of pods that nobody remembers any more. */
  clear(): void {
    this.#version = 0;
    this.#sum = [];
    this.#sumText = "";
    this.#entries.clear();
    this.#retired.clear();
  }

  /** To be added up. */
  parts(): readonly Totals[] {
    return [this.#sum, ...Array.from(this.#entries.values(), ({ totals }) => totals)];
  }
}

/** Behind the last of a pod comes nothing. */
function isLater(one: Reading, other: Reading): boolean {
  return !other.last && one.number > other.number;
}
