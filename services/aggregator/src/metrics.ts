// What the aggregator measures of itself.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Scrape } from "./scraper.ts";
import { POD_STATES, type Sighting } from "./sighting.ts";

const OUTCOMES = ["answered", "late", "unreachable"] as const satisfies readonly Scrape["outcome"][];
const LOOK_AT_LOOP_MS = 100;

export interface MeasuredParts {
  readonly version: string;
  readonly sightings: () => readonly Sighting[];
  /** Pods that have gone, and whose totals are not part of the sum yet, among those that are there. */
  readonly readings: () => number;
  readonly redisAway: () => boolean;
}

export interface OwnMetrics {
  readonly registry: Registry;
  readonly onScraped: (outcome: Scrape["outcome"]) => void;
  readonly onRound: (seconds: number) => void;
}

export function createMetrics(parts: MeasuredParts): OwnMetrics {
  const registry = new Registry();
  const registers = [registry];
  registerGauges(registry, parts);
  const scrapes = new Counter({
    name: "jongleur_aggregator_scrapes_total",
    help: "Questions to pods, by outcome",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of OUTCOMES) scrapes.labels(outcome).inc(0);
  const rounds = new Histogram({
    name: "jongleur_aggregator_round_seconds",
    help: "Time that a round of questions to all pods took",
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  collectDefaultMetrics({
    register: registry,
    prefix: "jongleur_aggregator_",
    eventLoopMonitoringPrecision: LOOK_AT_LOOP_MS,
  });
  return {
    registry,
    onScraped: (outcome) => scrapes.labels(outcome).inc(),
    onRound: (seconds) => rounds.observe(seconds),
  };
}

function registerGauges(registry: Registry, { version, sightings, readings, redisAway }: MeasuredParts): void {
  new Gauge({
    name: "jongleur_aggregator_pods",
    help: "Pods that are there, by how they answered in the last round",
    labelNames: ["state"],
    registers: [registry],
    collect() {
      const now = sightings();
      for (const state of POD_STATES) this.labels(state).set(now.filter((each) => each.state === state).length);
    },
  });
  registerGauge(registry, "jongleur_aggregator_readings", "Pods whose totals are kept apart, gone or not", readings);
  registerGauge(registry, "jongleur_aggregator_redis_away", "1 while Redis can't be reached", () =>
    redisAway() ? 1 : 0,
  );
  new Gauge({
    name: "jongleur_aggregator_build_info",
    help: "1, for the version of the aggregator",
    labelNames: ["version"],
    registers: [registry],
  })
    .labels(version)
    .set(1);
}

function registerGauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
