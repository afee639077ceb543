// What a pod answers to an aggregator (`GET /metrics.json`), looked at before it is believed.
import type { Metric, Series } from "@jongleur/core";

export interface Answer {
  readonly pod: string;
  readonly version: string;
  /** ISO date. */
  readonly started: string;
  readonly draining: boolean;
  /** Of two answers the one with the greater number is the later. */
  readonly number: number;
  readonly metrics: readonly Metric[];
}

const TYPES = ["counter", "gauge", "histogram", "summary"];
const MERGES = ["sum", "max", "min", "average", "first", "omit"];

/** @returns undefined if it is no answer of a pod */
export function readAnswer(text: string): Answer | undefined {
  const value = parsed(text);
  if (!isObject(value)) return undefined;
  const { pod, version, started, draining, number, metrics } = value;
  const isNamed = typeof pod === "string" && /^[\w.-]{1,80}$/.test(pod);
  if (!isNamed || typeof version !== "string" || typeof started !== "string") return undefined;
  if (!Number.isSafeInteger(number) || !Array.isArray(metrics) || !metrics.every(isMetric)) return undefined;
  const clean = metrics.map((metric) => ({ ...metric, values: metric.values.filter(isMeasured) }));
  return { pod, version, started, draining: draining === true, number: number as number, metrics: clean };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMetric(value: unknown): value is Metric {
  if (!isObject(value)) return false;
  const { name, help, type, aggregator, values } = value;
  const isKnown = TYPES.includes(String(type)) && MERGES.includes(String(aggregator));
  const isTold = typeof name === "string" && typeof help === "string";
  return isKnown && isTold && Array.isArray(values) && values.every(isObject);
}

/** What could not be measured is no number: JSON has `null` for it. */
function isMeasured({ value, labels }: Series): boolean {
  return Number.isFinite(value) && isObject(labels);
}
