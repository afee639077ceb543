// All metrics as JSON, each with how it is merged with those of other pods: what an aggregator reads.
import { type Access, defineRoute, type Route } from "@jongleur/runtime";
import { z } from "zod";
import type { Readings } from "../readings.ts";

export interface ReadingRouteParts {
  readonly readings: Readings;
  readonly metricsAccess: Access;
}

/** prom-client has more of some. */
const series = z.looseObject({
  value: z.number().nullable(),
  labels: z.record(z.string(), z.union([z.string(), z.number()])),
  metricName: z.string().optional(),
});

const reading = z.object({
  pod: z.string(),
  version: z.string(),
  started: z.iso.datetime(),
  draining: z.boolean(),
  number: z.int().min(1),
  metrics: z.array(
    z.object({
      name: z.string(),
      help: z.string(),
      type: z.string(),
      aggregator: z.string(),
      values: z.array(series),
    }),
  ),
});

export function createReadingRoute({ readings, metricsAccess }: ReadingRouteParts): Route {
  return defineRoute({
    name: "readMetricsToMerge",
    method: "get",
    path: "/metrics.json",
    summary: "All metrics, each with how it is merged with those of other pods",
    access: metricsAccess,
    answers: { 200: { description: "What the pod measures, and which answer this is", schema: reading } },
    answer: async () => ({ status: 200, body: await readings.read() }),
  });
}
