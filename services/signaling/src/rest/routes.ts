// The REST endpoints (docs/rest.md): those of JSONgle-Server, and what admins see and do.
import type { Moderation } from "@jongleur/core";
import {
  type Access,
  createOpsRoutes,
  defineRoute,
  LOG_LEVELS,
  type Log,
  okAnswer,
  type Route,
} from "@jongleur/runtime";
import type { Registry } from "prom-client";
import { z } from "zod";
import { readStats } from "../metrics.ts";
import type { Readings } from "../readings.ts";
import { createModerationRoutes } from "./moderation.ts";
import { createPresenceRoutes, type PresenceRouteParts } from "./presence.ts";
import { createReadingRoute } from "./reading.ts";
import type { SelfCheckResult } from "./self-check.ts";
import { readTelemetry } from "./telemetry.ts";

interface About {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** ISO date. */
  readonly started: string;
  /** The settings that anybody may see. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

export interface RouteParts extends PresenceRouteParts {
  readonly about: About;
  /** All settings but secrets. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly registry: Registry;
  readonly metricsAccess: Access;
  readonly readings: Readings;
  readonly notReady: () => string | undefined;
  readonly log: Log;
  readonly moderation: Moderation;
  readonly selfCheck: () => Promise<SelfCheckResult>;
}

export function createRoutes(parts: RouteParts): Route[] {
  return [
    ...createOpsRoutes(parts),
    aboutRoute(parts),
    okRoute("ping"),
    okRoute("health"),
    statsRoute(parts),
    createReadingRoute(parts),
    selfCheckRoute(parts),
    configurationRoute(parts),
    telemetryRoute(),
    logLevelRoute(parts),
    ...createPresenceRoutes(parts),
    ...createModerationRoutes(parts.moderation),
  ];
}

const settingsSchema = z.record(z.string(), z.unknown());

function aboutRoute({ about }: RouteParts): Route {
  return defineRoute({
    name: "readAbout",
    method: "get",
    path: "/about",
    summary: "What runs here, and how it is set as far as that is for anybody",
    access: "open",
    anyOrigin: true,
    answers: {
      200: {
        description: "The server",
        schema: z.object({
          name: z.string(),
          version: z.string(),
          description: z.string(),
          started: z.iso.datetime(),
          configuration: settingsSchema,
        }),
      },
    },
    answer: () => ({ status: 200, body: about }),
  });
}

function okRoute(name: "ping" | "health"): Route {
  return defineRoute({
    name,
    method: "get",
    path: `/${name}`,
    summary: "Whether the server answers",
    access: "open",
    anyOrigin: true,
    answers: { 200: okAnswer },
    answer: () => ({ status: 200, body: { status: "OK" } }),
  });
}

function statsRoute({ registry, metricsAccess }: RouteParts): Route {
  return defineRoute({
    name: "readStats",
    method: "get",
    path: "/stats",
    summary: "The metrics of JSONgle-Server as JSON",
    // The same numbers as in /metrics.
    access: metricsAccess,
    ...(metricsAccess === "open" && { anyOrigin: true }),
    answers: { 200: { description: "By name", schema: z.record(z.string(), z.number()) } },
    answer: async () => ({ status: 200, body: await readStats(registry) }),
  });
}

function selfCheckRoute({ selfCheck }: RouteParts): Route {
  const schema = z.object({ score: z.int().min(0).max(100), executionTime: z.int().min(0) });
  return defineRoute({
    name: "checkItself",
    method: "get",
    path: "/tests",
    summary: "Has two clients connect, join a room and hear each other",
    access: "open",
    anyOrigin: true,
    answers: { 200: { description: "All steps succeeded", schema }, 503: { description: "Some did not", schema } },
    answer: async () => {
      const result = await selfCheck();
      return { status: result.score === 100 ? 200 : 503, body: result };
    },
  });
}

function configurationRoute({ configuration }: RouteParts): Route {
  return defineRoute({
    name: "readConfiguration",
    method: "get",
    path: "/configuration",
    summary: "All settings in force, but for secrets",
    access: "admin",
    answers: { 200: { description: "By name", schema: settingsSchema } },
    answer: () => ({ status: 200, body: configuration }),
  });
}

function telemetryRoute(): Route {
  const percent = z.number().min(0).max(100);
  return defineRoute({
    name: "readTelemetry",
    method: "get",
    path: "/telemetry",
    summary: "How the machine does",
    access: "admin",
    answers: {
      200: {
        description: "Percents of the machine's, and what it is",
        schema: z.object({
          memoryFree: percent,
          diskFree: percent,
          cpuFree: percent,
          uptime: z.iso.datetime().meta({ description: "When the machine started" }),
          executionTime: z.int().min(0),
          system: z.string(),
        }),
      },
    },
    answer: async () => ({ status: 200, body: await readTelemetry() }),
  });
}

function logLevelRoute({ log }: RouteParts): Route {
  const level = z.enum(LOG_LEVELS, { error: `wants one of ${LOG_LEVELS.join(", ")}` });
  return defineRoute({
    name: "setLogLevel",
    method: "put",
    path: "/logs/levels",
    summary: "Changes the level of the pod's log, until it ends",
    access: "admin",
    body: z.strictObject({ level }),
    answers: { 200: { description: "The level now, and what it was", schema: z.object({ level, was: level }) } },
    recorded: ({ body }) => ({ to: body.level, was: log.level }),
    answer: ({ body }) => {
      const was = log.level;
      // The record of the change comes in between, and must be written whichever level it is.
      if (LOG_LEVELS.indexOf(body.level) < LOG_LEVELS.indexOf(was)) log.setLevel(body.level);
      return { status: 200, body: { level: body.level, was }, after: () => log.setLevel(body.level) };
    },
  });
}
