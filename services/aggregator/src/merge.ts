// The metrics of many pods as one: totals of all that there ever were, gauges of those that are there.
import type { Totals } from "@jongleur/core";
import { AggregatorRegistry, type Registry } from "prom-client";
import type { Sighting } from "./sighting.ts";

/** Those that JSONgle-Server has, by its names: what `/stats` tells, of a pod as of all. */
const STATS = [
  "users_count",
  "users_total",
  "conferences_count",
  "conferences_total",
  "duration_total",
  "recv_total",
  "sent_total",
  "p2p_count",
  "p2p_total",
  "p2p_failed_total",
  "p2p_duration_total",
  "messages_total",
  "reactions_total",
] as const;

export function mergeMetrics(totals: readonly Totals[], sightings: readonly Sighting[]): Registry {
  // What there is with 0 comes first: it says of each metric, also where nobody has counted anything yet, what it is.
  const zeroes = new Set(sightings.map((sighting) => sighting.zeroes));
  return AggregatorRegistry.aggregate([...zeroes, ...totals, ...sightings.map(({ gauges }) => gauges)].map(asArray));
}

function asArray(metrics: readonly object[]): object[] {
  return [...metrics];
}

export async function statsOf(merged: Registry): Promise<Record<string, number>> {
  const metrics = new Map((await merged.getMetricsAsJSON()).map((metric) => [metric.name, metric]));
  return Object.fromEntries(STATS.map((name) => [name, metrics.get(name)?.values[0]?.value ?? 0]));
}
