// Aggregators agree by Redis on what pods have counted: each writes there what it knows before it tells anybody.
import type { KeptTotals, RedisTotals } from "@jongleur/core";
import type { Ledger } from "./ledger.ts";

export interface AgreementParts {
  readonly totals: RedisTotals;
  readonly ledger: Ledger;
  /** After so long without a sign of a pod its totals are added to the sum, in ms. */
  readonly retireMs: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
  readonly onRedis: (away: boolean) => void;
}

/** So long it is remembered that the sum holds a pod, in ms: a reading of it that comes later than that would count twice. */
const REMEMBERED_MS = 24 * 3600 * 1000;

/** Who has heard nothing of the others for so long, in ms, believes them rather than itself. */
const OUTDATED_MS = REMEMBERED_MS / 2;

export class Agreement {
  readonly #parts: AgreementParts;
  #latest: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #kept: KeptTotals | undefined;
  #agreedAt: number | undefined;
  #away = false;

  constructor(parts: AgreementParts) {
    this.#parts = parts;
  }

  /** Whether Redis was not there when it was needed last. */
  get away(): boolean {
    return this.#away;
  }

  /** Whether Redis has been read at all: before, nothing is known of pods that have gone. */
  get begun(): boolean {
    return this.#agreedAt !== undefined;
  }

  /** Exchanges all that is known, or finds Redis away. One at a time; who asks while one waits shares it. */
  reach(): Promise<void> {
    this.#next ??= this.#latest.then(() => {
      this.#next = undefined;
      this.#latest = this.#reach();
      return this.#latest;
    });
    return this.#next;
  }

  /** Adds one of the pods that have gone long ago to the sum. @param living pods that are there, whether they answer or not */
  async retire(living: ReadonlySet<string>): Promise<void> {
    const { totals, ledger, retireMs } = this.#parts;
    const kept = this.#kept;
    if (!kept || this.#away || kept.version !== ledger.version) return;
    const forgotten = [...kept.retired].filter(([, age]) => age > REMEMBERED_MS).map(([pod]) => pod);
    if (forgotten.length > 0) await totals.forget(forgotten);
    const due = kept.readings.find(({ pod, age }) => age > retireMs && !living.has(pod));
    const sum = due && ledger.sumWith(due.pod);
    if (due && sum !== undefined) await totals.fold(due, { from: kept.version, sum, age: retireMs });
  }

  async #reach(): Promise<void> {
    const { totals, ledger } = this.#parts;
    const kept = await this.#read();
    if (!kept) return;
    const { version, text, retired } = ledger.sum();
    if (kept.version < version) await totals.restore(version, text, retired);
    const ahead = ledger.aheadOf(kept);
    ledger.adopt(kept);
    const outcomes = await Promise.all(ahead.map((reading) => totals.note(reading)));
    if (outcomes.some((outcome) => typeof outcome === "object")) return this.#tell(true);
    // Somebody was faster, or knows that the pod is in the sum.
    const again = outcomes.some((outcome) => outcome !== "noted") ? await this.#read() : undefined;
    if (again) ledger.adopt(again);
  }

  async #read(): Promise<KeptTotals | undefined> {
    const { totals, ledger, now } = this.#parts;
    const kept = await totals.read();
    this.#tell(kept.outcome !== "read");
    if (kept.outcome !== "read") return undefined;
    if (this.#agreedAt !== undefined && now() - this.#agreedAt > OUTDATED_MS) ledger.clear();
    this.#agreedAt = now();
    this.#kept = kept;
    return kept;
  }

  #tell(away: boolean): void {
    if (away !== this.#away) this.#parts.onRedis(away);
    this.#away = away;
  }
}
