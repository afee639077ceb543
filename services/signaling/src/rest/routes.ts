// The REST endpoints (PROTOCOL.md, "REST" and "Metrics"): those of JSONgle-Server, and who is where.
import { LOG_LEVELS, type Log, type LogLevel, readableFromAnywhere, refuse } from "@jongleur/runtime";
import express, { type Express, type RequestHandler } from "express";
import type { Registry } from "prom-client";
import { z } from "zod";
import { readStats } from "../metrics.ts";
import { addPresenceRoutes, type PresenceRouteParts } from "./presence.ts";
import type { SelfCheckResult } from "./self-check.ts";
import { readTelemetry } from "./telemetry.ts";

interface About {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** ISO date. */
  readonly started: string;
  /** The settings, without secrets. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

export interface RouteParts extends PresenceRouteParts {
  readonly about: About;
  readonly registry: Registry;
  readonly log: Log;
  readonly selfCheck: () => Promise<SelfCheckResult>;
}

const levelBody = z.object({ level: z.enum(LOG_LEVELS) });

export function addRoutes(app: Express, parts: RouteParts): void {
  const { about, registry, log, selfCheck } = parts;
  const ok: RequestHandler = (_request, response) => void response.json({ status: "OK" });
  app.get("/about", readableFromAnywhere, (_request, response) => void response.json(about));
  app.get("/ping", readableFromAnywhere, ok);
  app.get("/health", readableFromAnywhere, ok);
  app.get("/stats", readableFromAnywhere, async (_request, response) => void response.json(await readStats(registry)));
  app.get("/telemetry", readableFromAnywhere, async (_request, response) => void response.json(await readTelemetry()));
  app.get("/tests", readableFromAnywhere, async (_request, response) => {
    const result = await selfCheck();
    response.status(result.score === 100 ? 200 : 503).json(result);
  });
  addPresenceRoutes(app, parts);
  app.put("/logs/levels", express.json({ limit: "1kb" }), setLogLevel(log));
}

function setLogLevel(log: Log): RequestHandler {
  return (request, response) => {
    const body = levelBody.safeParse(request.body);
    if (!body.success) {
      refuse(response, {
        error: "badParameters",
        details: `level: must be one of ${LOG_LEVELS.join(", ")}, in a body of JSON (Content-Type: application/json)`,
      });
      return;
    }
    const was: LogLevel = log.level;
    log.setLevel(body.data.level);
    log.logger.info({ to: log.level, was }, "log level changed");
    response.json({ level: log.level, was });
  };
}
