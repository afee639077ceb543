// Without Redis: pods that have not been seen for long are added to the sum, so that what is kept does not grow.
import type { Ledger } from "./ledger.ts";

/** As long as where aggregators agree by Redis, in ms. */
const REMEMBERED_MS = 24 * 3600 * 1000;

export class Retirement {
  readonly #ledger: Ledger;
  readonly #retireMs: number;
  /** When a pod was seen last, in ms. */
  readonly #seen = new Map<string, number>();

  constructor(ledger: Ledger, retireMs: number) {
    this.#ledger = ledger;
    this.#retireMs = retireMs;
  }

  /** @param living pods that are there. @param now monotonic, in ms */
  retire(living: ReadonlySet<string>, now: number): void {
    for (const pod of [...living, ...this.#ledger.pods]) if (!this.#seen.has(pod)) this.#seen.set(pod, now);
    for (const pod of living) this.#seen.set(pod, now);
    for (const [pod, seen] of this.#seen) {
      if (now - seen > this.#retireMs) this.#ledger.retire(pod);
      if (now - seen > this.#retireMs + REMEMBERED_MS) {
        this.#ledger.forget(pod);
        this.#seen.delete(pod);
      }
    }
  }
}
