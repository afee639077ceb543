// How long things took: plain numbers by upper bound, read when metrics are scraped.

/** Upper bounds in seconds, for what a process does by itself, for what takes a network, and for what waits for a lease. */
export const BOUNDS = {
  local: [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
  remote: [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  lease: [1, 1.5, 2, 3, 5, 10, 30, 60],
} as const;

export class Durations {
  readonly bounds: readonly number[];
  /** Of each bound how many were above the one before, and behind the last how many were above all. */
  readonly counts: number[];
  /** In seconds. */
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  add(ms: number): void {
    const seconds = ms / 1000;
    let i = 0;
    while (seconds > (this.bounds[i] ?? Number.POSITIVE_INFINITY)) i += 1;
    this.counts[i] = (this.counts[i] ?? 0) + 1;
    this.sum += seconds;
  }
}
