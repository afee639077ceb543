// What a process has counted since it began: counters and histograms, in a form that can be kept and added up.

/** One of the lines of a metric: of a histogram, a bucket, the sum or the count. */
export interface Series {
  /** Where it is not the metric's own. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A metric as prom-client hands it out. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: string;
  readonly values: readonly Series[];
}

/** Metrics that only grow, without what is 0. */
export type Totals = readonly Metric[];

/**
 * Values are kept as multiples of this, rounded down: below 2^29 they are then added up exactly, in any order. With
 * plain fractions the sum of the same values differs by their order, and a total could fall.
 */
const QUANTA = 2 ** 24;

/** Whether it only grows, so that what has been counted outlives the process that counted it. */
export function isCumulative({ type }: Pick<Metric, "type">): boolean {
  return type === "counter" || type === "histogram";
}

export function totalsOf(metrics: readonly Metric[]): Totals {
  return metrics.filter(isCumulative).flatMap((metric) => {
    const values = metric.values.flatMap(({ value, ...series }) => {
      const whole = Math.floor(value * QUANTA) / QUANTA;
      return whole > 0 ? [{ ...series, value: whole }] : [];
    });
    return values.length > 0 ? [{ ...metric, aggregator: "sum", values }] : [];
  });
}

/** By name, metric and labels, whichever of the two has it. */
export function addTotals(one: Totals, other: Totals): Totals {
  const metrics = Map.groupBy([...one, ...other], ({ name }) => name);
  return Array.from(metrics.values(), (same) => ({ ...(same.at(-1) as Metric), values: addSeries(same) }));
}

function addSeries(metrics: readonly Metric[]): Series[] {
  const all = metrics.flatMap(({ values }) => values);
  const groups = Map.groupBy(all, keyOf).values();
  return Array.from(groups, (same) => ({
    ...(same[0] as Series),
    value: same.reduce((sum, { value }) => sum + value, 0),
  }));
}

/** The order of labels means nothing, nor whether a bucket's bound is a number or its text. */
function keyOf({ metricName = "", labels }: Series): string {
  const parts = Object.entries(labels).map(([name, value]) => [name, String(value)]);
  return JSON.stringify([metricName, ...parts.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))]);
}

type Written = readonly [name: string, type: string, help: string, series: readonly WrittenSeries[]];
type WrittenSeries = readonly [value: number, labels: Series["labels"], metricName?: string];

export function writeTotals(totals: Totals): string {
  const written: Written[] = totals.map(({ name, type, help, values }) => {
    const series = values.map(({ value, labels, metricName }): WrittenSeries => {
      return metricName === undefined ? [value, labels] : [value, labels, metricName];
    });
    return [name, type, help, series];
  });
  return JSON.stringify(written);
}

/** @param text of `writeTotals` */
export function readTotals(text: string): Totals {
  return (JSON.parse(text) as Written[]).map(([name, type, help, series]) => {
    const values = series.map(([value, labels, metricName]) => ({
      labels,
      value,
      ...(metricName !== undefined && { metricName }),
    }));
    return { name, type, help, aggregator: "sum", values };
  });
}
