// What operators ask every process: is it alive, is it ready, what does it measure.
import type { Registry } from "prom-client";
import { z } from "zod";
import { type Access, defineRoute, type Route } from "./route.ts";

export interface OpsRouteParts {
  readonly registry: Registry;
  /** Who may read what is measured. */
  readonly metricsAccess: Access;
  /** Why the process should get no new work just now; undefined when it is ready. */
  readonly notReady: () => string | undefined;
}

export const okAnswer = { description: "All is well", schema: z.object({ status: z.literal("OK") }) };

/** Those of every process, and what this one measures. */
export function createOpsRoutes({ registry, metricsAccess, notReady }: OpsRouteParts): Route[] {
  return [
    ...createProbeRoutes({ notReady }),
    defineRoute({
      name: "readMetrics",
      method: "get",
      path: "/metrics",
      summary: "All metrics, for Prometheus",
      access: metricsAccess,
      ...(metricsAccess === "open" && { anyOrigin: true }),
      answers: { 200: { description: "Prometheus' text format", schema: z.string(), type: registry.contentType } },
      answer: async () => ({ status: 200, body: await registry.metrics() }),
    }),
  ];
}

export function createProbeRoutes({ notReady }: Pick<OpsRouteParts, "notReady">): Route[] {
  return [
    defineRoute({
      name: "isAlive",
      method: "get",
      path: "/livez",
      summary: "Whether the process runs",
      access: "open",
      anyOrigin: true,
      answers: { 200: okAnswer },
      answer: () => ({ status: 200, body: { status: "OK" } }),
    }),
    defineRoute({
      name: "isReady",
      method: "get",
      path: "/readyz",
      summary: "Whether the process should get new work",
      access: "open",
      anyOrigin: true,
      answers: {
        200: okAnswer,
        503: {
          description: "Not now, and why",
          schema: z.object({ status: z.literal("not ready"), reason: z.string() }),
        },
      },
      answer: () => {
        const reason = notReady();
        if (reason === undefined) return { status: 200, body: { status: "OK" } };
        return { status: 503, body: { status: "not ready", reason } };
      },
    }),
  ];
}
