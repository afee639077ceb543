// What is known of one pod from the last round of questions.
import type { Metric } from "@jongleur/core";

export const POD_STATES = ["up", "draining", "late", "unreachable"] as const;
export type PodState = (typeof POD_STATES)[number];

export interface Sighting {
  readonly url: string | undefined;
  /** Undefined for an address at which no pod has answered yet. */
  readonly pod: string | undefined;
  readonly state: PodState;
  readonly version: string | undefined;
  /** ISO date. */
  readonly started: string | undefined;
  /** When its lease ends, in ms of the process's own clock; undefined for a pod that has none. */
  readonly leaseEnd: number | undefined;
  /** When it answered last, in ms of the process's own clock. */
  readonly answered: number | undefined;
  /** What it measured then that is of the moment: gauges. */
  readonly gauges: readonly Metric[];
  /** How many messages it had taken for relay by then. */
  readonly relayed: number | undefined;
  /** What it counts, with nothing counted: what is there with 0 from the start. */
  readonly zeroes: readonly Metric[];
}

/** A metric without labels. @returns undefined if it has not been told */
export function gaugeOf({ gauges }: Sighting, wanted: string): number | undefined {
  return gauges.find(({ name }) => name === wanted)?.values[0]?.value;
}

/** What is lacking in what is told of the last round, in words: nothing if it is whole. */
export function missingIn(sightings: readonly Sighting[], redisAway: boolean): readonly string[] {
  const silent = sightings.filter(({ state }) => state === "late" || state === "unreachable").length;
  return [
    ...(silent > 0 ? [`${silent} of ${sightings.length} pods did not answer`] : []),
    ...(redisAway ? ["Redis is away"] : []),
  ];
}
