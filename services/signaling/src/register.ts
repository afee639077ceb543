// Registers metrics whose numbers are kept elsewhere, and says of each how those of several pods are merged.
import { Counter, Gauge, type Registry } from "prom-client";

/** How the values of several pods become one; counters and histograms are always added up. */
export type Merge = "sum" | "max" | "first" | "omit";

/** @param read is called when somebody scrapes */
export function registerGauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number,
  merge: Merge = "sum",
): void {
  new Gauge({
    name,
    help,
    aggregator: merge,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** @param read is called when somebody scrapes, and never gives less than before */
export function registerCounter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    aggregator: "sum",
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}
