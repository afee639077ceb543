// What operators ask an aggregator: the metrics of all pods as one, and which pods there are.
import { type Answer, createProbeRoutes, defineRoute, type Route } from "@jongleur/runtime";
import type { Registry } from "prom-client";
import { z } from "zod";
import { statsOf } from "./merge.ts";
import { describePods, podsPage } from "./pods-page.ts";
import { missingIn, type Sighting } from "./sighting.ts";

export interface RouteParts {
  /** Hears what other aggregators know, as far as Redis is there. */
  readonly agree: () => Promise<void>;
  /** All that is known by now as one. */
  readonly merged: () => Registry;
  readonly own: Registry;
  readonly sightings: () => readonly Sighting[];
  readonly redisAway: () => boolean;
  /** Why nothing can be told yet; undefined when it can. */
  readonly notBegun: () => string | undefined;
  /** Why the process should get no new work just now; undefined when it is ready. */
  readonly notReady: () => string | undefined;
  /** Monotonic, in ms. */
  readonly now: () => number;
}

/** Names, in words, what an answer lacks. */
const PARTIAL = "Jongleur-Partial";

export function createRoutes(parts: RouteParts): Route[] {
  const { merged, own, sightings, redisAway, now } = parts;
  return [
    ...createProbeRoutes(parts),
    telling(parts, {
      name: "readMetrics",
      path: "/metrics",
      summary: "The metrics of all pods as one, and the aggregator's own, for Prometheus",
      answer: { description: "Prometheus' text format", schema: z.string(), type: own.contentType },
      tell: async () => `${await merged().metrics()}\n${await own.metrics()}`,
    }),
    telling(parts, {
      name: "readStats",
      path: "/stats",
      summary: "The metrics of JSONgle-Server as JSON, of all pods",
      answer: { description: "By name", schema: z.record(z.string(), z.number()) },
      tell: () => statsOf(merged()),
    }),
    telling(parts, {
      name: "readPods",
      path: "/pods",
      summary: "The pods that are there",
      answer: { description: "Each pod, and whether all have answered", schema: podsPage },
      tell: () => ({ partial: missingIn(sightings(), redisAway()).length > 0, pods: describePods(sightings(), now()) }),
    }),
  ];
}

interface Telling extends Pick<Route, "name" | "path" | "summary"> {
  readonly answer: Route["answers"][number];
  readonly tell: () => unknown;
}

/** What was told before Redis has been read would be less than what was told before. */
function telling(parts: RouteParts, { answer, tell, ...route }: Telling): Route {
  const begun = async (): Promise<Answer> => {
    await parts.agree();
    const body = await tell();
    return { status: 200, body, headers: partialHeader(parts) };
  };
  return defineRoute({
    ...route,
    method: "get",
    access: "open",
    anyOrigin: true,
    answers: {
      200: answer,
      503: {
        description: "Not yet, and why",
        schema: z.object({ status: z.literal("not ready"), reason: z.string() }),
      },
    },
    answer: () => {
      const reason = parts.notBegun();
      if (reason === undefined) return begun();
      return { status: 503, body: { status: "not ready", reason } };
    },
  });
}

function partialHeader({ sightings, redisAway }: RouteParts): Record<string, string> {
  const reasons = missingIn(sightings(), redisAway());
  return reasons.length > 0 ? { [PARTIAL]: reasons.join("; ") } : {};
}
