// The links on which other pods send to this one: what has come, and what is missing.
import type { Batch } from "./redis-bus-batch.ts";

interface Link {
  readonly id: string;
  /** The number of the last batch. */
  last: number;
  sweepsUnused: number;
}

/** Longer than senders keep theirs: a link that only the receiver forgets looks as if batches were missing. */
const SWEEPS_KEPT = 2;

export class RedisBusLinks {
  readonly #links = new Map<string, Link>();

  /** @returns whether the batch is the next, comes behind others that are missing, or has been overtaken or repeated */
  take({ from, link: id, seq }: Batch): "next" | "gap" | "stale" {
    const link = this.#linkOf(from, id);
    link.sweepsUnused = 0;
    if (seq <= link.last) return "stale";
    const order = seq === link.last + 1 ? "next" : "gap";
    link.last = seq;
    return order;
  }

  /** Called at regular intervals: forgets the links of pods that have been silent for long. */
  sweep(): void {
    for (const [from, link] of this.#links) if (++link.sweepsUnused > SWEEPS_KEPT) this.#links.delete(from);
  }

  #linkOf(from: string, id: string): Link {
    const known = this.#links.get(from);
    if (known?.id === id) return known;
    const link = { id, last: 0, sweepsUnused: 0 };
    this.#links.set(from, link);
    return link;
  }
}
