// What operators ask an aggregator: the metrics of all pods as one, and which pods there are.
import { readableFromAnywhere } from "@jongleur/runtime";
import type { Express, RequestHandler } from "express";
import type { Registry } from "prom-client";
import { statsOf } from "./merge.ts";
import { describePods } from "./pods-page.ts";
import { isPartial, type Sighting } from "./sighting.ts";

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
  /** Monotonic, in ms. */
  readonly now: () => number;
}

/** Names, in words, what an answer lacks. */
const PARTIAL = "Jongleur-Partial";

export function addRoutes(app: Express, parts: RouteParts): void {
  const { merged, own, sightings, now } = parts;
  const agree: RequestHandler = async (_request, _response, next) => {
    await parts.agree();
    next();
  };
  const handlers = [readableFromAnywhere, onceBegun(parts), agree, sayIfPartial(parts)];
  app.get("/metrics", ...handlers, async (_request, response) => {
    response.set("Content-Type", own.contentType).send(`${await merged().metrics()}\n${await own.metrics()}`);
  });
  app.get("/stats", ...handlers, async (_request, response) => void response.json(await statsOf(merged())));
  app.get("/pods", ...handlers, (_request, response) => {
    response.json({ partial: isPartial(sightings()) || parts.redisAway(), pods: describePods(sightings(), now()) });
  });
}

/** What was told before Redis has been read would be less than what was told before. */
function onceBegun({ notBegun }: RouteParts): RequestHandler {
  return (_request, response, next) => {
    const reason = notBegun();
    if (reason === undefined) next();
    else response.status(503).json({ status: "not ready", reason });
  };
}

function sayIfPartial({ sightings, redisAway }: RouteParts): RequestHandler {
  return (_request, response, next) => {
    const all = sightings();
    const silent = all.filter(({ state }) => state === "late" || state === "unreachable").length;
    const reasons = [
      ...(silent > 0 ? [`${silent} of ${all.length} pods did not answer`] : []),
      ...(redisAway() ? ["Redis is away"] : []),
    ];
    if (reasons.length > 0) response.set(PARTIAL, reasons.join("; "));
    next();
  };
}
