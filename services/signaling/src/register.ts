// Registers metrics whose numbers are kept elsewhere, and says of each how those of several pods are merged.
import type { Durations } from "@jongleur/core";
import { Counter, Gauge, type Histogram, type Registry } from "prom-client";

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

type Labels = Readonly<Record<string, string>>;

/** Registers a histogram of durations that are kept as plain numbers. */
export function registerDurations(
  registry: Registry,
  name: string,
  help: string,
  all: readonly (readonly [labels: Labels, durations: Durations])[],
): void {
  const get = () => ({
    ...{ name, help, type: "histogram", aggregator: "sum" },
    values: all.flatMap(([labels, durations]) => linesOf(name, labels, durations)),
  });
  // What the registry asks of a metric; its own kinds can't be given numbers that are there.
  registry.registerMetric({ name, get } as unknown as Histogram);
}

function linesOf(name: string, labels: Labels, { bounds, counts, sum }: Durations) {
  let count = 0;
  const buckets = counts.map((more, i) => {
    count += more;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[i] ?? "+Inf" }, value: count };
  });
  const whole = { sum, count };
  const rest = (["sum", "count"] as const).map((part) => {
    return { metricName: `${name}_${part}`, labels, value: whole[part] };
  });
  return [...buckets, ...rest];
}
